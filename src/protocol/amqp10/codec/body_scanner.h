#pragma once

#include "base/result.h"
#include "protocol/amqp10/codec/sections.h"

#include <array>

namespace tern::amqp10 {

/// Looks at a body that comes in pieces, as `find_sections` does at a whole one: data or sequence
/// sections or one value, then perhaps a footer. What is in them is passed over.
class BodyScanner {
public:
    /// The next bytes. Errors: malformed, unexpected, bad_order; all that follows is wrong, too.
    [[nodiscard]] Result<void> take(Bytes piece);
    /// Nothing is missing, as far as can be seen.
    [[nodiscard]] bool complete() const { return last_ != 0 && left_ == 0 && head_bytes_ == 0; }

private:
    /// A section's descriptor and constructor and the size behind that: no right one has more.
    static constexpr std::size_t kHeadBytesMax = 64;

    [[nodiscard]] Result<void> begin_section(const SectionHead& head);

    std::uint64_t last_ = 0;  ///< the latest section
    std::uint64_t left_ = 0;  ///< of its content
    std::array<std::uint8_t, kHeadBytesMax> head_{};
    std::size_t head_bytes_ = 0;
};

}  // namespace tern::amqp10
