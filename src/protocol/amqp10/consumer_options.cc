#include "protocol/amqp10/consumer_options.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tern::amqp10 {
namespace {

constexpr std::string_view kPrefix = "consumer.";

std::optional<std::string> decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (text.size() - i < 3) return {};
        const char* const digits = text.data() + i + 1;
        unsigned char byte = 0;
        const auto read = std::from_chars(digits, digits + 2, byte, 16);
        if (read.ec != std::errc() || read.ptr != digits + 2) return {};
        plain += static_cast<char>(byte);
        i += 2;
    }
    return plain;
}

template <class T>
bool set_number(std::string_view text, T& to) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), to);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool set_flag(std::string_view text, bool& to) {
    to = text == "true";
    return to || text == "false";
}

/// Those that say nothing to this broker: what a consumer may have ahead is its credit.
bool is_without_effect(std::string_view name) {
    constexpr std::array<std::string_view, 5> kNames{"prefetchSize", "dispatchAsync", "retroactive",
                                                     "networkSubscription", "optimizedAcknowledge"};
    return std::ranges::find(kNames, name) != kNames.end();
}

bool apply(std::string_view name, const std::string& value, broker::Subscribe& command) {
    if (name == "priority") return set_number(value, command.priority);
    if (name == "exclusive") return set_flag(value, command.exclusive);
    if (name == "noLocal") return set_flag(value, command.no_local);
    if (name == "maximumPendingMessageLimit") return set_number(value, command.pending_max);
    if (name == "selector") {
        command.selector = value;
        return true;
    }
    return is_without_effect(name);
}

}  // namespace

std::string apply_consumer_options(std::string_view address, broker::Subscribe& command) {
    const std::size_t at = address.find('?');
    std::string_view rest = at == address.npos ? std::string_view() : address.substr(at + 1);
    while (!rest.empty()) {
        const std::string_view option = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(option.size() + 1, rest.size()));
        const std::size_t equals = std::min(option.find('='), option.size());
        const std::string_view name = option.substr(0, equals);
        if (!name.starts_with(kPrefix)) continue;  // of others ActiveMQ knows nothing, either
        const auto value = decoded(option.substr(std::min(equals + 1, option.size())));
        if (!value || !apply(name.substr(kPrefix.size()), *value, command)) {
            return "the address has an option that makes no sense: " + std::string(option);
        }
    }
    return {};
}

}  // namespace tern::amqp10
