#include "protocol/amqp091/codec/method_codec.h"

#include "bytes/byte_reader.h"
#include "protocol/amqp091/codec/errc.h"
#include "protocol/amqp091/codec/table.h"

#include <array>
#include <utility>

namespace tern::amqp091 {
namespace {

class FieldReader {
public:
    FieldReader(ByteReader& in, std::error_code& bad_table) : in_(in), bad_table_(bad_table) {}

    template <class... Fields>
    void operator()(Fields&... fields) {
        (get(fields), ...);
    }

private:
    void get(bool& bit) {
        if (bit_count_ == 8 || bit_count_ == 0) {
            bits_ = in_.u8();
            bit_count_ = 0;
        }
        bit = ((bits_ >> bit_count_) & 1) != 0;
        ++bit_count_;
    }
    void get(std::uint8_t& value) {
        bit_count_ = 0;
        value = in_.u8();
    }
    void get(std::uint16_t& value) {
        bit_count_ = 0;
        value = in_.u16();
    }
    void get(std::uint32_t& value) {
        bit_count_ = 0;
        value = in_.u32();
    }
    void get(std::uint64_t& value) {
        bit_count_ = 0;
        value = in_.u64();
    }
    void get(ShortText& value) {
        bit_count_ = 0;
        value.text = as_text(in_.take(in_.u8()));
    }
    void get(LongText& value) {
        bit_count_ = 0;
        value.text = as_text(in_.take(in_.u32()));
    }
    void get(TableView& value) {
        bit_count_ = 0;
        value.entries = in_.take(in_.u32());
        if (const auto checked = check_table(value.entries); !checked) {
            bad_table_ = checked.error();
        }
    }

    ByteReader& in_;
    std::error_code& bad_table_;
    std::uint8_t bits_ = 0;
    int bit_count_ = 0;
};

template <class M>
Result<Method> decode_as(ByteReader& in) {
    M method;
    std::error_code bad_table;
    M::fields(method, FieldReader(in, bad_table));
    if (in.failed()) return failure(Errc::truncated);
    if (bad_table) return failure(bad_table);
    if (!in.done()) return failure(Errc::trailing_bytes);
    return method;
}

using Decode = Result<Method> (*)(ByteReader&);

struct Entry {
    MethodId id;
    Decode decode;
};

template <std::size_t... Index>
constexpr auto decoders(std::index_sequence<Index...>) {
    std::array<Entry, sizeof...(Index)> all{
        {{std::variant_alternative_t<Index, Method>::kId,
          &decode_as<std::variant_alternative_t<Index, Method>>}...}};
    std::ranges::sort(all, {}, &Entry::id);
    return all;
}

constexpr auto kDecoders = decoders(std::make_index_sequence<std::variant_size_v<Method>>());

}  // namespace

Result<Method> decode_method(Bytes payload) {
    ByteReader in(payload);
    MethodId id;
    id.class_id = in.u16();
    id.method_id = in.u16();
    if (in.failed()) return failure(Errc::truncated);
    const auto entry = std::ranges::lower_bound(kDecoders, id, {}, &Entry::id);
    if (entry == kDecoders.end() || entry->id != id) return failure(Errc::unknown_method);
    return entry->decode(in);
}

MethodId method_id(Bytes payload) {
    ByteReader in(payload);
    MethodId id;
    id.class_id = in.u16();
    id.method_id = in.u16();
    return id;
}

}  // namespace tern::amqp091
