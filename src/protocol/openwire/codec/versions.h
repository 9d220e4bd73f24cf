#pragma once

namespace tern::openwire {

constexpr int kVersionMin = 1;
constexpr int kVersionMax = 12;

/// The protocol versions that have a field or a structure.
struct Versions {
    int first = kVersionMin;
    int last = kVersionMax;

    [[nodiscard]] constexpr bool contains(int version) const {
        return version >= first && version <= last;
    }
};

[[nodiscard]] constexpr Versions since(int first) {
    return {first, kVersionMax};
}
[[nodiscard]] constexpr Versions until(int last) {
    return {kVersionMin, last};
}

/// Every structure names its fields once, in wire order, in a static `fields(self, visit)`.
/// Readers, writers, copies and the tests' random fillers are visitors of it:
///   visit.field(x, versions)   encoded by its C++ type: bool, int8, int32, int64, enumerations of
///                              these, Text, ByteArray, raw bytes, nullable structure, array,
///                              throwable
///   visit.cached(x)            a nullable structure that takes part in the object cache (3.7)
///   visit.content(x)           a message's body: a ByteArray that a writer may leave out
///   visit.shortened(x)         a Text that a writer cuts when it is too long for the wire
///   visit.stack_traces()       whether a throwable carries its stack trace (3.8)
/// `base_command` is what most of them start with (4.1).
template <class Self, class Visitor>
void base_command(Self& self, Visitor& visit) {
    visit.field(self.command_id);
    visit.field(self.response_required);
}

}  // namespace tern::openwire
