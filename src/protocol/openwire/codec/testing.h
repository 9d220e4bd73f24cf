#pragma once

#include "bytes/byte_writer.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/structure_traits.h"

#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tern::openwire::testing {

/// The bytes of a hex dump; blanks and line ends are skipped.
[[nodiscard]] std::vector<std::uint8_t> from_hex(std::string_view dump);
[[nodiscard]] std::string to_hex(Bytes bytes);

/// A frame without its size prefix, encoded alone.
[[nodiscard]] std::vector<std::uint8_t> frame_of(const Command& command, const WireFormat& format);

/// How often the program has called operator new.
[[nodiscard]] std::size_t allocations();

/// Every combination of version, encoding, caching and stack traces.
[[nodiscard]] std::vector<WireFormat> all_formats();
[[nodiscard]] std::string describe(const WireFormat& format);

/// The visitor that fills structures with random fields: those that the format has. Keeps the texts
/// and bytes that they view.
class RandomFiller {
public:
    RandomFiller(std::uint64_t seed, const WireFormat& format) : random_(seed), format_(format) {}

    /// The alternative of Command with this index. Nothing when the version does not have it.
    [[nodiscard]] std::optional<Command> command(std::size_t index);

    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    [[nodiscard]] bool stack_traces() const { return format_.stack_traces; }
    template <class F>
    void field(F& field, Versions versions = {}) {
        if (versions.contains(format_.version)) fill(field);
    }
    template <class F>
    void cached(F& field) {
        fill(field);
    }
    void content(ByteArray& field) { fill(field); }
    void shortened(Text& field) { fill(field); }

private:
    static constexpr int kDepthMax = 5;

    [[nodiscard]] std::int64_t number();
    [[nodiscard]] std::string text();

    void fill(bool& value) { value = below(2) != 0; }
    void fill(std::int8_t& value) { value = static_cast<std::int8_t>(random_()); }
    void fill(std::int32_t& value) { value = static_cast<std::int32_t>(number()); }
    void fill(std::int64_t& value) { value = number(); }
    template <class E>
        requires std::is_enum_v<E>
    void fill(E& value) {
        value = static_cast<E>(below(8));
    }
    void fill(std::array<std::uint8_t, 8>& raw) {
        for (auto& byte : raw) byte = static_cast<std::uint8_t>(random_());
    }
    void fill(Text& value);
    void fill(ByteArray& value);
    template <class T>
    void fill(std::optional<T>& nullable) {
        if (goes_deeper()) fill_nested(nullable.emplace());
        --depth_;
    }
    template <class T>
    void fill(Box<T>& nullable) {
        if (goes_deeper()) fill_nested(nullable.emplace());
        --depth_;
    }
    template <class E>
    void fill(Box<std::vector<E>>& array) {
        if (goes_deeper()) {
            array.emplace().resize(below(4));
            for (E& element : *array) fill(element);
        }
        --depth_;
    }
    void fill(std::vector<StackTraceElement>& stack) {
        stack.resize(below(4));
        for (auto& element : stack) fill_nested(element);
    }

    template <class T>
    void fill_nested(T& structure);
    template <class... T>
    void fill_nested(std::variant<T...>& alternatives) {
        while (!fill_alternative(alternatives, below(sizeof...(T)))) {
        }
    }
    void fill_nested(Object& object) {
        if (below(2) == 0) {
            fill_nested(object.value.emplace<Structure>());
        } else {
            fill_nested(object.value.emplace<Command>());
        }
    }
    /// False when the version does not have the alternative.
    template <class... T>
    bool fill_alternative(std::variant<T...>& alternatives, std::size_t index) {
        std::size_t at = 0;
        bool filled = false;
        ((at++ == index && (filled = fill_if_known(alternatives.template emplace<T>()))), ...);
        return filled;
    }
    template <class T>
    bool fill_if_known(T& structure) {
        fill_nested(structure);
        return versions_of<T>(type_of(structure)).contains(format_.version);
    }
    bool goes_deeper() { return ++depth_ <= kDepthMax && below(3) != 0; }

    std::mt19937_64 random_;
    WireFormat format_;
    int depth_ = 0;
    std::deque<std::string> texts_;
};

template <class T>
void RandomFiller::fill_nested(T& structure) {
    if constexpr (std::is_same_v<T, Destination>) {
        structure.type = static_cast<DataType>(100 + below(4));
    } else if constexpr (std::is_same_v<T, Message>) {
        structure.type = static_cast<DataType>(23 + below(format_.version >= 3 ? 7 : 6));
    }
    T::fields(structure, *this);
}

}  // namespace tern::openwire::testing
