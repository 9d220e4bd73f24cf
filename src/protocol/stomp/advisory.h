#pragma once

#include "message/hub.h"

#include <string>
#include <string_view>

namespace tern::stomp {

/// The broker's messages about itself: ActiveMQ.Advisory.… topics.
[[nodiscard]] bool is_advisory(const message::HubMessage& hub);

/// What an advisory is about as ActiveMQ writes it for STOMP's clients, such as
/// `{"ConsumerInfo":{"consumerId":{…},…}}`.
[[nodiscard]] std::string write_advisory_json(const message::HubMap& body);
/// The same from that text: `<ConsumerInfo><consumerId>…</consumerId>…</ConsumerInfo>`.
[[nodiscard]] std::string advisory_xml(std::string_view json);

}  // namespace tern::stomp
