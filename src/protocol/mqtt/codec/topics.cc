#include "protocol/mqtt/codec/topics.h"

#include <algorithm>
#include <array>

namespace tern::mqtt {
namespace {

constexpr std::size_t kBytesMax = 65535;
constexpr std::string_view kSharePrefix = "$share/";

/// The text up to the next `/`, taken off `rest`. `last` says that nothing follows.
std::string_view take_level(std::string_view& rest, bool& last) {
    const std::size_t slash = rest.find('/');
    last = slash == std::string_view::npos;
    const std::string_view level = rest.substr(0, slash);
    rest = last ? std::string_view() : rest.substr(slash + 1);
    return level;
}

constexpr auto kSwapped = [] {
    std::array<char, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<char>(i);
    constexpr std::string_view kPairs[] = {"/.", "+*", "#>"};
    for (const std::string_view pair : kPairs) {
        table[static_cast<unsigned char>(pair[0])] = pair[1];
        table[static_cast<unsigned char>(pair[1])] = pair[0];
    }
    return table;
}();

}  // namespace

bool is_topic_name(std::string_view topic) {
    return !topic.empty() && topic.size() <= kBytesMax &&
           std::ranges::none_of(topic, [](char c) { return c == '+' || c == '#'; });
}

bool is_topic_filter(std::string_view filter) {
    if (filter.empty() || filter.size() > kBytesMax) return false;
    for (bool last = false; !last;) {
        const std::string_view level = take_level(filter, last);
        if (level == "#" && last) return true;
        if (level != "+" && level.find_first_of("+#") != std::string_view::npos) return false;
    }
    return true;
}

bool is_shared(std::string_view filter) {
    return filter.starts_with(kSharePrefix);
}

std::optional<SharedFilter> parse_shared(std::string_view filter) {
    if (!is_shared(filter)) return {};
    filter.remove_prefix(kSharePrefix.size());
    const std::size_t slash = filter.find('/');
    if (slash == std::string_view::npos || slash == 0) return {};
    const SharedFilter shared{filter.substr(0, slash), filter.substr(slash + 1)};
    if (shared.group.find_first_of("+#") != std::string_view::npos) return {};
    if (!is_topic_filter(shared.filter)) return {};
    return shared;
}

bool matches(std::string_view filter, std::string_view topic) {
    const bool wild = filter.starts_with('+') || filter.starts_with('#');
    if (wild && topic.starts_with('$')) return false;
    bool filter_ends = false;
    bool topic_ends = false;
    for (;;) {
        const std::string_view wanted = take_level(filter, filter_ends);
        if (wanted == "#") return true;
        const std::string_view level = take_level(topic, topic_ends);
        if (wanted != "+" && wanted != level) return false;
        if (topic_ends) return filter_ends || filter == "#";
        if (filter_ends) return false;
    }
}

std::string swap_names(std::string_view name) {
    std::string out;
    swap_names(name, out);
    return out;
}

void swap_names(std::string_view name, std::string& out) {
    out.resize(name.size());
    std::ranges::transform(name, out.begin(),
                           [](char c) { return kSwapped[static_cast<unsigned char>(c)]; });
}

}  // namespace tern::mqtt
