#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tern::selector {

/// A type a value can have: those of JMS properties, and the lists that functions make. Numbers
/// keep their Java width, because it decides whether arithmetic wraps and how comparison converts.
enum class Type : std::uint8_t {
    null,
    boolean,
    int8,
    int16,
    int32,
    int64,
    float32,
    float64,
    string,
    object,  ///< a list, or what no operator understands (bytes, maps)
};

/// What a property, a literal or an expression has as its value. A view: texts and lists must
/// outlive it.
class Value {
public:
    /// Null, which a property that is not there has, too.
    constexpr Value() = default;
    constexpr Value(bool value) : type_(Type::boolean), payload_{.integer = value} {}
    constexpr Value(std::int8_t value) : type_(Type::int8), payload_{.integer = value} {}
    constexpr Value(std::int16_t value) : type_(Type::int16), payload_{.integer = value} {}
    constexpr Value(std::int32_t value) : type_(Type::int32), payload_{.integer = value} {}
    constexpr Value(std::int64_t value) : type_(Type::int64), payload_{.integer = value} {}
    constexpr Value(float value) : type_(Type::float32), payload_{.floating = value} {}
    constexpr Value(double value) : type_(Type::float64), payload_{.floating = value} {}
    /// At most 4 GiB.
    constexpr Value(std::string_view text)
        : type_(Type::string),
          size_(static_cast<std::uint32_t>(text.size())),
          payload_{.text = text.data()} {}
    constexpr Value(const char* text) : Value(std::string_view(text)) {}

    static constexpr Value list(std::span<const Value> items) {
        Value value;
        value.type_ = Type::object;
        value.size_ = static_cast<std::uint32_t>(items.size());
        value.payload_.items = items.data();
        value.is_list_ = true;
        return value;
    }
    /// Not null, and equal to nothing.
    static constexpr Value opaque() {
        Value value;
        value.type_ = Type::object;
        return value;
    }

    [[nodiscard]] constexpr Type type() const { return type_; }
    [[nodiscard]] constexpr bool is_null() const { return type_ == Type::null; }
    [[nodiscard]] constexpr bool is_list() const { return is_list_; }
    [[nodiscard]] constexpr bool is_integer() const {
        return type_ >= Type::int8 && type_ <= Type::int64;
    }
    [[nodiscard]] constexpr bool is_floating() const {
        return type_ == Type::float32 || type_ == Type::float64;
    }
    [[nodiscard]] constexpr bool is_number() const { return is_integer() || is_floating(); }

    // Each is valid for its types only.
    [[nodiscard]] constexpr bool boolean() const { return payload_.integer != 0; }
    [[nodiscard]] constexpr std::int64_t integer() const { return payload_.integer; }
    [[nodiscard]] constexpr double floating() const { return payload_.floating; }
    [[nodiscard]] constexpr std::string_view text() const { return {payload_.text, size_}; }
    [[nodiscard]] constexpr std::span<const Value> items() const { return {payload_.items, size_}; }
    /// Of any number.
    [[nodiscard]] constexpr double as_double() const {
        return is_integer() ? static_cast<double>(payload_.integer) : payload_.floating;
    }

private:
    union Payload {
        std::int64_t integer = 0;  // and boolean
        double floating;           // float32, too: a double holds it exactly
        const char* text;
        const Value* items;
    };

    Type type_ = Type::null;
    bool is_list_ = false;
    std::uint32_t size_ = 0;
    Payload payload_ = {};
};

/// SQL's three-valued logic.
enum class Truth : std::uint8_t { is_false, is_true, unknown };

}  // namespace tern::selector
