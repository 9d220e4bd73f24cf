#include "broker/selector/scratch.h"

#include "broker/selector/numbers.h"

namespace tern::selector {

bool Scratch::spend(std::size_t bytes) {
    if (bytes > bytes_left_) return false;
    bytes_left_ -= bytes;
    return true;
}

Value Scratch::concatenation(std::string_view left, const Value& right) {
    if (!spend(left.size() + text_size_max(right))) return {};
    return std::string_view(texts_.emplace_front(std::string(left) + to_text(right)));
}

std::optional<std::string_view> Scratch::text_of(const Value& value) {
    if (value.type() == Type::string) return value.text();
    if (!spend(text_size_max(value))) return std::nullopt;
    return texts_.emplace_front(to_text(value));
}

Value Scratch::keep(std::string text) {
    if (!spend(text.size())) return {};
    return std::string_view(texts_.emplace_front(std::move(text)));
}

Value Scratch::keep(std::vector<Value> items) {
    if (!spend(items.size() * sizeof(Value))) return {};
    return Value::list(lists_.emplace_front(std::move(items)));
}

}  // namespace tern::selector
