// Parser and evaluator: what parses, prints as a text that parses to the same selector and means
// the same for the same message. The first byte of the input switches the dialect, the second
// chooses the message; the rest is the selector.

#include "base/assert.h"
#include "broker/selector/selector.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <set>

namespace tern::selector {
namespace {

constexpr std::array<Value, 20> kValues = {
    Value(),
    Value(true),
    Value(false),
    Value(std::int8_t{-128}),
    Value(std::int16_t{5}),
    Value(std::int32_t{5}),
    Value(std::numeric_limits<std::int32_t>::min()),
    Value(std::int64_t{5}),
    Value(std::numeric_limits<std::int64_t>::max()),
    Value(1.5F),
    Value(std::numeric_limits<float>::quiet_NaN()),
    Value(-0.0),
    Value(1e300),
    Value(""),
    Value("5"),
    Value("abc"),
    Value("a,b;c"),
    Value("\xE6\x97\xA5\xE6\x9C\xAC \xF0\x9F\x98\x80"),
    Value("\xED\xA0\xBD\xED\xB8\x80\xFF\xC3"),
    Value::opaque(),
};

/// Gives each name a value, and asserts that it is asked for each once.
class Message final : public PropertySource {
public:
    explicit Message(std::uint8_t choice) : choice_(choice) {}

    [[nodiscard]] Value find(std::string_view name) override {
        TERN_ASSERT(asked_.insert(name).second);
        std::size_t sum = choice_;
        for (const char c : name) sum = sum * 31 + static_cast<unsigned char>(c);
        return kValues[sum % kValues.size()];
    }
    [[nodiscard]] bool matches_xpath(std::size_t index) override {
        return ((index + choice_) & 1U) != 0;
    }

private:
    std::size_t choice_;
    std::set<std::string_view> asked_;
};

void check(const Selector& selector, std::uint8_t choice) {
    const auto again = Selector::parse(selector.text());
    TERN_ASSERT(again.has_value());
    TERN_ASSERT(again->text() == selector.text());
    TERN_ASSERT(std::ranges::equal(again->identifiers(), selector.identifiers()));
    TERN_ASSERT(again->equalities().size() == selector.equalities().size());

    Message message(choice);
    Message same_message(choice);
    TERN_ASSERT(selector.evaluate(message) == again->evaluate(same_message));
}

}  // namespace
}  // namespace tern::selector

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::selector;
    if (size < 2) return 0;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const ParseOptions options{
        .dialect = {.convert_strings = (data[0] & 1) != 0, .hyphenated = (data[0] & 2) != 0},
        .limits = {.length_max = 8192}};
    const auto selector = Selector::parse(text, options);
    if (!selector) {
        TERN_ASSERT(selector.error().column <= text.size() + 1);
        return 0;
    }
    check(*selector, data[1]);
    return 0;
}
