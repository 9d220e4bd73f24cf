#include "config/uri.h"

#include "config/connector_uri.h"

#include <gtest/gtest.h>

namespace tern::config {
namespace {

TEST(Uri, simple_ones_have_a_host_a_port_and_options) {
    const auto uri = parse_uri("tcp://[::1]:61616?maximumConnections=1000&a.b=x%20y");
    ASSERT_TRUE(uri.has_value()) << uri.error();
    EXPECT_EQ(uri->scheme, "tcp");
    EXPECT_EQ(uri->host, "::1");
    EXPECT_EQ(uri->port, 61616);
    EXPECT_EQ(*uri->option("a.b"), "x y");
    EXPECT_EQ(uri->option("other"), nullptr);
}

TEST(Uri, composite_ones_hold_others) {
    const auto uri =
        parse_uri("broker:(tcp://0.0.0.0:0?x=1,static:(tcp://a:1,tcp://b:2))?persistent=false");
    ASSERT_TRUE(uri.has_value()) << uri.error();
    ASSERT_EQ(uri->parts.size(), 2U);
    EXPECT_EQ(*uri->parts[0].option("x"), "1");
    EXPECT_EQ(uri->parts[1].parts[1].host, "b");
    EXPECT_EQ(*uri->option("persistent"), "false");
    EXPECT_EQ(parse_uri(to_text(*uri)), *uri);
}

TEST(Uri, what_is_wrong_is_said) {
    for (const char* text :
         {"", "tcp", "://a", "tcp://a:b", "tcp://a:70000", "tcp://[::1", "t:(a:1", "tcp://a?=1",
          "tcp://a?b=%zz", "tcp://a?b=1&b=2", "a:(a:(a:(a:(a:(a:(b:c))))))"}) {
        const auto uri = parse_uri(text);
        ASSERT_FALSE(uri.has_value()) << text;
        EXPECT_FALSE(uri.error().empty());
    }
}

TEST(ConnectorUri, every_alias_of_a_scheme_says_protocol_and_transport) {
    using Protocol = ConnectorUri::Protocol;
    struct Row {
        const char* scheme;
        Protocol protocol;
        bool tls;
        bool web_socket;
    };
    const Row rows[] = {
        {"tcp", Protocol::openwire, false, false},  {"nio", Protocol::openwire, false, false},
        {"ssl", Protocol::openwire, true, false},   {"nio+ssl", Protocol::openwire, true, false},
        {"auto", Protocol::any, false, false},      {"auto+nio", Protocol::any, false, false},
        {"auto+ssl", Protocol::any, true, false},   {"auto+nio+ssl", Protocol::any, true, false},
        {"stomp", Protocol::stomp, false, false},   {"stomp+nio+ssl", Protocol::stomp, true, false},
        {"mqtt+nio", Protocol::mqtt, false, false}, {"mqtt+ssl", Protocol::mqtt, true, false},
        {"amqp", Protocol::amqp, false, false},     {"amqp+nio+ssl", Protocol::amqp, true, false},
        {"ws", Protocol::any, false, true},         {"wss", Protocol::any, true, true},
    };
    for (const Row& row : rows) {
        const auto uri = parse_connector_uri(std::string(row.scheme) + "://0.0.0.0:1");
        ASSERT_TRUE(uri.has_value()) << row.scheme;
        EXPECT_EQ(uri->protocol, row.protocol) << row.scheme;
        EXPECT_EQ(uri->tls, row.tls) << row.scheme;
        EXPECT_EQ(uri->web_socket, row.web_socket) << row.scheme;
    }
    for (const char* scheme : {"udp", "http", "vm", "stomp+mqtt", "tcp+x"}) {
        EXPECT_FALSE(parse_connector_uri(std::string(scheme) + "://0.0.0.0:1")) << scheme;
    }
}

TEST(ConnectorUri, options_are_checked) {
    const auto uri = parse_connector_uri(
        "tcp://0.0.0.0:61616?maximumConnections=1000&wireFormat.maxFrameSize=104857600");
    ASSERT_TRUE(uri.has_value()) << uri.error();
    EXPECT_EQ(uri->connections_max, 1000);
    EXPECT_EQ(uri->frame_bytes_max, 104857600);
    EXPECT_FALSE(parse_connector_uri("tcp://0.0.0.0:1?maximumConnections=many"));
    const auto unknown = parse_connector_uri("tcp://0.0.0.0:1?maximumConnection=1");
    ASSERT_FALSE(unknown.has_value());
    EXPECT_NE(unknown.error().find("did you mean 'maximumConnections'"), std::string::npos);
}

TEST(ConnectorUri, options_of_single_protocols_are_read) {
    const auto uri = parse_connector_uri(
        "stomp://0.0.0.0:1?transport.defaultHeartBeat=10000,5000&"
        "transport.hbGracePeriodMultiplier=1.5&wireFormat.maxDataLength=2048&"
        "transport.connectAttemptTimeout=500&transport.defaultKeepAlive=60000&"
        "transport.subscriptionStrategy=mqtt-virtual-topic-subscriptions&"
        "transport.activeMQSubscriptionPrefetch=7&transport.publishDollarTopics=true&"
        "transport.producerCredit=50&amqp.idleTimeout=9000&transport.enabledProtocols=TLSv1.3&"
        "transport.enabledCipherSuites=TLS_AES_128_GCM_SHA256,SSL_RSA_WITH_AES_128_CBC_SHA&"
        "transport.verifyHostName=true&transport.soWriteTimeout=7000&transport.transformer=raw&"
        "allowLinkStealing=false&transport.maxInactivityDuration=1000");
    ASSERT_TRUE(uri.has_value()) << uri.error();
    EXPECT_EQ(uri->heart_beat, (ConnectorUri::HeartBeat{10'000, 5'000}));
    EXPECT_EQ(uri->heart_beat_grace, 1.5);
    EXPECT_EQ(uri->data_bytes_max, 2048);
    EXPECT_EQ(uri->connect_timeout_ms, 500);
    EXPECT_EQ(uri->keep_alive_ms, 60'000);
    EXPECT_EQ(uri->subscriptions, ConnectorUri::Subscriptions::virtual_topics);
    EXPECT_EQ(uri->subscription_prefetch, 7);
    EXPECT_EQ(uri->publishes_dollar_topics, true);
    EXPECT_EQ(uri->producer_credit, 50);
    EXPECT_EQ(uri->idle_timeout_ms, 9000);
    EXPECT_EQ(uri->only_newest_tls, true);
    EXPECT_EQ(uri->ciphers, "TLS_AES_128_GCM_SHA256:TLS_RSA_WITH_AES_128_CBC_SHA");
    EXPECT_EQ(uri->verifies_client_address, true);
    EXPECT_EQ(uri->write_timeout_ms, 7000);
    EXPECT_EQ(uri->link_stealing, false);
    EXPECT_EQ(uri->inactivity_ms, std::nullopt);
    EXPECT_EQ(uri->transformer, ConnectorUri::Transformer::raw);
    for (const char* wrong :
         {"transport.defaultHeartBeat=1", "transport.defaultHeartBeat=a,b",
          "transport.hbGracePeriodMultiplier=-1", "transport.subscriptionStrategy=other",
          "transport.enabledProtocols=TLSv1", "transport.defaultKeepAlive=-1", "amqpCredits=0",
          "transport.transformer=jms2", "protocols=SMTP", "protocols=CORE",
          "transport.enabledCipherSuites=ALL:!NULL"}) {
        EXPECT_FALSE(parse_connector_uri(std::string("auto://0.0.0.0:1?") + wrong)) << wrong;
    }
}

TEST(ConnectorUri, acceptors_of_artemis_are_understood) {
    const auto uri = parse_connector_uri(
        "tcp://0.0.0.0:61616?tcpSendBufferSize=1048576&tcpReceiveBufferSize=1048576&"
        "amqpMinLargeMessageSize=102400&protocols=CORE,AMQP,STOMP,HORNETQ,MQTT,OPENWIRE&"
        "useEpoll=true&amqpCredits=1000&amqpLowCredits=300&amqpDuplicateDetection=true&"
        "supportAdvisory=false&suppressInternalManagementObjects=false&connectionsAllowed=-1&"
        "connectionTtl=60000&stompConsumerWindowSize=10240&"
        "closeMqttConnectionOnPublishAuthorizationFailure=true&anycastPrefix=jms.queue.&"
        "topicAliasMaximum=7&receiveMaximum=8&maximumPacketSize=9000&serverKeepAlive=60&"
        "defaultMqttSessionExpiryInterval=3600");
    ASSERT_TRUE(uri.has_value()) << uri.error();
    EXPECT_EQ(uri->only, (std::vector<std::string>{"amqp", "stomp", "mqtt", "default"}));
    EXPECT_EQ(uri->producer_credit, 1000);
    EXPECT_EQ(uri->large_bytes_min, 102'400);
    EXPECT_EQ(uri->detects_duplicates, true);
    EXPECT_EQ(uri->connections_max, 0);
    EXPECT_EQ(uri->advisories, false);
    EXPECT_EQ(uri->closes_refused_publishers, true);
    EXPECT_EQ(uri->topic_alias_max, 7);
    EXPECT_EQ(uri->receive_maximum, 8);
    EXPECT_EQ(uri->packet_bytes_max, 9000);
    EXPECT_EQ(uri->server_keep_alive_s, 60);
    EXPECT_EQ(uri->session_expiry_s, 3600);
    EXPECT_EQ(parse_connector_uri("tcp://0.0.0.0:1?connectionsAllowed=5")->connections_max, 5);
}

}  // namespace
}  // namespace tern::config
