#include "broker/api/listener.h"

namespace tern::broker {

// Only protocols that ask for these need to listen.
void Listener::counted(Token, std::error_code, const QueueCounts&) {}
void Listener::cancelled(ConsumerNumber) {}
void Listener::revoked(ConsumerNumber consumer) {
    cancelled(consumer);
}
void Listener::branch_ended(TransactionNumber, bool) {}

}  // namespace tern::broker
