#pragma once

#include "broker/api/destination.h"
#include "broker/policy/policy.h"

#include <memory>
#include <optional>
#include <vector>

namespace tern::broker {

using PolicyPtr = std::shared_ptr<const Policy>;

/// Which policy each destination is under. One entry decides: entries are not merged.
class PolicyMap {
public:
    /// What an entry is for: a name or pattern of one kind, or any temporary destination of a
    /// domain (then the name is `>`).
    struct Entry {
        Destination pattern;
        PolicyPtr policy;
    };

    PolicyMap() = default;
    /// `otherwise` is for destinations no entry is for. Dead letters go to `dead_letters`, too,
    /// whatever the policies say.
    PolicyMap(std::vector<Entry> entries, Policy otherwise,
              std::vector<Destination> dead_letters = {});

    /// That of the closest entry (closest.h).
    [[nodiscard]] PolicyPtr find(const DestinationView& destination) const;
    /// Whether dead letters of any destination go there.
    [[nodiscard]] bool keeps_dead_letters(const DestinationView& destination) const;
    /// How often somebody has to look for slow consumers; 0: never.
    [[nodiscard]] std::int64_t slow_check_ms() const;
    /// The lowest share of the store's limit that any policy stops at.
    [[nodiscard]] std::int32_t store_high_water_percent() const;
    /// Whether any policy drops what has no space.
    [[nodiscard]] bool drops_when_full() const { return drops_when_full_; }
    /// Whether any policy wants to have told what becomes of each message.
    [[nodiscard]] bool watches_messages() const { return watches_messages_; }
    /// Whether any says how long messages live.
    [[nodiscard]] bool changes_expiry() const { return changes_expiry_; }
    /// Whether any makes headers say something else.
    [[nodiscard]] bool rules_headers() const { return rules_headers_; }
    /// Whether anything is kept of any topic's past, and whether anybody gets it without asking.
    [[nodiscard]] bool keeps_history() const { return keeps_history_; }
    [[nodiscard]] bool always_recalls() const { return always_recalls_; }
    /// Whether any keeps messages from queues, by a filter or altogether.
    [[nodiscard]] bool filters_queues() const { return filters_queues_; }
    /// Whether any marks the first message of a group.
    [[nodiscard]] bool marks_groups() const { return marks_groups_; }
    /// Whether any topic's subscribers all see one order, or are chosen by their client ids.
    [[nodiscard]] bool has_topic_order(TopicOrder order) const;

private:
    template <class Use>
    void for_each(Use use) const;
    template <class Asks>
    [[nodiscard]] bool any(Asks asks) const;

    std::vector<Entry> entries_;
    PolicyPtr otherwise_ = std::make_shared<const Policy>();
    std::vector<Destination> dead_letters_;
    bool drops_when_full_ = false;
    bool watches_messages_ = false;
    bool changes_expiry_ = false;
    bool rules_headers_ = false;
    bool keeps_history_ = false;
    bool always_recalls_ = false;
    bool filters_queues_ = false;
    bool marks_groups_ = false;
    std::uint32_t topic_orders_ = 0;  ///< a bit for each there is
};

}  // namespace tern::broker
