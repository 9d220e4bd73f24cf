// Documents of ActiveMQ Artemis: what they say becomes what this broker knows, or is named.

#include "config/load.h"
#include "config/writer.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace tern::config {
namespace {

using broker::Domain;
using testing::ElementsAre;
using testing::HasSubstr;

std::string document(const std::string& core) {
    return "<?xml version=\"1.0\"?><configuration xmlns=\"urn:activemq\">"
           "<core xmlns=\"urn:activemq:core\">" +
           core + "</core></configuration>";
}

Loaded read(const std::string& core) {
    Sources sources;
    sources.document = "broker.xml";
    return load(document(core), sources);
}

std::string setting(const std::string& match, const std::string& says) {
    return "<address-setting match=\"" + match + "\">" + says + "</address-setting>";
}

std::string acceptor(const std::string& name, const std::string& uri) {
    return "<acceptor name=\"" + name + "\">" + uri + "</acceptor>\n";
}

/// What is said of a finding, by its name.
std::string why(const Loaded& loaded, const std::string& what, Finding::Kind kind) {
    for (const Finding& one : loaded.report.findings) {
        if (one.what == what && one.kind == kind) return one.why;
    }
    return "(no such finding)\n" + to_table(loaded.report);
}
std::string rejected(const Loaded& loaded, const std::string& what) {
    return why(loaded, what, Finding::Kind::rejected);
}

broker::Policy policy(const Loaded& loaded, const std::string& queue) {
    return *policies(loaded.broker).find({Domain::queue, false, queue});
}

/// Of the kind that `artemis create` makes.
const std::string kDefault = R"(
<name>0.0.0.0</name>
<persistence-enabled>true</persistence-enabled>
<max-redelivery-records>1</max-redelivery-records>
<journal-type>ASYNCIO</journal-type>
<paging-directory>data/paging</paging-directory>
<bindings-directory>data/bindings</bindings-directory>
<journal-directory>data/journal</journal-directory>
<large-messages-directory>data/large-messages</large-messages-directory>
<journal-datasync>true</journal-datasync>
<journal-min-files>2</journal-min-files>
<journal-pool-files>10</journal-pool-files>
<journal-device-block-size>4096</journal-device-block-size>
<journal-file-size>10M</journal-file-size>
<journal-buffer-timeout>2628000</journal-buffer-timeout>
<journal-max-io>4096</journal-max-io>
<disk-scan-period>5000</disk-scan-period>
<max-disk-usage>90</max-disk-usage>
<critical-analyzer>true</critical-analyzer>
<critical-analyzer-timeout>120000</critical-analyzer-timeout>
<critical-analyzer-check-period>60000</critical-analyzer-check-period>
<critical-analyzer-policy>HALT</critical-analyzer-policy>
<page-sync-timeout>2628000</page-sync-timeout>
<global-max-messages>-1</global-max-messages>
<acceptors>
)" +
                             acceptor("artemis",
                                      "tcp://0.0.0.0:61616?tcpSendBufferSize=1048576;"
                                      "tcpReceiveBufferSize=1048576;amqpMinLargeMessageSize=102400;"
                                      "protocols=CORE,AMQP,STOMP,HORNETQ,MQTT,OPENWIRE;"
                                      "useEpoll=true;amqpCredits=1000;amqpLowCredits=300;"
                                      "amqpDuplicateDetection=true;supportAdvisory=false;"
                                      "suppressInternalManagementObjects=false") +
                             acceptor("amqp",
                                      "tcp://0.0.0.0:5672?protocols=AMQP;useEpoll=true;"
                                      "amqpCredits=1000") +
                             acceptor("hornetq",
                                      "tcp://0.0.0.0:5445?anycastPrefix=jms.queue.;"
                                      "multicastPrefix=jms.topic.;protocols=HORNETQ,STOMP") +
                             R"(</acceptors>
<security-settings><security-setting match="#">
<permission type="createNonDurableQueue" roles="amq"/>
<permission type="deleteNonDurableQueue" roles="amq"/>
<permission type="createDurableQueue" roles="amq"/>
<permission type="deleteDurableQueue" roles="amq"/>
<permission type="createAddress" roles="amq"/>
<permission type="deleteAddress" roles="amq"/>
<permission type="consume" roles="amq"/>
<permission type="browse" roles="amq"/>
<permission type="send" roles="amq"/>
<permission type="manage" roles="amq"/>
</security-setting></security-settings>
<address-settings>
<address-setting match="activemq.management.#"><dead-letter-address>DLQ</dead-letter-address>
<expiry-address>ExpiryQueue</expiry-address><redelivery-delay>0</redelivery-delay>
<max-size-bytes>-1</max-size-bytes>
<message-counter-history-day-limit>10</message-counter-history-day-limit>
<address-full-policy>PAGE</address-full-policy><auto-create-queues>true</auto-create-queues>
<auto-create-addresses>true</auto-create-addresses></address-setting>
<address-setting match="#"><dead-letter-address>DLQ</dead-letter-address>
<expiry-address>ExpiryQueue</expiry-address><redelivery-delay>0</redelivery-delay>
<message-counter-history-day-limit>10</message-counter-history-day-limit>
<max-size-bytes>-1</max-size-bytes><max-size-messages>-1</max-size-messages>
<page-size-bytes>10M</page-size-bytes><max-read-page-messages>-1</max-read-page-messages>
<max-read-page-bytes>20M</max-read-page-bytes><address-full-policy>PAGE</address-full-policy>
<auto-create-queues>true</auto-create-queues><auto-create-addresses>true</auto-create-addresses>
<auto-delete-queues>false</auto-delete-queues><auto-delete-addresses>false</auto-delete-addresses>
</address-setting></address-settings>
<addresses><address name="DLQ"><anycast><queue name="DLQ"/></anycast></address>
<address name="ExpiryQueue"><anycast><queue name="ExpiryQueue"/></anycast></address></addresses>
)";

TEST(Artemis, what_it_makes_at_first_loads) {
    const Loaded loaded = read(kDefault);
    EXPECT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const Broker& broker = loaded.broker;
    EXPECT_EQ(broker.name, "0.0.0.0");
    EXPECT_EQ(broker.data_directory, "data/journal");
    EXPECT_EQ(broker.persistence.kaha_db.journal_file_max.value, 10 << 20);
    EXPECT_EQ(broker.plugins.runtime_configuration->check_period_ms, 5000);
    ASSERT_EQ(broker.transport_connectors.size(), 3U);
    EXPECT_THAT(broker.transport_connectors[0].uri, testing::StartsWith("auto://0.0.0.0:61616?"));
    EXPECT_EQ(broker.transport_connectors[1].name, "amqp");
    EXPECT_EQ(broker.plugins.jaas_authentication->entry, "activemq");
    const broker::Policy orders = policy(loaded, "orders");
    EXPECT_EQ(orders.dead_letter_address, "DLQ");
    EXPECT_EQ(orders.expiry_address, "ExpiryQueue");
    EXPECT_EQ(orders.delivery_attempts_max, 10);
    EXPECT_FALSE(orders.auto_delete);
    EXPECT_EQ(orders.when_full, broker::WhenFull::page);
    ASSERT_EQ(broker.destinations.size(), 2U);
    EXPECT_EQ(broker.destinations[0].name, "DLQ");
    // Every finding stands where it is in the document.
    EXPECT_TRUE(std::ranges::is_sorted(loaded.report.findings, {}, [](const Finding& one) {
        return std::pair(one.place.line, one.place.column);
    }));
}

TEST(Artemis, a_document_written_from_it_says_the_same) {
    const Loaded loaded = read(kDefault + R"(<diverts><divert name="d">
<address>a</address><forwarding-address>b</forwarding-address><exclusive>true</exclusive>
<filter string="n > 1"/></divert></diverts>)");
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const std::string text = to_xml(loaded.broker);
    const Loaded again = load(text, {});
    EXPECT_TRUE(again.report.accepted()) << to_table(again.report);
    EXPECT_TRUE(again.broker == loaded.broker) << text;
    EXPECT_EQ(to_xml(again.broker), text);
}

TEST(Artemis, users_have_limits) {
    const Loaded loaded = read(kDefault + R"(<resource-limit-settings>
<resource-limit-setting match="ann"><max-sessions>5</max-sessions><max-queues>3</max-queues>
</resource-limit-setting>
<resource-limit-setting match="bob"><max-queues>0</max-queues></resource-limit-setting>
</resource-limit-settings>)");
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const std::vector<ResourceLimit> expected{{.user = "ann", .sessions_max = 5, .queues_max = 3},
                                              {.user = "bob", .queues_max = 0}};
    EXPECT_EQ(loaded.broker.resource_limits, expected);
    const std::string text = to_xml(loaded.broker);
    EXPECT_TRUE(load(text, {}).broker == loaded.broker) << text;
}

TEST(Artemis, settings_are_merged_from_general_to_specific) {
    const Loaded loaded =
        read("<address-settings>" + setting("a.b", "<default-ring-size>3</default-ring-size>") +
             setting("#",
                     "<expiry-address>E</expiry-address>"
                     "<max-delivery-attempts>5</max-delivery-attempts>"
                     "<default-max-consumers>7</default-max-consumers>") +
             setting("a.#",
                     "<max-delivery-attempts>-1</max-delivery-attempts>"
                     "<default-group-buckets>8</default-group-buckets>") +
             setting("a.*",
                     "<default-group-buckets>-1</default-group-buckets>"
                     "<default-last-value-key>k</default-last-value-key>") +
             "</address-settings>");
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const auto row = [&](const std::string& name) {
        const broker::Policy found = policy(loaded, name);
        return std::tuple(found.expiry_address, found.delivery_attempts_max, found.consumers_max,
                          found.groups.kind, found.last_value_key, found.ring_size);
    };
    using Kind = broker::GroupMap::Kind;
    using Row = std::tuple<std::string, int, int, Kind, std::string, std::int64_t>;
    EXPECT_EQ(row("x"), Row("E", 5, 7, Kind::simple, "", -1));
    EXPECT_EQ(row("a"), Row("E", -1, 7, Kind::bucket, "", -1));
    EXPECT_EQ(row("a.x.y"), Row("E", -1, 7, Kind::bucket, "", -1));
    EXPECT_EQ(row("a.x"), Row("E", -1, 7, Kind::simple, "k", -1));
    EXPECT_EQ(row("a.b"), Row("E", -1, 7, Kind::simple, "k", 3));
}

TEST(Artemis, failed_deliveries_may_wait) {
    const Loaded loaded =
        read("<address-settings>" +
             setting("#",
                     "<redelivery-delay>5000</redelivery-delay>"
                     "<redelivery-delay-multiplier>1.5</redelivery-delay-multiplier>"
                     "<redelivery-collision-avoidance-factor>0.15"
                     "</redelivery-collision-avoidance-factor>"
                     "<max-redelivery-delay>50000</max-redelivery-delay>") +
             "</address-settings>");
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const broker::Policy found = policy(loaded, "q");
    EXPECT_EQ(found.redelivery_ms, 5000);
    EXPECT_EQ(found.redelivery_multiplier, 1.5);
    EXPECT_EQ(found.redelivery_ms_max, 50'000);
    EXPECT_EQ(found.redelivery_spread, 0.15);
    EXPECT_EQ(found.browsed_max, 0) << "browsers are shown all that waits";
}

TEST(Artemis, queues_say_more_than_the_settings_of_their_address) {
    const Loaded loaded = read("<address-settings>" +
                               setting("#", "<default-max-consumers>7</default-max-consumers>") +
                               R"(</address-settings><addresses>
<address name="jobs"><anycast><queue name="jobs" max-consumers="2" last-value-key="k">
<filter string="n > 100"/><durable>true</durable></queue></anycast></address>
<address name="news"><multicast><queue name="copies" ring-size="5"/></multicast></address>
<address name="plain"><anycast/></address>
<address name="wires"><multicast/></address>
</addresses>)");
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    std::vector<std::string> names;
    for (const StartupDestination& one : loaded.broker.destinations) {
        names.push_back((one.domain == Domain::queue ? "queue " : "topic ") + one.name);
    }
    EXPECT_THAT(names, ElementsAre("queue jobs", "queue news::copies", "queue plain", "topic news",
                                   "topic wires"));
    EXPECT_EQ(policy(loaded, "jobs").consumers_max, 2);
    EXPECT_EQ(policy(loaded, "jobs").filter, "n > 100");
    EXPECT_EQ(policy(loaded, "jobs").last_value_key, "k");
    EXPECT_FALSE(policy(loaded, "jobs").auto_delete);
    EXPECT_EQ(policy(loaded, "news::copies").ring_size, 5);
    EXPECT_EQ(policy(loaded, "news::copies").consumers_max, 7);
    EXPECT_TRUE(policy(loaded, "others").auto_delete);
    EXPECT_TRUE(loaded.broker.qualified_queue_names);
}

TEST(Artemis, two_queues_do_not_share_an_address) {
    const Loaded loaded = read(R"(<addresses><address name="jobs"><anycast>
<queue name="jobs"/><queue name="more"/></anycast></address></addresses>)");
    EXPECT_THAT(rejected(loaded, "core/addresses/address/anycast/queue"),
                HasSubstr("call it 'jobs'"));
}

TEST(Artemis, nobody_may_do_more_than_there) {
    const Loaded loaded = read(R"(<security-settings>
<security-setting match="#"><permission type="consume" roles="all,few"/>
<permission type="send" roles="all"/><permission type="createAddress" roles="all,few"/>
<permission type="createDurableQueue" roles="few"/><permission type="browse" roles="others"/>
<permission type="createNonDurableQueue" roles="all"/></security-setting>
<security-setting match="secret.#"><permission type="consume" roles="few"/></security-setting>
</security-settings>)");
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const AuthorizationMap& map = *loaded.broker.plugins.authorization->map;
    EXPECT_TRUE(map.closest_entry_only);
    ASSERT_EQ(map.entries.size(), 4U);
    EXPECT_EQ(map.entries[0].queue, ">");
    EXPECT_EQ(map.entries[0].read, "all,few");
    EXPECT_EQ(map.entries[0].write, "all");
    EXPECT_EQ(map.entries[0].admin, "few");
    EXPECT_EQ(map.entries[1].topic, ">");
    EXPECT_EQ(map.entries[1].read, "all,few");
    EXPECT_EQ(map.entries[1].admin, "all,few");
    EXPECT_EQ(map.entries[2].queue, "secret.>");
    EXPECT_EQ(map.entries[2].write, "");
    EXPECT_EQ(map.temporary->admin, "all");
    EXPECT_THAT(why(loaded, "core/security-settings/security-setting/permission[browse]",
                    Finding::Kind::no_effect),
                HasSubstr("who may consume may browse"));
    const Loaded open = read("<security-enabled>false</security-enabled>");
    EXPECT_FALSE(open.broker.plugins.authorization);
    EXPECT_FALSE(open.broker.plugins.jaas_authentication);
}

TEST(Artemis, bootstrap_says_who_knows_the_users) {
    Sources sources;
    sources.read_file = [](const std::string& path) -> std::optional<std::string> {
        if (path != "classpath:bootstrap.xml") return {};
        return "<broker><jaas-security domain=\"realm\"/></broker>";
    };
    EXPECT_EQ(load(document(""), sources).broker.plugins.jaas_authentication->entry, "realm");
    sources.read_file = [](const std::string&) { return std::optional<std::string>("<broker"); };
    EXPECT_FALSE(load(document(""), sources).report.accepted());
}

TEST(Artemis, acceptors_are_connectors) {
    const auto with = [](const std::string& acceptors) {
        return read("<acceptors>" + acceptors + "</acceptors>");
    };
    const Loaded loaded =
        with(acceptor("tls",
                      "tcp://0.0.0.0:61617?sslEnabled=true;keyStorePath=b.p12;"
                      "keyStorePassword=secret;needClientAuth=true;trustStorePath=t.p12;"
                      "enabledProtocols=TLSv1.3") +
             acceptor("vm", "vm://0"));
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    ASSERT_EQ(loaded.broker.transport_connectors.size(), 1U);
    EXPECT_EQ(loaded.broker.transport_connectors[0].uri,
              "auto+ssl://0.0.0.0:61617?needClientAuth=true&transport.enabledProtocols=TLSv1.3");
    EXPECT_EQ(loaded.broker.ssl_context.key_store, "b.p12");
    EXPECT_EQ(loaded.broker.ssl_context.trust_store, "t.p12");
    const auto table = [&with](const std::string& acceptors) {
        return to_table(with(acceptors).report);
    };
    EXPECT_EQ(with(acceptor("a", "tcp://0.0.0.0:1?protocols=STOMP;securityDomain=machines"))
                  .broker.transport_connectors.at(0)
                  .uri,
              "auto://0.0.0.0:1?protocols=STOMP&securityDomain=machines");
    EXPECT_THAT(table(acceptor("a", "tcp://0.0.0.0:1?protocol=AMQP")),
                HasSubstr("did you mean 'protocols'?"));
    EXPECT_THAT(table(acceptor("a", "tcp://0.0.0.0:1?sslEnabled=true;keyStorePath=a") +
                      acceptor("b", "tcp://0.0.0.0:2?sslEnabled=true;keyStorePath=b")),
                HasSubstr("tls.host_certificates"));
    EXPECT_THAT(table(acceptor("a", "tcp://0.0.0.0:1?protocols=CORE")),
                HasSubstr("a list with OPENWIRE, AMQP, STOMP or MQTT"));
    EXPECT_THAT(table(acceptor("a", "udp://0.0.0.0:1")), HasSubstr("should begin with tcp://"));
}

TEST(Artemis, names_are_written_in_its_language) {
    const Loaded loaded = read(
        "<wildcard-addresses><delimiter>/</delimiter><any-words>+</any-words></wildcard-addresses>"
        "<address-settings>" +
        setting("a/*/+", "<default-ring-size>3</default-ring-size>") + "</address-settings>");
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    EXPECT_EQ(loaded.broker.policy_entries.at(0).queue, "a.*.>");
    EXPECT_EQ(loaded.broker.wildcards->delimiter, "/");
    const Loaded within = read("<address-settings>" + setting("a.#.b", "") + "</address-settings>");
    EXPECT_THAT(rejected(within, "core/address-settings/address-setting"),
                HasSubstr("only the last may be that"));
}

struct Wrong {
    std::string core;
    std::string what;
    std::string why;
};

TEST(Artemis, what_is_wrong_is_said_with_its_place) {
    const std::vector<Wrong> all{
        {"<nam>x</nam>", "core/nam", "there is no such element: did you mean 'name'?"},
        {"<name>a</name>\n<name>b</name>", "core/name", "is given twice"},
        {"<persistence-enabled>perhaps</persistence-enabled>", "core/persistence-enabled",
         "'perhaps' should be true or false"},
        {"<journal-file-size>much</journal-file-size>", "core/journal-file-size",
         "should be a number of bytes"},
        {"<broker-plugins><broker-plugin class-name=\"x\"/></broker-plugins>",
         "core/broker-plugins", "Java classes cannot intercept here"},
        {"<queues><queue name=\"x\"/></queues>", "core/queues", "name queues within <addresses>"},
        {"<address-settings><address-setting match=\"#\"><default-ring-sise>3</default-ring-sise>"
         "</address-setting></address-settings>",
         "core/address-settings/address-setting/default-ring-sise",
         "did you mean 'default-ring-size'?"},
        {"<address-settings><address-setting/></address-settings>",
         "core/address-settings/address-setting", "names nothing"},
        {"<address-settings><other/></address-settings>", "core/address-settings/other",
         "only <address-setting>"},
        {"<diverts><divert name=\"d\"><address>a</address></divert></diverts>",
         "core/diverts/divert", "needs the element 'forwarding-address'"},
        {"<diverts><divert><address>a</address><forwarding-address>b</forwarding-address>"
         "<filter string=\"a = \"/></divert></diverts>",
         "core/diverts/divert/filter", "is no selector"},
        {"<acceptors><acceptor name=\"a\"/></acceptors>", "core/acceptors/acceptor",
         "needs text between its tags"},
        {"<security-settings><security-setting match=\"#\"><permission type=\"sing\" roles=\"a\"/>"
         "</security-setting></security-settings>",
         "core/security-settings/security-setting/permission[sing]", "there is no such permission"},
        {"<name><first>x</first></name>", "core/name", "should be a value"},
    };
    for (const Wrong& one : all) {
        const Loaded loaded = read("\n" + one.core);
        EXPECT_THAT(rejected(loaded, one.what), HasSubstr(one.why)) << one.core;
        for (const Finding& finding : loaded.report.findings) {
            if (finding.kind != Finding::Kind::rejected) continue;
            EXPECT_GT(finding.place.line, 1U) << finding.what;
            EXPECT_GT(finding.place.column, 0U) << finding.what;
        }
    }
    EXPECT_FALSE(load("<configuration/>", {}).report.accepted());
    EXPECT_FALSE(load("<configuration><core/><core/></configuration>", {}).report.accepted());
}

}  // namespace
}  // namespace tern::config
