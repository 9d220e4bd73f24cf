#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>

namespace tern {

/// What one coroutine waits for and another place on its thread tells. A timer that never expires
/// would do, but each wait for one is a system call. Whoever waits looks first whether there is
/// something to wait for: an event is not remembered.
class Event {
public:
    explicit Event(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Until the next `tell`. One at a time.
    [[nodiscard]] boost::asio::awaitable<void> wait();
    /// Whoever waits goes on soon, not within this call.
    void tell();

private:
    boost::asio::any_io_executor executor_;
    std::move_only_function<void()> waiting_;
};

}  // namespace tern
