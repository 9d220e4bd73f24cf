#include "protocol/stomp/codec/decoder.h"

#include "protocol/stomp/codec/errc.h"
#include "protocol/stomp/codec/escape.h"

#include <algorithm>
#include <charconv>

namespace tern::stomp {
namespace {

constexpr std::string_view kContentLength = "content-length";

std::string_view without_cr(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::pair<std::string_view, std::string_view> split(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {line, {}};
    return {line.substr(0, colon), line.substr(colon + 1)};
}

}  // namespace

Result<std::size_t> Decoder::find_end(Bytes input) {
    if (body_at_ == 0) {
        const auto ended = scan_lines(as_text(input));
        if (!ended) return failure(ended.error());
        // What follows the frame may have come with it.
        const std::size_t so_far = *ended ? body_at_ : input.size();
        if (so_far > limits_.frame_bytes) return failure(Errc::frame_too_long);
        if (!*ended) return 0;
    }
    const auto end = scan_body(input);
    if (!end || *end == 0) return end;
    if (*end > limits_.frame_bytes) return failure(Errc::frame_too_long);
    scanned_ = line_at_ = lines_ = body_at_ = wanted_ = 0;
    content_length_.reset();
    return end;
}

Result<bool> Decoder::scan_lines(std::string_view input) {
    for (;;) {
        const std::size_t end = input.find('\n', scanned_);
        const std::size_t line_end = std::min(end, input.size());
        const std::size_t bytes_max = lines_ == 0 ? limits_.command_bytes : limits_.header_bytes;
        if (line_end - line_at_ > bytes_max) {
            return failure(lines_ == 0 ? Errc::command_too_long : Errc::header_too_long);
        }
        scanned_ = line_end;
        if (end == std::string_view::npos) return false;
        const std::string_view line = without_cr(input.substr(line_at_, end - line_at_));
        scanned_ = line_at_ = end + 1;
        if (line.empty()) {
            body_at_ = scanned_;
            return true;
        }
        if (const auto taken = take_line(line); !taken) return failure(taken.error());
    }
}

Result<void> Decoder::take_line(std::string_view line) {
    if (lines_++ == 0) {
        // Only SEND has a body that may hold NULs; all others end at the first one.
        counts_length_ = line.starts_with("SEND") || line == "MESSAGE" || line == "ERROR";
        return {};
    }
    if (lines_ - 1 > limits_.headers) return failure(Errc::too_many_headers);
    const auto [name, value] = split(line);
    if (!counts_length_ || content_length_ || trim(name) != kContentLength) return {};
    const std::string_view digits = trim(value);
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error == std::errc::result_out_of_range) return failure(Errc::body_too_long);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        return failure(Errc::bad_content_length);
    }
    if (length > limits_.body_bytes) return failure(Errc::body_too_long);
    content_length_ = length;
    return {};
}

Result<std::size_t> Decoder::scan_body(Bytes input) {
    if (content_length_) {
        wanted_ = body_at_ + *content_length_ + 1;
        if (wanted_ > limits_.frame_bytes) return failure(Errc::frame_too_long);
        if (input.size() < wanted_) return 0;
        if (input[wanted_ - 1] != 0) return failure(Errc::no_trailing_null);
        return wanted_;
    }
    const std::size_t end = as_text(input).find('\0', scanned_);
    scanned_ = std::min(end, input.size());
    if (scanned_ - body_at_ > limits_.body_bytes) return failure(Errc::body_too_long);
    if (scanned_ >= limits_.frame_bytes) return failure(Errc::frame_too_long);
    return end == std::string_view::npos ? 0 : end + 1;
}

const Frame& Decoder::decode(Bytes bytes, Version version) {
    std::string_view rest = as_text(bytes);
    const auto next_line = [&rest] {
        const std::size_t end = rest.find('\n');
        const std::string_view line = without_cr(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        return line;
    };
    resolved_.clear();
    resolved_.reserve(bytes.size());  // views into it must hold
    frame_.headers.clear();
    frame_.command = next_line();
    for (std::string_view line = next_line(); !line.empty(); line = next_line()) {
        auto [name, value] = split(line);
        if (version == Version::v1_0) {
            name = trim(name);
            value = trim(value);
        }
        frame_.headers.push_back({resolve(name), resolve(value)});
    }
    rest.remove_suffix(1);
    frame_.body = as_bytes(rest);
    return frame_;
}

std::string_view Decoder::resolve(std::string_view text) {
    if (!has_escapes(text)) return text;
    const std::size_t start = resolved_.size();
    append_unescaped(text, resolved_);
    return std::string_view(resolved_).substr(start);
}

}  // namespace tern::stomp
