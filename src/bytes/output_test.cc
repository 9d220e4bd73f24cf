#include "bytes/output.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace tern {
namespace {

/// Writes everything out in steps of `step` bytes, as a slow socket would.
std::string drain(Output& out, std::size_t step) {
    std::string written;
    while (!out.empty()) {
        std::array<Bytes, 4> views;
        const std::size_t count = out.gather(views);
        std::string round;
        for (std::size_t i = 0; i < count; ++i) round += as_text(views[i]);
        round.resize(std::min(round.size(), step));
        out.consume(round.size());
        written += round;
    }
    return written;
}

TEST(Output, keeps_the_order_of_copies_and_references) {
    for (const std::size_t step : {1U, 7U, 4096U, 1000000U}) {
        Output out;
        std::string expected;
        for (int i = 0; i < 20; ++i) {
            const std::string small = std::to_string(i);
            const std::string large(5000 + static_cast<std::size_t>(i), static_cast<char>('a' + i));
            out.append(as_bytes(small));
            out.append(Buffer::copy_of(as_bytes(large)));
            out.append(as_bytes(small));
            expected += small + large + small;
        }
        EXPECT_EQ(out.size(), expected.size());
        EXPECT_EQ(drain(out, step), expected) << "step " << step;
    }
}

TEST(Output, refers_to_large_buffers_instead_of_copying) {
    Output out;
    const Buffer large = Buffer::copy_of(as_bytes(std::string(Output::kReferenceBytesMin, 'x')));
    out.append(large);
    std::array<Bytes, 2> views;
    ASSERT_EQ(out.gather(views), 1U);
    EXPECT_EQ(views[0].data(), large.data());
}

TEST(Output, goes_on_after_a_partial_write) {
    Output out;
    out.append(as_bytes("abcdef"));
    out.consume(2);
    out.append(Buffer::copy_of(as_bytes(std::string(5000, 'z'))));
    out.append(as_bytes("end"));
    EXPECT_EQ(drain(out, 3), "cdef" + std::string(5000, 'z') + "end");
}

}  // namespace
}  // namespace tern
