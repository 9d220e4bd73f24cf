#include "protocol/amqp091/codec/frame.h"

#include "protocol/amqp091/codec/errc.h"

#include <gtest/gtest.h>

namespace tern::amqp091 {
namespace {

constexpr std::uint8_t kHeartbeat[] = {8, 0, 0, 0, 0, 0, 0, kFrameEnd};

TEST(Frame, SizeIsKnownOnceTheHeadIsThere) {
    EXPECT_EQ(frame_size(Bytes(kHeartbeat).first(6), 4096), 0U);
    EXPECT_EQ(frame_size(Bytes(kHeartbeat).first(7), 4096), 8U);
    EXPECT_EQ(split_frame(kHeartbeat)->type, FrameType::heartbeat);
}

TEST(Frame, RefusesWhatIsTooLargeOrUnknown) {
    const std::uint8_t large[] = {3, 0, 1, 0, 0, 16, 1};
    EXPECT_EQ(frame_size(large, 4096).error(), make_error_code(Errc::frame_too_large));
    EXPECT_EQ(frame_size(large, 0), 4097U + kFrameOverhead);
    const std::uint8_t unknown[] = {4};
    EXPECT_EQ(frame_size(unknown, 4096).error(), make_error_code(Errc::unknown_frame_type));
    const std::uint8_t open_end[] = {8, 0, 0, 0, 0, 0, 0, 0};
    EXPECT_EQ(split_frame(open_end).error(), make_error_code(Errc::bad_frame_end));
}

TEST(Frame, ATextIsNotCutInsideACharacter) {
    const std::string text = std::string(254, 'a') + "\xC3\xA4";
    EXPECT_EQ(shortened(text), std::string(254, 'a'));
    EXPECT_EQ(shortened("short"), "short");
}

}  // namespace
}  // namespace tern::amqp091
