#pragma once

#include "broker/address/virtual_topics.h"
#include "broker/api/broker.h"
#include "broker/api/interceptor.h"
#include "broker/policy/limits.h"
#include "broker/policy/policy_map.h"
#include "broker/policy/vhost_policies.h"
#include "broker/route/vhost_limits.h"
#include "engine/forwards.h"
#include "engine/names.h"
#include "security/audit.h"
#include "security/gatekeeper.h"
#include "security/permissions.h"
#include "security/rights.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tern::engine {

/// What an operator has said. Shared by all shards; a new one takes its place when it changes.
struct Settings {
    broker::VirtualTopics virtual_topics;
    std::vector<Composite> composites = {};
    std::optional<Mirror> mirror = {};
    /// Other brokers hear of what is wanted of virtual topics and composites here.
    struct VirtualDemand {
        bool consumers = false;  ///< by those who consume from where their messages go
        bool queues = false;     ///< by the queues that are there, too

        bool operator==(const VirtualDemand&) const = default;
    };
    VirtualDemand virtual_demand = {};
    broker::PolicyMap policies;
    /// Consumers may get a message before it is durable; its sender's confirm waits in any case.
    bool dispatch_while_storing = true;
    broker::Limits limits = {};
    /// Messages in a transaction; 0: any number.
    std::uint32_t uncommitted_max = 0;
    /// Looks for queues that nobody uses.
    struct Sweep {
        std::int64_t period_ms = 0;    ///< 0: never
        std::int32_t removed_max = 0;  ///< at a time; 0: all
    };
    Sweep sweep = {};
    /// Durable subscriptions that nobody uses.
    struct Offline {
        std::int64_t ms_max = -1;  ///< they end after so long; -1: never
        std::int64_t period_ms = 300'000;

        [[nodiscard]] bool ends() const { return ms_max >= 0 && period_ms > 0; }
    };
    Offline offline = {};
    bool durable_refused = false;  ///< there are no durable subscriptions
    /// What is sent to a temporary destination that is gone makes it again.
    bool temporary_made_on_send = false;
    Names names = {};
    /// Queues that get what somebody takes go on to when nobody is there.
    bool selectors_remembered = false;
    /// Asked in this order.
    std::vector<std::shared_ptr<const broker::Interceptor>> interceptors = {};
    struct Scheduler {
        bool enabled = false;  ///< otherwise messages are delivered at once, whatever they ask for
        std::int32_t repeat_max = 1000;
    };
    Scheduler scheduler = {};
    /// How prepared branches of the last run end when the engine starts; none: they stay.
    std::optional<broker::BranchEnd> recovered_branches = {};
    /// Null: clients are who they say they are.
    std::shared_ptr<security::Gatekeeper> gatekeeper = {};
    /// Null: who is in may do everything.
    security::RightsPtr rights = {};
    /// Of the users of virtual hosts, in protocols that have some; null: there the rights count,
    /// too.
    security::PermissionsPtr permissions = {};
    /// Of queues that were declared in virtual hosts; null: there are none.
    broker::VhostPoliciesPtr vhost_policies = {};
    broker::VhostLimits vhost_limits = {};
    /// `classic` or `quorum`: of queues that do not say it, in virtual hosts that do.
    std::map<std::string, std::string, std::less<>> vhost_queue_types = {};
    /// Null: it is not written down who was not let do what.
    std::shared_ptr<security::Audit> audit = {};

    /// Whether there is anything that clients might not be let do.
    [[nodiscard]] bool guarded() const { return gatekeeper != nullptr || rights != nullptr; }
};

using SettingsPtr = std::shared_ptr<const Settings>;

}  // namespace tern::engine
