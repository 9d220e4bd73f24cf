#pragma once

#include "bytes/byte_reader.h"
#include "protocol/openwire/codec/bit_reader.h"
#include "protocol/openwire/codec/commands.h"
#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/codec/receive_cache.h"
#include "protocol/openwire/codec/structure_traits.h"
#include "protocol/openwire/codec/wire_format.h"

#include <array>
#include <memory>
#include <optional>

namespace tern::openwire {

/// Strings that could not be views of the frame, because they had to be converted.
using ConvertedTexts = std::vector<std::unique_ptr<char[]>>;

/// The visitor that fills structures from the bytes of one frame. OpenWire reference, 3.4 to 3.8.
/// Internal to the decoder. The fields it meets hold their defaults: those of other versions and
/// those that are null are left alone. The first error ends everything: what is read after it is
/// zero, null or empty.
template <bool kTight>
class Reader {
public:
    Reader(Bytes bytes, const WireFormat& format, const Limits& limits, ReceiveCache* cache,
           ConvertedTexts& converted)
        : in_(bytes),
          version_(format.version),
          stack_traces_(format.stack_traces),
          limits_(limits),
          cache_(cache),
          converted_(converted) {
        if constexpr (kTight) bits_ = BitReader(bit_stream());
    }

    /// Reads the structure that the frame holds.
    template <class T>
    void top(DataType type, T& target) {
        structure(type, target);
    }
    template <class... T>
    void top(DataType type, std::variant<T...>& target) {
        const bool found =
            ((accepts<T>(type) && (top(type, target.template emplace<T>()), true)) || ...);
        if (!found) fail(Errc::unknown_type);
    }

    /// What was wrong, if anything; to be asked at the end. Bits left in the boolean stream are no
    /// error: they are padding.
    [[nodiscard]] Result<void> finish() const {
        if (error_) return failure(*error_);
        if (starved()) return failure(Errc::truncated);
        if (!in_.done()) return failure(Errc::trailing_bytes);
        return {};
    }

    // What the table of fields calls.
    [[nodiscard]] bool stack_traces() const { return stack_traces_; }
    template <class F>
    void field(F& field, Versions versions = {}) {
        if (versions.contains(version_)) read(field);
    }
    void content(ByteArray& field) { read(field); }
    void shortened(Text& field) { read(field); }
    template <class T>
    void cached(std::optional<T>& field);

private:
    void read(bool& value) { value = flag(); }
    void read(std::int8_t& value) { value = in_.i8(); }
    void read(std::int32_t& value) { value = in_.i32(); }
    void read(std::int64_t& value) { value = kTight ? compact_long() : in_.i64(); }
    template <class E>
        requires std::is_enum_v<E>
    void read(E& value) {
        value = static_cast<E>(in_.i8());
    }
    void read(std::array<std::uint8_t, 8>& raw) {
        const Bytes bytes = in_.take(raw.size());
        if (!bytes.empty()) std::copy(bytes.begin(), bytes.end(), raw.begin());
    }
    void read(Text& text);
    void read(ByteArray& bytes);
    void read(std::vector<StackTraceElement>& stack);
    void read(Box<Throwable>& throwable);
    template <class T>
    void read(std::optional<T>& nullable) {
        read_nullable<T>(nullable);
    }
    template <class T>
    void read(Box<T>& nullable) {
        read_nullable<T>(nullable);
    }
    template <class E>
    void read(Box<std::vector<E>>& array);

    template <class T, class Nullable>
    void read_nullable(Nullable& nullable);

    /// The fields of a structure whose type byte was read.
    template <class T>
    void structure(DataType type, T& target);

    /// The same inside another structure.
    template <class T>
    void nested(DataType type, T& target) {
        if constexpr (kTight && kIsMarshalAware<T>) {
            if (accepts<T>(type) && flag()) return nested_with_own_bits(type, target);
        }
        structure(type, target);
    }
    template <class T>
    void nested_with_own_bits(DataType type, T& target);
    template <class... T>
    void nested(DataType type, std::variant<T...>& target) {
        if (!nested_alternative(type, target)) fail(Errc::unexpected_type);
    }
    template <class... T>
    bool nested_alternative(DataType type, std::variant<T...>& target) {
        return ((accepts<T>(type) && (nested(type, target.template emplace<T>()), true)) || ...);
    }
    void nested(DataType type, Object& target) {
        if (nested_alternative(type, target.value.template emplace<Structure>())) return;
        if (nested_alternative(type, target.value.template emplace<Command>())) return;
        fail(Errc::unknown_type);
    }

    /// The length of an array or stack trace; 0 after failing when there cannot be so many.
    [[nodiscard]] std::size_t element_count();
    [[nodiscard]] bool flag() {
        if constexpr (kTight) {
            return bits_.bit();
        } else {
            return in_.u8() != 0;
        }
    }
    [[nodiscard]] std::int64_t compact_long();
    [[nodiscard]] Bytes bit_stream();
    [[nodiscard]] Text converted(std::string_view latin1);

    [[nodiscard]] bool starved() const { return in_.failed() || (kTight && bits_.failed()); }
    void fail(Errc code) {
        if (!error_) error_ = starved() ? Errc::truncated : code;
        in_.fail();
    }
    /// Guards the step into a nested structure; goes with `leave`.
    [[nodiscard]] bool enter() {
        if (depth_ >= limits_.depth_max) fail(Errc::too_deep);
        ++depth_;
        return !error_;
    }
    void leave() { --depth_; }

    ByteReader in_;
    BitReader bits_;
    int version_;
    bool stack_traces_;
    int depth_ = 0;
    std::size_t elements_ = 0;
    std::optional<Errc> error_;
    const Limits& limits_;
    /// Null when caching was not negotiated.
    ReceiveCache* cache_;
    ConvertedTexts& converted_;
};

template <bool kTight>
template <class T>
void Reader<kTight>::structure(DataType type, T& target) {
    if (!accepts<T>(type)) return fail(Errc::unexpected_type);
    if (!versions_of<T>(type).contains(version_)) return fail(Errc::unknown_type);
    if constexpr (!requires { T::kType; }) target.type = type;
    T::fields(target, *this);
}

template <bool kTight>
template <class T, class Nullable>
void Reader<kTight>::read_nullable(Nullable& nullable) {
    if (!flag()) return;
    const auto type = static_cast<DataType>(in_.u8());
    if (enter()) nested(type, nullable.emplace());
    leave();
}

template <bool kTight>
template <class T>
void Reader<kTight>::nested_with_own_bits(DataType type, T& target) {
    if constexpr (kTight) {
        // The length and the type are there for those who want to skip the structure.
        std::ignore = in_.i32();
        if (static_cast<DataType>(in_.u8()) != type) return fail(Errc::unexpected_type);
        const BitReader outer = std::exchange(bits_, BitReader(bit_stream()));
        structure(type, target);
        if (bits_.failed()) return fail(Errc::truncated);
        bits_ = outer;
    }
}

template <bool kTight>
template <class T>
void Reader<kTight>::cached(std::optional<T>& field) {
    if (cache_ == nullptr) return read(field);
    const bool is_new = flag();
    const int slot = in_.i16();
    if (starved()) return;
    if (is_new) {
        read(field);
        if (error_ || starved()) return;
        const auto stored = cache_->store(slot, to_cached(field));
        if (!stored) fail(static_cast<Errc>(stored.error().value()));
        return;
    }
    const CachedValue* const known = cache_->find(slot);
    if (known == nullptr) return fail(Errc::bad_cache_slot);
    if (!from_cached(*known, field)) fail(Errc::unexpected_type);
}

template <bool kTight>
void Reader<kTight>::read(Text& text) {
    if (!flag()) return;
    bool one_byte = false;
    if constexpr (kTight) one_byte = flag();
    const std::size_t size = in_.u16();
    if (size > limits_.text_bytes_max) return fail(Errc::too_long);
    const std::string_view view = as_text(in_.take(size));
    text = one_byte && !is_one_byte(view) ? converted(view) : Text(view);
}

template <bool kTight>
void Reader<kTight>::read(ByteArray& bytes) {
    if (!flag()) return;
    // A negative length is more than any frame has.
    bytes = in_.take(in_.u32());
}

template <bool kTight>
void Reader<kTight>::read(Box<Throwable>& throwable) {
    if (!flag()) return;
    if (enter()) Throwable::fields(throwable.emplace(), *this);
    leave();
}

template <bool kTight>
void Reader<kTight>::read(std::vector<StackTraceElement>& stack) {
    const std::size_t count = element_count();
    stack.resize(count);
    for (auto& element : stack) StackTraceElement::fields(element, *this);
}

template <bool kTight>
template <class E>
void Reader<kTight>::read(Box<std::vector<E>>& array) {
    if (!flag()) return;
    const std::size_t count = element_count();
    array.emplace().resize(count);
    for (E& element : *array) read(element);
}

template <bool kTight>
std::size_t Reader<kTight>::element_count() {
    const std::size_t count = in_.u16();
    // Each element takes at least one flag.
    const std::size_t available = kTight ? bits_.remaining() : in_.remaining();
    if (count > available) {
        fail(Errc::truncated);
        return 0;
    }
    elements_ += count;
    if (elements_ > limits_.array_elements_max) {
        fail(Errc::too_many_elements);
        return 0;
    }
    return count;
}

template <bool kTight>
std::int64_t Reader<kTight>::compact_long() {
    const bool first = bits_.bit();
    const bool second = bits_.bit();
    if (!first) return second ? in_.u16() : 0;
    return second ? in_.i64() : std::int64_t{in_.u32()};
}

template <bool kTight>
Bytes Reader<kTight>::bit_stream() {
    constexpr std::size_t kOneByteLength = 0xC0;
    constexpr std::size_t kTwoByteLength = 0x80;
    std::size_t length = in_.u8();
    if (length == kOneByteLength) {
        length = in_.u8();
    } else if (length == kTwoByteLength) {
        length = in_.u16();
    }
    return in_.take(length);
}

template <bool kTight>
Text Reader<kTight>::converted(std::string_view latin1) {
    const std::string text = latin1_to_modified_utf8(latin1);
    auto& kept = converted_.emplace_back(std::make_unique_for_overwrite<char[]>(text.size()));
    text.copy(kept.get(), text.size());
    return std::string_view(kept.get(), text.size());
}

}  // namespace tern::openwire
