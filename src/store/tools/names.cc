#include "store/tools/names.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

namespace tern::store::tools {
namespace {

std::string subscriber(const broker::NamedSubscription& subscription) {
    return subscription.key.client_id + ':' + subscription.key.name;
}

}  // namespace

std::string name_of(const Definition& queue) {
    std::string name;
    for (const broker::Destination& binding : queue.bindings) {
        if (!name.empty()) name += ',';
        name += broker::to_text(binding.view());
    }
    if (queue.subscription) name += " for " + subscriber(*queue.subscription);
    return name;
}

bool is_called(const Definition& queue, std::string_view text) {
    if (name_of(queue) == text) return true;
    if (queue.subscription && subscriber(*queue.subscription) == text) return true;
    for (const broker::Destination& binding : queue.bindings) {
        if (binding.name == text || broker::to_text(binding.view()) == text) return true;
    }
    return false;
}

std::string_view name_of(DocumentKind kind) {
    switch (kind) {
        case DocumentKind::exchange:
            return "exchange";
        case DocumentKind::binding:
            return "binding";
        case DocumentKind::branch:
            return "branch";
        case DocumentKind::selector:
            return "selector";
    }
    return "unknown";
}

std::string time_text(std::int64_t ms) {
    if (ms == 0) return "never";
    // What no calendar has is shown as the number it is.
    constexpr std::int64_t kYear9999Ms = 253'402'300'800'000;
    if (ms < 0 || ms >= kYear9999Ms) return fmt::format("{} ms", ms);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

std::string printable(Bytes text, std::size_t bytes_max) {
    std::string shown;
    for (const std::uint8_t byte : text.first(std::min(text.size(), bytes_max))) {
        if (byte >= 0x20 && byte < 0x7F && byte != '\\') {
            shown += static_cast<char>(byte);
        } else {
            fmt::format_to(std::back_inserter(shown), "\\x{:02x}", byte);
        }
    }
    if (text.size() > bytes_max) shown += "...";
    return shown;
}

}  // namespace tern::store::tools
