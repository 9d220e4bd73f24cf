#include "message/formats.h"

#include "message/errors.h"

namespace tern::message {

Result<MessagePtr> FormatReader::dead_letter(const Message& stored,
                                             const DeadLetter& letter) const {
    return amend(stored, {.durable = Durable::yes, .expires_at_ms = letter.expires_at_ms});
}

Result<MessagePtr> FormatReader::amend(const Message& stored, const Amendment& change) const {
    MessageHeader header = stored.header();
    if (change.durable) header.durable = *change.durable;
    if (change.timestamp_ms) header.timestamp_ms = *change.timestamp_ms;
    if (change.expires_at_ms) header.expires_at_ms = *change.expires_at_ms;
    return Message::create_like(stored, header, stored.native(), stored.properties());
}

Result<HubMessage> Formats::read(const Message& stored) const {
    const FormatReader* const reader = readers_[index(stored.header().format)];
    if (reader == nullptr) return failure(Errc::unknown_format);
    return reader->read(stored);
}

ScalarView Formats::find(const Message& stored, std::string_view name, std::string& scratch) const {
    const FormatReader* const reader = readers_[index(stored.header().format)];
    if (reader == nullptr) return {};
    return reader->find(stored, name, scratch);
}

Result<MessagePtr> Formats::dead_letter(const Message& stored, const DeadLetter& letter) const {
    const FormatReader* const reader = readers_[index(stored.header().format)];
    if (reader == nullptr) return failure(Errc::unknown_format);
    return reader->dead_letter(stored, letter);
}

Result<MessagePtr> Formats::amend(const Message& stored, const Amendment& change) const {
    const FormatReader* const reader = readers_[index(stored.header().format)];
    if (reader == nullptr) return failure(Errc::unknown_format);
    return reader->amend(stored, change);
}

}  // namespace tern::message
