#pragma once

#include "base/result.h"
#include "protocol/amqp091/codec/frame.h"
#include "protocol/amqp091/codec/methods.h"

namespace tern::amqp091 {

/// The method in a frame's payload; views into it. Tables are checked as a whole.
[[nodiscard]] Result<Method> decode_method(Bytes payload);
/// The numbers at the front, also of a method that does not decode; 0 when there are none.
[[nodiscard]] MethodId method_id(Bytes payload);

/// Appends the arguments of a method.
class FieldWriter {
public:
    explicit FieldWriter(ByteWriter& out) : out_(out) {}

    template <class... Fields>
    void operator()(const Fields&... fields) {
        (put(fields), ...);
        flush_bits();
    }

private:
    // Neighbouring bits share octets, the first in the lowest place.
    void put(bool bit) {
        if (bit_count_ == 8) flush_bits();
        bits_ = static_cast<std::uint8_t>(bits_ | (bit ? 1U << bit_count_ : 0U));
        ++bit_count_;
    }
    void put(std::uint8_t value) {
        flush_bits();
        out_.u8(value);
    }
    void put(std::uint16_t value) {
        flush_bits();
        out_.u16(value);
    }
    void put(std::uint32_t value) {
        flush_bits();
        out_.u32(value);
    }
    void put(std::uint64_t value) {
        flush_bits();
        out_.u64(value);
    }
    void put(ShortText value) {
        flush_bits();
        put_short(out_, value.text);
    }
    void put(LongText value) {
        flush_bits();
        out_.u32(static_cast<std::uint32_t>(value.text.size()));
        out_.append(value.text);
    }
    void put(const TableView& value) {
        flush_bits();
        out_.u32(static_cast<std::uint32_t>(value.entries.size()));
        out_.append(value.entries);
    }
    void flush_bits() {
        if (bit_count_ == 0) return;
        out_.u8(bits_);
        bits_ = 0;
        bit_count_ = 0;
    }

    ByteWriter& out_;
    std::uint8_t bits_ = 0;
    int bit_count_ = 0;
};

/// Appends a whole method frame.
template <class M>
void encode_method(ByteWriter& out, std::uint16_t channel, const M& method) {
    const std::size_t at = begin_frame(out, FrameType::method, channel);
    out.u16(M::kId.class_id);
    out.u16(M::kId.method_id);
    M::fields(method, FieldWriter(out));
    end_frame(out, at);
}

}  // namespace tern::amqp091
