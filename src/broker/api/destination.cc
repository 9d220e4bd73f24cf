#include "broker/api/destination.h"

#include <algorithm>
#include <functional>

namespace tern::broker {
namespace {

struct Prefix {
    std::string_view text;
    Domain domain;
    bool temporary;
};

constexpr Prefix kPrefixes[] = {{"queue://", Domain::queue, false},
                                {"topic://", Domain::topic, false},
                                {"temp-queue://", Domain::queue, true},
                                {"temp-topic://", Domain::topic, true}};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Takes off the first of what is separated by `separator`.
std::string_view take(std::string_view& rest, char separator) {
    const std::size_t end = rest.find(separator);
    const std::string_view first = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return first;
}

DestinationView element(const DestinationView& whole, std::string_view name) {
    name = trim(name);
    for (const Prefix& prefix : kPrefixes) {
        if (!name.starts_with(prefix.text)) continue;
        return {prefix.domain, prefix.temporary, name.substr(prefix.text.size())};
    }
    return {whole.domain, whole.temporary, name};
}

}  // namespace

std::vector<Destination> elements(const DestinationView& destination) {
    std::vector<Destination> all;
    for (std::string_view rest = destination.name; !rest.empty();) {
        const Destination one(element(destination, take(rest, ',')));
        if (!one.name.empty() && std::ranges::find(all, one) == all.end()) all.push_back(one);
    }
    return all;
}

bool is_pattern(std::string_view name) {
    while (!name.empty()) {
        const std::string_view first = take(name, '.');
        if (first == "*" || (first == ">" && name.empty())) return true;
    }
    return false;
}

bool matches(std::string_view pattern, std::string_view name) {
    // Rooms keep what is theirs under names that begin with `$`: a wildcard does not stand for it.
    const bool wild = pattern.starts_with('*') || pattern.starts_with('>');
    if (wild && name.starts_with('$')) return false;
    // Elements may be empty, the last one as well.
    for (;;) {
        if (pattern == ">") return true;
        const bool pattern_ends = !pattern.contains('.');
        const bool name_ends = !name.contains('.');
        const std::string_view expected = take(pattern, '.');
        const std::string_view element = take(name, '.');
        if (expected != "*" && expected != element) return false;
        if (name_ends) return pattern_ends || pattern == ">";
        if (pattern_ends) return false;
    }
}

std::string to_text(const DestinationView& destination) {
    std::string text = destination.temporary ? "temp-" : "";
    text += destination.domain == Domain::queue ? "queue://" : "topic://";
    text += destination.name;
    return text;
}

std::size_t DestinationHash::operator()(const DestinationView& d) const noexcept {
    const std::size_t kind = (d.domain == Domain::topic ? 1U : 0U) + (d.temporary ? 2U : 0U);
    return std::hash<std::string_view>{}(d.name) ^ (kind * 0x9E3779B97F4A7C15ULL);
}

}  // namespace tern::broker
