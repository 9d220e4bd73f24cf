#include "protocol/openwire/advisories.h"
#include "protocol/openwire/session.h"
#include "protocol/openwire/statistics.h"

namespace tern::openwire {
namespace {

constexpr std::string_view kProducers = "ActiveMQ.Advisory.Producer.Queue.";

/// `notices`: one per producer, on the topic of its queue.
ProducerCounts count_producers(const std::vector<MessagePtr>& notices) {
    ProducerCounts counts;
    MessageConverter converter;
    for (const MessagePtr& one : notices) {
        Message notice;
        if (!converter.load(*one, notice) || !notice.destination) continue;
        const std::string_view topic = notice.destination->physical_name.view();
        if (topic.starts_with(kProducers)) ++counts[std::string(topic.substr(kProducers.size()))];
    }
    return counts;
}

}  // namespace

bool Session::answer_statistics(const Message& message, const broker::DestinationView& to) {
    if (!options_.statistics || !message.reply_to) return false;
    const auto question = statistics_question(to);
    if (!question) return false;
    const Reply reply = reply_to(message);
    const auto request = std::make_shared<const KeptCommand>(Command(message));
    broker_.list_notices(
        {std::string(kProducers) + ">"},
        [this, reply, request, question](const std::vector<MessagePtr>& notices) {
            if (closing_) return;
            // What came before the login was answered could not be judged then.
            const broker::DestinationView asked_at =
                to_broker(*std::get<Message>(request->command()).destination);
            if (const auto error = broker_.may_publish(asked_at)) {
                return answer(reply, error, broker::to_text(asked_at));
            }
            broker_.report_queues(
                question->queues,
                [this, reply, request, question, producers = count_producers(notices)](
                    const std::vector<broker::QueueReport>& reports) {
                    if (closing_) return;
                    const auto& asked = std::get<Message>(request->command());
                    const broker::DestinationView back = to_broker(*asked.reply_to);
                    for (MessagePtr& one :
                         statistics_answers(*question, asked, options_, reports, producers)) {
                        broker_.publish({.to = back, .message = std::move(one), .token = {}});
                    }
                    answer(reply);
                });
        });
    return true;
}

}  // namespace tern::openwire
