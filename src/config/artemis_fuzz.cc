#include "config/fuzz_check.h"

#include <string>

/// Documents of ActiveMQ Artemis: as they are, and as what stands within `core`.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::config;
    const std::string text(reinterpret_cast<const char*>(data), size);
    check(load(text, sources()));
    check(load("<configuration><core>" + text + "</core></configuration>", sources()));
    return 0;
}
