#pragma once

#include "protocol/amqp10/codec/item.h"

namespace tern::amqp10 {

/// The fields of a list, in order. Absent ones and nulls give the default; one of the wrong type
/// makes the reader fail for good.
class FieldReader {
public:
    explicit FieldReader(const Item& list) : in_(list.bytes), left_(list.count) {
        if (list.kind != Kind::list) fail();
    }

    [[nodiscard]] Item next();
    [[nodiscard]] Bytes encoded();
    [[nodiscard]] bool boolean(bool default_value = false);
    [[nodiscard]] std::optional<bool> maybe_boolean();
    [[nodiscard]] std::uint8_t u8(std::uint8_t default_value = 0);
    [[nodiscard]] std::uint16_t u16(std::uint16_t default_value = 0);
    [[nodiscard]] std::uint32_t u32(std::uint32_t default_value = 0);
    [[nodiscard]] std::optional<std::uint16_t> maybe_u16();
    [[nodiscard]] std::optional<std::uint32_t> maybe_u32();
    [[nodiscard]] std::uint64_t u64(std::uint64_t default_value = 0);
    [[nodiscard]] std::int64_t timestamp();
    [[nodiscard]] std::string_view string();
    [[nodiscard]] std::string_view symbol();
    [[nodiscard]] std::optional<Bytes> maybe_binary();
    [[nodiscard]] Symbols symbols();

    void fail() { failed_ = true; }
    [[nodiscard]] bool failed() const { return failed_ || in_.failed(); }

private:
    [[nodiscard]] Item of(Kind kind);
    /// A field that is a boolean or a uint: the quick way to those of the data path. False: it is
    /// absent or null.
    [[nodiscard]] bool simple(Kind kind, std::uint32_t& value);

    ItemReader in_;
    std::uint32_t left_;
    bool failed_ = false;
};

}  // namespace tern::amqp10
