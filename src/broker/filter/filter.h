#pragma once

#include "broker/selector/selector.h"
#include "message/formats.h"

#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tern::broker {

/// A consumer's or subscription's JMS selector, applied to stored messages of all formats.
/// Immutable: any shard may use it.
class Filter {
public:
    /// `formats` outlives the filter. The error is a text that points at the column.
    [[nodiscard]] static std::expected<std::shared_ptr<const Filter>, std::string> parse(
        std::string_view selector, const message::Formats& formats);

    /// As the client gave it.
    [[nodiscard]] const std::string& text() const { return text_; }

    enum class Verdict : std::uint8_t {
        refused,
        taken,
        broken,  ///< what it asks for cannot be read: nobody with such a selector gets it
    };
    /// `failures`: of the delivery this is about; 0 for a message that has just come.
    [[nodiscard]] Verdict judge(const Message& message, std::uint32_t failures) const;
    [[nodiscard]] bool matches(const Message& message, std::uint32_t failures) const {
        return judge(message, failures) == Verdict::taken;
    }
    /// What `matches` looks at: the names, and the message's values as a selector writes them, long
    /// ones cut short.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> values(
        const Message& message, std::uint32_t failures) const;

private:
    Filter(std::string text, selector::Selector selector, const message::Formats& formats)
        : text_(std::move(text)), selector_(std::move(selector)), formats_(formats) {}

    std::string text_;
    selector::Selector selector_;
    const message::Formats& formats_;
};

using FilterPtr = std::shared_ptr<const Filter>;

}  // namespace tern::broker
