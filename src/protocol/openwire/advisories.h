#pragma once

#include "broker/api/observer.h"
#include "protocol/openwire/convert.h"
#include "protocol/openwire/options.h"

namespace tern::openwire {

inline constexpr std::string_view kAdvisoryPrefix = "ActiveMQ.Advisory.";

/// The advisory topic for destinations of this type, such as `ActiveMQ.Advisory.TempQueue`.
[[nodiscard]] std::string_view destination_advisory_topic(const broker::DestinationView& of);

/// Makes advisory messages: OpenWire reference, 15. Clients refuse to send to a temporary
/// destination they have not heard of this way.
class AdvisoryWriter {
public:
    explicit AdvisoryWriter(const Options& options) : options_(options) {}

    /// «`destination` was added, or removed»; `connection` is the client's name of its owner.
    [[nodiscard]] MessagePtr destination(const broker::Destination& destination,
                                         DestinationOperation operation,
                                         std::string_view connection);

private:
    const Options& options_;
    MessageConverter converter_;
};

/// Publishes advisories as the broker reports events. Shared by all shards: keeps no state.
class Advisories final : public broker::Observer {
public:
    /// `options` outlives this object.
    explicit Advisories(const Options& options) : options_(options) {}

    void observe(const broker::Event& event, broker::EventSink& sink) override;

private:
    const Options& options_;
};

}  // namespace tern::openwire
