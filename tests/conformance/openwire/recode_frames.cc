// recode_frames IN OUT: decodes the frames that FrameOracle generated and writes them anew for it
// to verify. Without a cache the new frames must be the same, byte for byte.

#include "bytes/byte_reader.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/frame.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace tern::openwire {
namespace {

[[noreturn]] void give_up(const WireFormat& format, int frame, std::string_view why) {
    fmt::print(stderr, "version {}{}{}{}, frame {}: {}\n", format.version,
               format.tight ? " tight" : "", format.cache ? " cached" : "",
               format.stack_traces ? " with stack traces" : "", frame, why);
    std::exit(1);
}

class Recoder {
public:
    explicit Recoder(std::string_view input) : in_(as_bytes(input)) {}

    /// One connection's frames; false at the end.
    bool section() {
        if (in_.remaining() == 0) return false;
        WireFormat format{.version = copy_i32()};
        format.tight = copy_flag();
        format.cache = copy_flag();
        format.stack_traces = copy_flag();
        format.cache_slots = copy_i32();
        const int frames = copy_i32();

        Decoder decoder(format);
        Encoder encoder(format);
        for (int i = 0; i < frames; ++i) {
            const Bytes frame = in_.take(in_.u32());
            if (in_.failed()) give_up(format, i, "the file ends");
            recode(decoder, encoder, frame, i);
        }
        return true;
    }

    [[nodiscard]] Bytes output() { return out_.bytes(); }

private:
    int copy_i32() {
        out_.i32(in_.i32());
        return load_big_endian<std::int32_t>(out_.bytes().last(4).data());
    }
    bool copy_flag() {
        out_.u8(in_.u8());
        return out_.bytes().back() != 0;
    }

    void recode(Decoder& decoder, Encoder& encoder, Bytes frame, int number) {
        const WireFormat& format = decoder.format();
        const auto length = frame_length(frame, kFrameBytesMax);
        if (!length || *length != frame.size()) give_up(format, number, "wrong frame size");
        const auto command = decoder.decode(frame.subspan(kSizePrefixBytes));
        if (!command) give_up(format, number, "decoding: " + command.error().message());

        ByteWriter again;
        const auto encoded = encoder.encode(*command, again);
        if (!encoded) give_up(format, number, "encoding: " + encoded.error().message());
        if (!format.cache && as_text(again.bytes()) != as_text(frame)) {
            give_up(format, number, "encoded differently");
        }
        out_.u32(static_cast<std::uint32_t>(again.size()));
        out_.append(again.bytes());
    }

    ByteReader in_;
    ByteWriter out_;
};

int run(const char* input_path, const char* output_path) {
    std::ifstream input(input_path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(input), {}};
    if (bytes.empty()) {
        fmt::print(stderr, "nothing in {}\n", input_path);
        return 1;
    }
    Recoder recoder(bytes);
    while (recoder.section()) {
    }
    std::ofstream output(output_path, std::ios::binary);
    const std::string_view text = as_text(recoder.output());
    output.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
    return output ? 0 : 1;
}

}  // namespace
}  // namespace tern::openwire

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: recode_frames IN OUT\n");
        return 2;
    }
    return tern::openwire::run(argv[1], argv[2]);
}
