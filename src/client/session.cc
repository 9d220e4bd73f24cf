#include "client/session.h"

#include "client/session_state.h"

namespace tern::client {

Session::Session(std::shared_ptr<SessionState> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

Session::~Session() {
    std::ignore = close();
}

Result<Producer> Session::create_producer(std::optional<Destination> destination,
                                          const ProducerOptions& options) {
    auto producer = state_->add_producer(std::move(destination), options);
    if (!producer) return std::unexpected(std::move(producer.error()));
    return Producer(state_, std::move(*producer));
}

Result<Consumer> Session::create_consumer(const Destination& destination,
                                          const ConsumerOptions& options) {
    auto consumer = state_->add_consumer(destination, options);
    if (!consumer) return std::unexpected(std::move(consumer.error()));
    return Consumer(state_, std::move(*consumer));
}

Result<Browser> Session::browse(const Destination& queue, const BrowserOptions& options) {
    auto consumer = state_->add_browser(queue, options);
    if (!consumer) return std::unexpected(std::move(consumer.error()));
    return Browser(state_, std::move(*consumer));
}

Result<Destination> Session::create_temporary_queue() {
    return state_->add_temporary(Destination::Kind::temporary_queue);
}
Result<Destination> Session::create_temporary_topic() {
    return state_->add_temporary(Destination::Kind::temporary_topic);
}
Result<void> Session::remove_temporary(const Destination& destination) {
    return state_->remove_temporary(destination);
}

Result<void> Session::unsubscribe(const std::string& subscription) {
    return state_->unsubscribe(subscription);
}

Result<void> Session::flush(Timeout timeout) {
    return state_->flush(timeout);
}
Result<void> Session::acknowledge() {
    return state_->acknowledge();
}
Result<void> Session::recover() {
    return state_->recover();
}
Result<void> Session::commit() {
    return state_->commit();
}
Result<void> Session::rollback() {
    return state_->rollback();
}
Result<void> Session::spawn(Task task) {
    return state_->spawn(std::move(task));
}
Result<void> Session::join() {
    return state_->join();
}
AckMode Session::ack_mode() const {
    return state_->ack_mode();
}

Result<void> Session::close() {
    return state_ ? state_->close() : Result<void>();
}

}  // namespace tern::client
