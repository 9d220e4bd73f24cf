#include "protocol/openwire/codec/id_text.h"

#include <charconv>

namespace tern::openwire {
namespace {

constexpr std::string_view kTransactionPrefix = "TX:";
constexpr std::string_view kMessagePrefix = "ID:";

template <class... Numbers>
std::string joined(const Text& connection, Numbers... numbers) {
    std::string text(connection.view());
    ((text += ':', text += std::to_string(numbers)), ...);
    return text;
}

void append_hex(std::string& text, Bytes bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 0xF];
    }
}

/// Takes `:number` off the end of `text`.
std::optional<std::int64_t> take_number(std::string_view& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view digits = text.substr(colon + 1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    text = text.substr(0, colon);
    return number;
}

}  // namespace

std::string to_text(const ConnectionId& id) {
    return std::string(id.value.view());
}
std::string to_text(const SessionId& id) {
    return joined(id.connection_id, id.value);
}
std::string to_text(const ConsumerId& id) {
    return joined(id.connection_id, id.session_id, id.value);
}
std::string to_text(const ProducerId& id) {
    return joined(id.connection_id, id.session_id, id.value);
}

std::string to_text(const MessageId& id) {
    if (!id.text_view.is_null()) {
        const std::string_view text = id.text_view.view();
        return text.starts_with(kMessagePrefix) ? std::string(text)
                                                : std::string(kMessagePrefix).append(text);
    }
    const std::string producer = id.producer_id ? to_text(*id.producer_id) : std::string();
    return joined(producer, id.producer_sequence_id);
}

std::string to_text(const LocalTransactionId& id) {
    const Text connection = id.connection_id ? id.connection_id->value : Text();
    return std::string(kTransactionPrefix) + joined(connection, id.value);
}

std::string to_text(const XaTransactionId& id) {
    std::string text = "XID:[" + std::to_string(id.format_id) + ",globalId=";
    append_hex(text, id.global_transaction_id.view());
    text += ",branchId=";
    append_hex(text, id.branch_qualifier.view());
    return text += ']';
}

std::string to_text(const TransactionId& id) {
    return std::visit([](const auto& alternative) { return to_text(alternative); }, id);
}

std::optional<SessionId> parse_session_id(std::string_view text) {
    const auto value = take_number(text);
    if (!value) return std::nullopt;
    return SessionId{.connection_id = text, .value = *value};
}

std::optional<ConsumerId> parse_consumer_id(std::string_view text) {
    const auto value = take_number(text);
    const auto session = value ? take_number(text) : std::nullopt;
    if (!session) return std::nullopt;
    return ConsumerId{.connection_id = text, .session_id = *session, .value = *value};
}

std::optional<ProducerId> parse_producer_id(std::string_view text) {
    const auto value = take_number(text);
    const auto session = value ? take_number(text) : std::nullopt;
    if (!session) return std::nullopt;
    return ProducerId{.connection_id = text, .value = *value, .session_id = *session};
}

std::optional<MessageId> parse_message_id(std::string_view text) {
    const auto sequence = take_number(text);
    const auto producer = sequence ? parse_producer_id(text) : std::nullopt;
    if (!producer) return std::nullopt;
    return MessageId{.producer_id = producer, .producer_sequence_id = *sequence};
}

std::optional<LocalTransactionId> parse_local_transaction_id(std::string_view text) {
    if (!text.starts_with(kTransactionPrefix)) return std::nullopt;
    text.remove_prefix(kTransactionPrefix.size());
    const auto value = take_number(text);
    if (!value) return std::nullopt;
    return LocalTransactionId{.value = *value, .connection_id = ConnectionId{.value = text}};
}

}  // namespace tern::openwire
