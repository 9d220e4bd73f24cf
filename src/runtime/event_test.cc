#include "runtime/event.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>

namespace tern {
namespace {

namespace asio = boost::asio;

asio::awaitable<void> count_events(Event& event, int& count, std::shared_ptr<int> /*alive*/) {
    for (;;) {
        co_await event.wait();
        ++count;
    }
}

TEST(Event, each_wait_ends_by_the_next_telling) {
    asio::io_context context;
    Event event(context.get_executor());
    int count = 0;
    asio::co_spawn(context, count_events(event, count, nullptr), asio::detached);
    event.tell();  // nobody waits yet
    context.poll();
    EXPECT_EQ(count, 0);
    event.tell();
    EXPECT_EQ(count, 0);  // not within the call
    event.tell();         // whoever waited goes on already
    context.poll();
    EXPECT_EQ(count, 1);
    event.tell();
    context.poll();
    EXPECT_EQ(count, 2);
}

TEST(Event, whoever_waits_goes_with_it) {
    const auto alive = std::make_shared<int>();
    int count = 0;
    {
        asio::io_context context;
        Event event(context.get_executor());
        asio::co_spawn(context, count_events(event, count, alive), asio::detached);
        context.poll();
        EXPECT_EQ(alive.use_count(), 2);
    }
    EXPECT_EQ(alive.use_count(), 1);
    EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace tern
