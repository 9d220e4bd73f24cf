#include "config/amazon_rules.h"

#include <array>

namespace tern::config::amazon {
namespace {

constexpr std::array kElements{
    ElementRule{"abortSlowAckConsumerStrategy",
                "abortConnection checkPeriod ignoreIdleConsumers ignoreNetworkConsumers "
                "maxSlowCount maxSlowDuration maxTimeSinceLastAck name"},
    ElementRule{"abortSlowConsumerStrategy",
                "abortConnection checkPeriod ignoreNetworkConsumers maxSlowCount "
                "maxSlowDuration name"},
    ElementRule{"authorizationEntry", "admin queue read tempQueue tempTopic topic write"},
    ElementRule{"broker",
                "advisorySupport allowTempAutoCreationOnSend cacheTempDestinations "
                "consumerSystemUsagePortion dedicatedTaskRunner deleteAllMessagesOnStartup "
                "keepDurableSubsActive enableMessageExpirationOnActiveDurableSubs "
                "maxPurgedDestinationsPerSweep maxSchedulerRepeatAllowed "
                "monitorConnectionSplits networkConnectorStartAsync "
                "offlineDurableSubscriberTaskSchedule offlineDurableSubscriberTimeout "
                "persistenceThreadPriority persistent populateJMSXUserID "
                "producerSystemUsagePortion rejectDurableConsumers rollbackOnlyOnAsyncException "
                "schedulePeriodForDestinationPurge schedulerSupport "
                "splitSystemUsageForProducersConsumers taskRunnerPriority "
                "timeBeforePurgeTempDestinations useAuthenticatedPrincipalForJMSXUserID "
                "useMirroredQueues useTempMirroredQueues useVirtualDestSubs "
                "useVirtualDestSubsOnCreation useVirtualTopics"},
    ElementRule{"cachedLDAPAuthorizationMap",
                "queueSearchBase topicSearchBase tempSearchBase refreshInterval "
                "legacyGroupMapping"},
    ElementRule{"cachedMessageGroupMapFactory", "cacheSize"},
    ElementRule{"compositeQueue", "concurrentSend copyMessage forwardOnly name sendWhenNotMatched"},
    ElementRule{"compositeTopic", "concurrentSend copyMessage forwardOnly name sendWhenNotMatched"},
    ElementRule{"conditionalNetworkBridgeFilterFactory",
                "rateDuration rateLimit replayDelay replayWhenNoConsumers selectorAware"},
    ElementRule{"constantPendingMessageLimitStrategy", "limit"},
    ElementRule{"discarding",
                "deadLetterQueue enableAudit expiration maxAuditDepth maxProducersToAudit "
                "processExpired processNonPersistent"},
    ElementRule{"discardingDLQBrokerPlugin",
                "dropAll dropOnly dropTemporaryQueues dropTemporaryTopics reportInterval"},
    ElementRule{"filteredDestination", "queue selector topic"},
    ElementRule{"fixedCountSubscriptionRecoveryPolicy", "maximumSize"},
    ElementRule{"fixedSizedSubscriptionRecoveryPolicy", "maximumSize useSharedBuffer"},
    ElementRule{"forcePersistencyModeBrokerPlugin", "persistenceFlag"},
    ElementRule{"individualDeadLetterStrategy",
                "destinationPerDurableSubscriber enableAudit expiration maxAuditDepth "
                "maxProducersToAudit processExpired processNonPersistent queuePrefix "
                "queueSuffix topicPrefix topicSuffix useQueueForQueueMessages "
                "useQueueForTopicMessages"},
    ElementRule{"kahaDB",
                "concurrentStoreAndDispatchQueues cleanupOnStop journalDiskSyncInterval "
                "journalDiskSyncStrategy preallocationStrategy"},
    ElementRule{"memoryUsage", "percentOfJvmHeap"},
    ElementRule{"messageGroupHashBucketFactory", "bucketCount cacheSize"},
    ElementRule{"mirroredQueue", "copyMessage postfix prefix"},
    ElementRule{"networkConnector",
                "conduitSubscriptions duplex name uri userName networkTTL messageTTL "
                "consumerTTL dynamicOnly prefetchSize decreaseNetworkConsumerPriority "
                "suppressDuplicateQueueSubscriptions staticBridge consumerPriorityBase"},
    ElementRule{"oldestMessageEvictionStrategy", "evictExpiredMessagesHighWatermark"},
    ElementRule{"oldestMessageWithLowestPriorityEvictionStrategy",
                "evictExpiredMessagesHighWatermark"},
    ElementRule{"policyEntry",
                "advisoryForConsumed advisoryForDelivery advisoryForDiscardingMessages "
                "advisoryForFastProducers advisoryForSlowConsumers advisoryWhenFull "
                "allConsumersExclusiveByDefault alwaysRetroactive "
                "blockedProducerWarningInterval consumersBeforeDispatchStarts "
                "cursorMemoryHighWaterMark doOptimzeMessageStorage durableTopicPrefetch "
                "enableAudit expireMessagesPeriod gcInactiveDestinations gcWithNetworkConsumers "
                "inactiveTimeoutBeforeGC inactiveTimoutBeforeGC includeBodyForAdvisory "
                "lazyDispatch maxAuditDepth maxBrowsePageSize maxDestinations maxExpirePageSize "
                "maxPageSize maxProducersToAudit maxQueueAuditDepth memoryLimit "
                "messageGroupMapFactoryType minimumMessageSize optimizedDispatch "
                "optimizeMessageStoreInFlightLimit persistJMSRedelivered prioritizedMessages "
                "producerFlowControl queue queueBrowserPrefetch queuePrefetch "
                "reduceMemoryFootprint sendAdvisoryIfNoConsumers sendFailIfNoSpace "
                "sendFailIfNoSpaceAfterTimeout sendDuplicateFromStoreToDLQ "
                "storeUsageHighWaterMark strictOrderDispatch tempQueue tempTopic "
                "timeBeforeDispatchStarts topic topicPrefetch useCache useConsumerPriority "
                "usePrefetchExtension"},
    ElementRule{"prefetchRatePendingMessageLimitStrategy", "multiplier"},
    ElementRule{"queryBasedSubscriptionRecoveryPolicy", "query"},
    ElementRule{"queue", "DLQ physicalName"},
    ElementRule{"topic", "DLQ physicalName"},
    ElementRule{"tempQueue", "DLQ physicalName"},
    ElementRule{"tempTopic", "DLQ physicalName"},
    ElementRule{"redeliveryPlugin", "fallbackToDeadLetter sendToDlqIfMaxRetriesExceeded"},
    ElementRule{"redeliveryPolicy",
                "backOffMultiplier collisionAvoidancePercent initialRedeliveryDelay "
                "maximumRedeliveries maximumRedeliveryDelay preDispatchCheck queue "
                "redeliveryDelay tempQueue tempTopic topic useCollisionAvoidance "
                "useExponentialBackOff"},
    ElementRule{"sharedDeadLetterStrategy",
                "enableAudit expiration maxAuditDepth maxProducersToAudit processExpired "
                "processNonPersistent"},
    ElementRule{"storeDurableSubscriberCursor", "immediatePriorityDispatch useCache"},
    ElementRule{"systemUsage", "sendFailIfNoSpace sendFailIfNoSpaceAfterTimeout"},
    ElementRule{"tempDestinationAuthorizationEntry",
                "admin queue read tempQueue tempTopic topic write"},
    ElementRule{"timedSubscriptionRecoveryPolicy", "recoverDuration"},
    ElementRule{"timeStampingBrokerPlugin",
                "futureOnly processNetworkMessages ttlCeiling zeroExpirationOverride"},
    ElementRule{"transportConnector",
                "name updateClusterClients rebalanceClusterClients updateClusterClientsOnRemove"},
    ElementRule{"uniquePropertyMessageEvictionStrategy",
                "evictExpiredMessagesHighWatermark propertyName"},
    ElementRule{"virtualTopic",
                "concurrentSend local dropOnResourceLimit name postfix prefix selectorAware "
                "setOriginalDestination transactedSend"},
    ElementRule{"fileCursor", ""},
    ElementRule{"fileDurableSubscriberCursor", ""},
    ElementRule{"fileQueueCursor", ""},
    ElementRule{"lastImageSubscriptionRecoveryPolicy", ""},
    ElementRule{"noSubscriptionRecoveryPolicy", ""},
    ElementRule{"priorityDispatchPolicy", ""},
    ElementRule{"priorityNetworkDispatchPolicy", ""},
    ElementRule{"roundRobinDispatchPolicy", ""},
    ElementRule{"simpleDispatchPolicy", ""},
    ElementRule{"simpleMessageGroupMapFactory", ""},
    ElementRule{"statisticsBrokerPlugin", ""},
    ElementRule{"storeCursor", ""},
    ElementRule{"strictOrderDispatchPolicy", ""},
    ElementRule{"vmCursor", ""},
    ElementRule{"vmDurableCursor", ""},
    ElementRule{"vmQueueCursor", ""},
    ElementRule{"authorizationMap", ""},
    ElementRule{"authorizationPlugin", ""},
    ElementRule{"policyMap", ""},
    ElementRule{"redeliveryPolicyMap", ""},
    ElementRule{"retainedMessageSubscriptionRecoveryPolicy", ""},
    ElementRule{"virtualDestinationInterceptor", ""},
};

constexpr std::array kCollections{
    CollectionRule{"broker", "destinationInterceptors",
                   "mirroredQueue virtualDestinationInterceptor"},
    CollectionRule{"broker", "destinationPolicy", "policyMap"},
    CollectionRule{"broker", "destinations", "queue tempQueue tempTopic topic"},
    CollectionRule{"broker", "networkConnectors", "networkConnector"},
    CollectionRule{"broker", "persistenceAdapter", "kahaDB"},
    CollectionRule{"broker", "plugins",
                   "authorizationPlugin discardingDLQBrokerPlugin "
                   "forcePersistencyModeBrokerPlugin redeliveryPlugin statisticsBrokerPlugin "
                   "timeStampingBrokerPlugin"},
    CollectionRule{"broker", "systemUsage", "systemUsage"},
    CollectionRule{"broker", "transportConnectors", "transportConnector"},
    CollectionRule{"authorizationPlugin", "map", "authorizationMap cachedLDAPAuthorizationMap"},
    CollectionRule{"authorizationMap", "authorizationEntries",
                   "authorizationEntry tempDestinationAuthorizationEntry"},
    CollectionRule{"authorizationMap", "defaultEntry",
                   "authorizationEntry tempDestinationAuthorizationEntry"},
    CollectionRule{"authorizationMap", "tempDestinationAuthorizationEntry",
                   "tempDestinationAuthorizationEntry"},
    CollectionRule{"compositeQueue", "forwardTo",
                   "queue tempQueue tempTopic topic filteredDestination"},
    CollectionRule{"compositeTopic", "forwardTo",
                   "queue tempQueue tempTopic topic filteredDestination"},
    CollectionRule{"policyMap", "defaultEntry", "policyEntry"},
    CollectionRule{"policyMap", "policyEntries", "policyEntry"},
    CollectionRule{"policyEntry", "deadLetterStrategy",
                   "discarding individualDeadLetterStrategy sharedDeadLetterStrategy"},
    CollectionRule{"policyEntry", "destination", "queue tempQueue tempTopic topic"},
    CollectionRule{"policyEntry", "dispatchPolicy",
                   "priorityDispatchPolicy priorityNetworkDispatchPolicy "
                   "roundRobinDispatchPolicy simpleDispatchPolicy strictOrderDispatchPolicy"},
    CollectionRule{"policyEntry", "messageEvictionStrategy",
                   "oldestMessageEvictionStrategy "
                   "oldestMessageWithLowestPriorityEvictionStrategy "
                   "uniquePropertyMessageEvictionStrategy"},
    CollectionRule{"policyEntry", "messageGroupMapFactory",
                   "cachedMessageGroupMapFactory messageGroupHashBucketFactory "
                   "simpleMessageGroupMapFactory"},
    CollectionRule{"policyEntry", "networkBridgeFilterFactory",
                   "conditionalNetworkBridgeFilterFactory"},
    CollectionRule{"policyEntry", "pendingDurableSubscriberPolicy",
                   "fileDurableSubscriberCursor storeDurableSubscriberCursor vmDurableCursor"},
    CollectionRule{"policyEntry", "pendingMessageLimitStrategy",
                   "constantPendingMessageLimitStrategy prefetchRatePendingMessageLimitStrategy"},
    CollectionRule{"policyEntry", "pendingQueuePolicy",
                   "fileQueueCursor storeCursor vmQueueCursor"},
    CollectionRule{"policyEntry", "pendingSubscriberPolicy", "fileCursor vmCursor"},
    CollectionRule{"policyEntry", "slowConsumerStrategy",
                   "abortSlowAckConsumerStrategy abortSlowConsumerStrategy"},
    CollectionRule{"policyEntry", "subscriptionRecoveryPolicy",
                   "fixedCountSubscriptionRecoveryPolicy fixedSizedSubscriptionRecoveryPolicy "
                   "lastImageSubscriptionRecoveryPolicy noSubscriptionRecoveryPolicy "
                   "queryBasedSubscriptionRecoveryPolicy "
                   "retainedMessageSubscriptionRecoveryPolicy timedSubscriptionRecoveryPolicy"},
    CollectionRule{"redeliveryPlugin", "redeliveryPolicyMap", "redeliveryPolicyMap"},
    CollectionRule{"redeliveryPolicyMap", "defaultEntry", "redeliveryPolicy"},
    CollectionRule{"redeliveryPolicyMap", "redeliveryPolicyEntries", "redeliveryPolicy"},
    CollectionRule{"retainedMessageSubscriptionRecoveryPolicy", "wrapped",
                   "fixedCountSubscriptionRecoveryPolicy fixedSizedSubscriptionRecoveryPolicy "
                   "lastImageSubscriptionRecoveryPolicy noSubscriptionRecoveryPolicy "
                   "queryBasedSubscriptionRecoveryPolicy timedSubscriptionRecoveryPolicy"},
    CollectionRule{"sharedDeadLetterStrategy", "deadLetterQueue",
                   "queue tempQueue tempTopic topic"},
    CollectionRule{"systemUsage", "memoryUsage", "memoryUsage"},
    CollectionRule{"virtualDestinationInterceptor", "virtualDestinations",
                   "compositeQueue compositeTopic virtualTopic"},
};

}  // namespace

std::span<const ElementRule> element_rules() {
    return kElements;
}

std::span<const CollectionRule> collection_rules() {
    return kCollections;
}

bool lists(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = words.find(' ');
        if (words.substr(0, end) == word) return true;
        if (end == std::string_view::npos) return false;
        words.remove_prefix(end + 1);
    }
    return false;
}

}  // namespace tern::config::amazon
