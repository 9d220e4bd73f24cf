#pragma once

#include "broker/api/notice.h"
#include "broker/api/observer.h"
#include "message/formats.h"
#include "protocol/openwire/codec/primitive_map.h"
#include "protocol/openwire/convert.h"
#include "protocol/openwire/options.h"

namespace tern::openwire {

inline constexpr std::string_view kAdvisoryPrefix = "ActiveMQ.Advisory.";
/// Says that this broker has started, to whoever comes, too.
inline constexpr std::string_view kMasterTopic = "ActiveMQ.Advisory.MasterBroker";

/// The advisory topic for destinations of this type, such as `ActiveMQ.Advisory.TempQueue`.
[[nodiscard]] std::string_view destination_advisory_topic(const broker::DestinationView& of);
/// `ActiveMQ.Advisory.Consumer.Queue.a` for `Consumer` and queue `a`.
[[nodiscard]] std::string endpoint_advisory_topic(std::string_view about,
                                                  const broker::DestinationView& of);
/// `ActiveMQ.Advisory.MessageDLQd.TempQueue.a` for `MessageDLQd` and temporary queue `a`.
[[nodiscard]] std::string message_advisory_topic(std::string_view about,
                                                 const broker::DestinationView& of);

/// The next number of a message of the broker's own.
[[nodiscard]] std::int64_t next_advisory_sequence();

/// Makes advisory messages: OpenWire reference, 15. Clients refuse to send to a temporary
/// destination they have not heard of this way.
class AdvisoryWriter {
public:
    explicit AdvisoryWriter(const Options& options) : options_(options) {}

    /// About `payload`, with `more` properties besides the usual ones. Null, and logged, if it
    /// cannot be encoded.
    [[nodiscard]] MessagePtr write(std::string_view topic, const Command& payload,
                                   const PrimitiveMap& more = {});
    /// The same about nothing but what the properties say.
    [[nodiscard]] MessagePtr write_plain(std::string_view topic, const PrimitiveMap& more = {});
    /// «`destination` was added, or removed»; `connection` is the client's name of its owner.
    [[nodiscard]] MessagePtr destination(const broker::Destination& destination,
                                         DestinationOperation operation,
                                         std::string_view connection);

private:
    [[nodiscard]] MessagePtr write(std::string_view topic, const Command* payload,
                                   const PrimitiveMap& more);

    const Options& options_;
    MessageConverter converter_;
};

/// Publishes advisories as the broker reports events. Shared by all shards: keeps no state.
class Advisories final : public broker::Observer {
public:
    /// Both outlive this object; `formats` reads the messages of other protocols.
    Advisories(const Options& options, const message::Formats& formats)
        : options_(options), formats_(formats) {}

    void observe(const broker::Event& event, broker::EventSink& sink) override;
    /// That there is, or is no longer, a topic which is there whether anybody uses it or not.
    [[nodiscard]] broker::Notice notice_of(const broker::Destination& topic, bool there) const;
    [[nodiscard]] broker::NoticeSubjectPtr subject(const broker::PartyPtr& party) override;
    [[nodiscard]] broker::NoticeSubjectPtr started() override;

private:
    void tell_of_destination(const broker::Event& event, broker::EventSink& sink) const;
    void tell_of_message(std::string_view about, const broker::Event& event,
                         broker::EventSink& sink) const;

    const Options& options_;
    const message::Formats& formats_;
};

}  // namespace tern::openwire
