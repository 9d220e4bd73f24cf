#include "protocol/stomp/codec/encoder.h"

#include "protocol/stomp/codec/escape.h"

#include <array>
#include <charconv>

namespace tern::stomp {

HeadWriter::HeadWriter(std::string_view command, Version version, ByteWriter& out)
    : version_(version), out_(out) {
    out_.append(as_bytes(command));
    out_.u8('\n');
}

void HeadWriter::header(std::string_view name, std::string_view value) {
    append_escaped(name, version_, out_);
    out_.u8(':');
    append_escaped(value, version_, out_);
    out_.u8('\n');
}

void HeadWriter::header(std::string_view name, std::int64_t value) {
    std::array<char, 24> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    plain_header(name, {digits.data(), end});
}

void HeadWriter::plain_header(std::string_view name, std::string_view value) {
    out_.append(as_bytes(name));
    out_.u8(':');
    out_.append(as_bytes(value));
    out_.u8('\n');
}

void HeadWriter::end() {
    out_.u8('\n');
}

void encode(const Frame& frame, Version version, ByteWriter& out) {
    HeadWriter head(frame.command, version, out);
    for (const Header& header : frame.headers) head.header(header.name, header.value);
    head.end();
    out.append(frame.body);
    out.append(as_bytes(kFrameEnd));
}

}  // namespace tern::stomp
