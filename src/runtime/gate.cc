#include "runtime/gate.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tern {

namespace asio = boost::asio;

asio::awaitable<void> Gate::close() {
    TERN_ASSERT(!closed_);
    closed_ = true;
    if (holds_ == 0) co_return;
    const auto executor = co_await asio::this_coro::executor;
    // A timer that never expires: cancelling it is the event.
    asio::steady_timer event(executor, asio::steady_timer::time_point::max());
    waiting_ = &event;
    while (holds_ != 0) {
        const auto [error] = co_await event.async_wait(asio::as_tuple(asio::use_awaitable));
        std::ignore = error;  // always "cancelled"
    }
    waiting_ = nullptr;
}

}  // namespace tern
