#include "engine/names.h"

namespace tern::engine {
namespace {

/// What the broker or a protocol keeps for itself has no other names.
bool is_own(const broker::DestinationView& destination) {
    return destination.name.starts_with('$') || destination.name.starts_with("ActiveMQ.");
}

void replace_all(std::string& name, std::string_view what, char by) {
    for (std::size_t at = name.find(what); at != std::string::npos; at = name.find(what, at + 1)) {
        name.replace(at, what.size(), 1, by);
    }
}

/// Level by level.
std::string plain(std::string_view name, const Wildcards& wildcards) {
    std::string known;
    for (;;) {
        const std::size_t end = name.find(wildcards.delimiter);
        const std::string_view level = name.substr(0, end);
        if (level == wildcards.any_words) {
            known += '>';
        } else if (level == wildcards.single_word) {
            known += '*';
        } else {
            known += level;
        }
        if (end == std::string_view::npos) return known;
        known += '.';
        name.remove_prefix(end + wildcards.delimiter.size());
    }
}

}  // namespace

std::optional<broker::Destination> Names::translate(const broker::DestinationView& named) const {
    const bool nothing = separator.empty() && !qualified && !wildcards;
    if (nothing || named.temporary || is_own(named)) return {};
    broker::Destination known(named);
    if (!separator.empty()) replace_all(known.name, separator, '.');
    if (wildcards) known.name = plain(known.name, *wildcards);
    if (qualified && known.name.find("::") != std::string::npos) {
        known.domain = broker::Domain::queue;
    }
    return known.view() == named ? std::nullopt : std::optional(std::move(known));
}

}  // namespace tern::engine
