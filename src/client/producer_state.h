#pragma once

#include "client/transaction.h"

namespace tern::client {

/// Behind Producer: numbers messages, fills in their headers and sends them.
class ProducerState {
public:
    /// `window` is the session's; no destination is one per message.
    ProducerState(Core& core, Transaction& transaction, std::shared_ptr<SendWindow> window,
                  std::size_t unconfirmed_max, openwire::ProducerId id,
                  std::optional<Destination> destination, const ProducerOptions& options)
        : core_(core),
          transaction_(transaction),
          window_(std::move(window)),
          unconfirmed_max_(unconfirmed_max),
          id_(id),
          destination_(std::move(destination)),
          options_(options) {}

    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<void> close();

    [[nodiscard]] Result<std::string> send(const Message& message, Timeout timeout);
    [[nodiscard]] Result<std::string> send_async(const Message& message, Completion completion);

private:
    [[nodiscard]] Result<WireMessage> prepare(const Message& message);
    [[nodiscard]] bool waits_for(const Message& message) const;

    Core& core_;
    Transaction& transaction_;
    const std::shared_ptr<SendWindow> window_;
    const std::size_t unconfirmed_max_;
    const openwire::ProducerId id_;
    const std::optional<Destination> destination_;
    const ProducerOptions options_;
    std::int64_t sequence_ = 0;
    bool closed_ = false;
};

}  // namespace tern::client
