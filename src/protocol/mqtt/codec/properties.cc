#include "protocol/mqtt/codec/properties.h"

#include "protocol/mqtt/codec/text.h"

#include <array>
#include <variant>

namespace tern::mqtt {
namespace {

template <class T>
using Field = std::optional<T> Properties::*;

/// A field that `read_text` reads; the other views are binary data.
struct TextField {
    Field<std::string_view> field;
};
struct BinaryField {
    Field<std::string_view> field;
};
/// A byte that is 0 or 1.
struct FlagField {
    Field<std::uint8_t> field;
};
/// A number that must not be 0.
template <class T>
struct PositiveField {
    Field<T> field;
};
struct SubscriptionIdentifiers {};
struct UserProperties {};

using AnyField =
    std::variant<TextField, BinaryField, FlagField, Field<std::uint16_t>, Field<std::uint32_t>,
                 PositiveField<std::uint16_t>, PositiveField<std::uint32_t>,
                 SubscriptionIdentifiers, UserProperties>;

template <class... Sites>
constexpr std::uint16_t at(Sites... sites) {
    return static_cast<std::uint16_t>(((1U << static_cast<unsigned>(sites)) | ...));
}

struct Kind {
    PropertyId id;
    std::uint16_t sites;
    AnyField field;
};

constexpr auto kKinds = [] {
    using enum PropertyId;
    using enum PropertySite;
    using P = Properties;
    return std::to_array<Kind>({
        {payload_format_indicator, at(publish, will), FlagField{&P::payload_format_indicator}},
        {message_expiry_interval, at(publish, will), &P::message_expiry_interval},
        {content_type, at(publish, will), TextField{&P::content_type}},
        {response_topic, at(publish, will), TextField{&P::response_topic}},
        {correlation_data, at(publish, will), BinaryField{&P::correlation_data}},
        {subscription_identifier, at(publish, subscribe), SubscriptionIdentifiers{}},
        {session_expiry_interval, at(connect, connack, disconnect), &P::session_expiry_interval},
        {assigned_client_identifier, at(connack), TextField{&P::assigned_client_identifier}},
        {server_keep_alive, at(connack), &P::server_keep_alive},
        {authentication_method, at(connect, connack, auth), TextField{&P::authentication_method}},
        {authentication_data, at(connect, connack, auth), BinaryField{&P::authentication_data}},
        {request_problem_information, at(connect), FlagField{&P::request_problem_information}},
        {will_delay_interval, at(will), &P::will_delay_interval},
        {request_response_information, at(connect), FlagField{&P::request_response_information}},
        {response_information, at(connack), TextField{&P::response_information}},
        {server_reference, at(connack, disconnect), TextField{&P::server_reference}},
        {reason_string, at(connack, puback, suback, disconnect, auth),
         TextField{&P::reason_string}},
        {receive_maximum, at(connect, connack), PositiveField<std::uint16_t>{&P::receive_maximum}},
        {topic_alias_maximum, at(connect, connack), &P::topic_alias_maximum},
        {topic_alias, at(publish), &P::topic_alias},
        {maximum_qos, at(connack), FlagField{&P::maximum_qos}},
        {retain_available, at(connack), FlagField{&P::retain_available}},
        {user_property,
         at(connect, connack, publish, will, puback, subscribe, suback, unsubscribe, disconnect,
            auth),
         UserProperties{}},
        {maximum_packet_size, at(connect, connack),
         PositiveField<std::uint32_t>{&P::maximum_packet_size}},
        {wildcard_subscription_available, at(connack),
         FlagField{&P::wildcard_subscription_available}},
        {subscription_identifier_available, at(connack),
         FlagField{&P::subscription_identifier_available}},
        {shared_subscription_available, at(connack), FlagField{&P::shared_subscription_available}},
    });
}();

const Kind* find_kind(std::uint32_t id) {
    for (const Kind& kind : kKinds) {
        if (static_cast<std::uint32_t>(kind.id) == id) return &kind;
    }
    return nullptr;
}

/// Reads one value; false when it must not be there a second time, or have that value.
class ValueReader {
public:
    ValueReader(ByteReader& in, Properties& into, PropertySite site)
        : in_(in), into_(into), site_(site) {}

    bool operator()(TextField kind) { return put(kind.field, read_text(in_)); }
    bool operator()(BinaryField kind) { return put(kind.field, read_binary(in_)); }
    bool operator()(FlagField kind) {
        const std::uint8_t value = in_.u8();
        return put(kind.field, value) && value <= 1;
    }
    bool operator()(Field<std::uint16_t> field) { return put(field, in_.u16()); }
    bool operator()(Field<std::uint32_t> field) { return put(field, in_.u32()); }
    bool operator()(PositiveField<std::uint16_t> kind) { return positive(kind.field, in_.u16()); }
    bool operator()(PositiveField<std::uint32_t> kind) { return positive(kind.field, in_.u32()); }
    bool operator()(SubscriptionIdentifiers) {
        const std::uint32_t value = decode_varint(in_);
        const bool first = into_.subscription_identifiers.empty();
        into_.subscription_identifiers.push_back(value);
        return (first || site_ == PropertySite::publish) && (value != 0 || in_.failed());
    }
    bool operator()(UserProperties) {
        const std::string_view name = read_text(in_);
        into_.user.emplace_back(name, read_text(in_));
        return true;
    }

private:
    template <class T>
    bool put(Field<T> field, T value) {
        return !std::exchange(into_.*field, value).has_value();
    }
    template <class T>
    bool positive(Field<T> field, T value) {
        return put(field, value) && (value != 0 || in_.failed());
    }

    ByteReader& in_;
    Properties& into_;
    PropertySite site_;
};

class ValueWriter {
public:
    ValueWriter(ByteWriter& out, const Properties& from, PropertyId id)
        : out_(out), from_(from), id_(id) {}

    Result<void> operator()(TextField kind) { return text(kind.field); }
    Result<void> operator()(BinaryField kind) { return text(kind.field); }
    Result<void> operator()(FlagField kind) {
        if (start(kind.field)) out_.u8(*(from_.*kind.field));
        return {};
    }
    Result<void> operator()(Field<std::uint16_t> field) {
        if (start(field)) out_.u16(*(from_.*field));
        return {};
    }
    Result<void> operator()(Field<std::uint32_t> field) {
        if (start(field)) out_.u32(*(from_.*field));
        return {};
    }
    template <class T>
    Result<void> operator()(PositiveField<T> kind) {
        return (*this)(kind.field);
    }
    Result<void> operator()(SubscriptionIdentifiers) {
        for (const std::uint32_t identifier : from_.subscription_identifiers) {
            out_.u8(static_cast<std::uint8_t>(id_));
            encode_varint(out_, identifier);
        }
        return {};
    }
    Result<void> operator()(UserProperties) {
        for (const auto& [name, value] : from_.user) {
            out_.u8(static_cast<std::uint8_t>(id_));
            if (auto written = write_binary(out_, name); !written) return written;
            if (auto written = write_binary(out_, value); !written) return written;
        }
        return {};
    }

private:
    template <class T>
    bool start(Field<T> field) {
        if (!(from_.*field)) return false;
        out_.u8(static_cast<std::uint8_t>(id_));
        return true;
    }
    Result<void> text(Field<std::string_view> field) {
        return start(field) ? write_binary(out_, *(from_.*field)) : Result<void>();
    }

    ByteWriter& out_;
    const Properties& from_;
    PropertyId id_;
};

}  // namespace

Result<Properties> decode_properties(Bytes bytes, PropertySite site) {
    ByteReader in(bytes);
    Properties properties;
    ValueReader reader(in, properties, site);
    while (in.remaining() > 0) {
        const Kind* kind = find_kind(decode_varint(in));
        if (kind == nullptr || in.failed()) return failure(Errc::malformed_packet);
        if ((kind->sites & at(site)) == 0) return failure(Errc::protocol_error);
        const bool allowed = std::visit(reader, kind->field);
        if (in.failed()) return failure(Errc::malformed_packet);
        if (!allowed) return failure(Errc::protocol_error);
    }
    return properties;
}

Result<void> encode_properties(ByteWriter& out, const Properties& properties) {
    for (const Kind& kind : kKinds) {
        const auto written = std::visit(ValueWriter(out, properties, kind.id), kind.field);
        if (!written) return written;
    }
    return {};
}

std::uint32_t decode_varint(ByteReader& in) {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
        const std::uint8_t byte = in.u8();
        value |= (byte & 0x7FU) << shift;
        if ((byte & 0x80) == 0) return value;
    }
    in.fail();
    return 0;
}

void encode_varint(ByteWriter& out, std::uint32_t value) {
    for (; value >= 0x80; value >>= 7) out.u8(static_cast<std::uint8_t>(value | 0x80));
    out.u8(static_cast<std::uint8_t>(value));
}

std::size_t varint_bytes(std::uint32_t value) {
    return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : 4;
}

}  // namespace tern::mqtt
