#pragma once

#include "broker/api/queue_options.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::broker {

/// What a policy of a virtual host says of queues, as arguments of their declarations would.
struct QueueTerms {
    std::optional<std::int64_t> message_ttl_ms = {};
    std::optional<std::int64_t> expires_ms = {};
    std::optional<std::int64_t> messages_max = {};
    std::optional<std::int64_t> bytes_max = {};
    std::optional<std::int64_t> deliveries_max = {};
    std::optional<Overflow> overflow = {};
    std::optional<std::string> dead_letter_exchange = {};
    std::optional<std::string> dead_letter_key = {};
    std::optional<bool> dead_letter_at_least_once = {};
    std::optional<std::int64_t> consumer_timeout_ms = {};

    bool operator==(const QueueTerms&) const = default;
};

struct VhostPolicy {
    std::string vhost;
    std::string name;
    std::function<bool(std::string_view)> matches;  ///< the name of a queue or an exchange
    bool for_classic = true;
    bool for_quorum = true;
    bool for_exchanges = true;
    std::int64_t priority = 0;
    QueueTerms terms;
    std::string alternate_exchange = {};  ///< of exchanges that do not say it themselves
};

/// RabbitMQ's policies: of those that match a queue or an exchange, the one with the highest
/// priority counts, and of operators' policies for queues likewise one besides. Immutable.
class VhostPolicies {
public:
    VhostPolicies(std::vector<VhostPolicy> policies, std::vector<VhostPolicy> of_operators);

    /// Null when there is none.
    [[nodiscard]] const VhostPolicy* find(const QueueOptions& declared,
                                          std::string_view queue) const;
    /// What holds of a queue that was declared so: of numbers the smaller ones, of all else what
    /// its declaration says; but a quorum queue's policy decides about its overflow.
    [[nodiscard]] QueueOptions in_force(const QueueOptions& declared, std::string_view queue) const;
    /// How long clients may have its messages without settling them; nothing: no policy says it.
    [[nodiscard]] std::optional<std::int64_t> consumer_timeout_ms(const QueueOptions& declared,
                                                                  std::string_view queue) const;
    /// Where an exchange goes with what it routes nowhere; empty: no policy says it.
    [[nodiscard]] std::string_view alternate_of(std::string_view vhost,
                                                std::string_view exchange) const;

private:
    using Ordered = std::vector<VhostPolicy>;  ///< highest priority first

    /// `kind` is the member that says whether a policy is for such things.
    [[nodiscard]] static const VhostPolicy* first_of(const Ordered& policies,
                                                     bool VhostPolicy::* kind,
                                                     std::string_view vhost, std::string_view name);

    Ordered policies_;
    Ordered of_operators_;
};

using VhostPoliciesPtr = std::shared_ptr<const VhostPolicies>;

}  // namespace tern::broker
