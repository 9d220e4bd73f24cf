#include "protocol/openwire/codec/testing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tern::openwire::testing {

std::vector<std::uint8_t> from_hex(std::string_view dump) {
    std::string digits;
    for (const char c : dump) {
        if (c != ' ' && c != '\n') digits += c;
    }
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

std::string to_hex(Bytes bytes) {
    std::string text;
    for (const auto byte : bytes) text += fmt::format("{:02X} ", byte);
    return text;
}

std::vector<std::uint8_t> frame_of(const Command& command, const WireFormat& format) {
    ByteWriter out;
    const auto encoded = Encoder(format).encode(command, out);
    EXPECT_TRUE(encoded) << encoded.error().message();
    const Bytes frame = out.bytes().subspan(format.size_prefix ? 4 : 0);
    return {frame.begin(), frame.end()};
}

std::vector<WireFormat> all_formats() {
    std::vector<WireFormat> formats;
    for (int version = kVersionMin; version <= kVersionMax; ++version) {
        for (int bits = 0; bits < 8; ++bits) {
            formats.push_back({.version = version,
                               .tight = (bits & 1) != 0,
                               .cache = (bits & 2) != 0,
                               .cache_slots = (bits & 2) != 0 ? 100 : 0,
                               .stack_traces = (bits & 4) != 0});
        }
    }
    return formats;
}

std::string describe(const WireFormat& format) {
    return fmt::format("version {} {} {} {}", format.version, format.tight ? "tight" : "loose",
                       format.cache ? "cached" : "uncached",
                       format.stack_traces ? "with stack traces" : "without stack traces");
}

std::optional<Command> RandomFiller::command(std::size_t index) {
    Command command;
    if (!fill_alternative(command, index)) return std::nullopt;
    return command;
}

std::int64_t RandomFiller::number() {
    // All four forms of the compact encoding, and their edges.
    static constexpr std::int64_t kEdges[] = {
        0, 1, 65535, 65536, 4294967295, 4294967296, -1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    if (below(3) == 0) return kEdges[below(std::size(kEdges))];
    return static_cast<std::int64_t>(random_() >> below(64));
}

std::string RandomFiller::text() {
    static constexpr std::string_view kPieces[] = {"a",
                                                   "ID:host-1",
                                                   ":",
                                                   "\xC0\x80",
                                                   "\xC3\xA4",
                                                   "\xE2\x82\xAC",
                                                   "\xED\xA0\xBD\xED\xB8\x80",
                                                   "the quick brown fox jumps"};
    std::string text;
    const bool ascii = below(2) == 0;
    for (auto pieces = below(5); pieces > 0; --pieces) {
        text += ascii ? kPieces[below(3)] : kPieces[below(std::size(kPieces))];
    }
    return text;
}

void RandomFiller::fill(Text& value) {
    if (below(4) == 0) return;
    value = texts_.emplace_back(text());
}

void RandomFiller::fill(ByteArray& value) {
    if (below(4) == 0) return;
    std::string& bytes = texts_.emplace_back(below(40), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_());
    value = as_bytes(bytes);
}

}  // namespace tern::openwire::testing
