#include "broker/api/xid.h"

#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"

#include <charconv>

namespace tern::broker {
namespace {

constexpr std::size_t kIdBytesMax = 64;
constexpr std::string_view kFront = "XID:[";
constexpr std::string_view kGlobal = ",globalId=";
constexpr std::string_view kQualifier = ",branchId=";

std::string hex(Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xFU];
    }
    return text;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        unsigned value = 0;
        const char* const end = text.data() + at + 2;
        const auto [stop, error] = std::from_chars(text.data() + at, end, value, 16);
        if (error != std::errc() || stop != end) return std::nullopt;
        bytes += static_cast<char>(value);
    }
    return bytes;
}

/// What stands before `mark`, which is taken away with it.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == text.npos) return std::nullopt;
    const std::string_view front = text.substr(0, at);
    text.remove_prefix(at + mark.size());
    return front;
}

}  // namespace

std::optional<std::string> branch_name(const Xid& xid) {
    if (xid.global.size() > kIdBytesMax || xid.qualifier.size() > kIdBytesMax) return std::nullopt;
    ByteWriter out;
    out.u32(static_cast<std::uint32_t>(xid.format));
    out.u8(static_cast<std::uint8_t>(xid.global.size()));
    out.append(xid.global);
    out.append(xid.qualifier);
    return std::string(as_text(out.bytes()));
}

std::optional<Xid> parse_branch_name(std::string_view name) {
    ByteReader in(as_bytes(name));
    Xid xid;
    xid.format = static_cast<std::int32_t>(in.u32());
    xid.global = in.take(in.u8());
    xid.qualifier = in.take(in.remaining());
    if (!in.done() || branch_name(xid) != name) return std::nullopt;
    return xid;
}

std::string branch_text(std::string_view name) {
    const auto xid = parse_branch_name(name);
    if (!xid) return hex(as_bytes(name));
    std::string text(kFront);
    text.append(std::to_string(xid->format)).append(kGlobal).append(hex(xid->global));
    return text.append(kQualifier).append(hex(xid->qualifier)).append("]");
}

std::optional<std::string> parse_branch_text(std::string_view text) {
    if (!text.starts_with(kFront)) return from_hex(text);
    text.remove_prefix(kFront.size());
    const auto format = take_until(text, kGlobal);
    const auto global = format ? take_until(text, kQualifier) : std::nullopt;
    const auto qualifier = global ? take_until(text, "]") : std::nullopt;
    if (!qualifier || !text.empty()) return std::nullopt;
    Xid xid;
    const char* const end = format->data() + format->size();
    const auto [stop, error] = std::from_chars(format->data(), end, xid.format);
    const auto global_bytes = from_hex(*global);
    const auto qualifier_bytes = from_hex(*qualifier);
    if (error != std::errc() || stop != end || !global_bytes || !qualifier_bytes) {
        return std::nullopt;
    }
    xid.global = as_bytes(*global_bytes);
    xid.qualifier = as_bytes(*qualifier_bytes);
    return branch_name(xid);
}

}  // namespace tern::broker
