#pragma once

#include "client/options.h"

#include <memory>
#include <optional>

namespace tern::client {

class ConsumerState;
class SessionState;

/// Looks at the messages of a queue, in order, and takes none away. Belongs to its session, see
/// there about threads.
class Browser {
public:
    Browser(Browser&&) noexcept;
    Browser& operator=(Browser&&) noexcept;
    /// Closes.
    ~Browser();

    /// The next message, or nothing at the end. Errors: closed; interrupted; connection_lost.
    [[nodiscard]] Result<std::optional<Message>> next();

    [[nodiscard]] Result<void> close();

private:
    friend class Session;
    Browser(std::shared_ptr<SessionState> session, std::shared_ptr<ConsumerState> state);

    std::shared_ptr<SessionState> session_;
    std::shared_ptr<ConsumerState> state_;
};

}  // namespace tern::client
