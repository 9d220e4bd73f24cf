#include "protocol/amqp091/definitions_session.h"

#include "base/log.h"

#include <utility>

namespace tern::amqp091 {
namespace {

constexpr std::int64_t kTickMs = 1000;

}  // namespace

DefinitionsSession::DefinitionsSession(const Definitions& definitions, protocol::Wire& wire,
                                       broker::Broker& broker)
    : definitions_(definitions), wire_(wire), exchanges_(broker.exchanges()) {}

std::int64_t DefinitionsSession::tick(std::int64_t now_ms) {
    if (!std::exchange(begun_, true)) next();
    return now_ms + kTickMs;
}

void DefinitionsSession::completed(broker::Token token, std::error_code error) {
    if (closed_ || token.value != done_) return;
    if (error) log::error("amqp091", "not all that definitions name is there: {}", error.message());
    next();
}

void DefinitionsSession::next() {
    answered_ = true;
    if (std::exchange(asking_, true)) return;
    while (!closed_ && std::exchange(answered_, false)) ask();
    asking_ = false;
}

void DefinitionsSession::ask() {
    std::size_t at = done_++;
    const broker::Token token{done_};
    const auto& exchanges = definitions_.exchanges;
    const auto& queues = definitions_.queues;
    const auto& bindings = definitions_.bindings;
    if (at < exchanges.size()) return exchanges_.declare_exchange(exchanges[at], token);
    at -= exchanges.size();
    if (at < queues.size()) {
        return exchanges_.declare_queue(queues[at].first, queues[at].second, token);
    }
    at -= queues.size();
    if (at < bindings.size()) return exchanges_.bind(bindings[at], token);
    log::info("amqp091", "{} exchanges, {} queues and {} bindings of the definitions are there",
              exchanges.size(), queues.size(), bindings.size());
    if (definitions_.made) definitions_.made();
    close();
}

void DefinitionsSession::close() {
    if (!std::exchange(closed_, true)) wire_.close("");
}

}  // namespace tern::amqp091
