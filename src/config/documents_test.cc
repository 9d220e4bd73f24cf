// Documents of the kinds that ActiveMQ Classic's distribution brings along as examples, Amazon MQ's
// default one, and those of other brokers: each loads, or is refused for what this broker does not
// do, at its place.

#include "config/load.h"
#include "config/schema_tables.h"
#include "config/writer.h"

#include <gmock/gmock.h>

#include <random>
#include <set>

namespace tern::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// A Spring document around a broker, as the distribution's are.
std::string spring(const std::string& broker, const std::string& others = {}) {
    return R"(<beans xmlns="http://www.springframework.org/schema/beans">
<bean class="org.springframework.beans.factory.config.PropertyPlaceholderConfigurer">
<property name="locations"><value>file:${activemq.conf}/credentials.properties</value></property>
</bean>)" + others +
           broker + R"(<import resource="jetty.xml"/></beans>)";
}

std::string broker(const std::string& attributes, const std::string& content) {
    return "<broker xmlns=\"http://activemq.apache.org/schema/core\" " + attributes + ">" +
           content + "</broker>";
}

std::string policies_of(const std::string& entries) {
    return "<destinationPolicy><policyMap><policyEntries>" + entries +
           "</policyEntries></policyMap></destinationPolicy>";
}

std::string connectors(const std::string& all) {
    return "<transportConnectors>" + all + "</transportConnectors>";
}

const std::string kNames = R"(brokerName="localhost" dataDirectory="${activemq.data}")";
const std::string kKahaDb =
    R"(<persistenceAdapter><kahaDB directory="${activemq.data}/kahadb"/></persistenceAdapter>)";
const std::string kManagement =
    R"(<managementContext><managementContext createConnector="false"/></managementContext>)";
const std::string kUsage = R"(<systemUsage><systemUsage>
<memoryUsage><memoryUsage percentOfJvmHeap="70"/></memoryUsage>
<storeUsage><storeUsage limit="100 gb"/></storeUsage>
<tempUsage><tempUsage limit="50 gb"/></tempUsage></systemUsage></systemUsage>)";
const std::string kOpenWire = R"(<transportConnector name="openwire" uri="tcp://0.0.0.0:61616"/>)";

Loaded load_example(const std::string& text) {
    Sources sources;
    sources.document = "activemq.xml";
    sources.lookup = [](std::string_view name) -> std::optional<std::string> {
        if (name == "activemq.data") return "/data";
        if (name == "activemq.conf" || name == "activemq.base") return "/conf";
        return {};
    };
    sources.read_file = [](const std::string& path) -> std::optional<std::string> {
        if (!path.starts_with("/conf/")) return {};
        return "activemq.username=system\nactivemq.password=manager-secret\n";
    };
    return load(text, sources);
}

struct Example {
    std::string name;
    std::string text;
    std::vector<std::string> rejected = {};  ///< what, in the document's order
};

std::string clients(const std::string& nio) {
    const std::string limits = "?maximumConnections=1000&amp;wireFormat.maxFrameSize=104857600";
    std::string all;
    for (const char* const scheme : {"tcp", "amqp", "stomp", "mqtt", "ws"}) {
        all += "<transportConnector name=\"" + std::string(scheme) + "\" uri=\"" + scheme + nio +
               "://0.0.0.0:0" + limits + "\"/>";
    }
    return connectors(all);
}

std::vector<Example> examples() {
    return {
        {"activemq.xml",
         spring(broker(kNames, policies_of(R"(<policyEntry topic=">"><pendingMessageLimitStrategy>
<constantPendingMessageLimitStrategy limit="1000"/></pendingMessageLimitStrategy></policyEntry>)") +
                                   kManagement + kKahaDb + kUsage + clients("") +
                                   R"(<shutdownHooks><bean class="org.apache.activemq.hooks.X"
xmlns="http://www.springframework.org/schema/beans"/></shutdownHooks>)"),
                R"(<bean id="logQuery" class="io.fabric8.insight.log.log4j.Log4jLogQuery"
lazy-init="false" scope="singleton" init-method="start" destroy-method="stop"/>)")},
        {"command agent",
         spring(broker(R"(useJmx="true" )" + kNames, kKahaDb + connectors(kOpenWire)),
                R"(<commandAgent xmlns="http://activemq.apache.org/schema/core"
brokerUrl="vm://localhost" username="${activemq.username}" password="${activemq.password}"/>)")},
        {"demo",
         spring(broker(
             R"(useJmx="true" )" + kNames,
             R"(<destinations><queue physicalName="example.A"/><topic physicalName="example.C"/>
</destinations>)" +
                 policies_of(R"(<policyEntry queue=">" producerFlowControl="true" memoryLimit="1mb">
<pendingQueuePolicy><vmQueueCursor/></pendingQueuePolicy></policyEntry>
<policyEntry topic="FOO.>" producerFlowControl="true" memoryLimit="1mb">
<dispatchPolicy><strictOrderDispatchPolicy/></dispatchPolicy>
<subscriptionRecoveryPolicy><lastImageSubscriptionRecoveryPolicy/></subscriptionRecoveryPolicy>
</policyEntry>)") +
                 R"(<networkConnectors><networkConnector name="default" uri="multicast://default"/>
</networkConnectors>)" +
                 kKahaDb +
                 connectors(R"(<transportConnector name="openwire" uri="tcp://0.0.0.0:61616"
discoveryUri="multicast://default"/><transportConnector name="ssl" uri="ssl://0.0.0.0:61617"/>
<transportConnector name="stomp" uri="stomp://0.0.0.0:61613"/>
<transportConnector name="http" uri="http://0.0.0.0:61614"/>
<transportConnector name="xmpp" uri="xmpp://0.0.0.0:61222"/>)"))),
         {"broker/transportConnectors/transportConnector@uri",
          "broker/transportConnectors/transportConnector@uri"}},
        {"dynamic network",
         spring(broker(R"(brokerName="dynamic-broker1" dataDirectory="${activemq.base}/data")",
                       R"(<networkConnectors><networkConnector uri="multicast://default"
dynamicOnly="true" networkTTL="3" prefetchSize="1" decreaseNetworkConsumerPriority="true"/>
</networkConnectors>)" + kKahaDb +
                           connectors(R"(<transportConnector name="openwire"
uri="tcp://0.0.0.0:61616" discoveryUri="multicast://default"/>)")))},
        {"static network",
         spring(broker(R"(brokerName="static-broker1" dataDirectory="${activemq.base}/data")",
                       R"xml(<networkConnectors><networkConnector
uri="static:(tcp://localhost:61617)"/></networkConnectors>)xml" +
                           kKahaDb + connectors(kOpenWire)))},
        {"jdbc",
         spring(broker(R"(useJmx="false" brokerName="jdbcBroker")",
                       R"(<persistenceAdapter><jdbcPersistenceAdapter
dataDirectory="${activemq.base}/data" dataSource="#derby-ds"/></persistenceAdapter>)" +
                           connectors(kOpenWire)),
                R"(<bean id="derby-ds" class="org.apache.derby.jdbc.EmbeddedDataSource">
<property name="databaseName" value="derbydb"/></bean>)"),
         {"broker/persistenceAdapter/jdbcPersistenceAdapter"}},
        {"jdbc with a journal",
         spring(broker(R"(brokerName="jdbcBroker")",
                       R"(<persistenceFactory><journalPersistenceAdapterFactory
journalLogFiles="5" dataDirectory="/d" dataSource="#derby-ds"/></persistenceFactory>)")),
         {"broker/persistenceFactory/journalPersistenceAdapterFactory"}},
        {"stores of some destinations",
         spring(broker(kNames,
                       R"(<persistenceAdapter><mKahaDB directory="${activemq.data}/kahadb"
journalMaxFileLength="32mb"><filteredPersistenceAdapters><filteredKahaDB queue="ORDERS.>">
<usage><storeUsage limit="50mb"/></usage><persistenceAdapter><kahaDB
journalMaxFileLength="1mb"/></persistenceAdapter></filteredKahaDB><filteredKahaDB
perDestination="true"><persistenceAdapter><kahaDB/></persistenceAdapter></filteredKahaDB>
</filteredPersistenceAdapters></mKahaDB></persistenceAdapter>)" +
                           connectors(kOpenWire)))},
        {"kahaDB by a factory",
         spring(broker(R"(useJmx="false")",
                       R"(<persistenceFactory><kahaDB directory="${activemq.data}/kahadb"/>
</persistenceFactory>)" + connectors(kOpenWire)))},
        {"mqtt", spring(broker(kNames, kKahaDb + connectors(R"(<transportConnector name="mqtt"
uri="mqtt://0.0.0.0:1883?transport.defaultKeepAlive=60000"/><transportConnector name="mqtt+nio"
uri="mqtt+nio://0.0.0.0:1884"/>)")))},
        {"stomp",
         spring(broker(
             kNames, kKahaDb + connectors(R"(<transportConnector name="stomp+nio"
uri="stomp+nio://0.0.0.0:61613?transport.closeAsync=false"/><transportConnector name="stomp+ssl"
uri="stomp+nio+ssl://0.0.0.0:61612?transport.enabledCipherSuites=TLS_AES_128_GCM_SHA256"/>)") +
                         R"(<sslContext><sslContext keyStore="file:${activemq.base}/conf/broker.ks"
keyStorePassword="password" trustStore="file:${activemq.base}/conf/broker.ts"
trustStorePassword="password"/></sslContext>)"))},
        {"scalability",
         spring(broker(R"(brokerName="amq-broker" useJmx="false" persistent="true")",
                       policies_of(
                           R"(<policyEntry queue=">" producerFlowControl="true" memoryLimit="1mb"/>
<policyEntry topic=">" producerFlowControl="true" memoryLimit="1mb" optimizedDispatch="true">
<pendingSubscriberPolicy><vmCursor/></pendingSubscriberPolicy></policyEntry>)") +
                           kKahaDb + connectors(R"(<transportConnector name="nio"
uri="nio://0.0.0.0:61616?transport.soTimeout=1000&amp;transport.tcpNoDelay=true"/>)")))},
        {"security", spring(broker(kNames + R"( useJmx="true" populateJMSXUserID="true")",
                                   kKahaDb + connectors(kOpenWire) + R"(<plugins>
<simpleAuthenticationPlugin><users>
<authenticationUser username="${activemq.username}" password="${activemq.password}"
groups="users,admins"/><authenticationUser username="guest" password="x" groups="guests"/>
</users></simpleAuthenticationPlugin>
<authorizationPlugin><map><authorizationMap><authorizationEntries>
<authorizationEntry queue=">" read="admins" write="admins" admin="admins"/>
<authorizationEntry topic="ActiveMQ.Advisory.>" read="guests,users" write="guests,users"
admin="guests,users"/></authorizationEntries>
<tempDestinationAuthorizationEntry><tempDestinationAuthorizationEntry read="admins"
write="admins" admin="admins"/></tempDestinationAuthorizationEntry></authorizationMap></map>
</authorizationPlugin></plugins>)"))},
        {"jaas", spring(broker(kNames, R"(<plugins>
<jaasAuthenticationPlugin configuration="activemq-domain"/></plugins>)" +
                                           kKahaDb))},
        {"specjms",
         spring(broker(R"(brokerName="localhost" persistent="true" advisorySupport="false"
deleteAllMessagesOnStartup="false" useJmx="false" dedicatedTaskRunner="false")",
                       policies_of(R"(<policyEntry topic=">" producerFlowControl="false"
memoryLimit="5 mb"><dispatchPolicy><roundRobinDispatchPolicy/></dispatchPolicy></policyEntry>
<policyEntry queue=">" optimizedDispatch="true" lazyDispatch="false" queuePrefetch="100"/>)") +
                           R"(<persistenceAdapter><kahaDB directory="${activemq.data}/kahadb"
journalMaxFileLength="32mb" enableJournalDiskSyncs="true" checkpointInterval="60000"
cleanupInterval="60000" indexCacheSize="10000" indexWriteBatchSize="1000"/></persistenceAdapter>
<systemUsage><systemUsage sendFailIfNoSpace="true"><memoryUsage><memoryUsage limit="512 mb"/>
</memoryUsage></systemUsage></systemUsage>)" +
                           connectors(kOpenWire)))},
        {"throughput",
         spring(broker(kNames + R"( useJmx="true" persistent="true")",
                       policies_of(
                           R"(<policyEntry queue=">" producerFlowControl="false" memoryLimit="10mb"
cursorMemoryHighWaterMark="30" storeUsageHighWaterMark="90">
<pendingQueuePolicy><fileQueueCursor/></pendingQueuePolicy></policyEntry>)") +
                           R"(<persistenceAdapter><kahaDB directory="${activemq.data}/kahadb"
concurrentStoreAndDispatchQueues="false" journalDiskSyncStrategy="periodic"
journalDiskSyncInterval="1000"/></persistenceAdapter>)" +
                           connectors(R"(<transportConnector name="openwire"
uri="tcp://0.0.0.0:61616?transport.socketBufferSize=131072&amp;ioBufferSize=16384"/>)")))},
        {"replicated LevelDB",
         spring(broker(kNames, R"(<persistenceAdapter><replicatedLevelDB replicas="3"
bind="tcp://0.0.0.0:0" zkAddress="a:2181"/></persistenceAdapter>)")),
         {"broker/persistenceAdapter/replicatedLevelDB"}},
        {"camel", spring(broker(kNames, kKahaDb), R"(<camelContext id="camel"
xmlns="http://camel.apache.org/schema/spring"><route/></camelContext>
<bean id="activemq" class="org.apache.activemq.camel.component.ActiveMQComponent"/>)")},
        {"broker.xml of Artemis", R"(<configuration xmlns="urn:activemq">
<core xmlns="urn:activemq:core"><name>a</name><journal-file-size>10M</journal-file-size>
<acceptors><acceptor name="artemis">tcp://0.0.0.0:0?keyStorePassword=manager-secret</acceptor>
</acceptors>
<security-settings><security-setting match="#"><permission type="send" roles="amq"/>
</security-setting></security-settings>
<address-settings><address-setting match="a.#"><expiry-address>E</expiry-address>
<default-ring-size>3</default-ring-size></address-setting></address-settings>
<addresses><address name="a.b"><anycast><queue name="a.b"><filter string="n &gt; 1"/></queue>
</anycast></address></addresses></core></configuration>)"},
        {"rabbitmq.conf",
         "# limits\nlisteners.tcp.1 = 127.0.0.1:0\nheartbeat = 60\nlog.console = true\n"
         "vm_memory_high_watermark.absolute = 2GB\ndefault_user = me\n"
         "default_pass = manager-secret\n"},
        {"Amazon MQ's default",
         broker(R"(schedulePeriodForDestinationPurge="10000")",
                policies_of(R"(<policyEntry topic="&gt;" gcInactiveDestinations="true"
inactiveTimoutBeforeGC="600000"><pendingMessageLimitStrategy>
<constantPendingMessageLimitStrategy limit="1000"/></pendingMessageLimitStrategy></policyEntry>
<policyEntry queue="&gt;" gcInactiveDestinations="true" inactiveTimoutBeforeGC="600000"/>)") +
                    "<plugins></plugins>")},
    };
}

TEST(Documents, examples_load_or_are_refused_for_what_there_is_not) {
    for (const Example& example : examples()) {
        SCOPED_TRACE(example.name);
        const Loaded loaded = load_example(example.text);
        std::vector<std::string> rejected;
        for (const Finding& finding : loaded.report.findings) {
            EXPECT_GT(finding.place.line, 0U) << finding.what;
            EXPECT_GT(finding.place.column, 0U) << finding.what;
            if (finding.kind == Finding::Kind::applied) continue;
            EXPECT_FALSE(finding.why.empty()) << finding.what;
            if (finding.kind == Finding::Kind::rejected) rejected.push_back(finding.what);
        }
        EXPECT_EQ(rejected, example.rejected) << to_table(loaded.report);
        if (!loaded.report.accepted()) continue;
        const Loaded again = load(to_xml(loaded.broker), {});
        EXPECT_TRUE(again.broker == loaded.broker) << to_xml(loaded.broker);
    }
}

/// One change after the other, each of them anywhere.
std::string mutated(std::string text, std::mt19937& dice) {
    const std::string some = "<>\"'&= /ax0-:${}";
    for (std::size_t left = 1 + dice() % 4; left > 0 && !text.empty(); --left) {
        const std::size_t at = dice() % text.size();
        const std::size_t length = dice() % 30;
        switch (dice() % 4) {
            case 0:
                text.erase(at, length);
                break;
            case 1:
                text.insert(at, 1, some[dice() % some.size()]);
                break;
            case 2:
                text.insert(at, text.substr(dice() % text.size(), length));
                break;
            default:
                text[at] = static_cast<char>(dice());
        }
    }
    return text;
}

TEST(Documents, mutated_ones_are_read_or_refused_with_a_place) {
    constexpr std::uint32_t kSeed = 5;
    std::mt19937 dice(kSeed);
    std::size_t refused = 0;
    for (const Example& example : examples()) {
        for (int round = 0; round < 300; ++round) {
            const std::string text = mutated(example.text, dice);
            const Loaded loaded = load_example(text);
            refused += loaded.report.accepted() ? 0 : 1;
            ASSERT_FALSE(loaded.report.findings.empty()) << text;
            for (const Finding& finding : loaded.report.findings) {
                ASSERT_GT(finding.place.line, 0U) << finding.what << "\n" << text;
                ASSERT_GT(finding.place.column, 0U) << finding.what << "\n" << text;
                ASSERT_FALSE(finding.what.empty()) << text;
            }
        }
    }
    EXPECT_GT(refused, 300U);
}

TEST(Documents, of_amazons_default_everything_is_applied) {
    const Loaded loaded = load_example(examples().back().text);
    EXPECT_EQ(loaded.report.count(Finding::Kind::no_effect), 0U) << to_table(loaded.report);
    EXPECT_EQ(loaded.broker.purge_sweep_ms, 10'000);
    ASSERT_EQ(loaded.broker.policy_entries.size(), 2U);
    EXPECT_EQ(loaded.broker.policy_entries[0].pending_limit.limit, 1000);
    EXPECT_EQ(loaded.broker.policy_entries[1].inactive_ms_max, 600'000);
}

/// What documents may say that this version does not act on without there being a reason.
void collect_not_yet(const Element& element, std::set<const Element*>& seen,
                     std::set<std::string>& found) {
    if (!seen.insert(&element).second) return;
    const auto note = [&found](std::string_view name, const Support& support) {
        if (support.why == kNotYet.why) found.insert(std::string(name));
    };
    for (const Attribute& attribute : element.attributes) note(attribute.name, attribute.support);
    for (const Child& child : element.children) {
        note(child.name, child.support);
        if (child.schema != nullptr) collect_not_yet(child.schema(), seen, found);
    }
}

TEST(Documents, little_is_left_that_nothing_is_done_about) {
    std::set<const Element*> seen;
    std::set<std::string> found;
    collect_not_yet(broker_schema(), seen, found);
    EXPECT_THAT(found, IsEmpty());
}

TEST(Documents, passwords_are_not_shown) {
    for (const Example& example : examples()) {
        const Loaded loaded = load_example(example.text);
        const std::string shown = to_xml(loaded.broker, Secrets::hidden);
        EXPECT_THAT(shown, testing::Not(HasSubstr("manager-secret"))) << example.name;
        if (example.name != "security") continue;
        EXPECT_THAT(shown, HasSubstr("username=\"system\" password=\"${hidden}\""));
        EXPECT_FALSE(load(shown, {}).report.accepted());
    }
}

}  // namespace
}  // namespace tern::config
