#include "bytes/base64.h"
#include "bytes/byte_writer.h"
#include "load/result.h"

#include <fmt/format.h>

#include <bit>
#include <utility>
#include <zlib.h>

namespace tern::load {
namespace {

// HdrHistogram's own form of a histogram, "V2": numbers are big-endian, counts are ZigZag LEB128,
// and a negative one says how many classes in a row are empty.
constexpr std::uint32_t kCookie = 0x1c849303 | 0x10;
constexpr std::uint32_t kCompressedCookie = 0x1c849304 | 0x10;
constexpr std::uint32_t kDigits = 2;

void put_count(ByteWriter& out, std::int64_t value) {
    auto rest = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
    // The ninth byte has all of its bits.
    for (int i = 0; i < 8 && rest >= 0x80; ++i) {
        out.u8(static_cast<std::uint8_t>(rest | 0x80));
        rest >>= 7;
    }
    out.u8(static_cast<std::uint8_t>(rest));
}

ByteWriter counts_of(const Histogram& times) {
    ByteWriter out;
    std::int64_t empty = 0;
    for (const std::uint64_t count : times.classes()) {
        if (count == 0) {
            ++empty;
            continue;
        }
        if (empty > 0) put_count(out, -std::exchange(empty, 0));
        put_count(out, static_cast<std::int64_t>(count));
    }
    return out;
}

std::string encoded(const Histogram& times) {
    ByteWriter counts = counts_of(times);
    ByteWriter plain;
    plain.u32(kCookie);
    plain.u32(static_cast<std::uint32_t>(counts.size()));
    plain.u32(0);  // where its zero lies
    plain.u32(kDigits);
    plain.u64(1);
    plain.u64(static_cast<std::uint64_t>(Histogram::kMost));
    plain.u64(std::bit_cast<std::uint64_t>(1.0));  // of a double that an integer stands for
    plain.append(counts.bytes());
    uLongf size = ::compressBound(plain.size());
    std::string compressed(size, '\0');
    const auto text = as_text(plain.bytes());
    ::compress(reinterpret_cast<Bytef*>(compressed.data()), &size,
               reinterpret_cast<const Bytef*>(text.data()), text.size());
    compressed.resize(size);
    ByteWriter out;
    out.u32(kCompressedCookie);
    out.u32(static_cast<std::uint32_t>(size));
    out.append(compressed);
    return base64(as_text(out.bytes()));
}

}  // namespace

std::string to_hdr_log(const Result& result) {
    constexpr double kNsPerMs = 1e6;
    std::string log = fmt::format(
        "#[{}]\n#[Histogram log format version 1.3]\n"
        "#[StartTime: {:.3f} (seconds since epoch), {}]\n"
        "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\""
        "\n",
        title(result.settings), result.measured_at_s, result.date);
    const double length = std::chrono::duration<double>(result.settings.sample_interval).count();
    double begin = 0;
    for (const Histogram& times : result.intervals) {
        log += fmt::format("{:.3f},{:.3f},{:.3f},{}\n", begin, length,
                           static_cast<double>(times.most_ns()) / kNsPerMs, encoded(times));
        begin += length;
    }
    return log;
}

}  // namespace tern::load
