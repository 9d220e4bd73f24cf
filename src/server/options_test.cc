#include "server/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace tern::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::expected<Options, Exit> parse(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "ternd");
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, embedded_defaults_need_no_arguments) {
    const auto options = parse({});
    ASSERT_TRUE(options.has_value());
    EXPECT_EQ(options->data, "data");
    ASSERT_FALSE(options->listeners.empty());
    // All protocols, each by its own port, and the same again in TLS.
    const std::vector<std::pair<std::string, std::uint16_t>> wanted{
        {"auto", 61616},    {"stomp", 61613},    {"mqtt", 1883},       {"amqp", 5672},
        {"ws", 61614},      {"auto+ssl", 61617}, {"stomp+ssl", 61612}, {"mqtt+ssl", 8883},
        {"amqp+ssl", 5671}, {"wss", 61619}};
    std::vector<std::pair<std::string, std::uint16_t>> found;
    for (const ListenerOptions& one : options->listeners) {
        EXPECT_EQ(one.endpoint.host, "127.0.0.1");
        EXPECT_EQ(one.tls, found.size() >= wanted.size() / 2);
        found.emplace_back(one.name, one.endpoint.port);
    }
    EXPECT_EQ(found, wanted);
}

TEST(Options, connectors_set_what_holds_for_their_protocol) {
    const auto options = parse(
        {"--config",
         "broker:(stomp://"
         "127.0.0.1:0?wireFormat.maxFrameSize=4096&transport.defaultHeartBeat=3%2C4,"
         "mqtt://127.0.0.1:0?wireFormat.maxFrameSize=8192&transport.defaultKeepAlive=1500&"
         "transport.subscriptionStrategy=mqtt-virtual-topic-subscriptions,"
         "amqp://127.0.0.1:0?transport.producerCredit=9&transport.enabledProtocols=TLSv1.3)"});
    ASSERT_TRUE(options.has_value()) << options.error().text;
    EXPECT_EQ(options->stomp.limits.frame_bytes, 4096U);
    EXPECT_EQ(options->stomp.client_beat_ms, 3);
    EXPECT_EQ(options->stomp.server_beat_ms, 4);
    EXPECT_EQ(options->mqtt.packet_bytes_max, 8192);
    EXPECT_EQ(options->mqtt.keep_alive_default_s, 2);
    EXPECT_TRUE(options->mqtt.virtual_topics);
    EXPECT_EQ(options->amqp10.producer_credit, 9U);
    EXPECT_EQ(options->tls.min_version, gateway::TlsOptions::Version::v1_3);
    EXPECT_EQ(options->openwire.frame_bytes_max, openwire::Options().frame_bytes_max);
}

TEST(Options, clients_are_told_of_other_servers) {
    const auto options =
        parse({"--set", "mqtt.redirect=one:1,two:2", "--set", "mqtt.redirect_for_good=true",
               "--set", "mqtt.failover_servers=three:3", "--set", "mqtt.response_topics="});
    ASSERT_TRUE(options.has_value()) << options.error().text;
    EXPECT_EQ(options->mqtt.redirect, "one:1 two:2");
    EXPECT_TRUE(options->mqtt.redirects_for_good);
    EXPECT_EQ(options->mqtt.failover_servers, "three:3");
    EXPECT_EQ(options->mqtt.response_topics, "");
}

TEST(Options, listeners_replace_the_embedded_ones) {
    const auto options =
        parse({"--data", "/d", "--listen", "openwire=127.0.0.1:0", "--listen", "openwire=[::1]:5"});
    ASSERT_TRUE(options.has_value());
    ASSERT_EQ(options->listeners.size(), 2U);
    EXPECT_EQ(options->listeners[1].endpoint, (gateway::Endpoint{"::1", 5}));
}

TEST(Options, operators_are_served_on_this_machine_unless_listeners_are_named) {
    const auto places = [](std::initializer_list<const char*> arguments) {
        std::vector<std::string> all;
        const auto options = parse(arguments);
        for (const auto& [endpoint, tls] : options->http.places) {
            all.push_back((tls ? "https " : "http ") + to_text(endpoint));
        }
        return all;
    };
    const auto by_default = parse({});
    EXPECT_THAT(places({}), ElementsAre("http 127.0.0.1:8161", "https 127.0.0.1:8162"));
    EXPECT_TRUE(by_default->http.by_default);
    EXPECT_FALSE(by_default->http.open);
    EXPECT_TRUE(parse({"--set", "http.open=true"})->http.open);
    EXPECT_FALSE(by_default->http.rest);
    EXPECT_TRUE(parse({"--set", "http.rest=true"})->http.rest);
    EXPECT_THAT(places({"--listen", "openwire=127.0.0.1:0"}), IsEmpty());
    EXPECT_THAT(places({"--listen", "http=127.0.0.1:5", "--listen", "https=0.0.0.0:6"}),
                ElementsAre("http 127.0.0.1:5", "https 0.0.0.0:6"));
    const auto named = parse({"--listen", "http=127.0.0.1:5", "--listen", "openwire=127.0.0.1:0"});
    EXPECT_FALSE(named->http.by_default);
    EXPECT_EQ(named->listeners.size(), 1U);
    EXPECT_THAT(places({"--set", "http.listen=off"}), IsEmpty());
    EXPECT_THAT(places({"--set", "http.listen=[::1]:7"}), ElementsAre("http [::1]:7"));
    EXPECT_THAT(places({"--set", "https.listen=0.0.0.0:7", "--set", "http.listen=127.0.0.1:8",
                        "--set", "https.listen=0.0.0.0:9"}),
                ElementsAre("http 127.0.0.1:8", "https 0.0.0.0:9"));
    EXPECT_EQ(parse({"--set", "http.listen=nowhere"}).error().code, 2);
}

TEST(Options, names_of_listeners_are_the_schemes_of_connectors) {
    const auto expect = [](std::string_view name, std::string_view protocol, bool tls, bool ws) {
        const ListenerOptions made = make_listener(std::string(name), {});
        EXPECT_EQ(made.name, name);
        EXPECT_EQ(made.protocol, protocol) << name;
        EXPECT_EQ(made.tls, tls) << name;
        EXPECT_EQ(made.web_socket, ws) << name;
    };
    expect("openwire", "openwire", false, false);
    expect("tcp", "openwire", false, false);
    expect("ssl", "openwire", true, false);
    expect("nio+ssl", "openwire", true, false);
    expect("auto+nio+ssl", "auto", true, false);
    expect("stomp+nio", "stomp", false, false);
    expect("amqp10+ssl", "amqp10", true, false);
    expect("ws", "auto", false, true);
    expect("wss", "auto", true, true);
    expect("stomp+mqtt", "stomp+mqtt", false, false);
}

TEST(Options, the_document_comes_first_and_then_the_arguments) {
    const std::string file = testing::TempDir() + "ternd_options_test.xml";
    std::ofstream(file) << R"(<broker brokerName="b" dataDirectory="/d">
      <persistenceAdapter>
        <kahaDB journalMaxFileLength="1mb" journalDiskSyncStrategy="never"/>
      </persistenceAdapter>
      <transportConnectors>
        <transportConnector uri="nio://0.0.0.0:61616?wireFormat.maxFrameSize=2048"/>
        <transportConnector uri="stomp+nio+ssl://127.0.0.1:61612?transport.needClientAuth=true"/>
        <transportConnector uri="mqtt://127.0.0.1:1883" autoStart="false"/>
      </transportConnectors>
      <sslContext>
        <sslContext keyStore="file:/c/broker.ks" keyStorePassword="a" trustStore="/c/broker.ts"/>
      </sslContext></broker>)";
    const auto options = parse({"--config", file.c_str(), "--set", "openwire.cache=true"});
    const auto moved = parse({"--config", file.c_str(), "--data", "/e"});
    std::remove(file.c_str());
    ASSERT_TRUE(options.has_value()) << options.error().text;
    EXPECT_EQ(options->openwire.broker_name, "b");
    EXPECT_EQ(options->openwire.frame_bytes_max, 2048);
    EXPECT_TRUE(options->openwire.cache);
    EXPECT_EQ(options->data, "/d");
    EXPECT_EQ(options->journal.file_bytes, 1U << 20);
    EXPECT_EQ(options->journal.sync, journal::Options::Sync::never);
    ASSERT_EQ(options->listeners.size(), 2U);
    EXPECT_EQ(options->listeners[0].endpoint, (gateway::Endpoint{"0.0.0.0", 61616}));
    EXPECT_EQ(options->listeners[1].name, "stomp+ssl");
    EXPECT_EQ(options->listeners[1].protocol, "stomp");
    EXPECT_TRUE(options->listeners[1].tls);
    EXPECT_EQ(options->listeners[1].client_certificate,
              gateway::TlsOptions::ClientCertificate::needed);
    EXPECT_EQ(options->listeners[0].client_certificate, std::nullopt);
    EXPECT_EQ(options->tls.certificate, "/c/broker.ks");
    EXPECT_EQ(options->tls.key_password, "a");
    EXPECT_EQ(options->tls.authorities, "/c/broker.ts");
    EXPECT_EQ(moved->data, "/e");
}

TEST(Options, a_broker_that_keeps_nothing_forgets_and_never_waits) {
    const auto options = parse({"--config", "broker:(tcp://127.0.0.1:0)?persistent=false"});
    ASSERT_TRUE(options.has_value()) << options.error().text;
    EXPECT_TRUE(options->forget_messages);
    EXPECT_EQ(options->journal.sync, journal::Options::Sync::never);
    EXPECT_FALSE(parse({})->forget_messages);
    EXPECT_TRUE(parse({"--config", "broker:()?deleteAllMessagesOnStartup=true"})->forget_messages);
}

TEST(Options, the_journal_is_synced_always_now_and_then_or_never) {
    using Sync = journal::Options::Sync;
    const auto parse_store = [](const std::string& attributes) {
        const std::string file = testing::TempDir() + "ternd_store_test.xml";
        std::ofstream(file) << "<broker><persistenceAdapter><kahaDB " << attributes
                            << "/></persistenceAdapter></broker>";
        const auto options = parse({"--config", file.c_str()});
        std::remove(file.c_str());
        return options.value();
    };
    EXPECT_EQ(parse_store("").journal.sync, Sync::always);
    EXPECT_EQ(parse_store("").store_disk.sync_interval_ms, 0);
    const Options periodic =
        parse_store(R"(journalDiskSyncStrategy="periodic" journalDiskSyncInterval="300")");
    EXPECT_EQ(periodic.journal.sync, Sync::never) << "not by itself";
    EXPECT_EQ(periodic.store_disk.sync_interval_ms, 300);
    EXPECT_EQ(parse_store(R"(journalDiskSyncStrategy="periodic" enableJournalDiskSyncs="true")")
                  .journal.sync,
              Sync::always);
    EXPECT_EQ(parse({"--set", "journal.sync=periodic"})->store_disk.sync_interval_ms, 1000);
    EXPECT_EQ(parse({"--set", "journal.sync_interval_ms=20", "--set", "journal.sync=periodic"})
                  ->store_disk.sync_interval_ms,
              20);
    EXPECT_FALSE(parse_store("").journal.archive);
    EXPECT_TRUE(parse_store(R"(archiveDataLogs="true" directoryArchive="old")").journal.archive);
    EXPECT_TRUE(parse({"--set", "journal.archive=true"})->journal.archive);
    EXPECT_FALSE(parse_store("").store_check.everything);
    EXPECT_FALSE(parse_store("").store_check.leaves_damage_out);
    EXPECT_TRUE(parse_store(R"(checkForCorruptJournalFiles="true")").store_check.everything);
    EXPECT_TRUE(parse_store(R"(ignoreMissingJournalfiles="true")").store_check.leaves_damage_out);
    EXPECT_TRUE(parse({"--set", "store.check=true"})->store_check.everything);
    EXPECT_TRUE(parse({"--set", "store.leave_damage_out=true"})->store_check.leaves_damage_out);
}

TEST(Options, a_key_file_is_named_by_the_document_or_a_setting) {
    const std::string file = testing::TempDir() + "ternd_key_test.xml";
    std::ofstream(file) << "<broker><persistenceAdapter>"
                           R"(<kahaDB encryptionKeyFile="file:/k/store.key"/>)"
                           "</persistenceAdapter></broker>";
    EXPECT_EQ(parse({"--config", file.c_str()})->store_disk.key_file, "/k/store.key");
    std::remove(file.c_str());
    EXPECT_EQ(parse({"--set", "store.key_file=/j"})->store_disk.key_file, "/j");
}

TEST(Options, each_thing_wrong_in_a_document_is_a_line) {
    const auto options = parse({"--config", "broker:()?persistent=perhaps&nonsense=1"});
    ASSERT_FALSE(options.has_value());
    EXPECT_EQ(options.error().code, 2);
    EXPECT_EQ(std::ranges::count(options.error().text, '\n'), 1);
}

TEST(Options, what_is_wrong_is_one_line_and_code_2) {
    for (const std::vector<const char*>& wrong :
         std::vector<std::vector<const char*>>{{"--nonsense"},
                                               {"--listen", "openwire"},
                                               {"--listen", "=127.0.0.1:70"},
                                               {"--set", "shards=many"},
                                               {"--set", "no.such=1"},
                                               {"--set", "journal.sync=perhaps"},
                                               {"--set", "mqtt.redirect=nowhere"},
                                               {"--set", "mqtt.response_topics=a/#"},
                                               {"--config", "/no/such/file"}}) {
        const auto options = parse(wrong);
        ASSERT_FALSE(options.has_value());
        EXPECT_EQ(options.error().code, 2);
        EXPECT_FALSE(options.error().text.empty());
        EXPECT_EQ(options.error().text.find('\n'), std::string::npos) << options.error().text;
    }
}

TEST(Options, help_and_version_are_not_errors) {
    EXPECT_EQ(parse({"--version"}).error().code, 0);
    EXPECT_NE(parse({"--help"}).error().text.find("openwire.handshake_timeout_ms"),
              std::string::npos);
}

}  // namespace
}  // namespace tern::server
