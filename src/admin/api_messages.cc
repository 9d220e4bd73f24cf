#include "admin/api.h"
#include "admin/message_json.h"

namespace tern::admin {
namespace {

using broker::MessageAction;
using What = MessageAction::What;

constexpr std::size_t kRowsMax = 1000;
constexpr std::size_t kBodyBytes = 256 * 1024;
constexpr std::size_t kBodyBytesMax = 64 * 1024 * 1024;
constexpr std::size_t kOrdinalsMax = 10'000;

/// Sends `left` copies, one after the other.
void send_copies(broker::Operations& broker, const broker::Destination& to,
                 const std::shared_ptr<std::vector<MessagePtr>>& messages,
                 std::move_only_function<void(std::error_code)> done) {
    if (messages->empty()) return done({});
    MessagePtr next = std::move(messages->back());
    messages->pop_back();
    broker.send(to, std::move(next),
                [&broker, to, messages, done = std::move(done)](std::error_code error) mutable {
                    if (error) return done(error);
                    send_copies(broker, to, messages, std::move(done));
                });
}

}  // namespace

void Api::browse(const CallPtr& call) {
    const auto after = call->number("after", 0, INT64_MAX);
    if (!after) return;
    const auto limit = call->number("limit", 100, kRowsMax);
    if (!limit) return;
    broker::BrowseQuery query{.queue = queue_of(*call),
                              .after = *after,
                              .limit = *limit,
                              .selector = std::string(call->target.parameter("selector"))};
    broker_.browse(std::move(query), [this, call](const Result<broker::BrowsePage>& page) {
        if (!page) return call->fail(page.error());
        json::array rows;
        for (const broker::Sight& one : page->rows) rows.push_back(message_row(one, formats_));
        json::object view{{"items", std::move(rows)}};
        if (page->next != 0) view["next"] = page->next;
        call->reply(200, view);
    });
}

void Api::show_message(const CallPtr& call) {
    const auto bytes_max = call->number("body_bytes", kBodyBytes, kBodyBytesMax);
    if (!bytes_max) return;
    const auto ordinal = parse_number(call->arguments[1]);
    if (!ordinal || *ordinal == 0) return call->fail(404, "no_such_message", "no such message");
    broker::BrowseQuery query{.queue = queue_of(*call), .after = *ordinal - 1, .limit = 1};
    broker_.browse(std::move(query), [this, call, ordinal = *ordinal, bytes_max = *bytes_max](
                                         const Result<broker::BrowsePage>& page) {
        if (!page) return call->fail(page.error());
        if (page->rows.empty() || page->rows.front().delivery.tag.ordinal != ordinal) {
            return call->fail(404, "no_such_message", "it is not on the queue any more");
        }
        call->reply(200, message_json(page->rows.front(), formats_, bytes_max));
    });
}

void Api::send_message(const CallPtr& call) {
    send(call, queue_of(*call));
}

void Api::send_to_topic(const CallPtr& call) {
    send(call, {broker::Domain::topic, false, call->arguments.front()});
}

void Api::send(const CallPtr& call, const broker::Destination& to) {
    constexpr std::int64_t kCopiesMax = 10'000;
    const auto body = call->body();
    if (!body) return;
    auto message = parse_message(*body, surroundings_.wall_ms());
    if (!message) return call->fail(400, "malformed", message.error());
    std::int64_t count = 1;
    if (const json::value* const given = body->if_contains("count")) {
        boost::json::error_code error;
        count = given->to_number<std::int64_t>(error);
        if (error || count < 1 || count > kCopiesMax) {
            return call->fail(400, "malformed", "'count' has to be from 1 to 10000");
        }
    }
    message->to = message::HubDestination{
        .topic = to.domain == broker::Domain::topic, .temporary = false, .name = to.name};
    const auto copies = std::make_shared<std::vector<MessagePtr>>();
    for (std::int64_t number = count; number > 0; --number) {
        message::HubMessage one = *message;
        if (count > 1)
            one.properties.put("JMSXMessageCounter", {static_cast<std::int32_t>(number)});
        auto made = surroundings_.make_message(one);
        if (!made) return call->fail(400, "malformed", made.error().message());
        copies->push_back(std::move(*made));
    }
    std::string id = message_id(*copies->back(), formats_);
    send_copies(broker_, to, copies, [call, count, id = std::move(id)](std::error_code error) {
        if (error) return call->fail(error);
        call->reply(201, json::object{{"messages", count}, {"message_id", json_text(id)}});
    });
}

void Api::delete_message(const CallPtr& call) {
    const auto ordinal = parse_number(call->arguments[1]);
    if (!ordinal || *ordinal == 0) return call->fail(404, "no_such_message", "no such message");
    broker_.act({.what = What::remove, .queue = queue_of(*call), .ordinals = {*ordinal}},
                [call](const Result<std::size_t>& count) {
                    if (!count) return call->fail(count.error());
                    if (*count > 0) return call->reply(200, json::object{{"messages", *count}});
                    call->fail(404, "no_such_message", "it does not wait on the queue any more");
                });
}

void Api::delete_messages(const CallPtr& call) {
    act(call, What::remove);
}

void Api::move_messages(const CallPtr& call) {
    act(call, What::move);
}

void Api::copy_messages(const CallPtr& call) {
    act(call, What::copy);
}

void Api::retry_messages(const CallPtr& call) {
    act(call, What::retry);
}

void Api::act(const CallPtr& call, What what) {
    const auto body = call->body();
    if (!body) return;
    MessageAction action{.what = what, .queue = queue_of(*call)};
    const auto text = [&body](const char* name) -> std::string {
        const json::value* const given = body->if_contains(name);
        if (given == nullptr || !given->is_string()) return {};
        return std::string(given->get_string());
    };
    action.selector = text("selector");
    const json::value* const ids = body->if_contains("ids");
    const json::value* const all = body->if_contains("all");
    if (ids != nullptr) {
        if (!ids->is_array() || ids->get_array().size() > kOrdinalsMax) {
            return call->fail(400, "malformed", "'ids' has to be a list of up to 10000 numbers");
        }
        for (const json::value& one : ids->get_array()) {
            boost::json::error_code error;
            action.ordinals.push_back(one.to_number<std::uint64_t>(error));
            if (error) return call->fail(400, "malformed", "'ids' has to be a list of numbers");
        }
    }
    // An empty list is nothing, not everything.
    const bool everything = all != nullptr && all->is_bool() && all->get_bool();
    const int given = (ids != nullptr ? 1 : 0) + (action.selector.empty() ? 0 : 1) + everything;
    if (given != 1) {
        return call->fail(400, "malformed", "one of 'ids', 'selector' and 'all': true is needed");
    }
    if (ids != nullptr && action.ordinals.empty()) {
        return call->reply(200, json::object{{"messages", 0}});
    }
    if (const json::value* const limit = body->if_contains("limit")) {
        boost::json::error_code error;
        action.limit = limit->to_number<std::size_t>(error);
        if (error) return call->fail(400, "malformed", "'limit' has to be a number");
    }
    if (what == What::move || what == What::copy) {
        auto to = parse_destination(text("to"));
        if (!to) return call->fail(400, "malformed", "'to' has to be a destination");
        action.to = std::move(*to);
    }
    broker_.act(std::move(action), [call](const Result<std::size_t>& count) {
        if (!count) return call->fail(count.error());
        call->reply(200, json::object{{"messages", *count}});
    });
}

}  // namespace tern::admin
