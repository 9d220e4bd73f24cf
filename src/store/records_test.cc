#include "store/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::store {
namespace {

using broker::Destination;
using broker::Domain;
using broker::QueueId;
using testing::ElementsAre;

/// What `decode` makes of the first `size` bytes, and whether it read exactly these.
template <class Decode>
bool reads_whole(ByteWriter& out, std::size_t size, Decode decode) {
    ByteReader in(out.bytes().first(size));
    std::ignore = decode(in);
    return in.done();
}

/// A record is read whole, and none of its beginnings passes for one.
template <class Decode>
void expect_only_whole(ByteWriter& out, Decode decode) {
    for (std::size_t size = 0; size < out.size(); ++size) {
        EXPECT_FALSE(reads_whole(out, size, decode)) << size << " of " << out.size() << " bytes";
    }
    EXPECT_TRUE(reads_whole(out, out.size(), decode));
}

TEST(Records, routes) {
    const std::vector<Route> routes{{.queue = QueueId{7}, .owner = ShardId{3}, .announced = true},
                                    {.queue = QueueId{0xFFFFFFFF}, .owner = {}}};
    ByteWriter out;
    encode_routes(out, routes);
    expect_only_whole(out, decode_routes);

    ByteReader in(out.bytes());
    const std::vector<Route> read = decode_routes(in);
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].queue, QueueId{7});
    EXPECT_TRUE(read[0].announced);
    EXPECT_EQ(read[0].owner, ShardId{}) << "who owns a queue is decided at each start";
    EXPECT_EQ(read[1].queue, QueueId{0xFFFFFFFF});
    EXPECT_FALSE(read[1].announced);
}

TEST(Records, routes_leave_the_message_behind_them) {
    const Route route{.queue = QueueId{1}, .owner = {}};
    ByteWriter out;
    encode_routes(out, {&route, 1});
    out.append("message");
    ByteReader in(out.bytes());
    std::ignore = decode_routes(in);
    EXPECT_EQ(as_text(in.take(in.remaining())), "message");
    EXPECT_TRUE(in.done());
}

TEST(Records, origin) {
    const broker::Origin origin{.producer = UINT64_MAX - 1, .sequence = 7};
    ByteWriter out;
    encode_origin(out, origin);
    expect_only_whole(out, decode_origin);
    ByteReader in(out.bytes());
    EXPECT_EQ(decode_origin(in), origin);
}

TEST(Records, settled) {
    const std::vector<Settled> settled{{QueueId{1}, 1}, {QueueId{2}, UINT64_MAX}};
    ByteWriter out;
    encode_settled(out, settled);
    expect_only_whole(out, decode_settled);
    ByteReader in(out.bytes());
    EXPECT_EQ(decode_settled(in), settled);
}

TEST(Records, marked) {
    ByteWriter out;
    encode_marked(out, {QueueId{9}, 1234567890123});
    expect_only_whole(out, decode_marked);
    ByteReader in(out.bytes());
    const Marked read = decode_marked(in);
    EXPECT_EQ(read.queue, QueueId{9});
    EXPECT_EQ(read.lsn, 1234567890123U);
}

TEST(Records, definition) {
    const std::vector<Destination> bindings{
        Destination(Domain::queue, false, "orders"), Destination(Domain::topic, false, "prices"),
        Destination(Domain::queue, true, "ID:a:1"), Destination(Domain::topic, true, ""),
        Destination(Domain::queue, false, std::string(65535, 'n'))};
    ByteWriter out;
    encode_definition(out, {QueueId{5}, bindings});
    expect_only_whole(out, decode_definition);
    ByteReader in(out.bytes());
    const Definition read = decode_definition(in);
    EXPECT_EQ(read.queue, QueueId{5});
    EXPECT_EQ(read.bindings, bindings);
}

TEST(Records, subscription) {
    Definition definition{.queue = QueueId{5},
                          .bindings = {Destination(Domain::topic, false, "news.>")}};
    definition.subscription = {
        .key = {"client", "name"}, .shared = true, .selector = "a = 'b'", .no_local = true};
    ByteWriter out;
    encode_subscription(out, definition);
    expect_only_whole(out, decode_subscription);
    ByteReader in(out.bytes());
    const Definition read = decode_subscription(in);
    EXPECT_EQ(read.queue, QueueId{5});
    EXPECT_EQ(read.bindings, definition.bindings);
    EXPECT_EQ(read.subscription, definition.subscription);
}

TEST(Records, producers) {
    const std::vector<broker::Origin> producers{{7, 3}, {UINT64_MAX, 1}};
    ByteWriter out;
    encode_producers(out, producers);
    expect_only_whole(out, decode_producers);
    ByteReader in(out.bytes());
    EXPECT_EQ(decode_producers(in), producers);
}

TEST(Records, removed) {
    ByteWriter out;
    encode_removed(out, QueueId{77});
    expect_only_whole(out, decode_removed);
    ByteReader in(out.bytes());
    EXPECT_EQ(decode_removed(in), QueueId{77});
}

TEST(Records, nothing_is_settled_and_routed_by_empty_records) {
    ByteWriter out;
    encode_settled(out, {});
    encode_routes(out, {});
    ByteReader in(out.bytes());
    EXPECT_TRUE(decode_settled(in).empty());
    EXPECT_TRUE(decode_routes(in).empty());
    EXPECT_TRUE(in.done());
}

TEST(Records, a_branch_may_say_how_an_operator_has_ended_it) {
    for (const auto decision : {Branch::Decision::committed, Branch::Decision::rolled_back}) {
        ByteWriter out;
        encode_branch(out, {.parts = {}, .decision = decision});
        ByteReader in(out.bytes());
        EXPECT_EQ(decode_branch(in).decision, decision);
        EXPECT_TRUE(in.done());
    }
    for (const std::string_view wrong :
         {std::string_view("\0\0\0\0\3", 5), std::string_view("\0\0\0\0\1\1", 6)}) {
        ByteReader in(as_bytes(wrong));
        std::ignore = decode_branch(in);
        EXPECT_FALSE(in.done());
    }
}

TEST(Records, a_branch_reads_back_as_it_was_written_and_no_less_of_it) {
    MessageHeader header;
    header.durable = Durable::yes;
    Branch branch;
    branch.parts.push_back(
        {.client_id = "me", .accepts = {{QueueId{7}, 8}, {QueueId{9}, 10}}, .publishes = {}});
    branch.parts.push_back({.client_id = "", .accepts = {{QueueId{7}, 9}}, .publishes = {}});
    branch.parts[0].publishes.push_back(
        {{broker::Domain::topic, true, "t"},
         {11, 12},
         Message::create(header, {}, {}, as_bytes("body"), nullptr)});
    ByteWriter out;
    encode_branch(out, branch);
    ByteReader in(out.bytes());
    const Branch read = decode_branch(in);
    EXPECT_TRUE(in.done());
    ASSERT_EQ(read.parts.size(), 2U);
    EXPECT_EQ(read.parts[0].client_id, "me");
    EXPECT_EQ(read.parts[0].accepts, branch.parts[0].accepts);
    EXPECT_EQ(read.parts[1].accepts, branch.parts[1].accepts);
    ASSERT_EQ(read.parts[0].publishes.size(), 1U);
    const Branch::Publish& publish = read.parts[0].publishes[0];
    EXPECT_EQ(publish.to, branch.parts[0].publishes[0].to);
    EXPECT_EQ(publish.origin, (broker::Origin{11, 12}));
    EXPECT_EQ(as_text(publish.message->body().bytes()), "body");
    for (std::size_t size = 0; size < out.size(); ++size) {
        EXPECT_FALSE(reads_whole(out, size, [](ByteReader& bytes) { return decode_branch(bytes); }))
            << size;
    }
}

/// A record that claims `count` items and has room for one.
ByteWriter claiming(std::uint32_t count, bool narrow = false) {
    ByteWriter out;
    if (narrow) {
        out.u32(1);  // the queue
        out.u16(static_cast<std::uint16_t>(count));
    } else {
        out.u32(count);
    }
    out.append("0123456789AB");
    return out;
}

TEST(Records, a_count_beyond_the_record_is_refused_before_anything_is_made_of_it) {
    for (const std::uint32_t count : {3U, 1000U, UINT32_MAX}) {
        ByteWriter out = claiming(count);
        ByteReader routes(out.bytes());
        EXPECT_EQ(decode_routes(routes).capacity(), 0U);
        EXPECT_TRUE(routes.failed());
        ByteReader settled(out.bytes());
        EXPECT_EQ(decode_settled(settled).capacity(), 0U);
        EXPECT_TRUE(settled.failed());
    }
    ByteWriter out = claiming(5, true);
    ByteReader in(out.bytes());
    EXPECT_TRUE(decode_definition(in).bindings.empty());
    EXPECT_TRUE(in.failed());
}

TEST(Records, what_stands_behind_a_record_is_noticed) {
    ByteWriter out;
    encode_marked(out, {QueueId{9}, 1});
    out.u8(0);
    EXPECT_FALSE(reads_whole(out, out.size(), decode_marked));
}

}  // namespace
}  // namespace tern::store
