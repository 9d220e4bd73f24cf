#pragma once

#include <cstddef>

namespace tern::broker {

/// Bytes that `new` has given out and that were not deleted yet. In unit tests only
/// (counting_new.cc).
[[nodiscard]] std::size_t allocated_bytes();

}  // namespace tern::broker
