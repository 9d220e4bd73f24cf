#pragma once

#include "client/connection.h"
#include "client/requester.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <source_location>
#include <stdexcept>

namespace tern::client::testing {

/// For waiting for what must come; none of the tests waits so long for what must not.
constexpr milliseconds kLong{30'000};

inline std::string broker_url() {
    const char* const url = std::getenv("BROKER_URL");
    return url == nullptr ? "tcp://localhost:61616" : url;
}

template <class T>
T good(Result<T> result, const std::source_location& where = std::source_location::current()) {
    if (!result) {
        // Ends the test: nothing after it would make sense.
        throw std::runtime_error(
            fmt::format("line {}: {}", where.line(), result.error().message()));
    }
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A small language for stories with one broker: each test has a queue of its own.
class ClientTest : public ::testing::Test {
protected:
    ClientTest() {
        const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
        queue = Destination::queue(fmt::format("CLIENT.{}.{}.{:08x}", test->test_suite_name(),
                                               test->name(), std::random_device{}()));
    }

    static ConnectionOptions options() {
        return {.url = broker_url(), .request_timeout = kLong, .redelivery = {.delay = {}}};
    }
    static Connection connect(ConnectionOptions with = options()) {
        return good(Connection::connect(std::move(with)));
    }

    void send(const std::vector<std::string>& texts) const {
        auto connection = connect();
        auto session = good(connection.create_session());
        auto producer = good(session.create_producer(queue));
        for (const std::string& text : texts) good(producer.send({.body = text}));
    }

    /// `count` texts, "0" and on.
    static std::vector<std::string> numbers(int count, int first = 0) {
        std::vector<std::string> texts;
        for (int i = first; i < first + count; ++i) texts.push_back(std::to_string(i));
        return texts;
    }

    static Message next(Consumer& consumer) {
        auto message = good(consumer.receive(kLong));
        if (!message) {
            ADD_FAILURE() << "no message came";
            return {};
        }
        return std::move(*message);
    }
    static std::string text_of(const Message& message) {
        return message.text() == nullptr ? "no text" : *message.text();
    }
    static std::string next_text(Consumer& consumer) { return text_of(next(consumer)); }
    static std::vector<std::string> next_texts(Consumer& consumer, std::size_t count) {
        std::vector<std::string> texts;
        while (texts.size() < count) texts.push_back(next_text(consumer));
        return texts;
    }

    std::vector<Message> browse(const Destination& from, const BrowserOptions& with = {}) const {
        auto connection = connect();
        auto session = good(connection.create_session());
        auto browser = good(session.browse(from, with));
        std::vector<Message> found;
        while (auto message = good(browser.next())) found.push_back(std::move(*message));
        return found;
    }
    /// What waits in the test's queue.
    [[nodiscard]] std::vector<std::string> waiting() const {
        std::vector<std::string> texts;
        for (const Message& message : browse(queue)) texts.push_back(text_of(message));
        return texts;
    }

    Destination queue;
};

}  // namespace tern::client::testing
