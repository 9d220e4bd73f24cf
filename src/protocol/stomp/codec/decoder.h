#pragma once

#include "base/result.h"
#include "protocol/stomp/codec/frame.h"

#include <string>

namespace tern::stomp {

/// What a stranger may send: beyond, the connection ends. The defaults are ActiveMQ's.
struct Limits {
    std::size_t command_bytes = 1024;
    std::size_t header_bytes = std::size_t{10} * 1024;
    std::size_t headers = 1000;
    std::size_t body_bytes = std::size_t{100} * 1024 * 1024;
    std::size_t frame_bytes = SIZE_MAX;
};

/// Finds frames in a stream of bytes, and takes them apart. Remembers how far it has looked, so
/// that a frame that comes in many pieces costs no more than one that comes whole.
class Decoder {
public:
    explicit Decoder(Limits limits) : limits_(limits) {}

    void set_limits(Limits limits) { limits_ = limits; }

    /// The bytes of the frame that `input` begins with, its NUL included; 0: it has not come whole.
    /// Then call again with the same bytes and more behind them.
    /// Errors: all of Errc that speak of a length or of the content-length.
    [[nodiscard]] Result<std::size_t> find_end(Bytes input);
    /// How many bytes the frame has, when that is known before they have come; otherwise 0.
    [[nodiscard]] std::size_t wanted() const { return wanted_; }

    /// The frame whose end was just found. It holds as long as `bytes` and until the next call.
    [[nodiscard]] const Frame& decode(Bytes bytes, Version version);

private:
    [[nodiscard]] Result<bool> scan_lines(std::string_view input);
    [[nodiscard]] Result<void> take_line(std::string_view line);
    [[nodiscard]] Result<std::size_t> scan_body(Bytes input);
    [[nodiscard]] std::string_view resolve(std::string_view text);

    Limits limits_;
    std::size_t scanned_ = 0;  ///< nothing that ends a line, or the frame, is before
    std::size_t line_at_ = 0;
    std::size_t lines_ = 0;
    std::size_t body_at_ = 0;  ///< 0: the headers have not ended
    std::optional<std::size_t> content_length_;
    std::size_t wanted_ = 0;
    bool counts_length_ = false;  ///< a command whose content-length counts
    Frame frame_;
    std::string resolved_;
};

}  // namespace tern::stomp
