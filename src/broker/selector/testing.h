#pragma once

#include "broker/selector/selector.h"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tern::selector {

// For tests: messages and expectations, written as in tests/conformance/selector/cases.txt.

/// The properties of a message, which counts how often it is asked.
class Properties final : public PropertySource {
public:
    Properties() = default;
    /// name=value name=value ...
    explicit Properties(std::string_view text);

    [[nodiscard]] Value find(std::string_view name) override;
    [[nodiscard]] bool matches_xpath(std::size_t index) override;

    std::map<std::string, int, std::less<>> asked;
    std::vector<bool> xpaths;  ///< the answers to matches_xpath

private:
    std::map<std::string, Value, std::less<>> values_;
    std::deque<std::string> texts_;
};

/// One line of the table.
struct Case {
    std::string verdict;   ///< "true", "false", "unknown", "refused:12"
    bool differs = false;  ///< from Classic, on purpose
    std::string selector;
    std::string properties;
};

/// False for a line without a case.
[[nodiscard]] bool read_case(std::string_view line, Case& out);

/// By `new`, so far, in this program. In unit tests only (counting_new.cc).
[[nodiscard]] std::size_t allocations();

/// What our implementation says, in the words of the table.
[[nodiscard]] std::string verdict_on(const Case& test);

}  // namespace tern::selector
