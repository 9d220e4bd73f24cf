#include "config/load.h"

#include "config/writer.h"

#include <gmock/gmock.h>

namespace tern::config {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr const char* kNamespace = "xmlns='http://activemq.apache.org/schema/core'";

Sources sources() {
    Sources sources;
    sources.document = "test.xml";
    sources.lookup = [](std::string_view name) -> std::optional<std::string> {
        if (name == "activemq.data") return "/data";
        if (name == "activemq.conf") return "/conf";
        return {};
    };
    sources.read_file = [](const std::string& path) -> std::optional<std::string> {
        if (path == "/conf/credentials.properties") return "queue.name=Orders\n";
        return {};
    };
    return sources;
}

/// A broker element with this in it.
Loaded load_broker(const std::string& attributes, const std::string& content) {
    return load(
        "<broker " + std::string(kNamespace) + " " + attributes + ">\n" + content + "\n</broker>",
        sources());
}

std::vector<std::string> lines(const Loaded& loaded, Finding::Kind kind) {
    std::vector<std::string> found;
    for (const Finding& finding : loaded.report.findings) {
        if (finding.kind == kind) found.push_back(to_line(loaded.report, finding));
    }
    return found;
}

std::vector<std::string> rejected(const Loaded& loaded) {
    return lines(loaded, Finding::Kind::rejected);
}

TEST(Load, a_spring_document_as_distributions_have_it) {
    const Loaded loaded = load(R"(<?xml version="1.0" encoding="UTF-8"?>
<beans xmlns="http://www.springframework.org/schema/beans">
  <bean class="org.springframework.beans.factory.config.PropertyPlaceholderConfigurer">
    <property name="locations">
      <value>file:${activemq.conf}/credentials.properties</value>
    </property>
  </bean>
  <broker xmlns="http://activemq.apache.org/schema/core"
          brokerName="b" dataDirectory="${activemq.data}">
    <destinationPolicy><policyMap><policyEntries>
      <policyEntry topic=">">
        <pendingMessageLimitStrategy>
          <constantPendingMessageLimitStrategy limit="1000"/>
        </pendingMessageLimitStrategy>
      </policyEntry>
      <policyEntry queue="${queue.name}.>" memoryLimit="64 mb" inactiveTimoutBeforeGC="600000"/>
    </policyEntries></policyMap></destinationPolicy>
    <managementContext><managementContext createConnector="false"/></managementContext>
    <persistenceAdapter><kahaDB directory="${activemq.data}/kahadb"/></persistenceAdapter>
    <systemUsage><systemUsage>
      <memoryUsage><memoryUsage percentOfJvmHeap="70"/></memoryUsage>
      <storeUsage><storeUsage limit="100 gb"/></storeUsage>
    </systemUsage></systemUsage>
    <transportConnectors>
      <transportConnector name="openwire"
        uri="tcp://0.0.0.0:61616?maximumConnections=1000&amp;backlog=5"/>
    </transportConnectors>
    <shutdownHooks>
      <bean xmlns="http://www.springframework.org/schema/beans" class="x"/>
    </shutdownHooks>
  </broker>
  <import resource="jetty.xml"/>
</beans>)",
                               sources());
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    const Broker& broker = loaded.broker;
    EXPECT_EQ(broker.name, "b");
    EXPECT_EQ(broker.data_directory, "/data");
    EXPECT_EQ(broker.persistence.kaha_db.directory, "/data/kahadb");
    EXPECT_EQ(broker.system_usage.memory.percent, 70);
    EXPECT_EQ(broker.system_usage.store.limit, (Bytes{std::int64_t{100} << 30}));
    ASSERT_EQ(broker.policy_entries.size(), 2U);
    EXPECT_EQ(broker.policy_entries[0].pending_limit.limit, 1000);
    EXPECT_EQ(broker.policy_entries[1].queue, "Orders.>");
    EXPECT_EQ(broker.policy_entries[1].memory_limit, 64 << 20);
    EXPECT_EQ(broker.policy_entries[1].inactive_ms_max, 600'000);
    const auto ignored = lines(loaded, Finding::Kind::no_effect);
    EXPECT_THAT(ignored, Contains(HasSubstr("import[jetty.xml]")));
    EXPECT_THAT(ignored, Contains(HasSubstr("broker/managementContext")));
    EXPECT_THAT(ignored, Contains(HasSubstr("transportConnector@uri?backlog")));
}

TEST(Load, the_default_document_is_one_of_the_same_kind) {
    const Loaded loaded = load(default_document(), {});
    EXPECT_TRUE(loaded.report.accepted());
    EXPECT_EQ(loaded.broker.transport_connectors.front().uri, "auto://127.0.0.1:61616");
}

TEST(Load, what_is_wrong_is_named_with_its_place) {
    struct Row {
        std::string attributes;
        std::string content;
        std::string line;
    };
    const std::string entry = "<destinationPolicy><policyMap><policyEntries>\n<policyEntry ";
    const std::string end = "</policyEntries></policyMap></destinationPolicy>";
    const Row rows[] = {
        {"\npersistent='maybe'", "",
         "test.xml:2:1: broker@persistent: 'maybe' should be true or false"},
        {"\nbrokerNames='x'", "",
         "test.xml:2:1: broker@brokerNames: there is no such attribute: did you mean "
         "'brokerName'?"},
        {"", "<plugin/>",
         "test.xml:2:1: broker/plugin: there is no such element: did you mean 'plugins'?"},
        {"", "<brokerName>x</brokerName>",
         "broker/brokerName: is an attribute: write brokerName=\"…\""},
        {"", "words", "test.xml:1:1: broker: text says nothing here"},
        {"useLocalHostBrokerName='true'", "", "'true' should be false: write a brokerName"},
        {"dataDirectory='${nowhere}'", "", "nothing says what '${nowhere}' is"},
        {"brokerName='ENC(abc)'", "", "there is no key to decrypt"},
        {"", entry + "queue='A' memoryLimit='much'/>" + end,
         "policyEntry@memoryLimit: 'much' should be a number of bytes from 0 on, such as 64mb"},
        {"", entry + "queue='A' topic='B'/>" + end, "is for one of queue, topic"},
        {"", entry + "/>" + end, "broker: has a policyEntry that is for no destination"},
        {"", "<persistenceAdapter><levelDB/></persistenceAdapter>", "levelDB: use <kahaDB/>"},
        {"", "<persistenceAdapter><jdbcPersistenceAdapter/></persistenceAdapter>",
         "jdbcPersistenceAdapter: there is no store in a database; use <kahaDB/>"},
        {"", "<plugins><shiroPlugin/></plugins>", "nothing here would enforce it"},
        {"", "<messageAuthorizationPolicy><bean/></messageAuthorizationPolicy>",
         "broker/messageAuthorizationPolicy: Java classes cannot decide here who may read"},
        {"",
         "<transportConnectors><transportConnector uri='tcp://a:1'><messageAuthorizationPolicy/>"
         "</transportConnector></transportConnectors>",
         "transportConnector/messageAuthorizationPolicy: Java classes cannot decide here"},
        {"",
         "<plugins><authorizationPlugin><map><lDAPAuthorizationMap/></map></authorizationPlugin>"
         "</plugins>",
         "lDAPAuthorizationMap: use a <cachedLDAPAuthorizationMap>"},
        {"", "<plugins><authorizationPlugin/></plugins>", "has no map"},
        {"",
         "<plugins><authorizationPlugin><map><authorizationMap/></map></authorizationPlugin></"
         "plugins>",
         "nothing that says who clients are"},
        {"", "<transportConnectors><transportConnector uri='udp://a:1'/></transportConnectors>",
         "transportConnector@uri: 'udp://a:1' should be a URI that begins with"},
        {"", "<transportConnectors><transportConnector/></transportConnectors>",
         "needs the attribute 'uri'"},
        {"", "<plugins/><plugins/>", "test.xml:2:11: broker/plugins: is given twice"},
        {"", "<plugins><discardingDLQBrokerPlugin dropOnly='A.* (B'/></plugins>",
         "discardingDLQBrokerPlugin@dropOnly: 'A.* (B' should be regular expressions between "
         "blanks: (B: "},
    };
    for (const Row& row : rows) {
        const Loaded loaded = load_broker(row.attributes, row.content);
        EXPECT_THAT(rejected(loaded), Contains(HasSubstr(row.line)));
    }
}

TEST(Load, another_outermost_element_is_refused) {
    EXPECT_THAT(rejected(load("<a/>", sources())),
                Contains(HasSubstr("test.xml:1:1: a: the outermost element should be broker")));
    EXPECT_THAT(rejected(load("<beans/>", sources())), Contains(HasSubstr("holds no <broker>")));
}

TEST(Load, what_is_written_reads_back_the_same) {
    const Loaded loaded = load_broker("brokerName='a&amp;b' persistent='false'", R"(
      <destinations><topic physicalName="T"/><queue physicalName="Q"/></destinations>
      <destinationInterceptors>
        <virtualDestinationInterceptor><virtualDestinations>
          <virtualTopic name="V.>" selectorAware="true"/>
          <compositeTopic id="c" name="CT">
            <forwardTo><queue physicalName="X"/></forwardTo>
          </compositeTopic>
          <compositeQueue name="CQ" forwardOnly="false"><forwardTo>
            <filteredDestination selector="a &lt; 3" topic="Y"/>
            <topic physicalName="Z"/>
            <queue physicalName="X"/>
          </forwardTo></compositeQueue>
        </virtualDestinations></virtualDestinationInterceptor>
        <mirroredQueue prefix="M."/>
      </destinationInterceptors>
      <destinationPolicy><policyMap>
        <policyEntries>
         <policyEntry queue="A.>" messageGroupMapFactoryType="bucket?bucketCount=8&amp;cacheSize=2">
            <deadLetterStrategy>
              <individualDeadLetterStrategy queuePrefix="D." processExpired="false"/>
            </deadLetterStrategy>
            <dispatchPolicy><strictOrderDispatchPolicy/></dispatchPolicy>
          </policyEntry>
          <policyEntry queue="H"><messageInterceptorStrategy id="chain">
            <chainMessageInterceptorStrategy><messageInterceptorStrategies>
              <headerMessageInterceptorStrategy forceExpiration="true" expirationCeiling="5"/>
              <headerMessageInterceptorStrategy forceDeliveryMode="true" persistent="false"/>
            </messageInterceptorStrategies></chainMessageInterceptorStrategy>
          </messageInterceptorStrategy></policyEntry>
          <policyEntry tempTopic="true">
            <deadLetterStrategy>
              <sharedDeadLetterStrategy>
                <deadLetterQueue><queue physicalName="DEAD"/></deadLetterQueue>
              </sharedDeadLetterStrategy>
            </deadLetterStrategy>
          </policyEntry>
          <policyEntry><destination><topic physicalName="T"/></destination>
            <subscriptionRecoveryPolicy><retainedMessageSubscriptionRecoveryPolicy><wrapped>
              <fixedCountSubscriptionRecoveryPolicy maximumSize="5"/>
            </wrapped></retainedMessageSubscriptionRecoveryPolicy></subscriptionRecoveryPolicy>
          </policyEntry>
        </policyEntries>
        <defaultEntry><policyEntry memoryLimit="5mb"/></defaultEntry>
      </policyMap></destinationPolicy>
      <persistenceAdapter><memoryPersistenceAdapter/></persistenceAdapter>
      <transportConnectors>
        <transportConnector uri="tcp://0.0.0.0:0?wireFormat.maxFrameSize=2048&amp;keepAlive=true"/>
      </transportConnectors>)");
    ASSERT_THAT(rejected(loaded), testing::IsEmpty());
    const std::string text = to_xml(loaded.broker);
    const Loaded again = load(text, {});
    EXPECT_THAT(rejected(again), testing::IsEmpty());
    EXPECT_TRUE(again.broker == loaded.broker) << text;
    EXPECT_EQ(to_xml(again.broker), text);
    ASSERT_TRUE(loaded.broker.interceptors.has_value());
    EXPECT_EQ(loaded.broker.interceptors->composites[0].name, "CQ");
    EXPECT_EQ(loaded.broker.interceptors->composites[0].forward_to[2].selector, "a < 3");
    EXPECT_EQ(loaded.broker.policy_entries[0].groups.bucket_cache, 2U);
    const auto& headers = loaded.broker.policy_entries[1].header_rules.rules;
    ASSERT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers[0].life_ms_max, 5);
    EXPECT_TRUE(headers[1].forces_persistence && !headers[1].persistent);
    EXPECT_EQ(loaded.broker.policy_entries[3].history.count, 5);
}

TEST(Load, plugins_say_what_becomes_of_messages) {
    const std::string redelivery = R"(<plugins>
      <timeStampingBrokerPlugin zeroExpirationOverride="1000" ttlCeiling="60000" futureOnly="true"/>
      <forcePersistencyModeBrokerPlugin persistenceFlag="true"/>
      <discardingDLQBrokerPlugin dropAll="false" dropOnly="A.* B" reportInterval="10"/>
      <redeliveryPlugin fallbackToDeadLetter="false"><redeliveryPolicyMap><redeliveryPolicyMap>
        <redeliveryPolicyEntries>
          <redeliveryPolicy queue="A.>" maximumRedeliveries="2" initialRedeliveryDelay="5000"/>
        </redeliveryPolicyEntries>
        <defaultEntry><redeliveryPolicy useExponentialBackOff="true"/></defaultEntry>
      </redeliveryPolicyMap></redeliveryPolicyMap></redeliveryPlugin>
    </plugins>)";
    const Loaded loaded = load_broker("schedulerSupport='true'", redelivery);
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    const Plugins& plugins = loaded.broker.plugins;
    EXPECT_EQ(plugins.time_stamping->life_ms_max, 60'000);
    EXPECT_TRUE(plugins.force_persistence->persistent);
    EXPECT_EQ(plugins.discard_dead_letters->only, "A.* B");
    ASSERT_EQ(plugins.redelivery->entries.size(), 1U);
    EXPECT_EQ(plugins.redelivery->entries[0].initial_delay_ms, 5000);
    EXPECT_TRUE(plugins.redelivery->otherwise->exponential);
    EXPECT_THAT(rejected(load_broker("", redelivery)), Contains(HasSubstr("schedulerSupport")));
    EXPECT_THAT(rejected(load_broker("schedulerSupport='true'", R"(<plugins><redeliveryPlugin>
        <redeliveryPolicyMap><redeliveryPolicyMap><defaultEntry>
          <redeliveryPolicy redeliveryDelay="10"/>
        </defaultEntry></redeliveryPolicyMap></redeliveryPolicyMap>
      </redeliveryPlugin></plugins>)")),
                Contains(HasSubstr("at least 1000")));
}

TEST(Load, knows_where_pictures_go) {
    const Loaded loaded = load_broker("", R"(<plugins><connectionDotFilePlugin file="/tmp/c.dot"/>
                                                <destinationDotFilePlugin/></plugins>)");
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    const Plugins& plugins = loaded.broker.plugins;
    ASSERT_TRUE(plugins.connections_graph && plugins.destinations_graph);
    EXPECT_EQ(plugins.connections_graph->file, "/tmp/c.dot");
    EXPECT_EQ(plugins.destinations_graph->file, "ActiveMQDestinations.dot");
}

TEST(Load, knows_what_the_log_tells) {
    const Loaded loaded =
        load_broker("", R"(<plugins><loggingBrokerPlugin logConsumerEvents="true"/></plugins>)");
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    const auto& logging = loaded.broker.plugins.logging;
    ASSERT_TRUE(logging);
    EXPECT_TRUE(logging->connections && logging->consumers);
    EXPECT_FALSE(logging->producers);
}

TEST(Load, says_which_views_are_shown) {
    const auto load_context = [](const std::string& attributes) {
        return load(R"(<broker xmlns="http://activemq.apache.org/schema/core" useJmx="false"
            enableStatistics="false" populateUserNameInMBeans="true"><managementContext>
            <managementContext )" +
                        attributes + "/></managementContext></broker>",
                    {});
    };
    const Loaded loaded = load_context(
        R"(jmxDomainName="com.acme" suppressMBean="endpoint=Consumer, destinationName=A.*"
           allowRemoteAddressInMBeanNames="false" connectorPort="1099")");
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    const Broker& broker = loaded.broker;
    EXPECT_FALSE(broker.use_jmx || broker.enable_statistics);
    EXPECT_TRUE(broker.user_names_in_views);
    EXPECT_EQ(broker.management, (ManagementContext{.domain = "com.acme",
                                                    .suppressed = "endpoint=Consumer, "
                                                                  "destinationName=A.*",
                                                    .remote_addresses = false}));
    EXPECT_THAT(lines(loaded, Finding::Kind::no_effect),
                Contains(HasSubstr("managementContext@connectorPort")));
    for (const char* wrong :
         {R"(jmxDomainName="")", R"(jmxDomainName="a:b")", R"(suppressMBean="Consumer")"}) {
        EXPECT_THAT(rejected(load_context(wrong)), testing::SizeIs(1)) << wrong;
    }
}

TEST(LoadUri, has_connectors_and_attributes) {
    const Loaded loaded = load_uri("broker:(tcp://0.0.0.0:0)?persistent=false&useJmx=false");
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    EXPECT_FALSE(loaded.broker.persistent);
    ASSERT_EQ(loaded.broker.transport_connectors.size(), 1U);
    EXPECT_THAT(rejected(load_uri("broker:(tcp://0.0.0.0:0)?persistents=1")),
                Contains(HasSubstr("did you mean 'persistent'")));
    EXPECT_THAT(rejected(load_uri("tcp://a:1")), Contains(HasSubstr("should begin with broker:")));
    EXPECT_EQ(load_uri("broker:(tcp://0.0.0.0:0)/east").broker.name, "east");
    EXPECT_THAT(rejected(load_uri("broker://a:1")), Contains(HasSubstr("in parentheses")));
    EXPECT_THAT(rejected(load_uri("broker:(tcp://a:1)/\x01")), Contains(HasSubstr("printable")));
}

TEST(Policies, decide_as_the_document_says) {
    const Loaded loaded = load_broker("", R"(<destinationPolicy><policyMap>
        <policyEntries>
          <policyEntry queue=">" queuePrefetch="1"/><policyEntry queue="A.>" queuePrefetch="2"/>
        </policyEntries>
        <defaultEntry><policyEntry queuePrefetch="3"/></defaultEntry>
      </policyMap></destinationPolicy>)");
    const broker::PolicyMap map = policies(loaded.broker);
    using broker::Domain;
    EXPECT_EQ(map.find({Domain::queue, false, "A.B"})->queue_prefetch, 2);
    EXPECT_EQ(map.find({Domain::queue, false, "B"})->queue_prefetch, 1);
    EXPECT_EQ(map.find({Domain::topic, false, "B"})->queue_prefetch, 3);
}

TEST(Policies, show_browsers_what_activemq_does) {
    const auto browsed = [](const std::string& entries, std::string_view queue) {
        const Loaded loaded = load_broker(
            "", "<destinationPolicy><policyMap>" + entries + "</policyMap></destinationPolicy>");
        EXPECT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
        return policies(loaded.broker).find({broker::Domain::queue, false, queue})->browsed_max;
    };
    const std::string entries =
        "<policyEntries><policyEntry queue=\"A.>\"/>"
        "<policyEntry queue=\"B.>\" maxBrowsePageSize=\"0\"/></policyEntries>";
    EXPECT_EQ(browsed(entries, "A.a"), 400);
    EXPECT_EQ(browsed(entries, "B.b"), 0);
    EXPECT_EQ(browsed(entries, "C"), 0) << "all that wait";
    EXPECT_EQ(browsed("<defaultEntry><policyEntry/></defaultEntry>", "C"), 400);
}

TEST(Load, maps_stores_of_some_destinations_to_the_one_there_is) {
    const Loaded loaded = load_broker("", R"(<persistenceAdapter>
        <mKahaDB directory="here" lockKeepAlivePeriod="7" journalMaxFileLength="1mb">
          <filteredPersistenceAdapters>
            <filteredKahaDB queue="A.>"><persistenceAdapter><kahaDB directory="there"/>
            </persistenceAdapter></filteredKahaDB>
            <filteredKahaDB perDestination="true"><persistenceAdapter><kahaDB/>
            </persistenceAdapter></filteredKahaDB>
          </filteredPersistenceAdapters>
        </mKahaDB></persistenceAdapter>)");
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    EXPECT_EQ(loaded.broker.persistence.kaha_db.directory, "here");
    EXPECT_EQ(loaded.broker.persistence.kaha_db.lock_check_ms, 7);
    EXPECT_THAT(lines(loaded, Finding::Kind::no_effect),
                testing::UnorderedElementsAre(HasSubstr("mKahaDB@journalMaxFileLength"),
                                              HasSubstr("one journal serves all destinations")));
    const std::string text = to_xml(loaded.broker);
    EXPECT_TRUE(load(text, {}).broker == loaded.broker) << text;
}

TEST(Load, says_why_settings_of_the_journals_files_have_no_effect) {
    const Loaded loaded = load_broker("", R"(<persistenceAdapter>
        <kahaDB preallocationScope="none" preallocationStrategy="zeros" cleanupOnStop="false"/>
        </persistenceAdapter>)");
    EXPECT_THAT(rejected(loaded), testing::IsEmpty());
    EXPECT_THAT(
        lines(loaded, Finding::Kind::no_effect),
        testing::UnorderedElementsAre(
            testing::AllOf(HasSubstr("preallocationScope"), HasSubstr("filled with zeros")),
            testing::AllOf(HasSubstr("preallocationStrategy"), HasSubstr("filled with zeros")),
            testing::AllOf(HasSubstr("cleanupOnStop"), HasSubstr("as soon as nothing"))));
}

TEST(Policies, may_say_what_artemis_says) {
    const Loaded loaded = load_broker(
        "schedulePeriodForDiskUsageCheck='5' "
        "diskUsageCheckRegrowThreshold='7'",
        R"(<destinationPolicy><policyMap><policyEntries>
          <policyEntry queue=">" addressFullPolicy="DROP" slowConsumerThreshold="10"
                       slowConsumerCheckPeriod="2" slowConsumerPolicy="KILL" expiryDelay="1"
                       minExpiryDelay="2" maxExpiryDelay="3" noExpiry="true"
                       deadLetterAddress="dead" expiryAddress="late"
                       storeUsageHighWaterMark="40"/>
        </policyEntries></policyMap></destinationPolicy>)");
    ASSERT_THAT(rejected(loaded), testing::IsEmpty());
    const broker::Policy& policy = loaded.broker.policy_entries[0];
    EXPECT_EQ(policy.when_full, broker::WhenFull::drop);
    EXPECT_EQ(policy.consumer_rate_min, 10);
    EXPECT_EQ(policy.consumer_rate_period_s, 2);
    EXPECT_EQ(policy.below_rate, broker::BelowRate::close);
    EXPECT_EQ(policy.expiry_delay_max_ms, 3);
    EXPECT_TRUE(policy.never_expires);
    EXPECT_EQ(policy.dead_letter_address, "dead");
    EXPECT_EQ(policy.expiry_address, "late");
    EXPECT_EQ(policy.store_high_water_percent, 40);
    EXPECT_EQ(loaded.broker.disk_check_ms, 5);
    EXPECT_EQ(loaded.broker.disk_regrow_bytes, 7);
    const std::string text = to_xml(loaded.broker);
    EXPECT_TRUE(load(text, {}).broker == loaded.broker) << text;
    EXPECT_THAT(rejected(load_broker("", R"(<destinationPolicy><policyMap><policyEntries>
          <policyEntry queue=">" addressFullPolicy="SPILL"/>
        </policyEntries></policyMap></destinationPolicy>)")),
                testing::SizeIs(1));
}

TEST(Policies, may_say_what_artemis_says_of_queues) {
    const Loaded loaded = load_broker("", R"(<wildcardAddresses delimiter="/" anyWords="**"/>
        <destinationPolicy><policyMap><policyEntries>
          <policyEntry queue=">" filter="a &lt; 3" enabled="false" autoCreateQueues="false"
                       autoDeleteQueues="true" groupFirstKey="first" groupBuckets="0"/>
          <policyEntry topic=">" retroactiveMessageCount="5"/>
          <policyEntry queue="A" groupBuckets="16"/>
          <policyEntry queue="B" messageGroupMapFactoryType="cached?cacheSize=7"
                       groupBuckets="-1"/>
        </policyEntries></policyMap></destinationPolicy>)");
    ASSERT_THAT(rejected(loaded), testing::IsEmpty());
    const std::vector<PolicyEntry>& entries = loaded.broker.policy_entries;
    EXPECT_EQ(entries[0].filter, "a < 3");
    EXPECT_FALSE(entries[0].enabled || entries[0].auto_create);
    EXPECT_TRUE(entries[0].auto_delete);
    EXPECT_EQ(entries[0].group_first_key, "first");
    EXPECT_EQ(entries[0].groups.kind, broker::GroupMap::Kind::none);
    EXPECT_EQ(entries[1].kept_history().count, 5);
    EXPECT_TRUE(entries[1].always_recalls());
    EXPECT_EQ(entries[2].groups.kind, broker::GroupMap::Kind::bucket);
    EXPECT_EQ(entries[2].groups.buckets, 16U);
    EXPECT_EQ(entries[3].groups.cache, 7U);
    ASSERT_TRUE(loaded.broker.wildcards);
    EXPECT_EQ(loaded.broker.wildcards->any_words, "**");
    EXPECT_EQ(loaded.broker.wildcards->single_word, "*");
    const std::string text = to_xml(loaded.broker);
    EXPECT_TRUE(load(text, {}).broker == loaded.broker) << text;
}

TEST(Policies, a_selector_that_is_none_is_refused) {
    const Loaded loaded = load_broker("", R"(<destinationPolicy><policyMap><policyEntries>
          <policyEntry queue=">" filter="a &lt;"/>
        </policyEntries></policyMap></destinationPolicy><wildcardAddresses delimiter=""/>)");
    EXPECT_THAT(rejected(loaded), Contains(HasSubstr("has a filter that is no selector")));
    EXPECT_THAT(rejected(loaded), Contains(HasSubstr("that are not empty")));
}

/// What one kind of map was told is not kept for another one.
TEST(Policies, the_last_kind_of_group_map_counts) {
    const Loaded loaded = load_broker("", R"(<destinationPolicy><policyMap><policyEntries>
          <policyEntry queue=">" messageGroupMapFactoryType="cached?cacheSize=7">
            <messageGroupMapFactory><messageGroupHashBucketFactory bucketCount="3"/>
            </messageGroupMapFactory></policyEntry>
        </policyEntries></policyMap></destinationPolicy>)");
    const broker::GroupMap& groups = loaded.broker.policy_entries.at(0).groups;
    EXPECT_EQ(groups.kind, broker::GroupMap::Kind::bucket);
    EXPECT_EQ(groups.buckets, 3U);
    EXPECT_EQ(groups.cache, broker::GroupMap().cache);
    EXPECT_TRUE(load(to_xml(loaded.broker), {}).broker == loaded.broker);
}

TEST(Policies, start_up_queues_may_be_for_dead_letters) {
    const Loaded loaded = load_broker(
        "", R"(<destinations><queue physicalName="Letters" DLQ="true"/><queue physicalName="Q"/>
        <topic physicalName="T" dlq="true"/></destinations>)");
    ASSERT_THAT(rejected(loaded), testing::IsEmpty());
    const broker::PolicyMap map = policies(loaded.broker);
    using broker::Domain;
    EXPECT_TRUE(map.keeps_dead_letters({Domain::queue, false, "Letters"}));
    EXPECT_FALSE(map.keeps_dead_letters({Domain::queue, false, "Q"}));
    EXPECT_TRUE(map.keeps_dead_letters({Domain::topic, false, "T"}));
    EXPECT_TRUE(load(to_xml(loaded.broker), {}).broker == loaded.broker);
}

/// What stands between a destination and its messages, and how names are written.
TEST(Load, diverts_and_names_are_what_artemis_and_plugins_say) {
    const Loaded loaded =
        load_broker("populateJMSXUserID='true' qualifiedQueueNames='true' useMirroredQueues='true'",
                    R"(<diverts>
          <divert name="d" address="A" forwardingAddress="B,C" exclusive="true"
                  filter="a = 1" routingType="MULTICAST"/>
          <divert address="X" forwardingAddress="Y" routingType="STRIP"/>
        </diverts>
        <plugins>
          <destinationPathSeparatorPlugin pathSeparator="/"/>
          <virtualSelectorCacheBrokerPlugin persistFile="x" ignoreWildcardSelectors="true"/>
          <statisticsBrokerPlugin/>
        </plugins>)");
    ASSERT_THAT(rejected(loaded), testing::IsEmpty());
    const Broker& broker = loaded.broker;
    EXPECT_TRUE(broker.populate_user_id && broker.qualified_queue_names);
    ASSERT_EQ(broker.diverts.size(), 2U);
    EXPECT_EQ(broker.diverts[0].routing, Divert::Routing::to_topics);
    EXPECT_TRUE(broker.diverts[0].exclusive);
    EXPECT_EQ(broker.diverts[0].filter, "a = 1");
    EXPECT_EQ(broker.diverts[1].routing, Divert::Routing::as_before);
    ASSERT_TRUE(broker.plugins.path_separator);
    EXPECT_TRUE(broker.plugins.selector_cache && broker.plugins.statistics);
    const auto ignored = lines(loaded, Finding::Kind::no_effect);
    EXPECT_THAT(ignored, Contains(HasSubstr("virtualSelectorCacheBrokerPlugin@persistFile: the")));
    EXPECT_TRUE(load(to_xml(broker), {}).broker == broker) << to_xml(broker);
    const auto refused = rejected(load_broker("", R"(<diverts>
          <divert address="A"/>
          <divert address="A" forwardingAddress="B" filter="a ="/>
          <divert address="A" forwardingAddress="B" routingType="BOTH"/>
          <divert address="A" forwardingAddress="B"><transformer/></divert>
        </diverts><plugins><destinationPathSeparatorPlugin pathSeparator=""/></plugins>)"));
    EXPECT_THAT(refused, testing::ElementsAre(
                             HasSubstr("test.xml:3:11: broker/diverts/divert: needs the attribute"),
                             HasSubstr("has an invalid selector"),
                             HasSubstr("'BOTH' should be STRIP | PASS | ANYCAST | MULTICAST"),
                             HasSubstr("Java classes cannot change messages here"),
                             HasSubstr("needs a pathSeparator")));
}

TEST(Load, rights_may_be_those_of_a_directory) {
    const auto loaded = load(R"(<broker><plugins>
      <jaasDualAuthenticationPlugin configuration="a"/>
      <authorizationPlugin><map><cachedLDAPAuthorizationMap connectionURL="ldap://h"
        refreshInterval="300000" legacyGroupMapping="false"/></map></authorizationPlugin>
      </plugins></broker>)",
                             {});
    ASSERT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    const Plugins& plugins = loaded.broker.plugins;
    ASSERT_TRUE(plugins.jaas_dual_authentication && plugins.authorization);
    EXPECT_EQ(plugins.jaas_dual_authentication->certificate_entry, "activemq-ssl-domain");
    const auto& directory = plugins.authorization->directory;
    ASSERT_TRUE(directory);
    EXPECT_EQ(directory->url, "ldap://h");
    EXPECT_EQ(directory->refresh_ms, 300'000);
    EXPECT_FALSE(directory->legacy_groups);
    EXPECT_EQ(load(to_xml(loaded.broker), {}).broker, loaded.broker);
}

}  // namespace
}  // namespace tern::config
