#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config {
namespace {

constexpr Support kIndex = no_effect("the journal has no index to tune");
constexpr Support kGivenUp = no_effect("a file is given up as soon as nothing in it is needed");
constexpr Support kLingering =
    no_effect("messages that linger leave the journal's files, whatever the files have");

constexpr Range kRetry{1, 86'400'000};

const Element& shared_file_locker_schema() {
    static const Element element =
        SchemaOf<KahaDb>()
            .attribute("lockAcquireSleepInterval", &KahaDb::lock_retry_ms, kApplied, kRetry)
            .attribute("failIfLocked", &KahaDb::fail_when_locked)
            .done();
    return element;
}

const Element& locker_schema() {
    static const Element element =
        SchemaOf<KahaDb>()
            .group("shared-file-locker", shared_file_locker_schema)
            .opaque({"database-locker", "lease-database-locker", "transact-database-locker"},
                    no_effect("a file in the data directory is the lock"))
            .done();
    return element;
}

const Element& kaha_db_schema() {
    static const Element element =
        SchemaOf<KahaDb>()
            .attribute("directory", &KahaDb::directory)
            .attribute("indexDirectory", &KahaDb::index_directory, kIndex)
            .attribute("journalMaxFileLength", &KahaDb::journal_file_max, kApplied,
                       {std::int64_t{64} * 1024, std::int64_t{4} << 30})
            .attribute("journalMaxWriteBatchSize", &KahaDb::journal_write_max, kApplied,
                       {4096, std::int64_t{1} << 30})
            .choice<KahaDb, DiskSync>("journalDiskSyncStrategy", &KahaDb::sync,
                                      {{"always", DiskSync::always},
                                       {"periodic", DiskSync::periodic},
                                       {"never", DiskSync::never}})
            .attribute("journalDiskSyncInterval", &KahaDb::sync_interval_ms, kApplied,
                       {1, 86'400'000})
            .attribute("encryptionKeyFile", &KahaDb::encryption_key_file)
            .attribute("enableJournalDiskSyncs", &KahaDb::enable_journal_disk_syncs)
            .attribute("concurrentStoreAndDispatchQueues", &KahaDb::dispatch_while_storing_queues)
            .attribute("concurrentStoreAndDispatchTopics", &KahaDb::dispatch_while_storing_topics,
                       no_effect("messages of topics go the way of those of queues"))
            .choice<KahaDb, RecoveredXa>("purgeRecoveredXATransactionStrategy",
                                         &KahaDb::recovered_xa,
                                         {{"NEVER", RecoveredXa::kept},
                                          {"COMMIT", RecoveredXa::committed},
                                          {"ROLLBACK", RecoveredXa::rolled_back}})
            .attribute("checkForCorruptJournalFiles", &KahaDb::check_for_corrupt_files)
            .attribute("ignoreMissingJournalfiles", &KahaDb::ignore_missing_files)
            .attribute("archiveDataLogs", &KahaDb::archive_files)
            .known<std::string>(
                {"directoryArchive"},
                no_effect("files are archived in journal-archive of the data directory"))
            .known<std::string>({"preallocationScope", "preallocationStrategy"},
                                no_effect("files are filled with zeros ahead of their use"))
            .known<std::int64_t>({"checkpointInterval", "cleanupInterval"}, kGivenUp)
            .known<bool>({"cleanupOnStop"}, kGivenUp)
            .known<std::int64_t>({"compactAcksAfterNoGC"}, kLingering)
            .known<bool>({"enableAckCompaction", "compactAcksIgnoresStoreGrowth"}, kLingering)
            .known<std::int64_t>({"indexWriteBatchSize", "indexCacheSize"}, kIndex)
            .known<bool>({"enableIndexWriteAsync", "enableIndexDiskSyncs",
                          "enableIndexRecoveryFile", "enableIndexPageCaching",
                          "useIndexLFRUEviction", "forceRecoverIndex", "archiveCorruptedIndex"},
                         kIndex)
            .known<double>({"indexLFUEvictionFactor"}, kIndex)
            .known<std::int64_t>({"maxAsyncJobs"},
                                 no_effect("what waits for the disk is bounded by its bytes"))
            .known<std::int64_t>({"failoverProducersAuditDepth", "maxFailoverProducersToTrack"},
                                 no_effect("what producers send again is recognised in any case"))
            .known<bool>({"checksumJournalFiles"}, no_effect("every record has a checksum"))
            .known<bool>({"enableSubscriptionStatistics"},
                         no_effect("what waits is counted for each subscription in any case"))
            .attribute("lockKeepAlivePeriod", &KahaDb::lock_check_ms, kApplied, kNatural)
            .alias("databaseLockedWaitDelay", &KahaDb::lock_retry_ms, kApplied, kRetry)
            .alias("failIfDatabaseIsLocked", &KahaDb::fail_when_locked)
            .known<bool>({"useLock"}, no_effect("the data directory is always locked"))
            .group("locker", locker_schema)
            .done();
    return element;
}

/// One journal serves all destinations: of the stores of some, their place is what counts here.
const Element& filtered_stores_schema() {
    static const Element element =
        SchemaOf<KahaDb>()
            .attribute("directory", &KahaDb::directory)
            .known<Bytes>({"journalMaxFileLength", "journalWriteBatchSize"},
                          no_effect("of the transactions across stores, which are one here"))
            .known<std::int64_t>({"journalCleanupInterval"}, kGivenUp)
            .attribute("checkForCorruption", &KahaDb::check_for_corrupt_files)
            .attribute("lockKeepAlivePeriod", &KahaDb::lock_check_ms, kApplied, kNatural)
            .known<bool>({"useLock"}, no_effect("the data directory is always locked"))
            .known<std::string>({"brokerName", "id"}, kHint)
            .opaque({"transactionStore"}, kHint)
            .opaque({"filteredPersistenceAdapters"},
                    no_effect("one journal serves all destinations, so that what is committed for "
                              "several is one; write <kahaDB/> to say more of it"))
            .group("locker", locker_schema)
            .done();
    return element;
}

const Element& nothing_schema() {
    static const Element element = SchemaOf<Persistence>().done();
    return element;
}

/// What a percentage is of.
enum class Measured : std::uint8_t { memory, disk };

template <Measured measured>
const Element& usage_schema() {
    static const Element element = [] {
        constexpr bool kOfHeap = measured == Measured::memory;
        SchemaOf<Usage> usage;
        usage.attribute("limit", &Usage::limit, kApplied, kNatural)
            .attribute(kOfHeap ? "percentOfJvmHeap" : "percentLimit", &Usage::percent, kApplied,
                       kPercent)
            .known<std::int32_t>({"percentUsageMinDelta", "usagePortion", "pollingTime"}, kHint)
            .known<double>({"portion"}, kHint)
            .known<std::string>({"name"}, kHint);
        if (!kOfHeap) usage.attribute("total", &Usage::total, kApplied, kNatural);
        return usage.done();
    }();
    return element;
}

/// `<memoryUsage>` and its kind are named twice: the property, and what it is.
template <const char* const& name, Measured measured>
const Element& usage_property_schema() {
    static const Element element = SchemaOf<Usage>().group(name, usage_schema<measured>).done();
    return element;
}

constexpr const char* kMemory = "memoryUsage";
constexpr const char* kStore = "storeUsage";
constexpr const char* kTemp = "tempUsage";
constexpr const char* kScheduler = "jobSchedulerUsage";

const Element& usages_schema() {
    static const Element element =
        SchemaOf<SystemUsage>()
            .attribute("sendFailIfNoSpace", &SystemUsage::fail_if_no_space)
            .attribute("sendFailIfNoSpaceAfterTimeout", &SystemUsage::fail_if_no_space_after_ms,
                       kApplied, kNatural)
            .known<std::string>({"checkLimitsLogLevel", "name"}, kHint)
            .one(kMemory, &SystemUsage::memory, usage_property_schema<kMemory, Measured::memory>)
            .one(kStore, &SystemUsage::store, usage_property_schema<kStore, Measured::disk>)
            .one(kTemp, &SystemUsage::temp, usage_property_schema<kTemp, Measured::disk>)
            .one(kScheduler, &SystemUsage::scheduler,
                 usage_property_schema<kScheduler, Measured::disk>)
            .done();
    return element;
}

}  // namespace

const Element& persistence_schema() {
    constexpr Support kUseKahaDb = rejected("use <kahaDB/>");
    // Brokers that share a database take turns by its lock, which a local store would not see.
    constexpr Support kNoDatabase = rejected(
        "there is no store in a database; use <kahaDB/>, whose directory brokers that "
        "take turns share");
    static const Element element =
        SchemaOf<Persistence>()
            .one("kahaDB", &Persistence::kaha_db, kaha_db_schema)
            .mark("memoryPersistenceAdapter", &Persistence::kind, Persistence::Kind::memory,
                  nothing_schema)
            .read_only_one("mKahaDB", &Persistence::kaha_db, filtered_stores_schema)
            .opaque({"jdbcPersistenceAdapter", "journalPersistenceAdapter", "journaledJDBC",
                     "journalPersistenceAdapterFactory"},
                    kNoDatabase)
            .opaque({"amqPersistenceAdapter", "kahaPersistenceAdapter", "levelDB",
                     "replicatedLevelDB", "pListStoreImpl", "levelDBFactory"},
                    kUseKahaDb)
            .done();
    return element;
}

const Element& system_usage_schema() {
    static const Element element =
        SchemaOf<SystemUsage>().group("systemUsage", usages_schema).done();
    return element;
}

}  // namespace tern::config
