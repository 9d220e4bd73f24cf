// A map that can be read is written so that it is read as the same, in its form.

#include "base/assert.h"
#include "protocol/stomp/maps.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::stomp;
    if (size == 0) return 0;
    const MapText form = data[0] % 2 == 0 ? MapText::json : MapText::xml;
    const auto map = read_map(form, {reinterpret_cast<const char*>(data) + 1, size - 1});
    if (!map) return 0;
    const std::string text = write_map(form, *map);
    const auto back = read_map(form, text);
    TERN_ASSERT(back.has_value());
    TERN_ASSERT(write_map(form, *back) == text);  // "not a number" equals nothing
    return 0;
}
