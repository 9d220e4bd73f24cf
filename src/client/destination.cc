#include "client/destination.h"

#include <array>
#include <utility>

namespace tern::client {
namespace {

using Kind = Destination::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 4> kPrefixes{{
    {Kind::queue, "queue"},
    {Kind::topic, "topic"},
    {Kind::temporary_queue, "temp-queue"},
    {Kind::temporary_topic, "temp-topic"},
}};
constexpr std::string_view kSeparator = "://";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Destination Destination::queue(std::string name) {
    return {Kind::queue, std::move(name)};
}
Destination Destination::topic(std::string name) {
    return {Kind::topic, std::move(name)};
}

Result<Destination> Destination::parse(std::string_view text) {
    Destination parsed;
    std::string_view name = trimmed(text);
    for (const auto& [kind, prefix] : kPrefixes) {
        if (name.starts_with(prefix) && name.substr(prefix.size()).starts_with(kSeparator)) {
            parsed.kind = kind;
            name = trimmed(name.substr(prefix.size() + kSeparator.size()));
            break;
        }
    }
    const auto bad = [text](std::string_view why) {
        return failure(Errc::bad_argument,
                       "destination '" + std::string(text) + "' " + std::string(why));
    };
    if (name.empty()) return bad("has no name");
    // Behind a comma a prefix is part of a composite name.
    if (name.substr(0, name.find(',')).find(kSeparator) != std::string_view::npos) {
        return bad("is neither queue:// nor topic://");
    }
    if (name.find('?') != std::string_view::npos)
        return bad("has options, which are not supported");
    parsed.name = name;
    return parsed;
}

std::string Destination::text() const {
    for (const auto& [prefix_kind, prefix] : kPrefixes) {
        if (prefix_kind == kind) return std::string(prefix) + std::string(kSeparator) + name;
    }
    return name;
}

}  // namespace tern::client
