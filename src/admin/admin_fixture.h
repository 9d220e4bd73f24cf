#pragma once

#include "admin/api.h"
#include "admin/fake_operations.h"
#include "protocol/openwire/foreign.h"
#include "protocol/openwire/hub_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>

namespace tern::admin {

/// The API over a broker that is made up, with messages of OpenWire.
class AdminTest : public testing::Test {
protected:
    explicit AdminTest(MBeanSettings mbeans = {}) : mbeans_(std::move(mbeans)) {
        formats_.add(Format::openwire, reader_);
        broker_.add_queue("ORDERS");
    }

    [[nodiscard]] static Result<MessagePtr> make(const message::HubMessage& hub) {
        return openwire::new_message(hub, "ID:test", 7);
    }
    template <class Body>
    [[nodiscard]] static message::HubMessage hub(Body body) {
        message::HubMessage made;
        made.body = std::move(body);
        return made;
    }
    void put(const std::string& queue, const message::HubMessage& hub) {
        broker_.add_message(queue, make(hub).value());
    }

    Response ask(Request request) {
        std::optional<Response> answered;
        api_.handle(std::move(request),
                    [&answered](Response response) { answered = std::move(response); });
        return std::move(answered.value());
    }
    Response ask(const std::string& method, const std::string& target,
                 const std::string& body = {}) {
        return ask({.method = method,
                    .target = target,
                    .content_type = body.empty() ? "" : "application/json",
                    .body = body});
    }
    json::value get(const std::string& target) { return json::parse(ask("GET", target).body); }
    json::value post(const std::string& target, const std::string& body) {
        const Response response = ask("POST", target, body);
        EXPECT_LT(response.status, 300) << response.body;
        return json::parse(response.body);
    }
    std::string refused(const std::string& method, const std::string& target,
                        const std::string& body = {}) {
        const Response response = ask(method, target, body);
        const json::value view = json::parse(response.body);
        return std::to_string(response.status) + " " +
               std::string(view.at("error").at("code").get_string());
    }

    openwire::HubReader reader_;
    message::Formats formats_;
    FakeOperations broker_;
    FakeCallers callers_;
    int stops_ = 0;
    int restarts_ = 0;
    std::int64_t now_ms_ = 100'000;
    Configuration configuration_ = {.document = "<broker/>", .source = "a.xml"};
    Reload reload_;
    std::vector<std::string> topics_;
    std::vector<OpenListener> listeners_ = {{"stomp", "stomp", "127.0.0.1:61613"},
                                            {"http", "http", "127.0.0.1:8161"}};
    std::vector<std::string> removed_;
    std::array<Asset, 1> assets_{{{"/", "text/html", "<p>page</p>"}}};
    MBeanSettings mbeans_;
    Api api_{broker_,
             formats_,
             {.version = "1",
              .broker_name = "b",
              .broker_id = "ID:b",
              .started_at_ms = 40'000,
              .mbeans = mbeans_,
              .listeners = [this] { return listeners_; },
              .topics = [this] { return topics_; }},
             {.wall_ms = [this] { return now_ms_; },
              .make_message = make,
              .configuration = [this] { return configuration_; },
              .reload = [this](auto answer) { answer(reload_); },
              .assets = assets_,
              .callers = &callers_,
              .rest = true,
              .add_listener =
                  [this](const std::string& uri, auto answer) {
                      if (!uri.starts_with("stomp:"))
                          return answer(std::unexpected("no connector"));
                      listeners_.push_back({"stomp-2", "stomp", "127.0.0.1:7"});
                      answer("stomp-2");
                  },
              .remove_listener =
                  [this](const std::string& name, auto answer) {
                      removed_.push_back(name);
                      answer(std::erase_if(listeners_, [&name](const OpenListener& one) {
                                 return one.name == name;
                             }) > 0);
                  },
              .stop = [this] { ++stops_; },
              .restart = [this] { ++restarts_; }}};
};

}  // namespace tern::admin
