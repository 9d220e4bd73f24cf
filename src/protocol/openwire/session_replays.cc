#include "protocol/openwire/advisories.h"
#include "protocol/openwire/session.h"

#include <algorithm>

// What clients know of each other. OpenWire reference, 15.4.

namespace tern::openwire {
namespace {

/// Those of which a new consumer gets what lasts: not everything for one of everything.
bool has_notices(std::string_view topic) {
    return topic == "ActiveMQ.Advisory.Connection" || topic == "ActiveMQ.Advisory.Topic" ||
           topic.starts_with("ActiveMQ.Advisory.Producer.") ||
           topic.starts_with("ActiveMQ.Advisory.Consumer.") ||
           topic.starts_with("ActiveMQ.Advisory.VirtualDestination.Consumer.");
}

}  // namespace

void Session::introduce(broker::ConsumerNumber number, Reply reply, const KeptCommandPtr& info,
                        const std::vector<broker::Destination>& topics) {
    ConsumerState* const consumer = find_consumer(number);
    if (consumer == nullptr) return answer(reply);  // closed meanwhile
    std::vector<std::string> noticed;
    for (const broker::Destination& topic : topics) {
        replay_destinations(*consumer, topic);
        if (has_notices(topic.name)) noticed.push_back(topic.name);
        if (broker::matches(topic.name, kMasterTopic)) noticed.emplace_back(kMasterTopic);
    }
    if (!noticed.empty()) {
        return broker_.list_notices(std::move(noticed),
                                    [this, number, reply](const std::vector<MessagePtr>& all) {
                                        if (closing_) return;
                                        ConsumerState* const opened = find_consumer(number);
                                        for (const MessagePtr& one : all) {
                                            if (opened != nullptr) replay(*opened, one);
                                        }
                                        answer(reply);
                                    });
    }
    const broker::Token told = then([this, reply](std::error_code) { answer(reply); });
    if (!notices_.opened_consumer(consumer->key, info, told)) completed(told, {});
}

void Session::replay_destinations(ConsumerState& consumer, const broker::Destination& topic) {
    if (!topic.name.starts_with(kAdvisoryPrefix)) return;
    std::vector<broker::Destination> all;
    if (topic.name.starts_with("ActiveMQ.Advisory.Temp")) {
        all = broker_.temporary_destinations();
    } else if (topic.name == "ActiveMQ.Advisory.Queue" && options_.advisories) {
        all = broker_.queues();
    }
    AdvisoryWriter writer(options_);
    for (const broker::Destination& one : all) {
        if (destination_advisory_topic(one.view()) != topic.name) continue;
        const std::string owner =
            one.temporary ? one.name.substr(0, one.name.rfind(':')) : std::string();
        replay(consumer, writer.destination(one, DestinationOperation::add, owner));
    }
}

void Session::replay(ConsumerState& consumer, const MessagePtr& advisory) {
    if (advisory == nullptr) return;
    broker::Delivery delivery;
    delivery.message = advisory;
    send_delivery(consumer, {.type = DataType::topic, .physical_name = ""}, delivery);
}

}  // namespace tern::openwire
