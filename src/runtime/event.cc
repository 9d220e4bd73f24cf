#include "runtime/event.h"

#include "base/assert.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace tern {

namespace asio = boost::asio;

asio::awaitable<void> Event::wait() {
    TERN_ASSERT(!waiting_);
    return asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [this](auto handler) { waiting_ = std::move(handler); }, asio::use_awaitable);
}

void Event::tell() {
    if (waiting_) asio::post(executor_, std::exchange(waiting_, nullptr));
}

}  // namespace tern
