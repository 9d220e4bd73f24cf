#include "engine/operations.h"

#include "broker/api/errors.h"
#include "broker/api/xid.h"
#include "engine/engine_story.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace tern::engine {
namespace {

using broker::Destination;
using broker::Domain;
using broker::Errc;
using broker::MessageAction;
using broker::Obstacle;
using broker::QueueQuery;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using What = MessageAction::What;

template <class T>
struct Answered;
template <class T>
struct Answered<broker::Reply<T>> {
    using Type = T;
};

/// Every question is asked and answered on the spot.
class OperationsStory : public EngineStory, public testing::WithParamInterface<int> {
protected:
    OperationsStory() : EngineStory(static_cast<std::uint16_t>(GetParam())) {}

    template <class... Parameters, class... Args>
    auto ask(void (broker::Operations::*question)(Parameters...), Args... args) {
        using Reply = std::tuple_element_t<sizeof...(Args), std::tuple<Parameters...>>;
        using Replied = typename Answered<Reply>::Type;
        Operations operations(*engine_, [](Task task) { task(); });
        std::optional<Replied> answered;
        (static_cast<broker::Operations&>(operations).*question)(
            std::move(args)...,
            Reply([&answered](Replied one) { answered.emplace(std::move(one)); }));
        idle();
        return std::move(answered.value());
    }

    static Destination queue(const std::string& name) { return {Domain::queue, false, name}; }
    std::vector<std::string> list(QueueQuery query, std::size_t total) {
        const broker::QueuePage page = ask(&broker::Operations::list_queues, query);
        EXPECT_EQ(page.total, total);
        std::vector<std::string> names;
        for (const auto& row : page.rows) {
            const auto& key = row.info->subscription;
            names.push_back(key ? key->key.client_id + "/" + key->key.name
                                : row.info->bindings.front().name);
        }
        return names;
    }
    Result<std::size_t> act(MessageAction action) {
        return ask(&broker::Operations::act, std::move(action));
    }
    broker::BrokerStatus status() { return ask(&broker::Operations::status); }
    void fill(const std::string& name, const std::vector<std::string>& messages) {
        if (publisher_ == nullptr) publisher_ = &connect();
        for (const std::string& one : messages) publisher_->publish(name, one);
        idle();
    }

    StoryClient* publisher_ = nullptr;
};

TEST_P(OperationsStory, lists_queues_in_pages) {
    fill("b.orders", {"m1", "m2", "m3"});
    fill("a.bills", {"m4"});
    fill("C.ORDERS", {"m5", "m6"});
    connect().subscribe_named("c", "topic t", {.key = {"id", "sub"}});
    connect().declare("temp x");
    idle();
    EXPECT_THAT(list({}, 3), ElementsAre("C.ORDERS", "a.bills", "b.orders"));
    EXPECT_THAT(list({.offset = 1, .limit = 1}, 3), ElementsAre("a.bills"));
    EXPECT_THAT(list({.descending = true}, 3), ElementsAre("b.orders", "a.bills", "C.ORDERS"));
    EXPECT_THAT(list({.sort = QueueQuery::Sort::size, .descending = true}, 3),
                ElementsAre("b.orders", "C.ORDERS", "a.bills"));
    EXPECT_THAT(list({.search = "oRders"}, 2), ElementsAre("C.ORDERS", "b.orders"));
    EXPECT_THAT(list({.search = "none"}, 0), IsEmpty());
    EXPECT_THAT(list({.offset = 7}, 3), IsEmpty());
    EXPECT_THAT(list({.kind = QueueQuery::Kind::subscriptions}, 1), ElementsAre("id/sub"));
    EXPECT_THAT(list({.kind = QueueQuery::Kind::subscriptions, .search = "SUB"}, 1), SizeIs(1));
    EXPECT_THAT(list({.kind = QueueQuery::Kind::temporary_queues}, 1), ElementsAre("x"));
}

TEST_P(OperationsStory, lists_and_forgets_scheduled_messages) {
    using broker::JobSelection;
    EXPECT_FALSE(status().scheduled) << "there is no scheduler";
    EXPECT_THAT(ask(&broker::Operations::list_scheduled, JobSelection()), IsEmpty());
    EXPECT_EQ(ask(&broker::Operations::remove_scheduled, JobSelection()), std::error_code());
    Settings settings;
    settings.scheduler.enabled = true;
    configure(std::move(settings));
    EXPECT_EQ(status().scheduled, 0U);
    StoryClient& client = connect();
    for (const int seconds : {3, 1, 2}) {
        const std::string name = std::to_string(seconds);
        client.publish_with("q", name, "AMQ_SCHEDULED_DELAY=" + name + "000");
    }
    idle();
    EXPECT_EQ(status().scheduled, 3U);
    const auto first = ask(&broker::Operations::list_scheduled, JobSelection{.limit = 2});
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_EQ(first[0].due_ms - first[0].accepted_ms, 1000);
    EXPECT_EQ(first[1].due_ms - first[1].accepted_ms, 2000);
    EXPECT_EQ(first[0].to, queue("q"));
    EXPECT_EQ(ask(&broker::Operations::remove_scheduled, JobSelection{.id = first[0].id}),
              std::error_code());
    restart();
    EXPECT_EQ(status().scheduled, 2U);
    EXPECT_EQ(ask(&broker::Operations::remove_scheduled, JobSelection()), std::error_code());
    EXPECT_EQ(status().scheduled, 0U);
}

TEST_P(OperationsStory, keeps_what_is_sent_for_later) {
    Settings settings;
    settings.scheduler.enabled = true;
    configure(std::move(settings));
    MessageHeader header;
    header.durable = Durable::yes;
    const std::string_view properties = "AMQ_SCHEDULED_DELAY=5000";
    const std::string_view name = "m";
    const MessagePtr later =
        Message::create(header, {}, as_bytes(properties), as_bytes(name), nullptr);
    EXPECT_EQ(ask(&broker::Operations::send, queue("q"), later), std::error_code());
    EXPECT_EQ(status().scheduled, 1U);
    EXPECT_FALSE(exists("q"));
    // Where it waits is none of the queues that operators look after.
    EXPECT_THAT(list({}, 0), IsEmpty());
    EXPECT_EQ(status().queues, 0U);
    EXPECT_EQ(status().ready, 0U);
    StoryClient& client = connect();
    client.subscribe("c", "q");
    idle();
    pass(Millis(6000));
    EXPECT_THAT(client.got("c"), ElementsAre("m"));
}

TEST_P(OperationsStory, knows_which_queues_keep_dead_letters) {
    const auto keeps = [this](const std::string& name) {
        return ask(&broker::Operations::find_queue, broker::QueueName(queue(name)))->dead_letters;
    };
    fill("q", {"m"});
    fill("ActiveMQ.DLQ", {"letter"});
    EXPECT_TRUE(keeps("ActiveMQ.DLQ")) << "policies say so";
    EXPECT_FALSE(keeps("q"));
    const auto mark = [this](const std::string& name, bool are) {
        return ask(&broker::Operations::mark_dead_letters, broker::QueueName(queue(name)), are);
    };
    EXPECT_EQ(mark("q", true), std::error_code());
    EXPECT_EQ(mark("ActiveMQ.DLQ", false), std::error_code());
    EXPECT_EQ(mark("none", true), Errc::no_such_destination);
    EXPECT_TRUE(keeps("q"));
    EXPECT_FALSE(keeps("ActiveMQ.DLQ"));
}

TEST_P(OperationsStory, counts_what_happened_over_the_whole_broker) {
    fill("q", {"m1", "m2", "m3"});
    StoryClient& client = connect();
    client.subscribe("c", "q", 2);
    idle();
    client.settle("m1");
    idle();
    broker::BrokerStatus now = status();
    EXPECT_EQ(now.shards, static_cast<std::size_t>(GetParam()));
    EXPECT_EQ(now.queues, 1U);
    EXPECT_EQ(now.connections, 2U);
    EXPECT_EQ(now.consumers, 1U);
    EXPECT_EQ(now.ready, 1U);
    EXPECT_EQ(now.unsettled, 1U);
    EXPECT_EQ(now.totals.enqueued, 3U);
    EXPECT_EQ(now.totals.dequeued, 1U);
    EXPECT_EQ(now.published, 3U);
    EXPECT_EQ(now.delivered, 2U);
    EXPECT_GT(now.journal_files, 0U);

    // What is gone has been there all the same.
    client.disconnect();
    publisher_->disconnect();
    idle();
    EXPECT_EQ(ask(&broker::Operations::remove, queue("q")), std::error_code());
    now = status();
    EXPECT_EQ(now.queues, 0U);
    EXPECT_EQ(now.totals.enqueued, 3U);
    EXPECT_EQ(now.published, 3U);
    EXPECT_EQ(now.delivered, 2U);
    EXPECT_EQ(now.connections_opened, 2U);
}

TEST_P(OperationsStory, moves_messages_atomically_and_for_good) {
    fill("from", {"a1", "b1", "a2", "b2"});
    EXPECT_EQ(act({.what = What::move,
                   .queue = queue("from"),
                   .selector = "kind = 'a'",
                   .to = queue("to")}),
              2U);
    EXPECT_THAT(on("from"), ElementsAre("b1", "b2"));
    EXPECT_THAT(on("to"), ElementsAre("a1", "a2"));
    crash();
    EXPECT_THAT(on("from"), ElementsAre("b1", "b2"));
    EXPECT_THAT(on("to"), ElementsAre("a1", "a2"));
}

TEST_P(OperationsStory, copies_and_removes_by_place_and_limit) {
    fill("q", {"m1", "m2", "m3", "m4"});
    StoryClient& client = connect();
    client.subscribe("c", "q", 1);
    idle();
    EXPECT_EQ(act({.what = What::copy, .queue = queue("q"), .to = queue("copy"), .limit = 2}), 2U);
    EXPECT_THAT(on("copy"), ElementsAre("m1", "m2"));
    // The first one is with the consumer: it stays.
    const auto page = ask(&broker::Operations::browse, broker::BrowseQuery{.queue = queue("q")});
    const std::uint64_t first = page->rows.front().delivery.tag.ordinal;
    EXPECT_EQ(act({.what = What::remove,
                   .queue = queue("q"),
                   .ordinals = {first, first + 2, first + 99, 0}}),
              1U);
    EXPECT_THAT(on("q"), ElementsAre("m1", "m2", "m4"));
    EXPECT_EQ(act({.what = What::move, .queue = queue("q"), .to = queue("q")}), 2U);
    EXPECT_THAT(on("q"), ElementsAre("m1", "m2", "m4"));
    EXPECT_EQ(act({.what = What::remove, .queue = queue("q")}), 2U);
    EXPECT_THAT(on("q"), ElementsAre("m1"));
    crash();
    EXPECT_THAT(on("q"), ElementsAre("m1!"));
}

TEST_P(OperationsStory, moves_more_than_one_part) {
    std::vector<std::string> many;
    for (int i = 0; i < 600; ++i) many.push_back("m" + std::to_string(i));
    fill("q", many);
    EXPECT_EQ(act({.what = What::move, .queue = queue("q"), .to = queue("to"), .limit = 599}),
              599U);
    EXPECT_THAT(on("q"), ElementsAre("m599"));
    EXPECT_EQ(on("to").size(), 599U);
    EXPECT_EQ(on("to").back(), "m598");
}

TEST_P(OperationsStory, tells_which_limits_are_reached_and_who_waits) {
    broker::Policy policy;
    policy.memory_limit = 2000;
    policy.message_size_min = 0;
    policy.queue_cursor.kind = broker::Cursor::Kind::memory;
    policy.pending_limit = {.kind = broker::PendingLimit::Kind::constant, .limit = 1};
    Settings settings;
    settings.policies = broker::PolicyMap({}, policy);
    settings.limits = {.memory = std::int64_t{1} << 40, .store = 1 << 30, .schedule = 77};
    configure(std::move(settings));
    StoryClient& a = connect();
    for (int i = 0; i < 5; ++i) {
        a.publish("q", std::to_string(i) + std::string(1000, '.'), Durable::no);
        idle();
    }
    const broker::FlowStatus flow = status().flow;
    EXPECT_EQ(flow.memory.limit, std::uint64_t{1} << 40);
    EXPECT_GT(flow.memory.used, 2000U);
    EXPECT_FALSE(flow.memory.reached());
    EXPECT_EQ(flow.store.limit, std::uint64_t{1} << 30);
    EXPECT_GE(flow.store.used, journal_options_.file_bytes);
    EXPECT_EQ(flow.schedule.limit, 77U);
    EXPECT_EQ(flow.full_queues, 1U);
    EXPECT_EQ(flow.waiting_sends, 3U);
    EXPECT_EQ(flow.waited_sends, 3U);
    const broker::Destination q(broker::Domain::queue, false, "q");
    EXPECT_EQ(flow.blocked.at(q).count, 3U);
    EXPECT_EQ(flow.blocked.at(q).waited_us, 0);
    const auto row = ask(&broker::Operations::find_queue, broker::QueueName(queue("q"))).value();
    EXPECT_TRUE(row.full);
    EXPECT_EQ(row.memory_limit, 2000U);
    EXPECT_GE(row.memory_bytes, 2000U);
    StoryClient& slow = connect();
    slow.subscribe("s", "topic t", 1);
    idle();
    for (int i = 0; i < 4; ++i) slow.publish("topic t", std::to_string(i), Durable::no);
    idle();
    EXPECT_EQ(status().flow.discarded_messages, 2U);
    EXPECT_EQ(ask(&broker::Operations::purge, queue("q")), 2U);
    pass(Millis(30));
    EXPECT_EQ(status().flow.blocked.at(q).count, 3U);
    EXPECT_GT(status().flow.blocked.at(q).waited_us, 0);
}

TEST_P(OperationsStory, purges_what_is_with_consumers_too) {
    fill("q", {"m1", "m2", "m3"});
    StoryClient& client = connect();
    client.subscribe("c", "q", 1);
    idle();
    EXPECT_EQ(ask(&broker::Operations::purge, queue("q")), 3U);
    EXPECT_THAT(on("q"), IsEmpty());
    client.settle("m1");
    crash();
    EXPECT_THAT(on("q"), IsEmpty());
}

TEST_P(OperationsStory, browses_page_by_page) {
    fill("q", {"a1", "b1", "a2", "b2", "a3"});
    const auto page =
        ask(&broker::Operations::browse, broker::BrowseQuery{.queue = queue("q"), .limit = 2});
    ASSERT_TRUE(page);
    EXPECT_THAT(page->rows, SizeIs(2));
    EXPECT_EQ(page->next, page->rows.back().delivery.tag.ordinal);
    const auto rest = ask(&broker::Operations::browse,
                          broker::BrowseQuery{.queue = queue("q"), .after = page->next});
    EXPECT_THAT(rest->rows, SizeIs(3));
    EXPECT_EQ(rest->next, 0U);
    const auto chosen = ask(&broker::Operations::browse,
                            broker::BrowseQuery{.queue = queue("q"), .selector = "kind = 'a'"});
    EXPECT_THAT(chosen->rows, SizeIs(3));
    EXPECT_EQ(ask(&broker::Operations::browse,
                  broker::BrowseQuery{.queue = queue("q"), .selector = "kind ="})
                  .error(),
              Errc::invalid_selector);
    EXPECT_EQ(ask(&broker::Operations::browse, broker::BrowseQuery{.queue = queue("no")}).error(),
              Errc::no_such_destination);
}

TEST_P(OperationsStory, pauses_explains_and_resumes) {
    fill("q", {"m1"});
    EXPECT_EQ(ask(&broker::Operations::pause, queue("q"), true), std::error_code());
    StoryClient& client = connect();
    client.subscribe("c", "q", 1);
    idle();
    EXPECT_THAT(client.got("c"), IsEmpty());
    const auto why =
        ask(&broker::Operations::explain, broker::Subject(broker::QueueName(queue("q"))));
    ASSERT_THAT(*why, SizeIs(1));
    EXPECT_EQ(why->front().why, Obstacle::Why::paused);
    EXPECT_TRUE(ask(&broker::Operations::find_queue, queue("q"))->paused);
    EXPECT_EQ(status().paused_queues, 1U);
    EXPECT_EQ(ask(&broker::Operations::pause, queue("q"), false), std::error_code());
    EXPECT_THAT(client.got("c"), ElementsAre("m1"));
}

TEST_P(OperationsStory, shows_message_groups_and_lets_them_choose_anew) {
    broker::Policy policy;
    policy.groups.kind = broker::GroupMap::Kind::simple;
    configure({.virtual_topics = {}, .policies = broker::PolicyMap({}, policy)});
    StoryClient& client = connect();
    client.subscribe("a", "q");
    idle();
    const auto send = [&](const std::string& group, const std::string& text) {
        MessageHeader header;
        header.group_id = group;
        std::ignore =
            ask(&broker::Operations::send, queue("q"),
                Message::create(header, {}, {}, as_bytes(std::string_view(text)), nullptr));
    };
    send("g", "1");
    send("h", "2");
    const auto shown = [this] {
        const auto page =
            ask(&broker::Operations::list_queues, QueueQuery{.with_groups = true}).rows;
        std::vector<std::string> groups;
        for (const auto& one : page.at(0).groups) groups.push_back(one.group);
        EXPECT_EQ(page.at(0).group_map, "simple");
        return groups;
    };
    EXPECT_THAT(shown(), testing::UnorderedElementsAre("g", "h"));
    EXPECT_THAT(ask(&broker::Operations::list_queues, QueueQuery{}).rows.at(0).groups, IsEmpty());
    const auto release = [this](std::optional<std::string> group, const std::string& of = "q") {
        return ask(&broker::Operations::release_groups, broker::QueueName(queue(of)),
                   std::move(group));
    };
    EXPECT_EQ(release("g"), std::error_code());
    EXPECT_THAT(shown(), ElementsAre("h"));
    EXPECT_EQ(release(std::nullopt), std::error_code());
    EXPECT_THAT(shown(), IsEmpty());
    EXPECT_EQ(release("g", "none"), Errc::no_such_destination);
}

TEST_P(OperationsStory, explains_what_its_messages_wait_for) {
    const auto reasons = [this](broker::Subject what) {
        std::vector<Obstacle::Why> all;
        const auto found = ask(&broker::Operations::explain, std::move(what));
        EXPECT_TRUE(found);
        for (const Obstacle& one : found.value_or(std::vector<Obstacle>())) {
            all.push_back(one.why);
        }
        return all;
    };
    using enum Obstacle::Why;
    fill("q", {"m1", "m2"});
    EXPECT_THAT(reasons(broker::QueueName(queue("q"))), ElementsAre(no_consumer));
    StoryClient& client = connect();
    client.subscribe("c", "q", 1);
    idle();
    const std::uint64_t first =
        ask(&broker::Operations::browse, broker::BrowseQuery{.queue = queue("q")})
            ->rows.front()
            .delivery.tag.ordinal;
    EXPECT_THAT(reasons(broker::MessageName{queue("q"), first}), ElementsAre(unsettled));
    EXPECT_THAT(reasons(broker::MessageName{queue("q"), first + 1}), ElementsAre(credit_used_up));
    EXPECT_THAT(reasons(broker::MessageName{queue("q"), first + 2}), ElementsAre(gone));
    client.join(1, "branch");
    client.settle_in(1, {"m1"});
    client.prepare("branch");
    idle();
    EXPECT_THAT(reasons(broker::MessageName{queue("q"), first}),
                ElementsAre(in_doubt, in_transaction));
    const auto why =
        ask(&broker::Operations::explain, broker::Subject(broker::QueueName(queue("q"))));
    EXPECT_THAT(*why,
                testing::Contains(testing::AllOf(
                    testing::Field(&Obstacle::why, in_doubt), testing::Field(&Obstacle::count, 1U),
                    testing::Field(&Obstacle::detail, broker::branch_text("branch")))));
    crash();
    EXPECT_THAT(reasons(broker::MessageName{queue("q"), first}), testing::Contains(in_doubt));
    EXPECT_EQ(
        ask(&broker::Operations::explain, broker::Subject(broker::QueueName(queue("no")))).error(),
        Errc::no_such_destination);
}

TEST_P(OperationsStory, explains_what_a_connection_waits_for) {
    using enum Obstacle::Why;
    StoryClient& client = connect();
    std::vector<std::vector<Obstacle::Why>> seen;
    const auto look = [&] {
        world_->loop(client.shard().id()).post(client.shard().id(), [&] {
            auto& all = seen.emplace_back();
            for (const Obstacle& one : client.connection().explain()) all.push_back(one.why);
        });
        idle();
    };
    client.publish("new", "m1");
    look();
    client.publish("new", "m2");
    look();
    client.begin(1);
    client.publish_in(1, "new", "m3");
    idle();
    look();
    client.commit(1);
    idle();
    look();
    // Where no other shard has to hear of it, a queue is made at once.
    const Obstacle::Why first = GetParam() == 1 ? unconfirmed : catalog;
    EXPECT_THAT(seen, ElementsAre(testing::Contains(first), ElementsAre(unconfirmed),
                                  ElementsAre(open_transactions), IsEmpty()));
}

TEST_P(OperationsStory, explains_who_waits_for_space_and_who_takes_it) {
    broker::Policy policy;
    policy.queue_cursor.kind = broker::Cursor::Kind::memory;
    Settings settings;
    settings.policies = broker::PolicyMap({}, policy);
    settings.limits = {.memory = static_cast<std::int64_t>(Message::live_bytes() + 256 * 1024)};
    configure(std::move(settings));
    StoryClient& sender = connect();
    sender.identify("me", "instance");
    for (int i = 0; i < 400; ++i) {
        sender.publish("big", std::to_string(i) + std::string(1024, '.'), Durable::no);
        idle();
    }
    const auto connections = ask(&broker::Operations::list_connections);
    const auto mine = std::ranges::find(connections, "me", &broker::ConnectionStatus::client_id);
    ASSERT_NE(mine, connections.end());
    ASSERT_GT(mine->waiting, 0U);
    for (const broker::Subject& about :
         {broker::Subject(mine->ref), broker::Subject(broker::QueueName(queue("big")))}) {
        const auto why = ask(&broker::Operations::explain, about);
        ASSERT_TRUE(why);
        const auto found = std::ranges::find(*why, Obstacle::Why::limit, &Obstacle::why);
        ASSERT_NE(found, why->end());
        EXPECT_EQ(found->connection, mine->ref);
        EXPECT_EQ(found->count, mine->waiting);
        EXPECT_EQ(found->limit, broker::Limit::memory);
        EXPECT_EQ(found->at, queue("big"));
        EXPECT_EQ(found->detail, "queue://big");
    }
    const auto gone =
        ask(&broker::Operations::explain, broker::Subject(broker::ConnectionRef{ShardId{99}, {}}));
    EXPECT_EQ(gone->front().why, Obstacle::Why::gone);
}

TEST_P(OperationsStory, times_messages_on_their_way) {
    StoryClient& client = connect();
    client.subscribe("c", "q");
    idle();
    fill("q", {"m1"});
    client.settle("m1");
    idle();
    const auto row = ask(&broker::Operations::find_queue, broker::QueueName(queue("q"))).value();
    ASSERT_NE(row.latencies, nullptr);
    EXPECT_EQ(row.latencies->queueing.count, 1U);
    EXPECT_EQ(row.latencies->delivery.count, 1U);
    EXPECT_LE(row.latencies->confirm.count, 1U);  // a consumer in time spares the journal
    const auto pages = [this](bool with) {
        return ask(&broker::Operations::list_queues, QueueQuery{.with_latencies = with}).rows;
    };
    EXPECT_NE(pages(true).front().latencies, nullptr);
    EXPECT_EQ(pages(false).front().latencies, nullptr);
}

TEST_P(OperationsStory, sends_to_temporary_queues_as_long_as_they_are_there) {
    const MessagePtr message =
        Message::create({}, {}, {}, as_bytes(std::string_view("m")), nullptr);
    const Destination answers{Domain::queue, true, "answers"};
    EXPECT_EQ(ask(&broker::Operations::send, answers, message), Errc::no_such_destination);
    StoryClient& client = connect();
    client.declare("temp answers");
    client.subscribe("c", "temp answers");
    idle();
    EXPECT_EQ(ask(&broker::Operations::send, answers, message), std::error_code());
    EXPECT_THAT(client.got("c"), ElementsAre("m"));
    client.disconnect();
    idle();
    EXPECT_EQ(ask(&broker::Operations::send, answers, message), Errc::no_such_destination);
}

TEST_P(OperationsStory, connections_ask_on_their_shard_and_hear_there) {
    fill("q", {"m1", "m2"});
    StoryClient& client = connect();
    std::optional<std::size_t> ready;
    client.connection().operations()->status(
        [&](const broker::BrokerStatus& all) { ready = all.ready; });
    client.disconnect();
    idle();
    EXPECT_EQ(ready, 2U) << "also when it has gone meanwhile";
}

TEST_P(OperationsStory, sends_durably_and_makes_the_queue) {
    const MessagePtr message = Message::create({.durable = Durable::yes}, {}, {},
                                               as_bytes(std::string_view("m1")), nullptr);
    EXPECT_EQ(ask(&broker::Operations::send, queue("new"), message), std::error_code());
    const Destination nowhere{Domain::topic, false, "t"};
    EXPECT_EQ(ask(&broker::Operations::send, nowhere, message), std::error_code());
    crash();
    EXPECT_THAT(on("new"), ElementsAre("m1"));
}

TEST_P(OperationsStory, removes_nothing_that_is_in_use) {
    EXPECT_EQ(ask(&broker::Operations::declare, queue("q")), std::error_code());
    StoryClient& client = connect();
    client.subscribe("c", "q");
    client.subscribe_named("s", "topic t", {.key = {"id", "sub"}});
    idle();
    const broker::SubscriptionKey key{"id", "sub"};
    EXPECT_EQ(ask(&broker::Operations::remove, queue("q")), Errc::has_consumers);
    EXPECT_EQ(ask(&broker::Operations::remove, key), Errc::subscription_in_use);
    client.disconnect();
    idle();
    EXPECT_EQ(ask(&broker::Operations::remove, queue("q")), std::error_code());
    EXPECT_EQ(ask(&broker::Operations::remove, key), std::error_code());
    EXPECT_EQ(ask(&broker::Operations::remove, queue("q")), Errc::no_such_destination);
    EXPECT_EQ(ask(&broker::Operations::remove, key), Errc::no_such_subscription);
}

TEST_P(OperationsStory, knows_who_is_connected_and_closes_them) {
    StoryClient& client = connect();
    client.identify("me", "instance");
    client.subscribe_as("c", "q", [](broker::Subscribe& command) {
        command.selector = "kind = 'a'";
        command.priority = 3;
    });
    idle();
    client.connection().describe({.protocol = "story", .peer = "somewhere:1"});
    fill("q", {"a1"});
    const auto consumers =
        ask(&broker::Operations::list_consumers, std::optional<broker::QueueName>(queue("q")));
    ASSERT_THAT(consumers, SizeIs(1));
    EXPECT_EQ(consumers[0].client_id, "me");
    EXPECT_EQ(consumers[0].peer, "somewhere:1");
    EXPECT_EQ(consumers[0].selector, "kind = 'a'");
    EXPECT_EQ(consumers[0].priority, 3);
    EXPECT_EQ(consumers[0].unsettled, 1U);
    ASSERT_NE(consumers[0].party, nullptr);
    EXPECT_EQ(consumers[0].party->destination, queue("q"));
    EXPECT_EQ(consumers[0].party->number, consumers[0].ref.consumer.value);
    EXPECT_THAT(ask(&broker::Operations::list_consumers, std::optional<broker::QueueName>()),
                SizeIs(1));

    const auto connections = ask(&broker::Operations::list_connections);
    ASSERT_THAT(connections, SizeIs(2));
    const auto mine = std::ranges::find(connections, "me", &broker::ConnectionStatus::client_id);
    ASSERT_NE(mine, connections.end());
    EXPECT_EQ(mine->protocol, "story");
    EXPECT_EQ(mine->delivered, 1U);
    EXPECT_EQ(mine->consumers, 1U);
    EXPECT_TRUE(ask(&broker::Operations::close_connection, mine->ref));
    EXPECT_EQ(broker::ConnectionEnd::by_operator, client.eviction());
    EXPECT_THAT(on("q"), ElementsAre("a1!"));
    EXPECT_FALSE(
        ask(&broker::Operations::close_connection, broker::ConnectionRef{ShardId{99}, {}}));
}

TEST_P(OperationsStory, counts_notices) {
    StoryClient& client = connect();
    client.announce(broker::Notice::What::begins, "Producer.Queue.a", "1");
    client.announce(broker::Notice::What::begins, "Producer.Queue.a", "2");
    client.announce(broker::Notice::What::begins, "Consumer.Queue.a", "3");
    idle();
    const auto counts = ask(&broker::Operations::count_notices, std::string("Producer.Queue."));
    EXPECT_THAT(counts, ElementsAre(testing::Pair("Producer.Queue.a", 2U)));
}

INSTANTIATE_TEST_SUITE_P(Shards, OperationsStory, testing::Values(1, 3));

}  // namespace
}  // namespace tern::engine
