// The object cache (OpenWire reference, 3.7), seen through frames.

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/testing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

using testing::from_hex;
using testing::to_hex;

WireFormat cached(bool tight, int slots = 1024) {
    return {.tight = tight, .cache = true, .cache_slots = slots, .size_prefix = false};
}

/// Loose SessionInfo frames around hand-made cached fields.
class CacheOfDecoder : public ::testing::Test {
protected:
    Result<SessionInfo> session(std::string_view cached_field) {
        frames_.push_back(from_hex(fmt::format("04 00000001 00 {}", cached_field)));
        auto command = decoder_.decode(frames_.back());
        if (!command) return failure(command.error());
        return std::get<SessionInfo>(std::move(*command));
    }
    std::error_code error_of(std::string_view cached_field) {
        const auto info = session(cached_field);
        return info ? std::error_code{} : info.error();
    }
    static std::string new_id(std::string_view slot, std::string_view letter) {
        return fmt::format("01 {} 01 79 01 0001 {} 0000000000000007", slot, letter);
    }
    static SessionId id(std::string_view connection) {
        return {.connection_id = connection, .value = 7};
    }

    std::vector<std::vector<std::uint8_t>> frames_;
    Limits limits_{.cache_bytes_max = 64};
    Decoder decoder_{cached(false, 100), limits_};
};

TEST_F(CacheOfDecoder, KnownObjectIsWhatWasNewBefore) {
    EXPECT_EQ(session(new_id("0000", "41"))->session_id, id("A"));
    EXPECT_EQ(session(new_id("0063", "42"))->session_id, id("B"));
    EXPECT_EQ(session("00 0000")->session_id, id("A"));
    EXPECT_EQ(session("00 0063")->session_id, id("B"));
}

TEST_F(CacheOfDecoder, CopiesOutliveTheFrame) {
    ASSERT_TRUE(session(new_id("0000", "41")));
    std::ranges::fill(frames_.back(), std::uint8_t{0xEE});
    EXPECT_EQ(session("00 0000")->session_id, id("A"));
}

TEST_F(CacheOfDecoder, NullIsCachedLikeAnyValue) {
    ASSERT_TRUE(session(new_id("0002", "41")));
    EXPECT_EQ(session("01 0002 00")->session_id, std::nullopt);
    EXPECT_EQ(session("00 0002")->session_id, std::nullopt);
}

TEST_F(CacheOfDecoder, SlotsAreOverwritten) {
    for (int round = 0; round < 100; ++round) {
        const std::string text(1, static_cast<char>('A' + round % 26));
        ASSERT_TRUE(session(new_id("0005", fmt::format("{:02X}", text[0]))));
        EXPECT_EQ(session("00 0005")->session_id, id(text));
    }
}

TEST_F(CacheOfDecoder, MinusOneIsNotStored) {
    EXPECT_EQ(session(new_id("FFFF", "41"))->session_id, id("A"));
    EXPECT_EQ(error_of("00 FFFF"), Errc::bad_cache_slot);
}

TEST_F(CacheOfDecoder, RefusesSlotsThatDoNotExist) {
    EXPECT_EQ(error_of(new_id("0064", "41")), Errc::bad_cache_slot);
    EXPECT_EQ(error_of(new_id("FFFE", "41")), Errc::bad_cache_slot);
    EXPECT_EQ(error_of("00 0064"), Errc::bad_cache_slot);
    EXPECT_EQ(error_of("00 8000"), Errc::bad_cache_slot);
}

TEST_F(CacheOfDecoder, RefusesASlotThatWasNeverFilled) {
    ASSERT_TRUE(session(new_id("0003", "41")));
    EXPECT_EQ(error_of("00 0002"), Errc::bad_cache_slot);
}

TEST_F(CacheOfDecoder, RefusesAKnownObjectOfAnotherType) {
    const auto connection = from_hex("09 00000001 00 01 0000 01 78 01 0001 41 00 00");
    ASSERT_TRUE(decoder_.decode(connection));
    EXPECT_EQ(error_of("00 0000"), Errc::unexpected_type);
}

TEST_F(CacheOfDecoder, RefusesToOutgrowItsLimit) {
    std::string letters;
    for (int i = 0; i < 40; ++i) letters += " 41";
    const auto large = [&](std::string_view slot) {
        return fmt::format("01 {} 01 79 01 0028 {} 0000000000000007", slot, letters);
    };
    EXPECT_TRUE(session(large("0000")));
    EXPECT_EQ(error_of(large("0001")), Errc::cache_full);
}

TEST_F(CacheOfDecoder, ViewsOfAnOverwrittenSlotLastUntilTheNextFrame) {
    const auto first = from_hex(
        "07 00000001 00"
        "01 0001 01 78 01 0001 5A"                                 // connectionId, slot 1
        "01 0002 01 6F 0000000000000001 01 0001 01 78 01 0001 59"  // its own id, slot 1 anew
        "02");
    const auto command = decoder_.decode(first);
    ASSERT_TRUE(command) << command.error().message();
    const auto& info = std::get<TransactionInfo>(*command);
    EXPECT_EQ(info.connection_id->value.view(), "Z");
    EXPECT_EQ(std::get<LocalTransactionId>(*info.transaction_id).connection_id->value.view(), "Y");

    // The connection is known here, and replaced before the frame ends.
    const auto again = from_hex(
        "07 00000001 00"
        "00 0001"
        "01 0002 01 6F 0000000000000001 01 0001 01 78 01 0001 58"
        "02");
    const auto second = decoder_.decode(again);
    ASSERT_TRUE(second);
    EXPECT_EQ(std::get<TransactionInfo>(*second).connection_id->value.view(), "Y");
}

class CacheOfBoth : public ::testing::TestWithParam<bool> {
protected:
    SessionInfo info(int number) {
        texts_.push_back(fmt::format("ID:connection-{}", number));
        return {.session_id = SessionId{.connection_id = texts_.back(), .value = number}};
    }

    std::deque<std::string> texts_;
};

TEST_P(CacheOfBoth, KnownValuesAreSentAsTheirSlot) {
    Encoder encoder(cached(GetParam()));
    ByteWriter first;
    ByteWriter second;
    ASSERT_TRUE(encoder.encode(info(1), first));
    ASSERT_TRUE(encoder.encode(info(1), second));
    EXPECT_GT(first.size(), 25);
    EXPECT_LE(second.size(), 10);
}

TEST_P(CacheOfBoth, EvictionWrapsAround) {
    const WireFormat format = cached(GetParam(), 100);
    Encoder encoder(format);
    Decoder decoder(format);
    for (int i = 0; i < 1000; ++i) {
        // Mostly new values, some of which come again after their slot has gone to another.
        const SessionInfo sent = info(i % 7 == 0 ? i / 2 : i);
        ByteWriter out;
        ASSERT_TRUE(encoder.encode(sent, out));
        const auto received = decoder.decode(out.bytes());
        ASSERT_TRUE(received) << i << received.error().message();
        ASSERT_TRUE(std::get<SessionInfo>(*received) == sent) << i;
    }
}

TEST_P(CacheOfBoth, FewSlotsAreNotUsedForSending) {
    const WireFormat format = cached(GetParam(), 5);
    Encoder encoder(format);
    Decoder decoder(format);
    for (int i = 0; i < 20; ++i) {
        ByteWriter out;
        ASSERT_TRUE(encoder.encode(info(1), out));
        const auto received = decoder.decode(out.bytes());
        ASSERT_TRUE(received);
        EXPECT_TRUE(std::get<SessionInfo>(*received) == info(1));
        EXPECT_GT(out.size(), 25);
    }
}

TEST_P(CacheOfBoth, FrameThatWasNotSentLeavesNoTrace) {
    const WireFormat format = cached(GetParam());
    Encoder encoder(format);
    Decoder decoder(format);
    const std::string too_long(70000, 'x');
    ByteWriter out;
    EXPECT_FALSE(encoder.encode(
        RemoveSubscriptionInfo{.connection_id = ConnectionId{.value = "c"}, .client_id = too_long},
        out));
    EXPECT_TRUE(out.empty());
    const RemoveSubscriptionInfo sent{.connection_id = ConnectionId{.value = "c"}};
    ASSERT_TRUE(encoder.encode(sent, out));
    const auto received = decoder.decode(out.bytes());
    ASSERT_TRUE(received) << received.error().message();
    EXPECT_TRUE(std::get<RemoveSubscriptionInfo>(*received) == sent);
}

INSTANTIATE_TEST_SUITE_P(Encodings, CacheOfBoth, ::testing::Bool());

}  // namespace
}  // namespace tern::openwire
