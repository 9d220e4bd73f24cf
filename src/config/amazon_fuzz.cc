#include "config/amazon.h"
#include "config/fuzz_check.h"

#include <string>

/// Whatever the document: all that is said of it has a place, and what is stored stays as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::config;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const AmazonDocument stored = sanitize_for_amazon(text);
    for (const AmazonWarning& one : stored.warnings) {
        require(one.place.line > 0 && one.place.column > 0 && !one.element.empty());
    }
    for (const Problem& one : stored.problems) {
        require(one.place.line > 0 && one.place.column > 0 && !one.text.empty());
    }
    require(stored.text.empty() != stored.problems.empty());
    if (stored.text.empty()) return 0;
    const AmazonDocument again = sanitize_for_amazon(stored.text);
    require(again.problems.empty() && again.warnings.empty());
    require(again.text == stored.text);
    return 0;
}
