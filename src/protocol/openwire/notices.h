#pragma once

#include "broker/api/broker.h"
#include "broker/api/observer.h"
#include "protocol/openwire/codec/commands.h"
#include "protocol/openwire/options.h"

#include <map>
#include <memory>

namespace tern::openwire {

/// A decoded command that outlives its frame.
class KeptCommand {
public:
    explicit KeptCommand(Command command);
    [[nodiscard]] const Command& command() const { return command_; }

private:
    Command command_;
    Buffer texts_;
};
using KeptCommandPtr = std::shared_ptr<const KeptCommand>;

/// The session that clients of other protocols are said to have.
inline constexpr std::int64_t kForeignSession = -1;
/// Who a consumer is, and what it asked for; of another protocol, as if it spoke this one. Views
/// `party`.
[[nodiscard]] ConsumerId consumer_id(const broker::Party& party);
[[nodiscard]] ConsumerInfo consumer_info(const broker::Party& party);
/// How clients hear of a client of another protocol, as if it spoke this one. `options` outlive it.
[[nodiscard]] broker::NoticeSubjectPtr make_subject(const Options& options,
                                                    const broker::PartyPtr& party);

/// Lets other clients know of a connection and its consumers and producers: OpenWire reference,
/// 15.2.
class Notices {
public:
    /// Both outlive this object and what it announces.
    Notices(const Options& options, broker::Broker& broker) : options_(options), broker_(broker) {}

    /// Session and number within it, of a consumer or producer.
    using EndpointKey = std::pair<std::int64_t, std::int64_t>;

    // Something that lasts begins. False, with `token` not answered, when nobody is to know.
    [[nodiscard]] bool connected(const ConnectionInfo& info, broker::Token token);
    /// `info` holds a ConsumerInfo.
    [[nodiscard]] bool opened_consumer(EndpointKey key, KeptCommandPtr info, broker::Token token);
    [[nodiscard]] bool opened_producer(EndpointKey key, const ProducerInfo& info,
                                       broker::Token token);
    // It ends; nothing happens if it was not announced.
    void closed_consumer(EndpointKey key);
    void closed_producer(EndpointKey key);
    /// So do its consumers and producers.
    void disconnected();
    void forgot_subscription(const RemoveSubscriptionInfo& info,
                             const broker::DestinationView& topic);

private:
    using Subjects = std::map<EndpointKey, broker::NoticeSubjectPtr>;

    /// What `info` tells of, in `topic`.
    [[nodiscard]] broker::NoticeSubjectPtr subject(std::string topic, KeptCommandPtr info) const;
    void begin(broker::NoticeSubjectPtr subject, broker::Token token);
    void end(broker::NoticeSubjectPtr subject);
    void end(Subjects& known, EndpointKey key);
    void end_all(Subjects& known);

    const Options& options_;
    broker::Broker& broker_;
    broker::NoticeSubjectPtr connection_;  ///< null: not announced
    Subjects consumers_;
    Subjects producers_;
};

}  // namespace tern::openwire
