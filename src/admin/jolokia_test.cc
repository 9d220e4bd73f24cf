#include "admin/jolokia.h"

#include "admin/admin_fixture.h"
#include "broker/api/xid.h"

namespace tern::admin {
namespace {

using What = broker::MessageAction::What;
using testing::HasSubstr;

TEST(ObjectNames, are_sorted_and_matched) {
    const auto name = parse_object_name("a.b:type=X,name=Q.1,brokerName=b");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->text(), "a.b:brokerName=b,name=Q.1,type=X");
    const auto matches = [&name](const char* pattern) {
        const auto parsed = parse_object_name(pattern);
        EXPECT_TRUE(parsed) << pattern;
        return parsed && parsed->matches(*name);
    };
    EXPECT_TRUE(matches("*:*"));
    EXPECT_TRUE(matches("a.?:type=X,*"));
    EXPECT_TRUE(matches("a.b:name=Q.*,type=X,brokerName=b"));
    EXPECT_FALSE(matches("a.b:type=X"));
    EXPECT_FALSE(matches("a.b:type=X,other=*,*"));
    EXPECT_FALSE(matches("c:*"));
    EXPECT_FALSE(name->is_pattern());
    for (const char* wrong : {"", "a", "a:", "a:b", "a:=c", "a:b=1,b=2"}) {
        EXPECT_FALSE(parse_object_name(wrong)) << wrong;
    }
    EXPECT_EQ(key_value("a:b,c=d*e?'\""), "a_b_c&amp;d&ast;e&qe;__");
}

class JolokiaTest : public AdminTest {
protected:
    using AdminTest::AdminTest;
    static constexpr const char* kBroker = "org.apache.activemq:type=Broker,brokerName=b";
    static std::string queue(const std::string& name) {
        return std::string(kBroker) + ",destinationType=Queue,destinationName=" + name;
    }
    json::value call(const json::value& request) {
        return json::parse(ask("POST", "/api/jolokia", json::serialize(request)).body);
    }
    json::value read(const std::string& mbean, const std::string& attribute) {
        const json::value answer =
            call({{"type", "read"}, {"mbean", mbean}, {"attribute", attribute}});
        EXPECT_EQ(answer.at("status"), 200) << json::serialize(answer);
        return answer.at("value");
    }
    json::value write(const std::string& mbean, const std::string& attribute, json::value value) {
        return call({{"type", "write"},
                     {"mbean", mbean},
                     {"attribute", attribute},
                     {"value", std::move(value)}});
    }
    json::value exec(const std::string& mbean, const std::string& operation,
                     json::array arguments = {}) {
        return call({{"type", "exec"},
                     {"mbean", mbean},
                     {"operation", operation},
                     {"arguments", std::move(arguments)}});
    }
};

TEST_F(JolokiaTest, topics_are_there_that_nobody_uses) {
    topics_ = {"news"};
    EXPECT_EQ(read(kBroker, "Topics").at(0).at("objectName"),
              "org.apache.activemq:brokerName=b,destinationName=news,destinationType=Topic,"
              "type=Broker");
    EXPECT_EQ(read(kBroker, "TotalTopicsCount"), 1);
    EXPECT_EQ(
        read(std::string(kBroker) + ",destinationType=Topic,destinationName=news", "ProducerCount"),
        0);
}

TEST_F(JolokiaTest, reads_attributes) {
    broker_.queues.at("ORDERS").status.counts = {.ready = 3, .unsettled = 2, .consumers = 1};
    broker_.numbers.ready = 7;
    EXPECT_EQ(read(kBroker, "TotalMessageCount"), 7);
    EXPECT_EQ(read(kBroker, "BrokerName"), "b");
    EXPECT_EQ(read(kBroker, "Uptime"), "1 minute");
    EXPECT_EQ(read(kBroker, "Queues").at(0).at("objectName"),
              "org.apache.activemq:brokerName=b,destinationName=ORDERS,destinationType=Queue,"
              "type=Broker");
    EXPECT_EQ(read(queue("ORDERS"), "QueueSize"), 5);
    broker_.numbers.flow.store = {.used = 50, .limit = 200};
    EXPECT_EQ(read(kBroker, "StorePercentUsage"), 25);
    EXPECT_EQ(read(kBroker, "TempLimit"), 0);
    broker_.numbers.journal_files = 3;
    EXPECT_EQ(read(kBroker, "JournalFilesForFastRecovery"), 3);
    EXPECT_EQ(read(kBroker, "JournalFilesForFullRecovery"), 3);
    broker_.queues.at("ORDERS").status.memory_bytes = 3;
    broker_.queues.at("ORDERS").status.memory_limit = 4;
    EXPECT_EQ(read(queue("ORDERS"), "MemoryPercentUsage"), 75);
    EXPECT_EQ(read(queue("ORDERS"), "InFlightCount"), 2);
    EXPECT_EQ(read(std::string(kBroker) + ",service=Health", "CurrentStatus"), "Good");
    const json::value all = call({{"type", "read"}, {"mbean", queue("ORDERS")}});
    EXPECT_EQ(all.at("value").at("Name"), "ORDERS");
    EXPECT_EQ(all.at("request").at("mbean"), queue("ORDERS").c_str());
    EXPECT_EQ(all.at("timestamp"), now_ms_ / 1000);
}

TEST_F(JolokiaTest, lets_counters_stand_still) {
    broker::QueueTotals& totals = broker_.queues.at("ORDERS").status.totals;
    totals.enqueued = 5;
    EXPECT_EQ(exec(kBroker, "disableStatistics").at("status"), 200);
    EXPECT_EQ(read(kBroker, "StatisticsEnabled"), false);
    totals.enqueued = 8;
    EXPECT_EQ(read(queue("ORDERS"), "EnqueueCount"), 5);
    broker_.add_queue("LATER");
    broker_.queues.at("LATER").status.totals.enqueued = 2;
    EXPECT_EQ(read(queue("LATER"), "EnqueueCount"), 0);
    EXPECT_EQ(exec(kBroker, "enableStatistics").at("status"), 200);
    EXPECT_EQ(read(queue("ORDERS"), "EnqueueCount"), 5);
    totals.enqueued = 9;
    EXPECT_EQ(read(queue("ORDERS"), "EnqueueCount"), 6);
    EXPECT_EQ(read(queue("LATER"), "EnqueueCount"), 0);
    EXPECT_EQ(exec(queue("ORDERS"), "resetStatistics").at("status"), 200);
    EXPECT_EQ(read(queue("ORDERS"), "EnqueueCount"), 0);
}

class FewMBeansTest : public JolokiaTest {
protected:
    FewMBeansTest()
        : JolokiaTest({.domain = "com.acme",
                       .suppressed = {"endpoint=Consumer", "destinationName=SECRET.*"},
                       .remote_addresses = false,
                       .count = false}) {}
    std::size_t found(const std::string& pattern) {
        return get("/api/jolokia/search/" + pattern).at("value").as_array().size();
    }
};

TEST_F(FewMBeansTest, have_another_domain_and_lack_what_is_suppressed) {
    broker_.add_queue("SECRET.A");
    broker_.connections.push_back({.ref = {.shard = ShardId{0}, .connection = {}},
                                   .protocol = "stomp",
                                   .peer = "127.0.0.1:7",
                                   .user = "ann"});
    EXPECT_EQ(found("org.apache.activemq:*"), 0U);
    EXPECT_EQ(found("com.acme:destinationType=Queue,*"), 1U);
    EXPECT_EQ(found("com.acme:connectionViewType=*,*"), 1U);
    const json::value connections = get("/api/jolokia/search/com.acme:connectionViewType=*,*");
    const std::string connection(connections.at("value").at(0).as_string());
    EXPECT_TRUE(read(connection, "UserName").is_null());
    EXPECT_TRUE(get("/api/jolokia/list").at("value").as_object().contains("com.acme"));
}

TEST_F(FewMBeansTest, count_only_once_they_are_told_to) {
    const std::string broker = "com.acme:type=Broker,brokerName=b";
    const std::string queue = broker + ",destinationType=Queue,destinationName=ORDERS";
    broker_.queues.at("ORDERS").status.totals.enqueued = 5;
    EXPECT_EQ(read(broker, "StatisticsEnabled"), false);
    EXPECT_EQ(read(queue, "EnqueueCount"), 0);
    EXPECT_EQ(exec(broker, "enableStatistics").at("status"), 200);
    broker_.queues.at("ORDERS").status.totals.enqueued = 7;
    EXPECT_EQ(read(queue, "EnqueueCount"), 2);
}

class NoMBeansTest : public JolokiaTest {
protected:
    NoMBeansTest() : JolokiaTest({.shown = false}) {}
};

TEST_F(NoMBeansTest, are_not_found) {
    EXPECT_TRUE(get("/api/jolokia/search/*:*").at("value").as_array().empty());
    EXPECT_EQ(call({{"type", "read"}, {"mbean", kBroker}}).at("status"), 404);
    EXPECT_EQ(get("/api/jolokia/version").at("status"), 200);
}

TEST_F(JolokiaTest, tells_how_long_sends_were_blocked) {
    broker_.numbers.flow.blocked[{broker::Domain::queue, false, "ORDERS"}] = {.count = 4,
                                                                              .waited_us = 10'000};
    EXPECT_EQ(read(queue("ORDERS"), "BlockedSends"), 4);
    EXPECT_EQ(read(queue("ORDERS"), "TotalBlockedTime"), 10);
    EXPECT_EQ(read(queue("ORDERS"), "AverageBlockedTime"), 2.5);
    EXPECT_EQ(exec(queue("ORDERS"), "resetStatistics").at("status"), 200);
    EXPECT_EQ(read(queue("ORDERS"), "AverageBlockedTime"), 0.0);
}

TEST_F(JolokiaTest, shows_the_store_the_log_and_what_is_wrong) {
    broker_.numbers.flow.store = {.used = 50, .limit = 200};
    const json::value stores =
        get("/api/jolokia/search/org.apache.activemq:service=PersistenceAdapter,*").at("value");
    ASSERT_EQ(stores.as_array().size(), 1U);
    const std::string store(stores.at(0).as_string());
    EXPECT_EQ(read(store, "Size"), 50);
    EXPECT_EQ(read(store, "Name"), "KahaDBPersistenceAdapter[]");
    const std::string logs = std::string(kBroker) + ",service=Log4JConfiguration";
    EXPECT_EQ(read(logs, "RootLogLevel"), "INFO");
    EXPECT_EQ(exec(logs, "setLogLevel", {"engine", "DEBUG"}).at("status"), 200);
    EXPECT_EQ(exec(logs, "getLogLevel", {"engine"}).at("value"), "DEBUG");
    EXPECT_EQ(read(logs, "Loggers").at(0), "engine");
    EXPECT_EQ(exec(logs, "setLogLevel", {"engine", "LOUD"}).at("status"), 500);
    EXPECT_EQ(exec(logs, "setLogLevel", {"engine", "INFO"}).at("status"), 200);
    EXPECT_EQ(exec(logs, "getLogLevel", {"engine"}).at("value"), "INFO");
    broker_.queues.at("ORDERS").status.counts.ready = 3;
    const json::value found =
        exec(std::string(kBroker) + ",service=Health", "healthList").at("value").at(0);
    EXPECT_EQ(found.at("healthId"), "org.apache.activemq.noConsumer");
    EXPECT_EQ(found.at("level"), "WARNING");
    EXPECT_EQ(found.at("resource"), "ORDERS");
}

TEST_F(JolokiaTest, reads_by_path_and_pattern) {
    broker_.add_queue("A/B");
    const json::value one = get("/api/jolokia/read/" + std::string(kBroker) +
                                ",destinationType=Queue,destinationName=A!/B/Name,QueueSize");
    EXPECT_EQ(one.at("value").at("Name"), "A/B") << json::serialize(one);
    const json::value many =
        get("/api/jolokia/read/org.apache.activemq:destinationType=Queue,*/QueueSize");
    EXPECT_EQ(many.at("value").as_object().size(), 2U);
    const json::value inner =
        get("/api/jolokia/read/" + std::string(kBroker) + "/Queues/0/objectName");
    EXPECT_THAT(std::string(inner.at("value").as_string()), HasSubstr("destinationName=A/B"));
    EXPECT_EQ(get("/api/jolokia/search/*:destinationType=Queue,*").at("value").as_array().size(),
              2U);
    EXPECT_EQ(get("/api/jolokia").at("value").at("info").at("product"), "TernMQ");
    EXPECT_EQ(get("/api/jolokia/version").at("status"), 200);
}

TEST_F(JolokiaTest, lists_what_there_is) {
    const json::value list = get("/api/jolokia/list");
    const json::object& beans = list.at("value").at("org.apache.activemq").as_object();
    const json::value& about =
        beans.at("brokerName=b,destinationName=ORDERS,destinationType=Queue,type=Broker");
    EXPECT_EQ(about.at("class"), "org.apache.activemq.broker.jmx.QueueView");
    EXPECT_EQ(about.at("attr").at("QueueSize").at("type"), "long");
    EXPECT_EQ(about.at("op").at("purge").at(0).at("ret"), "void");
    EXPECT_EQ(about.at("op").at("browse").as_array().size(), 2U);
    // The path to one of them has its keys in whatever order, and may go on from there.
    const std::string queue =
        "/api/jolokia/list/org.apache.activemq/"
        "type=Broker,brokerName=b,destinationType=Queue,destinationName=ORDERS";
    EXPECT_EQ(get(queue).at("value"), about);
    EXPECT_EQ(get(queue + "/op/browse").at("value"), about.at("op").at("browse"));
    EXPECT_EQ(get(queue + "X").at("status"), 404);
}

TEST_F(JolokiaTest, answers_several_at_once) {
    const json::value answers = call(json::array{
        {{"type", "version"}},
        {{"type", "read"}, {"mbean", "org.apache.activemq:type=Nothing"}},
        {{"type", "read"}, {"mbean", kBroker}, {"attribute", "Nothing"}},
        {{"type", "read"}, {"mbean", "nonsense"}},
        {{"type", "write"}, {"mbean", kBroker}, {"attribute", "MemoryLimit"}, {"value", 1}},
        {{"type", "dance"}}});
    ASSERT_EQ(answers.as_array().size(), 6U);
    EXPECT_EQ(answers.at(0).at("status"), 200);
    EXPECT_EQ(answers.at(1).at("error_type"), "javax.management.InstanceNotFoundException");
    EXPECT_EQ(answers.at(1).at("status"), 404);
    EXPECT_EQ(answers.at(2).at("error_type"), "javax.management.AttributeNotFoundException");
    EXPECT_EQ(answers.at(3).at("status"), 400);
    EXPECT_EQ(answers.at(4).at("status"), 403);
    EXPECT_EQ(answers.at(5).at("status"), 400);
    EXPECT_EQ(call(json::array()), json::array());
}

TEST_F(JolokiaTest, takes_what_collectors_send) {
    const json::value answers = json::parse(
        ask("POST", "/api/jolokia/read?ignoreErrors=true",
            json::serialize(json::array{{{"type", "READ"},
                                         {"mbean", kBroker},
                                         {"attribute", json::array{"BrokerName", "Nothing"}}}}))
            .body);
    EXPECT_EQ(answers.at(0).at("status"), 200);
    EXPECT_EQ(answers.at(0).at("value").at("BrokerName"), "b");
    EXPECT_THAT(std::string(answers.at(0).at("value").at("Nothing").as_string()),
                HasSubstr("ERROR: javax.management.AttributeNotFoundException"));
}

TEST_F(JolokiaTest, executes_operations) {
    EXPECT_EQ(exec(kBroker, "addQueue", {"NEW"}).at("status"), 200);
    EXPECT_TRUE(broker_.queues.contains("NEW"));
    EXPECT_EQ(exec(queue("NEW"), "pause").at("status"), 200);
    EXPECT_EQ(read(queue("NEW"), "Paused"), true);
    EXPECT_EQ(exec(queue("NEW"), "resume()").at("status"), 200);
    EXPECT_EQ(exec(queue("ORDERS"), "purge").at("value"), nullptr);
    EXPECT_EQ(exec(queue("ORDERS"), "removeMessage", {"ID:it's"}).at("value"), true);
    EXPECT_EQ(broker_.actions.back().selector, "JMSMessageID = 'ID:it''s'");
    EXPECT_EQ(exec(queue("ORDERS"), "moveMatchingMessagesTo(java.lang.String,java.lang.String,int)",
                   {"a = 1", "OTHER", 5})
                  .at("value"),
              1);
    EXPECT_EQ(broker_.actions.back().what, What::move);
    EXPECT_EQ(broker_.actions.back().limit, 5U);
    EXPECT_EQ(exec(queue("ORDERS"), "retryMessages").at("status"), 500) << "no dead letters there";
    EXPECT_EQ(write(queue("ORDERS"), "DLQ", true).at("value"), false) << "what it was before";
    EXPECT_EQ(read(queue("ORDERS"), "DLQ"), true);
    EXPECT_EQ(exec(queue("ORDERS"), "retryMessages").at("value"), 1);
    EXPECT_EQ(broker_.actions.back().what, What::retry);
    const json::value sent =
        exec(queue("ORDERS"), "sendTextMessage",
             {json::object{{"JMSPriority", 7}, {"JMSType", "t"}, {"table", 4}}, "soup"});
    EXPECT_EQ(sent.at("value"), "ID:test:1:1:7") << json::serialize(sent);
    const auto hub = formats_.read(*broker_.sent.back().second);
    EXPECT_EQ(std::get<std::string>(hub->body), "soup");
    EXPECT_EQ(hub->priority, 7);
    EXPECT_EQ(hub->type, "t");
    EXPECT_EQ(*hub->properties.find("table"), message::HubValue{std::int32_t{4}});
    broker_.add_message("ORDERS", broker_.sent.back().second);
    const json::value rows = exec(queue("ORDERS"), "browse").at("value");
    EXPECT_EQ(rows.at(0).at("Text"), "soup");
    EXPECT_EQ(rows.at(0).at("JMSMessageID"), "ID:test:1:1:7");
    EXPECT_EQ(rows.at(0).at("IntProperties").at("table"), 4);
    EXPECT_EQ(rows.at(0).at("PropertiesText"), "{table=4}");
    EXPECT_EQ(rows.at(0).at("JMSTimestamp"), "1970-01-01T00:01:40Z");
    EXPECT_EQ(rows.at(0).at("JMSXGroupID"), nullptr);
    const json::value table = exec(queue("ORDERS"), "browseAsTable").at("value");
    EXPECT_EQ(table.at("ID:test:1:1:7").at("Text"), "soup");
    EXPECT_EQ(exec(kBroker, "removeQueue", {"NEW"}).at("status"), 200);
    EXPECT_FALSE(broker_.queues.contains("NEW"));
}

TEST_F(JolokiaTest, sends_what_a_line_of_properties_says) {
    EXPECT_EQ(exec(queue("ORDERS"), "sendTextMessageWithProperties",
                   {"body=a,b;JMSPriority=6;kind=x", ";"})
                  .at("status"),
              200);
    auto hub = formats_.read(*broker_.sent.back().second);
    EXPECT_EQ(std::get<std::string>(hub->body), "a,b");
    EXPECT_EQ(hub->priority, 6);
    EXPECT_EQ(*hub->properties.find("kind"), message::HubValue{std::string("x")});
    EXPECT_EQ(exec(queue("ORDERS"), "sendTextMessage", {"tea", "user", "password"}).at("status"),
              200);
    hub = formats_.read(*broker_.sent.back().second);
    EXPECT_EQ(std::get<std::string>(hub->body), "tea");
}

TEST_F(JolokiaTest, shows_bytes_and_maps_as_classic_does) {
    put("ORDERS", hub(Buffer::copy_of(as_bytes("\x01\xFF"))));
    message::HubMap map;
    map.put("a", {std::int32_t{1}});
    map.put("b", {std::string("x")});
    put("ORDERS", hub(map));
    const json::value rows = exec(queue("ORDERS"), "browse").at("value");
    EXPECT_EQ(rows.at(0).at("BodyLength"), 2);
    EXPECT_EQ(rows.at(0).at("BodyPreview"), (json::array{1, -1}));
    EXPECT_EQ(rows.at(1).at("ContentMap"), "{a=1, b=x}");
}

TEST_F(JolokiaTest, looks_at_cursors_and_purges_some) {
    broker_.queues.at("ORDERS").status.counts.ready = 3;
    EXPECT_EQ(exec(queue("ORDERS"), "cursorSize").at("value"), 3);
    EXPECT_EQ(exec(queue("ORDERS"), "doesCursorHaveSpace").at("value"), true);
    EXPECT_EQ(exec(queue("ORDERS"), "doesCursorHaveMessagesBuffered").at("value"), true);
    EXPECT_EQ(exec(queue("ORDERS"), "purge", {2}).at("value"), nullptr);
    EXPECT_EQ(broker_.actions.back().limit, 2U);
    EXPECT_EQ(broker_.actions.back().what, What::remove);
}

TEST_F(JolokiaTest, resets_counters_of_its_own_views) {
    broker_.queues.at("ORDERS").status.totals.enqueued = 7;
    EXPECT_EQ(exec(queue("ORDERS"), "resetStatistics").at("status"), 200);
    EXPECT_EQ(read(queue("ORDERS"), "EnqueueCount"), 0);
    broker_.queues.at("ORDERS").status.totals.enqueued = 9;
    EXPECT_EQ(read(queue("ORDERS"), "EnqueueCount"), 2);
    EXPECT_EQ(get("/api/v1/queues/ORDERS").at("enqueued"), 9) << "scrapers' counters go up only";
    broker_.queues.at("ORDERS").status.totals.enqueued = 1;
    EXPECT_EQ(read(queue("ORDERS"), "EnqueueCount"), 1) << "it is another queue";
    broker_.numbers.totals.enqueued = 5;
    EXPECT_EQ(exec(kBroker, "resetStatistics").at("status"), 200);
    EXPECT_EQ(read(kBroker, "TotalEnqueueCount"), 0);
}

TEST_F(JolokiaTest, queries_destinations_in_pages) {
    for (const char* name : {"A", "B", "C"}) broker_.add_queue(name);
    broker_.queues.at("B").status.counts.ready = 5;
    const auto query = [this](const char* filter, int page, int size) {
        const json::value answer = exec(kBroker, "queryQueues", {filter, page, size});
        EXPECT_EQ(answer.at("status"), 200) << json::serialize(answer);
        return json::parse(answer.at("value").as_string());
    };
    const json::value all = query(R"({"sortOrder":"desc"})", 1, 3);
    EXPECT_EQ(all.at("count"), 4);
    EXPECT_EQ(all.at("data").as_object().size(), 3U);
    EXPECT_EQ(all.at("data").as_object().begin()->value().at("name"), "ORDERS");
    EXPECT_EQ(query("", 2, 3).at("data").as_object().begin()->value().at("name"), "ORDERS");
    const json::value full = query(R"({"filter":"nonEmpty"})", 1, 10);
    EXPECT_EQ(full.at("count"), 1);
    EXPECT_EQ(full.at("data").as_object().begin()->value().at("queueSize"), 5);
    EXPECT_EQ(full.at("data").as_object().begin()->value().at("dlq"), false);
    EXPECT_EQ(query(R"({"name":"RD","filter":"noConsumer"})", 1, 10).at("count"), 1);
    EXPECT_EQ(exec(kBroker, "queryQueues", {"", 0, 5}).at("status"), 500);
}

TEST_F(JolokiaTest, makes_durable_subscriptions_and_stops) {
    const json::value made =
        exec(kBroker, "createDurableSubscriber", {"me", "daily", "news", nullptr});
    EXPECT_EQ(made.at("value").at("objectName"),
              "org.apache.activemq:brokerName=b,clientId=me,consumerId=Durable(me_daily),"
              "destinationName=news,destinationType=Topic,endpoint=Consumer,type=Broker");
    ASSERT_EQ(callers_.made.size(), 1U);
    EXPECT_EQ(callers_.made.front().first.key, (broker::SubscriptionKey{"me", "daily"}));
    EXPECT_EQ(post("/api/v1/subscriptions",
                   R"({"client_id":"me","name":"n","topic":"t","selector":"a = 1"})")
                  .at("created"),
              "n");
    EXPECT_EQ(callers_.made.back().first.selector, "a = 1");
    EXPECT_EQ(refused("POST", "/api/v1/subscriptions", R"({"name":"n"})"), "400 malformed");
    EXPECT_EQ(exec(kBroker, "stop").at("status"), 200);
    EXPECT_EQ(stops_, 1);
    EXPECT_EQ(exec(kBroker, "restart").at("status"), 200);
    EXPECT_EQ(restarts_, 1);
}

TEST_F(JolokiaTest, times_what_was_on_a_queue) {
    auto times = std::make_shared<broker::Latencies>();
    times->queueing.recent.add(8'000);
    times->queueing.count = 4;
    times->queueing.sum_us = 10'000;
    broker_.queues.at("ORDERS").status.latencies = times;
    EXPECT_EQ(read(queue("ORDERS"), "AverageEnqueueTime"), 2.5);
    EXPECT_EQ(read(queue("ORDERS"), "MaxEnqueueTime"), 7) << "about";
    EXPECT_TRUE(broker_.asked.with_latencies);
    read(queue("ORDERS"), "QueueSize");
    EXPECT_FALSE(broker_.asked.with_latencies);
}

TEST_F(JolokiaTest, shows_and_releases_message_groups) {
    broker::QueueStatus& status = broker_.queues.at("ORDERS").status;
    const broker::ConsumerRef owner{
        .shard = ShardId{0}, .connection = broker::ConnectionNumber{7}, .consumer = {}};
    status.group_map = "bucket";
    status.groups = {{"a", owner}, {"b", owner}, {"c", owner}};
    EXPECT_EQ(read(queue("ORDERS"), "MessageGroupType"), "bucket");
    const json::value shown = read(queue("ORDERS"), "MessageGroups");
    ASSERT_EQ(shown.as_object().size(), 3U);
    EXPECT_EQ(shown.at("a"), json::value(to_text(owner)));
    EXPECT_EQ(exec(queue("ORDERS"), "removeMessageGroup", {"b"}).at("status"), 200);
    EXPECT_EQ(read(queue("ORDERS"), "MessageGroups").as_object().size(), 2U);
    EXPECT_EQ(exec(queue("ORDERS"), "removeAllMessageGroups()").at("status"), 200);
    EXPECT_TRUE(read(queue("ORDERS"), "MessageGroups").as_object().empty());
    EXPECT_EQ(exec(queue("ORDERS"), "removeMessageGroup").at("status"), 400);
}

TEST_F(JolokiaTest, writes_what_can_be_written) {
    EXPECT_EQ(write(queue("ORDERS"), "QueueSize", 1).at("status"), 403);
    EXPECT_EQ(write(queue("ORDERS"), "Nothing", 1).at("status"), 404);
    EXPECT_EQ(write(queue("NONE"), "DLQ", true).at("status"), 404);
    EXPECT_EQ(write(queue("ORDERS"), "DLQ", "yes").at("status"), 400);
    EXPECT_EQ(read(queue("ORDERS"), "DLQ"), false);
    const json::value list = get("/api/jolokia/list");
    const json::value& about =
        list.at("value")
            .at("org.apache.activemq")
            .at("brokerName=b,destinationName=ORDERS,destinationType=Queue,type=Broker");
    EXPECT_EQ(about.at("attr").at("DLQ").at("rw"), true);
    EXPECT_EQ(about.at("attr").at("QueueSize").at("rw"), false);
}

TEST_F(JolokiaTest, ends_transactions_that_are_in_doubt) {
    broker_.branches.push_back(
        {.name =
             broker::branch_name({.format = 7, .global = as_bytes("g"), .qualifier = as_bytes("b")})
                 .value()});
    const std::string bean = std::string(kBroker) + ",transactionType=RecoveredXaTransaction,xid=" +
                             key_value("XID:[7,globalId=67,branchId=62]");
    EXPECT_EQ(read(bean, "FormatId"), 7);
    EXPECT_EQ(read(bean, "GlobalTransactionId").at(0), 0x67);
    EXPECT_EQ(read(bean, "BranchQualifier").at(0), 0x62);
    EXPECT_EQ(exec(bean, "forget").at("status"), 500);
    EXPECT_EQ(exec(bean, "heuristicRollback").at("status"), 200);
    EXPECT_EQ(broker_.branches[0].state, broker::BranchStatus::State::rolled_back);
    EXPECT_EQ(exec(bean, "heuristicCommit").at("status"), 500);
    EXPECT_EQ(exec(bean, "forget").at("status"), 200);
    EXPECT_EQ(exec(bean, "forget").at("status"), 404);
}

TEST_F(JolokiaTest, shows_and_removes_scheduled_messages) {
    const std::string scheduler = std::string(kBroker) + ",service=JobScheduler,name=JMS";
    EXPECT_EQ(call({{"type", "read"}, {"mbean", scheduler}}).at("status"), 404) << "it is off";
    constexpr std::int64_t kDueMs = 4'000'000'000'000;
    for (int i = 0; i < 3; ++i) {
        broker_.jobs.push_back({.id = "ID:job:" + std::to_string(i),
                                .to = {broker::Domain::queue, false, "ORDERS"},
                                .schedule = {.delay_ms = i == 0 ? 0 : 1000, .cron = ""},
                                .due_ms = kDueMs + i / 2 * 60'000});
    }
    broker_.numbers.scheduled = 3;
    EXPECT_EQ(read(scheduler, "ScheduledMessageCount"), 3);
    EXPECT_EQ(read(scheduler, "DelayedMessageCount"), 2);
    EXPECT_EQ(read(scheduler, "NextScheduleJobs").as_object().size(), 2U);
    const json::value all = read(scheduler, "AllJobs");
    EXPECT_EQ(all.at("ID:job:2").at("destinationName"), "ORDERS");
    EXPECT_EQ(all.at("ID:job:2").at("delay"), 1000);
    const std::string next(read(scheduler, "NextScheduleTime").as_string());
    EXPECT_EQ(next, "2096-10-02 07:06:40");
    EXPECT_EQ(read(kBroker, "JMSJobScheduler").at("objectName"),
              "org.apache.activemq:brokerName=b,name=JMS,service=JobScheduler,type=Broker");

    EXPECT_EQ(exec(scheduler, "getAllJobs", {next, next}).at("value").as_object().size(), 2U);
    EXPECT_EQ(exec(scheduler, "getAllJobs", {"tomorrow", next}).at("status"), 500);
    EXPECT_EQ(exec(scheduler, "getExecutionCount", {"ID:job:1"}).at("value"), 0);
    EXPECT_EQ(exec(scheduler, "removeJob", {"ID:job:0"}).at("status"), 200);
    EXPECT_EQ(read(scheduler, "AllJobs").as_object().size(), 2U);
    EXPECT_EQ(exec(scheduler, "removeAllJobsAtScheduledTime", {next}).at("status"), 200);
    ASSERT_EQ(broker_.jobs.size(), 1U);
    EXPECT_EQ(broker_.jobs.front().id, "ID:job:2");
    EXPECT_EQ(exec(scheduler, "removeAllJobs").at("status"), 200);
    EXPECT_TRUE(broker_.jobs.empty());
}

TEST_F(JolokiaTest, refuses_what_it_does_not_know_and_changes_nothing_by_links) {
    EXPECT_EQ(exec(queue("ORDERS"), "explode").at("status"), 400);
    EXPECT_EQ(exec(queue("ORDERS"), "removeMessage").at("status"), 400);
    EXPECT_EQ(exec(queue("NONE"), "purge").at("status"), 404);
    EXPECT_EQ(exec(kBroker, "removeQueue", {"NONE"}).at("status"), 500);
    EXPECT_EQ(get("/api/jolokia/exec/" + queue("ORDERS") + "/purge").at("status"), 400);
    EXPECT_EQ(json::parse(ask("POST", "/api/jolokia", "{").body).at("status"), 400);
    EXPECT_EQ(json::parse(ask("PUT", "/api/jolokia", "{}").body).at("status"), 400);
    EXPECT_EQ(ask("GET", "/api/jolokiax").status, 404);
}

TEST_F(JolokiaTest, shows_connections_and_subscriptions) {
    broker_.connections.push_back({.ref = {ShardId{0}, broker::ConnectionNumber{3}},
                                   .protocol = "openwire",
                                   .peer = "127.0.0.1:5",
                                   .client_id = "me"});
    broker::ConsumerStatus consumer;
    consumer.ref = {ShardId{0}, broker::ConnectionNumber{3}, broker::ConsumerNumber{1}};
    consumer.queue = broker_.queues.at("ORDERS").status.info;
    consumer.client_id = "me";
    consumer.unsettled = 4;
    broker_.consumers.push_back(consumer);
    auto subscription = std::make_shared<broker::QueueInfo>();
    subscription->id = broker::QueueId{99};
    subscription->durable = Durable::yes;
    subscription->bindings = {{broker::Domain::topic, false, "news"}};
    subscription->subscription = broker::NamedSubscription{.key = {"me", "sub"}};
    broker_.subscriptions.push_back({.info = subscription});
    EXPECT_EQ(read(std::string(kBroker) + ",connector=clientConnectors,connectorName=openwire,"
                                          "connectionViewType=clientId,connectionName=me",
                   "RemoteAddress"),
              "tcp://127.0.0.1:5");
    EXPECT_EQ(read(queue("ORDERS") + ",endpoint=Consumer,clientId=me,consumerId=0-3-1",
                   "DispatchedQueueSize"),
              4);
    EXPECT_EQ(read(std::string(kBroker) + ",destinationType=Topic,destinationName=news,"
                                          "endpoint=Consumer,clientId=me,"
                                          "consumerId=Durable(me_sub)",
                   "SubscriptionName"),
              "sub");
    EXPECT_EQ(read(kBroker, "InactiveDurableTopicSubscribers").as_array().size(), 1U);
    EXPECT_EQ(read(queue("ORDERS"), "Subscriptions").as_array().size(), 1U);
    const std::string durable = std::string(kBroker) +
                                ",destinationType=Topic,destinationName=news,endpoint=Consumer,"
                                "clientId=me,consumerId=Durable(me_sub)";
    EXPECT_EQ(exec(durable, "isMatchingTopic", {"news"}).at("value"), true);
    EXPECT_EQ(exec(durable, "isMatchingTopic", {"olds"}).at("value"), false);
    EXPECT_EQ(exec(durable, "isMatchingQueue", {"news"}).at("value"), false);
    const std::string theirs = queue("ORDERS") + ",endpoint=Consumer,clientId=me,consumerId=0-3-1";
    EXPECT_EQ(exec(theirs, "cursorSize").at("status"), 500) << "it has no cursor of its own";
    EXPECT_THAT(std::string(read(theirs, "Connection").at("objectName").as_string()),
                HasSubstr("connectionName=me"));
    EXPECT_EQ(exec(kBroker, "removeTopic", {"news"}).at("status"), 500) << "it is in use";
    EXPECT_EQ(exec(kBroker, "removeTopic", {"olds"}).at("status"), 200);
    EXPECT_EQ(exec(std::string(kBroker) + ",connector=clientConnectors,connectorName=openwire,"
                                          "connectionViewType=clientId,connectionName=me",
                   "stop")
                  .at("status"),
              200);
    EXPECT_TRUE(broker_.connections.empty());
}

}  // namespace
}  // namespace tern::admin
