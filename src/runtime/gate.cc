#include "runtime/gate.h"

#include <boost/asio/this_coro.hpp>

namespace tern {

namespace asio = boost::asio;

asio::awaitable<void> Gate::close() {
    TERN_ASSERT(!closed_);
    closed_ = true;
    if (holds_ == 0) co_return;
    Event event(co_await asio::this_coro::executor);
    waiting_ = &event;
    while (holds_ != 0) co_await event.wait();
    waiting_ = nullptr;
}

}  // namespace tern
