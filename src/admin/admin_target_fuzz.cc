#include "admin/target.h"
#include "base/assert.h"

#include <cstddef>
#include <cstdint>

// What can be parsed is written as what is parsed to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::admin;
    const auto target = parse_target({reinterpret_cast<const char*>(data), size});
    if (!target) return 0;
    const auto again = parse_target(to_text(*target));
    TERN_ASSERT(again && again->path == target->path && again->query == target->query);
    return 0;
}
