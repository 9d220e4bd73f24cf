#include "protocol/openwire/codec/own.h"
#include "protocol/openwire/codec/testing.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tern::openwire {
namespace {

using testing::all_formats;
using testing::describe;
using testing::RandomFiller;

constexpr std::size_t kCommands = std::variant_size_v<Command>;

std::error_code error_of(const Result<Command>& result) {
    return result ? std::error_code{} : result.error();
}

class RoundTrip : public ::testing::TestWithParam<WireFormat> {};

TEST_P(RoundTrip, EveryCommandWithRandomFields) {
    constexpr int kRounds = 40;
    Encoder encoder(GetParam());
    Decoder decoder(GetParam());
    for (std::uint64_t seed = 0; seed < kRounds * kCommands; ++seed) {
        RandomFiller filler(seed, GetParam());
        const auto command = filler.command(seed % kCommands);
        if (!command) continue;
        ByteWriter out;
        ASSERT_TRUE(encoder.encode(*command, out)) << seed;
        const auto decoded = decoder.decode(out.bytes().subspan(4));
        ASSERT_TRUE(decoded) << "seed " << seed << ": " << error_of(decoded).message();
        ASSERT_TRUE(*decoded == *command) << "seed " << seed;
    }
}

TEST_P(RoundTrip, OwnedCommandOutlivesItsFrame) {
    for (std::uint64_t seed = 0; seed < 4 * kCommands; ++seed) {
        RandomFiller filler(seed, GetParam());
        const auto command = filler.command(seed % kCommands);
        if (!command) continue;
        Buffer owner;
        Result<Command> decoded;
        {
            const auto frame = testing::frame_of(*command, GetParam());
            Decoder decoder(GetParam());
            decoded = decoder.decode(frame);
            ASSERT_TRUE(decoded);
            owner = own(*decoded);
        }
        ASSERT_TRUE(*decoded == *command) << "seed " << seed;
    }
}

TEST_P(RoundTrip, MessageDecodesWithoutCommand) {
    RandomFiller filler(7, GetParam());
    const auto message = filler.command(Command(Message{}).index());
    ASSERT_TRUE(message);
    const auto frame = testing::frame_of(*message, GetParam());
    Message decoded;
    decoded.user_id = "left over";
    Decoder decoder(GetParam());
    ASSERT_TRUE(decoder.decode(frame, decoded));
    EXPECT_TRUE(decoded == std::get<Message>(*message));
}

INSTANTIATE_TEST_SUITE_P(AllFormats, RoundTrip, ::testing::ValuesIn(all_formats()),
                         [](const auto& format) {
                             std::string name = describe(format.param);
                             std::ranges::replace(name, ' ', '_');
                             return name;
                         });

}  // namespace
}  // namespace tern::openwire
