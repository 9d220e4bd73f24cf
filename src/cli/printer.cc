#include "cli/printer.h"

#include "cli/json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>

namespace tern::cli {
namespace {

using client::Blob;
using client::Map;
using client::Message;

/// The body alone: text and bytes as they are, a map as JSON.
struct BodyText {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const Blob& bytes) const { return {bytes.begin(), bytes.end()}; }
    std::string operator()(const Map& map) const { return to_json(client::Value(map)); }
    std::string operator()(const Message::Opaque& opaque) const {
        return {opaque.bytes.begin(), opaque.bytes.end()};
    }
};

std::string_view kind_of(const Message& message) {
    constexpr std::array<std::string_view, 5> kKinds{"empty", "text", "bytes", "map", "other"};
    return kKinds.at(message.body.index());
}

/// The beginning of a text, in one line.
std::string preview(const std::string& text) {
    constexpr std::size_t kCharacters = 48;
    std::string out;
    std::size_t characters = 0;
    for (const char c : text) {
        const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
        if (begins_character && ++characters > kCharacters) return out + "...";
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return out;
}

std::string list_line(const Message& message) {
    const std::string time = fmt::format(
        "{:%Y-%m-%d %H:%M:%S}", std::chrono::floor<std::chrono::seconds>(message.timestamp));
    std::string line =
        fmt::format("{}  {}  {:5} {:>8}  {}", message.id, time, kind_of(message),
                    body_bytes(message), message.redelivered() ? "redelivered " : "");
    if (const auto* const text = message.text()) line += preview(*text);
    return line;
}

}  // namespace

client::Result<void> Printer::print(const Message& message) {
    if (what_ == Print::nothing) return {};
    const std::string line = line_of(what_, message, fields_) + "\n";
    const std::lock_guard lock(mutex_);
    return check(std::fwrite(line.data(), 1, line.size(), out_) == line.size());
}

client::Result<void> Printer::flush() {
    if (what_ == Print::nothing) return {};
    const std::lock_guard lock(mutex_);
    return check(std::fflush(out_) == 0);
}

client::Result<void> Printer::check(bool good) {
    if (!good && !error_) {
        error_ = client::Error{.code = {errno, std::system_category()},
                               .text = "writing to standard output"};
    }
    if (error_) return std::unexpected(*error_);
    return {};
}

std::string line_of(Print what, const Message& message, const FieldGroups& fields) {
    switch (what) {
        case Print::nothing:
            return {};
        case Print::lines:
            return std::visit(BodyText(), message.body);
        case Print::json:
            return to_json(message);
        case Print::list:
            return list_line(message);
        case Print::fields:
            return fields_of(message, fields);
    }
    return {};
}

std::uint64_t body_bytes(const Message& message) {
    if (const auto* const text = message.text()) return text->size();
    if (const auto* const bytes = message.bytes()) return bytes->size();
    if (const auto* const opaque = std::get_if<Message::Opaque>(&message.body)) {
        return opaque->bytes.size();
    }
    return 0;
}

}  // namespace tern::cli
