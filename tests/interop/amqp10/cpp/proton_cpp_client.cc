// What Debian's C++ client of qpid-proton, unmodified, can do with the broker. Argument: host:port.
// Tells of each test in a line: "ok FEATURE name" or "failed …".

#include <proton/connection.hpp>
#include <proton/connection_options.hpp>
#include <proton/container.hpp>
#include <proton/delivery.hpp>
#include <proton/error_condition.hpp>
#include <proton/link.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver.hpp>
#include <proton/receiver_options.hpp>
#include <proton/reconnect_options.hpp>
#include <proton/sender.hpp>
#include <proton/sender_options.hpp>
#include <proton/source.hpp>
#include <proton/source_options.hpp>
#include <proton/target.hpp>
#include <proton/target_options.hpp>
#include <proton/tracker.hpp>
#include <proton/transport.hpp>
#include <proton/types.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>

namespace {

std::string address_of_broker;

std::string unique(const std::string& prefix) {
    static std::random_device random;
    return prefix + "." + std::to_string(random());
}

template <class T>
void require_equal(const T& got, const T& wanted, const std::string& what) {
    if (!(got == wanted)) throw std::runtime_error(what);
}

/// A connection, told by what happens on it. `finish` ends it.
class Story : public proton::messaging_handler {
public:
    std::function<void(proton::connection&)> opened;
    std::function<void(proton::sender&)> sendable;
    std::function<void(proton::delivery&, proton::message&)> message;
    std::function<void(proton::receiver&)> receiver_opened;
    std::function<void(proton::receiver&)> receiver_failed;
    std::function<void(proton::receiver&)> drained;
    std::function<void(proton::tracker&)> settled;
    proton::connection_options options;
    std::string container_id = unique("cpp");

    void run() {
        proton::container(*this, container_id).run();
        if (!error_.empty()) throw std::runtime_error(error_);
        if (!finished_) throw std::runtime_error("the connection ended early");
    }
    void finish() {
        finished_ = true;
        connection_.close();
    }
    proton::connection& connection() { return connection_; }

private:
    void on_container_start(proton::container& container) override {
        container.connect(address_of_broker, options);
    }
    void on_connection_open(proton::connection& connection) override {
        connection_ = connection;
        guarded([&] { opened(connection); });
    }
    void on_sendable(proton::sender& sender) override {
        if (sendable) guarded([&] { sendable(sender); });
    }
    void on_message(proton::delivery& delivery, proton::message& message_) override {
        if (message) guarded([&] { message(delivery, message_); });
    }
    void on_receiver_open(proton::receiver& receiver) override {
        if (receiver_opened) guarded([&] { receiver_opened(receiver); });
    }
    void on_receiver_error(proton::receiver& receiver) override {
        if (!receiver_failed) return give_up(receiver.error().what());
        guarded([&] { receiver_failed(receiver); });
    }
    void on_receiver_drain_finish(proton::receiver& receiver) override {
        if (drained) guarded([&] { drained(receiver); });
    }
    void on_tracker_settle(proton::tracker& tracker) override {
        if (settled) guarded([&] { settled(tracker); });
    }
    void on_error(const proton::error_condition& error) override { give_up(error.what()); }

    /// Exceptions do not pass through the library's loop.
    template <class Body>
    void guarded(Body body) {
        try {
            body();
        } catch (const std::exception& problem) {
            give_up(problem.what());
        }
    }
    void give_up(const std::string& why) {
        if (error_.empty()) error_ = why;
        connection_.close();
    }

    proton::connection connection_;
    std::string error_;
    bool finished_ = false;
};

proton::message text(const std::string& body) {
    proton::message made;
    made.body(body);
    made.durable(true);
    return made;
}

std::string body_of(const proton::message& message) {
    return proton::get<std::string>(message.body());
}

/// Sends them, each confirmed, on a connection of its own.
void send_all(const std::string& to, const std::vector<proton::message>& messages) {
    Story story;
    std::size_t sent = 0;
    std::size_t confirmed = 0;
    story.opened = [&](proton::connection& connection) { connection.open_sender(to); };
    story.sendable = [&](proton::sender& sender) {
        while (sender.credit() > 0 && sent < messages.size()) sender.send(messages[sent++]);
    };
    story.settled = [&](proton::tracker& tracker) {
        require_equal(tracker.state(), proton::transfer::ACCEPTED, "not accepted");
        if (++confirmed == messages.size()) story.finish();
    };
    story.run();
}

void fill(const std::string& to, const std::vector<std::string>& bodies) {
    std::vector<proton::message> messages;
    for (const std::string& body : bodies) messages.push_back(text(body));
    send_all(to, messages);
}

/// What comes, accepted.
std::vector<proton::message> take(const std::string& from, std::size_t count,
                                  proton::receiver_options options = {}) {
    Story story;
    std::vector<proton::message> got;
    story.opened = [&](proton::connection& connection) { connection.open_receiver(from, options); };
    story.message = [&](proton::delivery&, proton::message& message) {
        got.push_back(message);
        if (got.size() == count) story.finish();
    };
    story.run();
    return got;
}

void expect_bodies(const std::string& from, const std::vector<std::string>& bodies) {
    const auto got = take(from, bodies.size());
    for (std::size_t i = 0; i < bodies.size(); ++i) {
        require_equal(body_of(got[i]), bodies[i], "message " + std::to_string(i) + " of " + from);
    }
}

void in_order_unsettled() {
    const std::string queue = unique("queue");
    std::vector<std::string> bodies;
    for (int i = 0; i < 500; ++i) bodies.push_back(std::to_string(i));
    fill(queue, bodies);
    expect_bodies(queue, bodies);
}

void presettled() {
    const std::string queue = unique("queue");
    Story story;
    int got = 0;
    story.opened = [&](proton::connection& connection) {
        connection.open_sender(
            queue, proton::sender_options().delivery_mode(proton::delivery_mode::AT_MOST_ONCE));
        connection.open_receiver(
            queue, proton::receiver_options().delivery_mode(proton::delivery_mode::AT_MOST_ONCE));
    };
    story.sendable = [&, sent = 0](proton::sender& sender) mutable {
        for (; sent < 50 && sender.credit() > 0; ++sent) sender.send(text(std::to_string(sent)));
    };
    story.message = [&](proton::delivery& delivery, proton::message& message) {
        require_equal(delivery.settled(), true, "not settled");
        require_equal(body_of(message), std::to_string(got), "order");
        if (++got == 50) story.finish();
    };
    story.run();
}

void large_messages() {
    const std::string queue = unique("queue");
    const std::vector<std::string> bodies{std::string(300'000, 'a'), std::string(3'000'000, 'b')};
    fill(queue, bodies);
    expect_bodies(queue, bodies);
}

void drain() {
    const std::string queue = unique("queue");
    fill(queue, {"a", "b"});
    Story story;
    int got = 0;
    story.opened = [&](proton::connection& connection) {
        proton::receiver receiver =
            connection.open_receiver(queue, proton::receiver_options().credit_window(0));
        receiver.add_credit(10);
        receiver.drain();
    };
    story.message = [&](proton::delivery&, proton::message&) { ++got; };
    story.drained = [&](proton::receiver& receiver) {
        require_equal(got, 2, "messages before the end of the drain");
        require_equal(receiver.credit(), 0, "credit left");
        story.finish();
    };
    story.run();
}

/// The delivery count of the second delivery.
unsigned redelivered(void (proton::delivery::*settle)()) {
    const std::string queue = unique("queue");
    fill(queue, {"m"});
    Story story;
    int got = 0;
    unsigned count = 0;
    story.opened = [&](proton::connection& connection) {
        connection.open_receiver(queue, proton::receiver_options().auto_accept(false));
    };
    story.message = [&](proton::delivery& delivery, proton::message& message) {
        if (++got == 1) return (delivery.*settle)();
        count = message.delivery_count();
        delivery.accept();
        story.finish();
    };
    story.run();
    return count;
}

void released() {
    require_equal(redelivered(&proton::delivery::release), 0U, "counted");
}

void modified() {
    require_equal(redelivered(&proton::delivery::modify), 0U, "a failure that nobody spoke of");
}

void rejected() {
    const std::string queue = unique("queue");
    const std::string body = unique("letter");
    fill(queue, {body});
    Story story;
    story.opened = [&](proton::connection& connection) {
        connection.open_receiver(queue, proton::receiver_options().auto_accept(false));
    };
    story.message = [&](proton::delivery& delivery, proton::message&) {
        delivery.reject();
        story.finish();
    };
    story.run();
    while (body_of(take("ActiveMQ.DLQ", 1).front()) != body) continue;
}

void topics_by_capability() {
    const std::string topic = unique("topic");
    Story story;
    proton::source_options source;
    source.capabilities({"topic"});
    int opened = 0;
    int got = 0;
    story.opened = [&](proton::connection& connection) {
        for (int i = 0; i < 2; ++i) {
            connection.open_receiver(topic, proton::receiver_options().source(source));
        }
    };
    story.receiver_opened = [&](proton::receiver&) {
        if (++opened == 2) story.connection().open_sender("topic://" + topic);
    };
    story.sendable = [sent = false](proton::sender& sender) mutable {
        if (!std::exchange(sent, true)) sender.send(text("news"));
    };
    story.message = [&](proton::delivery&, proton::message& message) {
        require_equal(body_of(message), std::string("news"), "body");
        if (++got == 2) story.finish();
    };
    story.run();
}

void request_and_reply() {
    const std::string queue = unique("queue");
    Story story;
    story.opened = [&](proton::connection& connection) {
        proton::source_options dynamic;
        dynamic.dynamic(true);
        connection.open_receiver("", proton::receiver_options().source(dynamic));
        connection.open_receiver(queue);
    };
    std::string replies;
    story.receiver_opened = [&](proton::receiver& receiver) {
        if (receiver.source().address() == queue) return;
        replies = receiver.source().address();
        story.connection().open_sender("");  // anonymous
    };
    story.sendable = [&, sent = false](proton::sender& sender) mutable {
        if (std::exchange(sent, true)) return;
        proton::message request = text("?");
        request.to(queue);
        request.reply_to(replies);
        request.correlation_id(7);
        sender.send(request);
    };
    story.message = [&](proton::delivery& delivery, proton::message& message) {
        if (body_of(message) == "!") return story.finish();
        proton::message reply = text("!");
        reply.to(message.reply_to());
        reply.correlation_id(message.correlation_id());
        for (proton::sender sender : delivery.connection().senders()) sender.send(reply);
    };
    story.run();
}

void browsing() {
    const std::string queue = unique("queue");
    fill(queue, {"a", "b"});
    proton::source_options copy;
    copy.distribution_mode(proton::source::COPY);
    require_equal(take(queue, 2, proton::receiver_options().source(copy)).size(), std::size_t{2},
                  "browsed");
    expect_bodies(queue, {"a", "b"});
}

proton::source_options selecting(const std::string& selector) {
    proton::source::filter_map filters;
    proton::value filter;
    proton::codec::encoder encoder(filter);
    encoder << proton::codec::start::described()
            << proton::symbol("apache.org:selector-filter:string") << selector
            << proton::codec::finish();
    filters.put("selector", filter);
    proton::source_options source;
    source.filters(filters);
    return source;
}

void selector() {
    const std::string queue = unique("queue");
    std::vector<proton::message> messages{text("blue"), text("red")};
    for (proton::message& one : messages) one.properties().put("colour", body_of(one));
    send_all(queue, messages);
    proton::source_options source = selecting("colour = 'red'");
    const auto got = take(queue, 1, proton::receiver_options().source(source));
    require_equal(body_of(got.front()), std::string("red"), "selected");
}

void bad_selector() {
    Story story;
    proton::source_options source = selecting("this is = none");
    story.opened = [&](proton::connection& connection) {
        connection.open_receiver(unique("queue"), proton::receiver_options().source(source));
    };
    story.receiver_failed = [&](proton::receiver& receiver) {
        require_equal(receiver.error().name(), std::string("amqp:invalid-field"), "condition");
        story.finish();
    };
    story.run();
}

void durable_subscription() {
    const std::string topic = unique("topic");
    const std::string client = unique("client");
    proton::source_options source;
    source.durability_mode(proton::source::UNSETTLED_STATE)
        .expiry_policy(proton::source::NEVER)
        .capabilities({"topic"});
    const auto options = proton::receiver_options().source(source).name(unique("sub"));
    for (const bool first : {true, false}) {
        Story story;
        story.container_id = client;
        story.opened = [&](proton::connection& connection) {
            connection.open_receiver(topic, options);
        };
        story.receiver_opened = [&](proton::receiver& receiver) {
            if (!first) return;
            receiver.detach();
            story.finish();
        };
        story.message = [&](proton::delivery& delivery, proton::message& message) {
            require_equal(body_of(message), std::string("while away"), "body");
            delivery.receiver().close();
            story.finish();
        };
        story.run();
        if (first) fill("topic://" + topic, {"while away"});
    }
}

void shared_subscription() {
    const std::string topic = unique("topic");
    const std::string name = unique("sub");
    proton::source_options source;
    source.capabilities({"topic", "shared", "global"});
    Story story;
    std::set<std::string> got;
    int opened = 0;
    story.opened = [&](proton::connection& connection) {
        for (const char* const number : {"1", "2"}) {
            connection.open_receiver(topic, proton::receiver_options()
                                                .source(source)
                                                .name(name + "|global-volatile" + number)
                                                .credit_window(1));
        }
    };
    story.receiver_opened = [&](proton::receiver&) {
        if (++opened == 2) story.connection().open_sender("topic://" + topic);
    };
    story.sendable = [sent = 0](proton::sender& sender) mutable {
        for (; sent < 10 && sender.credit() > 0; ++sent) sender.send(text(std::to_string(sent)));
    };
    story.message = [&](proton::delivery&, proton::message& message) {
        require_equal(got.insert(body_of(message)).second, true, "came twice");
        if (got.size() == 10) story.finish();
    };
    story.run();
}

void everything_that_is_said() {
    const std::string queue = unique("queue");
    proton::message sent = text("body");
    sent.id(proton::uuid::random());
    sent.user("me");
    sent.subject("s");
    sent.reply_to("r");
    sent.correlation_id(std::uint64_t{7});
    sent.content_type("text/plain");
    sent.content_encoding("e");
    sent.creation_time(proton::timestamp(12345));
    sent.group_id("g");
    sent.group_sequence(3);
    sent.reply_to_group_id("rg");
    sent.priority(8);
    sent.properties().put("number", std::int32_t{42});
    sent.properties().put("text", std::string("x"));
    sent.message_annotations().put(proton::symbol("x-opt-mine"), std::string("kept"));
    send_all(queue, {sent});
    const proton::message got = take(queue, 1).front();
    require_equal(got.id(), sent.id(), "id");
    require_equal(got.user(), sent.user(), "user");
    require_equal(got.subject(), sent.subject(), "subject");
    require_equal(got.reply_to(), sent.reply_to(), "reply-to");
    require_equal(got.correlation_id(), sent.correlation_id(), "correlation id");
    require_equal(got.content_type(), sent.content_type(), "content type");
    require_equal(got.content_encoding(), sent.content_encoding(), "content encoding");
    require_equal(got.creation_time(), sent.creation_time(), "creation time");
    require_equal(got.group_id(), sent.group_id(), "group id");
    require_equal(got.group_sequence(), sent.group_sequence(), "group sequence");
    require_equal(got.reply_to_group_id(), sent.reply_to_group_id(), "reply-to group id");
    require_equal(got.priority(), sent.priority(), "priority");
    require_equal(got.durable(), true, "durable");
    require_equal(got.properties().get("number"), proton::scalar(std::int32_t{42}), "number");
    require_equal(got.properties().get("text"), proton::scalar(std::string("x")), "text");
    require_equal(got.message_annotations().get(proton::symbol("x-opt-mine")),
                  proton::value(std::string("kept")), "annotation");
}

void logins() {
    for (const bool anonymous : {true, false}) {
        Story story;
        story.options.sasl_allow_insecure_mechs(true).sasl_allowed_mechs(anonymous ? "ANONYMOUS"
                                                                                   : "PLAIN");
        if (!anonymous) story.options.user("u").password("peer-secret");
        story.opened = [&](proton::connection&) { story.finish(); };
        story.run();
    }
}

void smallest_frames() {
    const std::string queue = unique("queue");
    fill(queue, {std::string(20'000, 'x')});
    Story story;
    story.options.max_frame_size(512);
    story.opened = [&](proton::connection& connection) { connection.open_receiver(queue); };
    story.message = [&](proton::delivery&, proton::message& message) {
        require_equal(body_of(message), std::string(20'000, 'x'), "body");
        story.finish();
    };
    story.run();
}

struct Test {
    const char* feature;
    const char* name;
    void (*run)();
};

constexpr Test kTests[] = {
    {"Transfers", "in order, unsettled", in_order_unsettled},
    {"Transfers", "presettled", presettled},
    {"Transfers", "large messages", large_messages},
    {"Transfers", "smallest frames", smallest_frames},
    {"Transfers", "drain", drain},
    {"Outcomes", "released", released},
    {"Outcomes", "modified", modified},
    {"Outcomes", "rejected", rejected},
    {"Nodes", "topics by capability", topics_by_capability},
    {"Nodes", "request and reply", request_and_reply},
    {"Nodes", "browsing", browsing},
    {"Subscriptions", "selector", selector},
    {"Subscriptions", "a selector that is none", bad_selector},
    {"Subscriptions", "durable", durable_subscription},
    {"Subscriptions", "shared", shared_subscription},
    {"Messages", "everything that is said of one", everything_that_is_said},
    {"Connections", "PLAIN and ANONYMOUS", logins},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    address_of_broker = argv[1];
    for (const Test& test : kTests) {
        try {
            test.run();
            std::printf("ok %s %s\n", test.feature, test.name);
        } catch (const std::exception& problem) {
            std::printf("failed %s %s: %s\n", test.feature, test.name, problem.what());
        }
        std::fflush(stdout);
    }
    return 0;
}
