#pragma once

#include "broker/selector/value.h"

#include <cstddef>
#include <forward_list>
#include <optional>
#include <string>
#include <vector>

namespace tern::selector {

/// Holds the texts and lists that one evaluation makes. Few selectors make any, and one that makes
/// none allocates nothing. They share a bound: what goes beyond it is null.
class Scratch {
public:
    static constexpr std::size_t kBytesMax = std::size_t{4} << 20;

    [[nodiscard]] std::size_t bytes_left() const { return bytes_left_; }

    /// `left` and the text of `right`, as Java's + on strings.
    [[nodiscard]] Value concatenation(std::string_view left, const Value& right);
    /// The text of a value that is no string already.
    [[nodiscard]] std::optional<std::string_view> text_of(const Value& value);

    [[nodiscard]] Value keep(std::string text);
    [[nodiscard]] Value keep(std::vector<Value> items);

private:
    [[nodiscard]] bool spend(std::size_t bytes);

    std::size_t bytes_left_ = kBytesMax;
    std::forward_list<std::string> texts_;
    std::forward_list<std::vector<Value>> lists_;
};

}  // namespace tern::selector
