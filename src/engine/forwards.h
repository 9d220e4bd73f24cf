#pragma once

#include "broker/api/destination.h"
#include "broker/filter/filter.h"

#include <optional>
#include <string>
#include <vector>

namespace tern::engine {

/// Messages for a destination that go to others, too, or to these alone.
struct Composite {
    struct Target {
        broker::Destination destination;
        std::string selector = {};  ///< empty: every message

        bool operator==(const Target&) const = default;
    };

    broker::Destination from;  ///< a name or pattern
    std::vector<Target> to;
    bool forward_only = true;  ///< `from` itself gets nothing
    /// It gets what no target takes, and that alone.
    bool keep_unmatched = false;

    bool operator==(const Composite&) const = default;
};

/// What is sent to a queue is published to a topic of its name between these, too.
struct Mirror {
    std::string prefix;
    std::string postfix;
    bool temporary = true;  ///< also that of temporary queues

    bool operator==(const Mirror&) const = default;
};

/// Where messages go besides the destination they were sent to.
class Forwards {
public:
    Forwards() = default;
    /// A selector that is none takes nothing.
    Forwards(const std::vector<Composite>& composites, std::optional<Mirror> mirror,
             const message::Formats& formats);

    [[nodiscard]] bool empty() const { return rules_.empty() && !mirror_; }
    /// All destinations that get a message sent to `to`, that one included if it does; those that
    /// may get any if `message` is null. What leads back to where it was is followed once.
    [[nodiscard]] std::vector<broker::Destination> follow(const broker::DestinationView& to,
                                                          const Message* message) const;

private:
    struct Target {
        broker::Destination destination;
        broker::FilterPtr filter;
        bool selects = false;
    };
    struct Rule {
        broker::Destination from;
        std::vector<Target> to;
        bool forward_only = true;
        bool keep_unmatched = false;
    };
    struct Walk;

    void follow(const broker::DestinationView& at, Walk& walk) const;
    /// Whether `at` itself gets the message.
    [[nodiscard]] static bool stays(const Rule& rule, Walk& walk,
                                    std::vector<broker::Destination>& next);

    std::vector<Rule> rules_;
    std::optional<Mirror> mirror_;
};

}  // namespace tern::engine
