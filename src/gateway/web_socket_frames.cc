#include "gateway/web_socket_frames.h"

#include <algorithm>
#include <utility>

namespace tern::gateway {
namespace {

constexpr std::size_t kControlBytesMax = 125;
constexpr std::uint8_t kSize16 = 126;
constexpr std::uint8_t kSize64 = 127;
constexpr std::uint8_t kLast = 0x80;
constexpr std::uint8_t kMasked = 0x80;

std::unexpected<Violation> violation(const char* reason,
                                     CloseCode code = CloseCode::protocol_error) {
    return std::unexpected(Violation{code, reason});
}

std::size_t size_bytes(std::uint8_t second) {
    const std::uint8_t size = second & 0x7F;
    return size == kSize64 ? 8 : size == kSize16 ? 2 : 0;
}

bool is_known(Opcode opcode) {
    switch (opcode) {
        case Opcode::continuation:
        case Opcode::text:
        case Opcode::binary:
        case Opcode::close:
        case Opcode::ping:
        case Opcode::pong:
            return true;
    }
    return false;
}

}  // namespace

std::expected<std::optional<Control>, Violation> FrameReader::read(Bytes& input,
                                                                   std::string& data) {
    for (;;) {
        if (!in_payload_) {
            if (const Step step = read_head(input); !step) return std::unexpected(step.error());
            if (!in_payload_) return std::nullopt;
        }
        if (const Step step = take_payload(input, data); !step) {
            return std::unexpected(step.error());
        }
        if (missing_ > 0) return std::nullopt;
        in_payload_ = false;
        if (is_control()) return Control{opcode_, std::exchange(control_, {})};
        if (const Step step = end_data(); !step) return std::unexpected(step.error());
    }
}

FrameReader::Step FrameReader::read_head(Bytes& input) {
    while (!input.empty()) {
        head_[head_bytes_++] = input.front();
        input = input.subspan(1);
        if (head_bytes_ < 2) continue;
        if ((head_[1] & kMasked) == 0) return violation("a frame without a mask");
        if (head_bytes_ == 2 + size_bytes(head_[1]) + mask_.size()) return begin_frame();
    }
    return {};
}

FrameReader::Step FrameReader::begin_frame() {
    const std::size_t wide = size_bytes(head_[1]);
    std::uint64_t size = wide == 0 ? head_[1] & 0x7F : 0;
    for (std::size_t i = 0; i < wide; ++i) size = size << 8 | head_[2 + i];
    std::copy_n(head_.begin() + 2 + static_cast<std::ptrdiff_t>(wide), mask_.size(), mask_.begin());
    if ((head_[0] & 0x70) != 0) return violation("a frame of an extension");
    const bool short_form =
        (wide == 2 && size <= kControlBytesMax) || (wide == 8 && size <= 0xFFFF);
    if (short_form || size >> 63 != 0) return violation("a frame whose size is written wrongly");
    opcode_ = static_cast<Opcode>(head_[0] & 0x0F);
    last_fragment_ = (head_[0] & kLast) != 0;
    if (!is_known(opcode_)) return violation("a frame of an unknown kind");
    head_bytes_ = 0;
    missing_ = size;
    masked_ = 0;
    in_payload_ = true;
    return is_control() ? begin_control(size) : begin_data();
}

FrameReader::Step FrameReader::begin_control(std::uint64_t size) const {
    if (!last_fragment_) return violation("a control frame in fragments");
    if (size > kControlBytesMax) return violation("a control frame that is too long");
    return {};
}

FrameReader::Step FrameReader::begin_data() {
    if (missing_ > limits_.frame_bytes_max) {
        return violation("a frame that is too large", CloseCode::too_big);
    }
    if (in_message_ != (opcode_ == Opcode::continuation)) {
        return violation(in_message_ ? "a message inside of another" : "a fragment of no message");
    }
    if (in_message_) return {};
    in_message_ = true;
    text_ = opcode_ == Opcode::text;
    utf8_ = {};
    if (text_ && !limits_.text) {
        return violation("text for a protocol that is none", CloseCode::unacceptable);
    }
    return {};
}

FrameReader::Step FrameReader::take_payload(Bytes& input, std::string& data) {
    const std::size_t count = std::min<std::uint64_t>(missing_, input.size());
    std::string& to = is_control() ? control_ : data;
    const std::size_t begin = to.size();
    to.append(as_text(input.first(count)));
    for (std::size_t i = begin; i < to.size(); ++i) {
        to[i] = static_cast<char>(to[i] ^ mask_[masked_++ % mask_.size()]);
    }
    input = input.subspan(count);
    missing_ -= count;
    if (is_control() || !text_ || utf8_.feed(as_bytes(to).subspan(begin))) return {};
    return violation("text that is not UTF-8", CloseCode::not_utf8);
}

FrameReader::Step FrameReader::end_data() {
    if (!last_fragment_) return {};
    in_message_ = false;
    if (!text_ || utf8_.is_complete()) return {};
    return violation("text that is not UTF-8", CloseCode::not_utf8);
}

std::optional<Violation> check_close(std::string_view payload) {
    if (payload.empty()) return {};
    if (payload.size() == 1) return Violation{CloseCode::protocol_error, "half a close code"};
    const auto code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8 |
                                                 static_cast<std::uint8_t>(payload[1]));
    // 1004 to 1006 are never sent (RFC 6455, 7.4.1), 1012 to 1014 were registered later.
    const bool standard = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
    if (!standard && (code < 3000 || code > 4999)) {
        return Violation{CloseCode::protocol_error, "a close code that means nothing"};
    }
    if (!is_utf8(as_bytes(payload.substr(2)))) {
        return Violation{CloseCode::not_utf8, "text that is not UTF-8"};
    }
    return {};
}

void append_frame(Opcode opcode, bool last, Bytes payload, std::string& to) {
    const std::uint64_t size = payload.size();
    to.push_back(static_cast<char>((last ? kLast : 0) | static_cast<std::uint8_t>(opcode)));
    std::size_t wide = 0;
    if (size <= kControlBytesMax) {
        to.push_back(static_cast<char>(size));
    } else {
        wide = size <= 0xFFFF ? 2 : 8;
        to.push_back(static_cast<char>(wide == 2 ? kSize16 : kSize64));
    }
    for (std::size_t i = wide; i > 0; --i) to.push_back(static_cast<char>(size >> (8 * (i - 1))));
    to.append(as_text(payload));
}

}  // namespace tern::gateway
