#pragma once

#include "bytes/byte_writer.h"
#include "protocol/openwire/codec/bit_writer.h"
#include "protocol/openwire/codec/commands.h"
#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/frame_writer.h"
#include "protocol/openwire/codec/modified_utf8.h"
#include "protocol/openwire/codec/send_cache.h"
#include "protocol/openwire/codec/structure_traits.h"
#include "protocol/openwire/codec/wire_format.h"

#include <array>
#include <limits>
#include <optional>
#include <tuple>

namespace tern::openwire {

/// The visitor that appends the fields of structures to a frame. OpenWire reference, 3.4 to 3.8.
/// Internal to the encoder. Tight frames come as two streams, which the caller puts together.
template <bool kTight>
class Writer {
public:
    /// Java reads the length of tight strings, arrays and stack traces as a signed number, and
    /// refuses to write tight strings that do not stay below it.
    static constexpr std::size_t kTextBytesMax = kTight ? 32766 : 65535;
    static constexpr std::size_t kElementsMax = 32767;

    /// `cache` is null when caching was not negotiated.
    Writer(const WireFormat& format, SendCache* cache, ByteWriter& data, BitWriter& bits)
        : data_(data),
          bits_(bits),
          version_(format.version),
          stack_traces_(format.stack_traces),
          cache_(cache) {}

    /// Makes the writer leave out the first content it meets, which is that of the outermost
    /// message: its bytes belong at `content_offset` of the data stream then.
    void leave_content_out() { leave_content_out_ = true; }
    [[nodiscard]] bool left_out() const { return left_out_; }
    [[nodiscard]] std::size_t content_offset() const { return content_offset_; }
    [[nodiscard]] Bytes content() const { return content_; }

    /// Writes the fields of the structure at the top of the frame, or of a nested one.
    template <class T>
    void structure(const T& structure) {
        if (!versions_of<T>(type_of(structure)).contains(version_)) fail(Errc::unknown_type);
        if (!accepts<T>(type_of(structure))) fail(Errc::unknown_type);
        T::fields(structure, *this);
    }
    /// Writes a nullable structure as it stands in a field.
    template <class Nullable>
    void nullable(const Nullable& nullable) {
        flag(nullable.has_value());
        if (nullable.has_value()) nested(*nullable);
    }
    /// Nothing may be written after it.
    [[nodiscard]] std::optional<Errc> finish() {
        data_.finish();
        return error_;
    }

    // What the table of fields calls.
    [[nodiscard]] bool stack_traces() const { return stack_traces_; }
    template <class F>
    void field(const F& field, Versions versions = {}) {
        if (versions.contains(version_)) write(field);
    }
    template <class T>
    void cached(const std::optional<T>& field);
    void content(const ByteArray& field);
    void shortened(const Text& field) {
        write(field.is_null() ? field : Text(cut(field.view(), kTextBytesMax)));
    }

private:
    void write(bool value) { flag(value); }
    void write(std::int8_t value) { data_.number(value); }
    void write(std::int32_t value) { data_.number(value); }
    void write(std::int64_t value) {
        if constexpr (kTight) {
            compact_long(value);
        } else {
            data_.number(value);
        }
    }
    template <class E>
        requires std::is_enum_v<E>
    void write(E value) {
        data_.number(static_cast<std::int8_t>(value));
    }
    void write(const std::array<std::uint8_t, 8>& raw) { data_.append(Bytes(raw)); }
    void write(const Text& text);
    void write(const ByteArray& bytes) {
        if (length_of(bytes)) data_.append(bytes.view());
    }
    void write(const std::vector<StackTraceElement>& stack) {
        element_count(stack.size());
        for (const auto& element : stack) StackTraceElement::fields(element, *this);
    }
    void write(const Box<Throwable>& throwable) {
        flag(throwable.has_value());
        if (throwable) Throwable::fields(*throwable, *this);
    }
    template <class T>
    void write(const std::optional<T>& field) {
        nullable(field);
    }
    template <class T>
    void write(const Box<T>& field) {
        nullable(field);
    }
    template <class E>
    void write(const Box<std::vector<E>>& array) {
        flag(array.has_value());
        if (!array) return;
        element_count(array->size());
        for (const E& element : *array) nullable(element);
    }

    template <class T>
    void nested(const T& value) {
        data_.number(type_of(value));
        if constexpr (kTight && kIsMarshalAware<T>) flag(false);
        structure(value);
    }
    template <class... T>
    void nested(const std::variant<T...>& value) {
        std::visit([this](const auto& alternative) { this->nested(alternative); }, value);
    }
    void nested(const Object& object) { nested(object.value); }

    void flag(bool value) {
        if constexpr (kTight) {
            bits_.bit(value);
        } else {
            data_.number(static_cast<std::uint8_t>(value ? 1 : 0));
        }
    }
    void compact_long(std::int64_t value);
    template <class T>
    void encode_key(const std::optional<T>& field);
    /// The null flag and the length; false when nothing follows.
    bool length_of(const ByteArray& bytes);
    void element_count(std::size_t count) {
        if (count > kElementsMax) fail(Errc::too_many_elements);
        data_.number(static_cast<std::uint16_t>(count));
    }
    void fail(Errc code) {
        if (!error_) error_ = code;
    }

    FrameWriter data_;
    BitWriter& bits_;
    int version_;
    bool stack_traces_;
    SendCache* cache_;
    bool leave_content_out_ = false;
    bool content_met_ = false;
    bool left_out_ = false;
    std::size_t content_offset_ = 0;
    Bytes content_;
    std::optional<Errc> error_;
};

template <bool kTight>
template <class T>
void Writer<kTight>::cached(const std::optional<T>& field) {
    if (cache_ == nullptr) return write(field);
    encode_key(field);
    const auto [slot, known] = cache_->place();
    flag(!known);
    data_.number(static_cast<std::int16_t>(slot));
    if (!known) write(field);
}

template <bool kTight>
template <class T>
void Writer<kTight>::encode_key(const std::optional<T>& field) {
    const WireFormat plain;
    BitWriter no_bits;
    Writer<false> writer(plain, nullptr, cache_->key(), no_bits);
    writer.nullable(field);
    // A text that is too long fails with the field itself.
    std::ignore = writer.finish();
}

template <bool kTight>
void Writer<kTight>::content(const ByteArray& field) {
    const bool outermost = !std::exchange(content_met_, true);
    if (!length_of(field)) return;
    if (leave_content_out_ && outermost) {
        left_out_ = true;
        content_offset_ = data_.size();
        content_ = field.view();
    } else {
        data_.append(field.view());
    }
}

template <bool kTight>
bool Writer<kTight>::length_of(const ByteArray& bytes) {
    flag(!bytes.is_null());
    if (bytes.is_null()) return false;
    const std::size_t size = bytes.view().size();
    if (std::cmp_greater(size, std::numeric_limits<std::int32_t>::max())) {
        fail(Errc::too_long);
        return false;
    }
    data_.number(static_cast<std::uint32_t>(size));
    return size > 0;
}

template <bool kTight>
void Writer<kTight>::write(const Text& text) {
    if (text.is_null()) return flag(false);
    const std::string_view view = text.view();
    if (view.size() > kTextBytesMax) return fail(Errc::too_long);
    if constexpr (kTight) {
        bits_.bits(true, is_one_byte(view));
    } else {
        flag(true);
    }
    data_.short_text(view);
}

template <bool kTight>
void Writer<kTight>::compact_long(std::int64_t value) {
    const auto number = static_cast<std::uint64_t>(value);
    if (number == 0) {
        bits_.bits(false, false);
    } else if (number <= 0xFFFF) {
        bits_.bits(false, true);
        data_.number(static_cast<std::uint16_t>(number));
    } else if (number <= 0xFFFFFFFF) {
        bits_.bits(true, false);
        data_.number(static_cast<std::uint32_t>(number));
    } else {
        bits_.bits(true, true);
        data_.number(number);
    }
}

}  // namespace tern::openwire
