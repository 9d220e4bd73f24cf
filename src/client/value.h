#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tern::client {

struct Value;
using Blob = std::vector<std::uint8_t>;
using List = std::vector<Value>;

/// Named values: the properties of a message, or the body of a map message. Keeps its order.
class Map {
public:
    using Entry = std::pair<std::string, Value>;

    Map();
    Map(std::initializer_list<Entry> entries);
    Map(const Map&);
    Map(Map&&) noexcept;
    Map& operator=(const Map&);
    Map& operator=(Map&&) noexcept;
    ~Map();

    /// Replaces what was there under this name.
    void set(std::string_view name, Value value);
    /// For readers of the wire, who know that the name is new or do not care.
    void append(std::string name, Value value);
    /// Null when there is no such name.
    [[nodiscard]] const Value* find(std::string_view name) const;

    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] const Entry* begin() const;
    [[nodiscard]] const Entry* end() const;
    bool operator==(const Map&) const;

private:
    std::vector<Entry> entries_;
};

/// A value as JMS knows them, with its exact type. Texts are UTF-8.
struct Value {
    std::variant<std::monostate, bool, std::int8_t, char16_t, std::int16_t, std::int32_t,
                 std::int64_t, double, float, std::string, Blob, Map, List>
        data;

    Value() = default;
    Value(bool value) : data(value) {}
    Value(std::int8_t value) : data(value) {}
    Value(char16_t value) : data(value) {}
    Value(std::int16_t value) : data(value) {}
    Value(std::int32_t value) : data(value) {}
    Value(std::int64_t value) : data(value) {}
    Value(double value) : data(value) {}
    Value(float value) : data(value) {}
    Value(std::string value) : data(std::move(value)) {}
    Value(std::string_view value) : data(std::string(value)) {}
    Value(const char* value) : data(std::string(value)) {}
    Value(Blob value) : data(std::move(value)) {}
    Value(Map value) : data(std::move(value)) {}
    Value(List value) : data(std::move(value)) {}

    /// The value if it has exactly this type, else null.
    template <class T>
    [[nodiscard]] const T* as() const {
        return std::get_if<T>(&data);
    }
    bool operator==(const Value&) const = default;
};

}  // namespace tern::client
