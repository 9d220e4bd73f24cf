#pragma once

#include "bytes/buffer.h"
#include "gateway/utf8.h"

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace tern::gateway {

/// RFC 6455, 5.2.
enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10
};

/// RFC 6455, 7.4.1.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    protocol_error = 1002,
    unacceptable = 1003,
    not_utf8 = 1007,
    too_big = 1009
};

struct Violation {
    CloseCode code = CloseCode::protocol_error;
    const char* reason = "";
};

/// A control frame, which comes in one piece.
struct Control {
    Opcode opcode = Opcode::ping;
    std::string payload;
};

struct FrameLimits {
    std::uint64_t frame_bytes_max = 0;
    bool text = false;  ///< whether data may come as text
};

/// Reads the frames that a client sends. To what it carries, messages are a stream: their limits
/// mean nothing.
class FrameReader {
public:
    explicit FrameReader(FrameLimits limits) : limits_(limits) {}

    /// Takes bytes off `input`, up to the end of a control frame, which is returned, or all of
    /// them. Appends to `data` what data frames carry. After a violation nothing may be read.
    [[nodiscard]] std::expected<std::optional<Control>, Violation> read(Bytes& input,
                                                                        std::string& data);
    /// Whether the last message was text.
    [[nodiscard]] bool is_text() const { return text_; }

private:
    using Step = std::expected<void, Violation>;

    [[nodiscard]] Step read_head(Bytes& input);
    [[nodiscard]] Step begin_frame();
    [[nodiscard]] Step begin_control(std::uint64_t size) const;
    [[nodiscard]] Step begin_data();
    [[nodiscard]] Step take_payload(Bytes& input, std::string& data);
    [[nodiscard]] Step end_data();
    [[nodiscard]] bool is_control() const { return opcode_ >= Opcode::close; }

    const FrameLimits limits_;
    std::array<std::uint8_t, 14> head_{};
    std::size_t head_bytes_ = 0;
    bool in_payload_ = false;
    Opcode opcode_ = Opcode::continuation;
    bool last_fragment_ = true;
    std::uint64_t missing_ = 0;  ///< of the frame's payload
    std::array<std::uint8_t, 4> mask_{};
    std::size_t masked_ = 0;
    bool in_message_ = false;
    bool text_ = false;
    Utf8Check utf8_;
    std::string control_;
};

/// Whether a close frame's payload is one: nothing, or a code that may be sent, and UTF-8.
[[nodiscard]] std::optional<Violation> check_close(std::string_view payload);

/// Appends a server's frame.
void append_frame(Opcode opcode, bool last, Bytes payload, std::string& to);

}  // namespace tern::gateway
