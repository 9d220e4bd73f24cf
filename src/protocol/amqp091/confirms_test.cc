#include "protocol/amqp091/confirms.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

using Acks = std::vector<Confirms::Ack>;

TEST(Confirms, OneAckForManyInARow) {
    Confirms confirms;
    for (std::uint64_t i = 1; i <= 3; ++i) confirms.taken(i);
    EXPECT_EQ(confirms.acks(), (Acks{{3, true}}));
    EXPECT_FALSE(confirms.has_news());
    confirms.taken(4);
    EXPECT_EQ(confirms.acks(), (Acks{{4, false}}));
}

TEST(Confirms, WhatOvertookIsToldSinglyAndOnce) {
    Confirms confirms;
    confirms.taken(2);
    EXPECT_EQ(confirms.acks(), (Acks{{2, false}}));
    confirms.taken(1);
    confirms.taken(3);
    EXPECT_EQ(confirms.acks(), (Acks{{3, true}}));
}

TEST(Confirms, ARefusedOneIsNotTakenToo) {
    Confirms confirms;
    confirms.taken(1);
    confirms.refused(2);
    confirms.taken(3);
    EXPECT_EQ(confirms.nacks(), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(confirms.acks(), (Acks{{3, true}}));
}

}  // namespace
}  // namespace tern::amqp091
