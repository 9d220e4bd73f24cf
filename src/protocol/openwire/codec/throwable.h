#pragma once

#include "protocol/openwire/codec/nullable.h"

#include <cstdint>

namespace tern::openwire {

struct StackTraceElement {
    Text declaring_class{};
    Text method{};
    Text file{};
    std::int32_t line = 0;

    bool operator==(const StackTraceElement&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.declaring_class);
        visit.field(self.method);
        visit.field(self.file);
        visit.field(self.line);
    }
};

/// A Java exception. OpenWire reference, 3.8; class names to use: 8.4. A message too long for the
/// encoding is cut when it is written.
struct Throwable {
    Text class_name{};
    Text message{};
    std::vector<StackTraceElement> stack_trace{};
    Box<Throwable> cause{};

    bool operator==(const Throwable&) const = default;
    template <class Self, class Visitor>
    static void fields(Self& self, Visitor& visit) {
        visit.field(self.class_name);
        visit.shortened(self.message);
        if (visit.stack_traces()) {
            visit.field(self.stack_trace);
            visit.field(self.cause);
        }
    }
};

}  // namespace tern::openwire
