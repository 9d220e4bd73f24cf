#include "protocol/openwire/codec/inflate.h"

#include <algorithm>
#include <limits>
#include <zlib.h>

namespace tern::openwire {
namespace {

/// The length in front of bytes bodies: known from the stream's end anyway.
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kStepBytesMin = 4096;

class Stream {
public:
    Stream() : good_(inflateInit(&stream_) == Z_OK) {}
    ~Stream() {
        if (good_) inflateEnd(&stream_);
    }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] bool good() const { return good_; }
    z_stream* operator->() { return &stream_; }
    [[nodiscard]] int run() { return ::inflate(&stream_, Z_NO_FLUSH); }

private:
    z_stream stream_{};
    bool good_;
};

}  // namespace

std::optional<std::vector<std::uint8_t>> inflate(DataType type, Bytes content,
                                                 std::size_t bytes_max) {
    if (type == DataType::bytes_message) {
        if (content.size() < kLengthBytes) return std::nullopt;
        content = content.subspan(kLengthBytes);
    }
    Stream stream;
    if (!stream.good() || content.size() > std::numeric_limits<uInt>::max()) return std::nullopt;
    // zlib does not write there; its interface is older than const.
    stream->next_in = const_cast<Bytef*>(content.data());
    stream->avail_in = static_cast<uInt>(content.size());

    std::vector<std::uint8_t> out;
    for (;;) {
        const std::size_t done = out.size();
        out.resize(std::min(done + std::max(done, kStepBytesMin), bytes_max));
        if (out.size() == done) return std::nullopt;
        stream->next_out = out.data() + done;
        stream->avail_out = static_cast<uInt>(out.size() - done);
        const int state = stream.run();
        out.resize(out.size() - stream->avail_out);
        if (state == Z_STREAM_END) return out;
        if (state != Z_OK || (stream->avail_in == 0 && stream->avail_out != 0)) return std::nullopt;
    }
}

}  // namespace tern::openwire
