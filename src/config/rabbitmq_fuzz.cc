#include "config/fuzz_check.h"

#include <string>

/// Files of RabbitMQ: as they are, and behind a line that makes one of any text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::config;
    const std::string text(reinterpret_cast<const char*>(data), size);
    check(load(text, sources()));
    check(load("channel_max = 1\n" + text, sources()));
    return 0;
}
