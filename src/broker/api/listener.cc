#include "broker/api/listener.h"

namespace tern::broker {

std::string_view to_text(ConnectionEnd why) {
    switch (why) {
        case ConnectionEnd::taken_over:
            return "another connection took this one's place";
        case ConnectionEnd::by_operator:
            return "an operator closed this connection";
        case ConnectionEnd::too_slow:
            return "a consumer of this connection is too slow";
        case ConnectionEnd::login_over:
            return "this login does not hold any more";
    }
    return "closed by the broker";
}

// Only protocols that ask for these need to listen.
void Listener::counted(Token, std::error_code, const QueueCounts&) {}
void Listener::cancelled(ConsumerNumber) {}
void Listener::revoked(ConsumerNumber consumer) {
    cancelled(consumer);
}
void Listener::branch_ended(TransactionNumber, bool) {}
PortraitPtr Listener::portrait() const {
    return nullptr;
}

}  // namespace tern::broker
