// Files of RabbitMQ: what their keys say becomes what this broker knows, or is named.

#include "config/load.h"
#include "config/writer.h"

#include <gmock/gmock.h>

namespace tern::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Loaded read(const std::string& text) {
    Sources sources;
    sources.document = "rabbitmq.conf";
    sources.lookup = [](std::string_view name) -> std::optional<std::string> {
        if (name == "PASSWORD") return "from-environment";
        return {};
    };
    return load(text, sources);
}

std::vector<std::string> connectors(const Loaded& loaded) {
    std::vector<std::string> all;
    for (const TransportConnector& one : loaded.broker.transport_connectors) all.push_back(one.uri);
    return all;
}

/// Of the kind that RabbitMQ brings along, with what Amazon MQ lets its users say.
constexpr const char* kExample = R"(## Networking
listeners.tcp.default = 5672
listeners.tcp.local   = ::1:5673
listeners.ssl.default = 5671

ssl_options.verify               = verify_peer
ssl_options.fail_if_no_peer_cert = true
ssl_options.cacertfile           = ca.pem
ssl_options.certfile             = cert.pem
ssl_options.keyfile              = key.pem

consumer_timeout = 1800000
heartbeat = 60   # seconds
channel_max = 128
max_message_size = 134217728
default_queue_type = quorum
vm_memory_high_watermark.relative = 0.4
disk_free_limit.absolute = 2GB
management.restrictions.operator_policy_changes.disabled = true
secure.management.http.headers.enabled = true
log.console.level = info
mqtt.listeners.tcp.default = 1883
default_policies.operator.short.vhost_pattern = ^shop
default_policies.operator.short.message_ttl = 1h30m
default_policies.operator.short.max_length_bytes = 1kB
default_policies.operator.other.queue_pattern = ^q
default_policies.operator.other.max_length = 5
load_definitions = definitions.json
default_user = admin
default_pass = '${PASSWORD}'
)";

TEST(RabbitMq, a_file_loads) {
    const Loaded loaded = read(kExample);
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const Broker& broker = loaded.broker;
    EXPECT_THAT(connectors(loaded),
                ElementsAre("amqp://0.0.0.0:5672", "amqp://[::1]:5673",
                            "amqp+ssl://0.0.0.0:5671?needClientAuth=true", "mqtt://0.0.0.0:1883"));
    EXPECT_EQ(broker.ssl_context.key_store, "cert.pem");
    EXPECT_EQ(broker.ssl_context.key, "key.pem");
    EXPECT_EQ(broker.amqp091.heartbeat_s, 60);
    EXPECT_EQ(broker.amqp091.channels_max, 128);
    EXPECT_EQ(broker.amqp091.message_bytes_max, 134217728);
    EXPECT_EQ(broker.amqp091.definitions, "definitions.json");
    EXPECT_EQ(broker.amqp091.default_queue_type, Amqp091::QueueType::quorum);
    ASSERT_EQ(broker.amqp091.operator_policies.size(), 2U);
    EXPECT_EQ(broker.amqp091.operator_policies[0],
              (OperatorPolicy{.name = "short",
                              .vhost_pattern = "^shop",
                              .definition = R"({"message-ttl":5400000,"max-length-bytes":1000})"}));
    EXPECT_EQ(broker.amqp091.operator_policies[1].queue_pattern, "^q");
    EXPECT_FALSE(broker.amqp091.operator_policy_changes);
    EXPECT_TRUE(broker.amqp091.replica_operations);
    EXPECT_EQ(broker.system_usage.memory.percent, 40);
    EXPECT_EQ(broker.amqp091.consumer_timeout_ms, 1'800'000);
    ASSERT_EQ(broker.plugins.simple_authentication->users.size(), 1U);
    EXPECT_EQ(broker.plugins.simple_authentication->users[0].name, "admin");
    EXPECT_EQ(broker.plugins.simple_authentication->users[0].password, "from-environment");
    EXPECT_EQ(loaded.report.count(Finding::Kind::no_effect), 3U) << to_table(loaded.report);
}

TEST(RabbitMq, a_document_written_from_it_says_the_same) {
    const Loaded loaded = read(kExample);
    const Loaded again = load(to_xml(loaded.broker), {});
    ASSERT_TRUE(again.report.accepted()) << to_table(again.report);
    EXPECT_TRUE(again.broker == loaded.broker) << to_xml(loaded.broker);
}

TEST(RabbitMq, listens_where_nothing_is_said) {
    EXPECT_THAT(connectors(read("heartbeat = 0")), ElementsAre("amqp://0.0.0.0:5672"));
    EXPECT_THAT(connectors(read("listeners.tcp = none")), ElementsAre());
    EXPECT_THAT(connectors(read("# heartbeat = 0\n")), ElementsAre("amqp://0.0.0.0:5672"));
    EXPECT_THAT(
        connectors(read("listeners.tcp = none\nlisteners.tcp.1 = [::]:1\nconnection_max = 5\n"
                        "proxy_protocol = true")),
        ElementsAre("amqp://[::]:1?proxyProtocolEnabled=true&maximumConnections=5"));
}

TEST(RabbitMq, sizes_are_counted_as_there) {
    const auto memory = [](const std::string& size) {
        return read("vm_memory_high_watermark.absolute = " + size)
            .broker.system_usage.memory.limit->value;
    };
    EXPECT_EQ(memory("2GB"), 2'000'000'000);
    EXPECT_EQ(memory("2GiB"), std::int64_t{2} << 30);
    EXPECT_EQ(memory("512 M"), 512 << 20);
    EXPECT_EQ(memory("1000000"), 1'000'000);
}

struct Wrong {
    std::string text;
    std::string line;  ///< of the report, from its place on
};

TEST(RabbitMq, what_is_wrong_is_said_with_its_place) {
    const std::vector<Wrong> all{
        {"# one\n  heartbeet = 60",
         "2:3: heartbeet: there is no such key: did you mean 'heartbeat'?"},
        {"heartbeat = -1", "1:1: heartbeat: '-1' should be a whole number from 0 to 65535"},
        {"heartbeat = 1\nheartbeat = 1", "2:1: heartbeat: is given twice"},
        {"heartbeat = 1\nheartbeat", "2:1: line: should be key = value"},
        {"listeners.tcp.1 = here", "1:1: listeners.tcp.1: 'here' should be a port, or HOST:PORT"},
        {"listeners.tcp.1 = a/b:1", "1:1: listeners.tcp.1: 'a/b:1' should be a port, or HOST:PORT"},
        {"max_message_size = 536870913",
         "1:1: max_message_size: '536870913' should be a whole number from 1 to 536870912"},
        {"default_queue_type = stream",
         "1:1: default_queue_type: 'stream' should be classic or quorum"},
        {"auth_backends.1 = ldap", "1:1: auth_backends.1: 'ldap' should be internal"},
        {"auth_ldap.servers.1 = ldap.example", "1:1: auth_ldap.servers.1: users are those of"},
        {"default_user = me", "1:1: default_user: needs both default_user and default_pass"},
        {"default_user = ${WHO}", "1:1: default_user: nothing says what '${WHO}' is"},
        {"consumer_timeout = never", "1:1: consumer_timeout: 'never' should be a whole number"},
        {"heartbeat = 1\x01", "1:14: document: a byte that is no character"},
    };
    for (const Wrong& one : all) {
        const Loaded loaded = read(one.text);
        EXPECT_EQ(loaded.report.count(Finding::Kind::rejected), 1U) << to_table(loaded.report);
        for (const Finding& finding : loaded.report.findings) {
            if (finding.kind != Finding::Kind::rejected) continue;
            EXPECT_THAT(to_line(loaded.report, finding),
                        testing::StartsWith("rabbitmq.conf:" + one.line));
        }
    }
}

TEST(RabbitMq, other_text_is_no_such_file) {
    EXPECT_THAT(to_table(read("x<beans a=\"b\"/>").report), HasSubstr("beans: holds no <broker>"));
    EXPECT_FALSE(load("# nothing", {}).report.accepted());
}

}  // namespace
}  // namespace tern::config
