// XPath expressions on documents, both a stranger's: the first line is the expression, the rest the
// document. What is answered once is answered again, and what is no expression matches nothing.

#include "base/assert.h"
#include "broker/selector/xpath.h"

#include <cstdint>
#include <string>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::selector;
    if (size == 0) return 0;
    const XmlEncoding encoding = (data[0] & 1) != 0 ? XmlEncoding::declared : XmlEncoding::utf8;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t end = text.find('\n');
    const std::string expression(text.substr(0, end));
    const std::string_view document = end == text.npos ? "" : text.substr(end + 1);
    const bool answer = matches_xpath(expression, document, encoding);
    TERN_ASSERT(!answer || is_xpath(expression));
    TERN_ASSERT(matches_xpath(expression, document, encoding) == answer);
    return 0;
}
