#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tern::admin {

/// A name of JMX: `domain:key=value,…`. A pattern has `*` and `?` in its domain or values, or a key
/// `*`, which stands for any further keys.
struct ObjectName {
    std::string domain;
    std::map<std::string, std::string> keys;
    bool more_keys = false;  ///< ends with `*`

    [[nodiscard]] bool is_pattern() const;
    [[nodiscard]] bool matches(const ObjectName& name) const;
    /// With the keys in alphabetical order, as Jolokia writes it.
    [[nodiscard]] std::string text() const;
    /// That without the domain.
    [[nodiscard]] std::string key_text() const;

    auto operator<=>(const ObjectName&) const = default;
};

[[nodiscard]] std::optional<ObjectName> parse_object_name(std::string_view text);

/// Whatever a name may be called, as a value of a key: ActiveMQ's way to write what JMX does not
/// allow.
[[nodiscard]] std::string key_value(std::string_view name);

}  // namespace tern::admin
