#pragma once

#include "broker/api/operations.h"
#include "message/formats.h"
#include "protocol/openwire/codec/message.h"
#include "protocol/openwire/options.h"

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace tern::openwire {

/// What somebody wants to know who sends a message to `ActiveMQ.Statistics.…`.
struct StatisticsQuestion {
    enum class About : std::uint8_t { broker, destinations, subscriptions };

    About about = About::broker;
    /// Of destinations: which ones; name or pattern.
    broker::Domain domain = broker::Domain::queue;
    std::string names = {};
    bool with_first_message = false;  ///< when the one came that waits longest
    bool ends_with_null = false;      ///< an empty answer follows the last one
    bool resets = false;              ///< the broker's counts begin anew
};

/// None when `message`, sent to `destination`, asks nothing of the kind.
[[nodiscard]] std::optional<StatisticsQuestion> statistics_question(
    const Message& message, const broker::DestinationView& destination);

/// Answers by map messages, with ActiveMQ's names for the broker's numbers. One for all shards.
class Statistics {
public:
    /// Both outlive this object, and this whatever `broker` still has to answer.
    Statistics(const Options& options, const message::Formats& formats)
        : options_(options), formats_(formats) {}

    /// Sends the answers where `request` wants replies.
    void answer(broker::Operations& broker, const StatisticsQuestion& question,
                const Message& request);

private:
    class Answer;
    struct Asked;
    using AskedPtr = std::shared_ptr<Asked>;

    void answer_with_lists(const AskedPtr& asked);
    void answer_for_broker(const AskedPtr& asked);
    void answer_for_queues(const AskedPtr& asked);
    static void answer_for_topics(const AskedPtr& asked);
    static void answer_for_subscriptions(const AskedPtr& asked);
    /// When it came, if there is one.
    void put_first_message(Answer& answer, const broker::BrowsePage& page) const;
    [[nodiscard]] broker::QueueTotals since_reset(const broker::QueueTotals& totals, bool reset);

    const Options& options_;
    const message::Formats& formats_;
    /// In the order of QueueTotals; whoever asks may be on any shard.
    std::array<std::atomic<std::uint64_t>, 4> at_reset_{};
};

}  // namespace tern::openwire
