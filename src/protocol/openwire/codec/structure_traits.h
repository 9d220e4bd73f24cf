#pragma once

#include "protocol/openwire/codec/commands.h"

#include <type_traits>

namespace tern::openwire {

// What the visitors ask about a structure. Internal to the codec.

/// Whether a structure of this type byte is read into a T.
template <class T>
[[nodiscard]] constexpr bool accepts(DataType type) {
    if constexpr (requires { T::kType; }) {
        return type == T::kType;
    } else {
        return T::is_type(type);
    }
}

/// The protocol versions that have the structure.
template <class T>
[[nodiscard]] constexpr Versions versions_of(DataType type) {
    if constexpr (requires { T::kVersions; }) {
        return T::kVersions;
    } else if constexpr (requires { T::versions_of(type); }) {
        return T::versions_of(type);
    } else {
        return {};
    }
}

/// Whether the nested structure has the extra bit of OpenWire reference, 3.5.
template <class T>
constexpr bool kIsMarshalAware = requires { T::kMarshalAware; };

template <class T>
constexpr bool kIsVariant = false;
template <class... T>
constexpr bool kIsVariant<std::variant<T...>> = true;

}  // namespace tern::openwire
