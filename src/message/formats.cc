#include "message/formats.h"

#include "message/errors.h"

namespace tern::message {

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

}  // namespace tern::message
