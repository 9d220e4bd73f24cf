#pragma once

#include "broker/api/queue_info.h"
#include "broker/route/exchange.h"
#include "protocol/amqp091/codec/methods.h"
#include "protocol/amqp091/codec/table.h"
#include "protocol/amqp091/failure.h"

#include <expected>
#include <optional>

namespace tern::amqp091 {

// What the arguments of declarations and bindings mean, and whether a second declaration says the
// same as the first.

template <class T>
using Checked = std::expected<T, Failure>;

/// `kind 'name' in vhost 'vhost'`, as refusals word it.
[[nodiscard]] std::string in_vhost(std::string_view kind, std::string_view name,
                                   std::string_view vhost);

/// What a declaration says of rights and whether it is another one's; the values of arguments are
/// not looked at.
/// `default_type`: of queues whose declaration does not say.
[[nodiscard]] broker::QueueOptions outline_of(const QueueDeclare& declare, std::string_view vhost,
                                              std::string_view default_type);
[[nodiscard]] Checked<broker::QueueOptions> read_queue(const QueueDeclare& declare,
                                                       std::string_view name,
                                                       std::string_view vhost,
                                                       std::string_view default_type = "classic");
/// What a queue's `x-consumer-timeout` says, which nobody but this room acts on; nothing: it has
/// none.
[[nodiscard]] std::optional<std::int64_t> consumer_timeout_of(const broker::QueueOptions& options);
/// The priority a consumer asks for; `queue`: its queue, as refusals word it.
[[nodiscard]] Checked<std::int16_t> read_priority(Bytes consumer_arguments, std::string_view queue);
/// Nothing, or why `wanted` is not the queue there is.
[[nodiscard]] Checked<void> check_same(const broker::QueueOptions& wanted,
                                       const broker::QueueInfo& current, std::string_view name);

/// Nothing: there is no such type.
[[nodiscard]] std::optional<broker::ExchangeType> exchange_type(std::string_view name);
[[nodiscard]] Failure unknown_type(std::string_view name);
[[nodiscard]] Checked<broker::Exchange> read_exchange(const ExchangeDeclare& declare,
                                                      std::string_view vhost);
[[nodiscard]] Checked<void> check_same(const broker::Exchange& wanted,
                                       const broker::Exchange& current);
[[nodiscard]] std::string_view name_of(broker::ExchangeType type);

/// The headers a binding of a headers exchange asks for.
[[nodiscard]] Checked<broker::HeaderMatch> read_match(Bytes arguments);

}  // namespace tern::amqp091
