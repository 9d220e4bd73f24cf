#include "store/tools/names.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
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

std::optional<std::int64_t> time_of(const std::string& text) {
    for (const char* const format :
         {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d"}) {
        std::tm time{};
        const char* const rest = strptime(text.c_str(), format, &time);
        if (rest == nullptr) continue;
        const std::int64_t ms = static_cast<std::int64_t>(timegm(&time)) * 1000;
        if (*rest == '\0') return ms;
        const std::string_view fraction(rest);
        int more = 0;
        const auto [end, error] = std::from_chars(rest, rest + fraction.size(), more);
        if (error == std::errc() && end - rest == 3 && std::string_view(end) == "Z") {
            return ms + more;
        }
    }
    return std::nullopt;
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
