#include "runtime/gate.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace tern {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> close_and_say(Gate& gate, bool& closed) {
    co_await gate.close();
    closed = true;
}

TEST(Gate, closes_when_the_last_hold_is_gone) {
    asio::io_context context;
    Gate gate;
    std::optional<Gate::Hold> first = gate.hold();
    std::optional<Gate::Hold> second = gate.hold();
    bool closed = false;
    asio::co_spawn(context, close_and_say(gate, closed), asio::detached);
    context.poll();
    EXPECT_TRUE(gate.closed());
    first.reset();
    context.poll();
    EXPECT_FALSE(closed);
    second.reset();
    context.poll();
    EXPECT_TRUE(closed);
}

TEST(Gate, closes_at_once_when_nobody_is_inside) {
    asio::io_context context;
    Gate gate;
    bool closed = false;
    {
        const Gate::Hold hold = gate.hold();
    }
    asio::co_spawn(context, close_and_say(gate, closed), asio::detached);
    context.poll();
    EXPECT_TRUE(closed);
}

TEST(Gate, a_moved_hold_counts_once) {
    Gate gate;
    {
        Gate::Hold first = gate.hold();
        const Gate::Hold second = std::move(first);
        EXPECT_EQ(gate.holds(), 1U);
    }
    EXPECT_EQ(gate.holds(), 0U);
}

}  // namespace
}  // namespace tern
