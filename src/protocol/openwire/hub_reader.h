#pragma once

#include "message/formats.h"

namespace tern::openwire {

/// Takes stored OpenWire messages apart for consumers of other protocols, and finds single
/// properties of them for selectors.
class HubReader final : public message::FormatReader {
public:
    static constexpr std::size_t kBodyBytesMax = std::size_t{100} * 1024 * 1024;

    /// Compressed bodies that grow beyond so many bytes are not read.
    explicit HubReader(std::size_t body_bytes_max = kBodyBytesMax)
        : body_bytes_max_(body_bytes_max) {}

    /// A blob message has no body, but its place in the property `JMS_BLOB_URL`; that of an
    /// advisory is what it is about (described.h).
    /// Errors: Errc's of the codec; too_long (a compressed body is broken or too large).
    [[nodiscard]] Result<message::HubMessage> read(const tern::Message& stored) const override;
    [[nodiscard]] message::ScalarView find(const tern::Message& stored, std::string_view name,
                                           std::string& scratch) const override;
    [[nodiscard]] Result<MessagePtr> dead_letter(const tern::Message& stored,
                                                 const message::DeadLetter& letter) const override;
    [[nodiscard]] Result<MessagePtr> amend(const tern::Message& stored,
                                           const message::Amendment& change) const override;

private:
    std::size_t body_bytes_max_;
};

}  // namespace tern::openwire
