#include "protocol/amqp10/consumer_options.h"

#include <gtest/gtest.h>

namespace tern::amqp10 {
namespace {

TEST(consumer_options, are_what_stands_in_the_address) {
    broker::Subscribe command;
    EXPECT_EQ(apply_consumer_options("queue://a?consumer.priority=5&consumer.exclusive=true&"
                                     "consumer.noLocal=true&consumer.prefetchSize=10&"
                                     "consumer.selector=colour%3D'red'+AND%20size+%3E+1&"
                                     "consumer.maximumPendingMessageLimit=9&other=x",
                                     command),
              "");
    EXPECT_EQ(command.priority, 5);
    EXPECT_TRUE(command.exclusive);
    EXPECT_TRUE(command.no_local);
    EXPECT_EQ(command.selector, "colour='red' AND size > 1");
    EXPECT_EQ(command.pending_max, 9);
}

TEST(consumer_options, an_address_may_have_none) {
    for (const char* address : {"a", "queue://a", "a?", "a?&&", "a?x"}) {
        broker::Subscribe command;
        EXPECT_EQ(apply_consumer_options(address, command), "") << address;
    }
}

TEST(consumer_options, that_make_no_sense_are_named) {
    for (const char* option :
         {"consumer.priority=high", "consumer.exclusive=1", "consumer.unheard=1", "consumer.",
          "consumer.priority", "consumer.selector=%3", "consumer.selector=%zz",
          "consumer.priority=99999999"}) {
        broker::Subscribe command;
        const std::string problem = apply_consumer_options("a?" + std::string(option), command);
        EXPECT_NE(problem.find(option), std::string::npos) << option;
    }
}

}  // namespace
}  // namespace tern::amqp10
