package harness.classic;

import java.io.File;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import javax.jms.InvalidSelectorException;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.broker.region.DestinationInterceptor;
import org.apache.activemq.broker.region.policy.ClientIdFilterDispatchPolicy;
import org.apache.activemq.broker.region.policy.ConstantPendingMessageLimitStrategy;
import org.apache.activemq.broker.region.policy.DeadLetterStrategy;
import org.apache.activemq.broker.region.policy.DiscardingDeadLetterStrategy;
import org.apache.activemq.broker.region.policy.FixedCountSubscriptionRecoveryPolicy;
import org.apache.activemq.broker.region.policy.IndividualDeadLetterStrategy;
import org.apache.activemq.broker.region.policy.LastImageSubscriptionRecoveryPolicy;
import org.apache.activemq.broker.region.policy.MessageEvictionStrategy;
import org.apache.activemq.broker.region.policy.OldestMessageEvictionStrategy;
import org.apache.activemq.broker.region.policy.OldestMessageWithLowestPriorityEvictionStrategy;
import org.apache.activemq.broker.region.policy.PolicyEntry;
import org.apache.activemq.broker.region.policy.PolicyMap;
import org.apache.activemq.broker.region.policy.RedeliveryPolicyMap;
import org.apache.activemq.broker.region.policy.SharedDeadLetterStrategy;
import org.apache.activemq.broker.region.policy.StrictOrderDispatchPolicy;
import org.apache.activemq.broker.region.policy.SubscriptionRecoveryPolicy;
import org.apache.activemq.broker.region.policy.TimedSubscriptionRecoveryPolicy;
import org.apache.activemq.broker.region.policy.UniquePropertyMessageEvictionStrategy;
import org.apache.activemq.broker.region.policy.VMPendingQueueMessageStoragePolicy;
import org.apache.activemq.broker.region.policy.VMPendingSubscriberMessageStoragePolicy;
import org.apache.activemq.broker.region.virtual.CompositeQueue;
import org.apache.activemq.broker.region.virtual.CompositeTopic;
import org.apache.activemq.broker.region.virtual.FilteredDestination;
import org.apache.activemq.broker.region.virtual.VirtualDestination;
import org.apache.activemq.broker.region.virtual.VirtualDestinationInterceptor;
import org.apache.activemq.broker.region.virtual.VirtualTopic;
import org.apache.activemq.broker.util.RedeliveryPlugin;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.filter.DestinationMapEntry;
import org.apache.activemq.plugin.DiscardingDLQBrokerPlugin;
import org.apache.activemq.plugin.StatisticsBrokerPlugin;
import org.apache.activemq.security.AuthenticationUser;
import org.apache.activemq.security.AuthorizationEntry;
import org.apache.activemq.security.AuthorizationPlugin;
import org.apache.activemq.security.DefaultAuthorizationMap;
import org.apache.activemq.security.SimpleAuthenticationPlugin;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import sun.misc.Signal;

/**
 * ActiveMQ Classic as a reference broker that keeps the daemon's contract: arguments are the data
 * directory and the port (0 picks one), one `ready` line on stdout, SIGTERM stops it with exit 0.
 * With a document as the third, the users and rights of that hold, and it speaks STOMP and
 * MQTT, too.
 */
public final class ClassicBroker {
    private static final long MEMORY_BYTES = 768L << 20;
    private static final long STORE_BYTES = 20L << 30;

    private ClassicBroker() {}

    public static void main(String[] args) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setBrokerName("classic");
        // Its statistics plugin asks its own MBeans.
        broker.getManagementContext().setCreateConnector(false);
        broker.setAdvisorySupport(true);
        broker.setAnonymousProducerAdvisorySupport(true);
        broker.setSchedulerSupport(true);
        broker.setSchedulerDirectoryFile(new File(args[0], "scheduler"));
        broker.setUseShutdownHook(false);
        broker.setPersistenceAdapter(syncedStore(new File(args[0])));
        broker.getSystemUsage().getMemoryUsage().setLimit(MEMORY_BYTES);
        broker.getSystemUsage().getStoreUsage().setLimit(STORE_BYTES);
        broker.getSystemUsage().getTempUsage().setLimit(STORE_BYTES);
        broker.setDestinationPolicy(policies());
        broker.setDestinationInterceptors(new DestinationInterceptor[] {composites()});
        broker.setPlugins(args.length > 2
                ? security(new File(args[2]))
                : new BrokerPlugin[] {new StatisticsBrokerPlugin(), discarding(), redelivery()});
        TransportConnector connector = broker.addConnector("tcp://127.0.0.1:" + args[1]
                + "?maximumConnections=20000&wireFormat.maxFrameSize=104857600");
        Map<String, TransportConnector> others = new LinkedHashMap<>();
        for (String protocol : args.length > 2 ? List.of("stomp", "mqtt") : List.<String>of()) {
            others.put(protocol, broker.addConnector(new URI(protocol + "://127.0.0.1:0")));
        }

        CountDownLatch terminated = new CountDownLatch(1);
        Signal.handle(new Signal("TERM"), signal -> terminated.countDown());
        broker.start();
        broker.waitUntilStarted();
        ClassicOperators operators =
                new ClassicOperators(broker.getManagementContext().getMBeanServer());
        StringBuilder ready = new StringBuilder("ready openwire=127.0.0.1:");
        ready.append(connector.getConnectUri().getPort());
        ready.append(" http=127.0.0.1:").append(operators.start());
        for (Map.Entry<String, TransportConnector> other : others.entrySet()) {
            ready.append(" ").append(other.getKey()).append("=127.0.0.1:");
            ready.append(other.getValue().getConnectUri().getPort());
        }
        System.out.println(ready);
        terminated.await();
        operators.stop();
        broker.stop();
        System.exit(0);
    }

    /** The plugins of a document, as far as they are about users and rights. */
    private static BrokerPlugin[] security(File file) throws Exception {
        Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file);
        List<AuthenticationUser> users = new ArrayList<>();
        for (Element user : elements(document, "authenticationUser")) {
            users.add(new AuthenticationUser(user.getAttribute("username"),
                    user.getAttribute("password"), user.getAttribute("groups")));
        }
        List<DestinationMapEntry> entries = new ArrayList<>();
        for (Element element : elements(document, "authorizationEntry")) {
            AuthorizationEntry entry = new AuthorizationEntry();
            if (element.hasAttribute("queue")) {
                entry.setQueue(element.getAttribute("queue"));
            } else {
                entry.setTopic(element.getAttribute("topic"));
            }
            entry.setRead(element.getAttribute("read"));
            entry.setWrite(element.getAttribute("write"));
            entry.setAdmin(element.getAttribute("admin"));
            entries.add(entry);
        }
        return new BrokerPlugin[] {new SimpleAuthenticationPlugin(users),
            new AuthorizationPlugin(new DefaultAuthorizationMap(entries))};
    }

    private static List<Element> elements(Document document, String name) {
        NodeList found = document.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    /** As in the document of the JMS tests. */
    private static PolicyMap policies() {
        PolicyEntry queues = new PolicyEntry();
        queues.setQueue("AdvisoriesTest.>");
        queues.setAdvisoryForDelivery(true);
        queues.setAdvisoryForConsumed(true);
        queues.setSendAdvisoryIfNoConsumers(true);
        PolicyEntry topics = new PolicyEntry();
        topics.setTopic("AdvisoriesTest.>");
        topics.setSendAdvisoryIfNoConsumers(true);
        PolicyMap policies = new PolicyMap();
        PolicyEntry slow = new PolicyEntry();
        slow.setTopic("AdvisoriesTest.slowConsumers");
        slow.setAdvisoryForSlowConsumers(true);
        ConstantPendingMessageLimitStrategy two = new ConstantPendingMessageLimitStrategy();
        two.setLimit(2);
        PolicyEntry discarding = new PolicyEntry();
        discarding.setTopic("AdvisoriesTest.discardedMessages");
        discarding.setAdvisoryForDiscardingMessages(true);
        discarding.setIncludeBodyForAdvisory(true);
        discarding.setPendingMessageLimitStrategy(two);
        List<PolicyEntry> entries =
                new ArrayList<>(List.of(queues, topics, slow, discarding));
        entries.addAll(dispatch());
        IndividualDeadLetterStrategy individual = new IndividualDeadLetterStrategy();
        individual.setQueuePrefix("Dead.");
        individual.setQueueSuffix(".letters");
        entries.add(deadLetters("individual", individual));
        IndividualDeadLetterStrategy toTopic = new IndividualDeadLetterStrategy();
        toTopic.setQueuePrefix("Dead.");
        toTopic.setUseQueueForQueueMessages(false);
        entries.add(deadLetters("toTopic", toTopic));
        IndividualDeadLetterStrategy perSubscriber = new IndividualDeadLetterStrategy();
        perSubscriber.setTopicPrefix("Dead.T.");
        perSubscriber.setTopicSuffix(".letters");
        perSubscriber.setDestinationPerDurableSubscriber(true);
        PolicyEntry ofTopics = new PolicyEntry();
        ofTopics.setTopic("DeadLettersTest.topic.>");
        ofTopics.setDeadLetterStrategy(perSubscriber);
        entries.add(ofTopics);
        SharedDeadLetterStrategy withTransient = shared("letters");
        withTransient.setProcessNonPersistent(true);
        entries.add(deadLetters("transient", withTransient));
        SharedDeadLetterStrategy living = shared("living");
        living.setProcessExpired(false);
        entries.add(deadLetters("living", living));
        SharedDeadLetterStrategy shortLived = shared("shortLetters");
        shortLived.setExpiration(60_000);
        entries.add(deadLetters("short", shortLived));
        entries.add(deadLetters("discard", new DiscardingDeadLetterStrategy()));
        entries.add(limited("block"));
        PolicyEntry cached = named("FlowControlTest.cache.>");
        cached.setMemoryLimit(1 << 20);
        entries.add(cached);
        PolicyEntry fails = new PolicyEntry();
        fails.setTopic("FlowControlTest.fail.>");
        fails.setMemoryLimit(1 << 20);
        fails.setSendFailIfNoSpace(true);
        fails.setPendingSubscriberPolicy(new VMPendingSubscriberMessageStoragePolicy());
        entries.add(fails);
        entries.add(pending("newest", 10, new OldestMessageEvictionStrategy()));
        entries.add(pending("important", 5, new OldestMessageWithLowestPriorityEvictionStrategy()));
        UniquePropertyMessageEvictionStrategy keys = new UniquePropertyMessageEvictionStrategy();
        keys.setPropertyName("key");
        entries.add(pending("keys", 3, keys));
        entries.addAll(topicPolicies());
        policies.setPolicyEntries(entries);
        return policies;
    }

    private static List<PolicyEntry> topicPolicies() {
        FixedCountSubscriptionRecoveryPolicy three = new FixedCountSubscriptionRecoveryPolicy();
        three.setMaximumSize(3);
        TimedSubscriptionRecoveryPolicy minute = new TimedSubscriptionRecoveryPolicy();
        minute.setRecoverDuration(60_000);
        PolicyEntry always = recalled("always", new LastImageSubscriptionRecoveryPolicy());
        always.setAlwaysRetroactive(true);
        PolicyEntry strict = recalled("strict", null);
        strict.setDispatchPolicy(new StrictOrderDispatchPolicy());
        PolicyEntry addressed = recalled("for.>", null);
        addressed.setDispatchPolicy(new ClientIdFilterDispatchPolicy());
        FixedCountSubscriptionRecoveryPolicy two = new FixedCountSubscriptionRecoveryPolicy();
        two.setMaximumSize(2);
        PolicyEntry ofVirtual = new PolicyEntry();
        ofVirtual.setTopic("VirtualTopic.VirtualTopicsTest.past");
        ofVirtual.setSubscriptionRecoveryPolicy(two);
        return List.of(recalled("count.>", three), ofVirtual, recalled("time.>", minute),
                recalled("last.>", new LastImageSubscriptionRecoveryPolicy()), always, strict,
                addressed);
    }

    private static PolicyEntry recalled(String name, SubscriptionRecoveryPolicy policy) {
        PolicyEntry entry = new PolicyEntry();
        entry.setTopic("TopicPoliciesTest." + name);
        entry.setSubscriptionRecoveryPolicy(policy);
        return entry;
    }

    private static PolicyEntry pending(String name, int limit, MessageEvictionStrategy strategy) {
        ConstantPendingMessageLimitStrategy most = new ConstantPendingMessageLimitStrategy();
        most.setLimit(limit);
        PolicyEntry entry = new PolicyEntry();
        entry.setTopic("FlowControlTest." + name + ".>");
        entry.setPendingMessageLimitStrategy(most);
        entry.setMessageEvictionStrategy(strategy);
        return entry;
    }

    private static List<PolicyEntry> dispatch() {
        PolicyEntry prioritized = named("DispatchPoliciesTest.prioritized");
        prioritized.setPrioritizedMessages(true);
        PolicyEntry strict = named("DispatchPoliciesTest.strict");
        strict.setStrictOrderDispatch(true);
        PolicyEntry exclusive = named("DispatchPoliciesTest.exclusive");
        exclusive.setAllConsumersExclusiveByDefault(true);
        PolicyEntry equal = named("DispatchPoliciesTest.equal");
        equal.setUseConsumerPriority(false);
        PolicyEntry together = named("DispatchPoliciesTest.together");
        together.setConsumersBeforeDispatchStarts(2);
        together.setTimeBeforeDispatchStarts(60_000);
        PolicyEntry prefetch = named("DispatchPoliciesTest.prefetch");
        prefetch.setQueuePrefetch(1);
        PolicyEntry fixed = named("DispatchPoliciesTest.fixed");
        fixed.setUsePrefetchExtension(false);
        PolicyEntry simple = named("MessageGroupsTest.simple");
        simple.setMessageGroupMapFactoryType("simple");
        PolicyEntry ruled = named("QueueBrowserTest.ruled.>");
        PolicyEntry raised = named("QueueBrowserTest.raised");
        raised.setMaxBrowsePageSize(500);
        return List.of(prioritized, strict, exclusive, equal, together, prefetch, fixed, simple,
                ruled, raised);
    }

    private static PolicyEntry named(String queue) {
        PolicyEntry entry = new PolicyEntry();
        entry.setQueue(queue);
        return entry;
    }

    private static VirtualDestinationInterceptor composites() throws InvalidSelectorException {
        String prefix = "CompositeDestinationsTest.";
        VirtualTopic virtual = new VirtualTopic();
        virtual.setName("VirtualTopic.>");
        CompositeQueue all = composite(prefix + "all", new ActiveMQQueue(prefix + "all.queue"),
                new ActiveMQTopic(prefix + "all.topic"));
        CompositeQueue besides =
                composite(prefix + "besides", new ActiveMQQueue(prefix + "besides.copy"));
        besides.setForwardOnly(false);
        CompositeQueue filtered = composite(prefix + "filtered",
                filtered(prefix + "filtered.odd", "number = 1"),
                filtered(prefix + "filtered.large", "number > 100"));
        CompositeQueue unmatched = composite(prefix + "unmatched",
                filtered(prefix + "unmatched.taken", "number = 1"));
        unmatched.setSendWhenNotMatched(true);
        CompositeTopic topic = new CompositeTopic();
        topic.setName(prefix + "topic");
        topic.setForwardTo(List.of(new ActiveMQQueue(prefix + "topic.queue")));
        VirtualDestinationInterceptor interceptor = new VirtualDestinationInterceptor();
        interceptor.setVirtualDestinations(new VirtualDestination[] {
            virtual, all, besides, filtered, unmatched, topic});
        return interceptor;
    }

    private static CompositeQueue composite(String name, Object... to) {
        CompositeQueue composite = new CompositeQueue();
        composite.setName(name);
        composite.setForwardTo(List.of(to));
        return composite;
    }

    private static FilteredDestination filtered(String queue, String selector)
            throws InvalidSelectorException {
        FilteredDestination filtered = new FilteredDestination();
        filtered.setQueue(queue);
        filtered.setSelector(selector);
        return filtered;
    }

    /** Its messages stay in memory, which has a limit. */
    private static PolicyEntry limited(String name) {
        PolicyEntry entry = new PolicyEntry();
        entry.setQueue("FlowControlTest." + name + ".>");
        entry.setMemoryLimit(1 << 20);
        entry.setPendingQueuePolicy(new VMPendingQueueMessageStoragePolicy());
        return entry;
    }

    private static PolicyEntry deadLetters(String name, DeadLetterStrategy strategy) {
        PolicyEntry entry = new PolicyEntry();
        entry.setQueue("DeadLettersTest." + name + ".>");
        entry.setExpireMessagesPeriod(500);
        entry.setDeadLetterStrategy(strategy);
        return entry;
    }

    private static SharedDeadLetterStrategy shared(String letters) {
        SharedDeadLetterStrategy strategy = new SharedDeadLetterStrategy();
        strategy.setDeadLetterQueue(new ActiveMQQueue("DeadLettersTest." + letters));
        return strategy;
    }

    private static DiscardingDLQBrokerPlugin discarding() {
        DiscardingDLQBrokerPlugin plugin = new DiscardingDLQBrokerPlugin();
        plugin.setDropAll(false);
        plugin.setDropTemporaryTopics(false);
        plugin.setDropTemporaryQueues(false);
        plugin.setDropOnly("DeadLettersTest\\.dropped\\..*");
        return plugin;
    }

    private static RedeliveryPlugin redelivery() {
        RedeliveryPolicy policy = new RedeliveryPolicy();
        policy.setQueue("DeadLettersTest.again.>");
        policy.setMaximumRedeliveries(2);
        policy.setInitialRedeliveryDelay(1000);
        policy.setRedeliveryDelay(1000);
        RedeliveryPolicyMap policies = new RedeliveryPolicyMap();
        policies.setRedeliveryPolicyEntries(List.of(policy));
        RedeliveryPlugin plugin = new RedeliveryPlugin();
        plugin.setRedeliveryPolicyMap(policies);
        return plugin;
    }

    private static KahaDBPersistenceAdapter syncedStore(File directory) {
        KahaDBPersistenceAdapter store = new KahaDBPersistenceAdapter();
        store.setDirectory(directory);
        store.setJournalDiskSyncStrategy("always");
        return store;
    }
}
