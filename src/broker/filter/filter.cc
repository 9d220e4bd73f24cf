#include "broker/filter/filter.h"

#include "broker/selector/header.h"
#include "broker/selector/xpath.h"

#include <fmt/format.h>

#include <array>
#include <forward_list>
#include <span>

namespace tern::broker {
namespace {

using selector::Header;
using selector::Value;

/// Texts that were made while a selector looked at a message; most need none, few need many.
class Texts {
public:
    /// An empty one to be filled. Unless `keep` follows, the next call gives it again.
    std::string& next() {
        if (used_ < first_.size()) return first_[used_];
        if (more_.empty() || !more_.front().empty()) more_.emplace_front();
        return more_.front();
    }
    void keep() {
        if (used_ < first_.size()) ++used_;
    }

private:
    std::array<std::string, 4> first_;
    std::size_t used_ = 0;
    std::forward_list<std::string> more_;
};

Value value_of(const message::ScalarView& scalar) {
    return std::visit(
        []<class T>(const T& plain) -> Value {
            if constexpr (std::is_same_v<T, std::monostate> ||
                          std::is_same_v<T, message::BrokenValue>) {
                return {};
            } else if constexpr (std::is_same_v<T, message::OpaqueValue>) {
                return Value::opaque();
            } else {
                return plain;
            }
        },
        scalar);
}

/// A message's body as far as it may be XML, read when first asked for.
class Body {
public:
    Body(const Message& message, const message::Formats& formats)
        : message_(message), formats_(formats) {}

    [[nodiscard]] bool is_broken() const { return broken_; }

    [[nodiscard]] bool matches(const std::string& expression) {
        if (!looked_) read();
        if (const auto* const text = std::get_if<std::string>(&body_)) {
            return selector::matches_xpath(expression, *text, selector::XmlEncoding::utf8);
        }
        const auto* const bytes = std::get_if<Buffer>(&body_);
        return bytes != nullptr && selector::matches_xpath(expression, as_text(bytes->bytes()),
                                                           selector::XmlEncoding::declared);
    }

private:
    void read() {
        looked_ = true;
        // Compressed ones may be smaller than what is in them, but not the other way round.
        if (message_.body_bytes() > selector::kXmlBytesMax) return;
        auto whole = formats_.read(message_);
        broken_ = !whole;
        if (whole) body_ = std::move(whole->body);
    }

    const Message& message_;
    const message::Formats& formats_;
    bool looked_ = false;
    bool broken_ = false;
    decltype(message::HubMessage::body) body_;
};

/// A stored message as a selector sees it.
class StoredMessage final : public selector::PropertySource {
public:
    StoredMessage(const Message& message, std::uint32_t failures, const message::Formats& formats,
                  std::span<const selector::XPath> xpaths)
        : message_(message),
          failures_(failures),
          formats_(formats),
          xpaths_(xpaths),
          body_(message, formats) {}

    Value find(std::string_view name) override {
        if (const auto header = selector::header_named(name)) {
            if (const auto known = own(*header)) return *known;
        }
        std::string& scratch = texts_.next();
        const message::ScalarView found = formats_.find(message_, name, scratch);
        broken_ = broken_ || std::holds_alternative<message::BrokenValue>(found);
        const Value value = value_of(found);
        if (!scratch.empty()) texts_.keep();
        return value;
    }

    /// Something that was asked for cannot be read.
    [[nodiscard]] bool is_broken() const { return broken_ || body_.is_broken(); }

    bool matches_xpath(std::size_t index) override {
        return body_.matches(xpaths_[index].expression);
    }

private:
    /// What the broker knows of every message; for the rest its room is asked.
    [[nodiscard]] std::optional<Value> own(Header header) const {
        const MessageHeader& known = message_.header();
        switch (header) {
            case Header::delivery_mode:
                return known.durable == Durable::yes ? "PERSISTENT" : "NON_PERSISTENT";
            case Header::priority:
                return std::int32_t{known.priority};
            case Header::timestamp:
                return known.timestamp_ms;
            case Header::expiration:
                return known.expires_at_ms;
            case Header::redelivered:
                return failures_ > 0;
            case Header::delivery_count:
                return static_cast<std::int32_t>(failures_ + 1);
            case Header::group_id:
                return known.group_id.empty() ? Value() : Value(known.group_id);
            case Header::group_seq:
                return known.group_sequence;
            case Header::correlation_id:
            case Header::destination:
            case Header::message_id:
            case Header::reply_to:
            case Header::type:
            case Header::broker_in_time:
            case Header::broker_out_time:
            case Header::broker_path:
            case Header::group_first_for_consumer:
            case Header::producer_tx_id:
            case Header::user_id:
                return std::nullopt;
        }
        return std::nullopt;
    }

    const Message& message_;
    std::uint32_t failures_;
    const message::Formats& formats_;
    std::span<const selector::XPath> xpaths_;
    Body body_;
    Texts texts_;
    bool broken_ = false;
};

/// As a selector writes it.
std::string literal(const Value& value) {
    constexpr std::size_t kBytesMax = 200;
    switch (value.type()) {
        case selector::Type::null:
            return "NULL";
        case selector::Type::boolean:
            return value.boolean() ? "TRUE" : "FALSE";
        case selector::Type::int8:
        case selector::Type::int16:
        case selector::Type::int32:
        case selector::Type::int64:
            return std::to_string(value.integer());
        case selector::Type::float32:
            return fmt::format("{}", static_cast<float>(value.floating()));
        case selector::Type::float64:
            return fmt::format("{}", value.floating());
        case selector::Type::string:
            break;
        case selector::Type::object:
            return "an object";
    }
    std::string text = "'";
    for (const char c : value.text().substr(0, kBytesMax)) {
        if (c == '\'') text += c;
        text += c;
    }
    return text + (value.text().size() > kBytesMax ? "…'" : "'");
}

}  // namespace

std::expected<FilterPtr, std::string> Filter::parse(std::string_view selector,
                                                    const message::Formats& formats) {
    auto parsed = selector::Selector::parse(selector);
    if (!parsed) return std::unexpected(parsed.error().text());
    return FilterPtr(new Filter(std::string(selector), std::move(*parsed), formats));
}

Filter::Verdict Filter::judge(const Message& message, std::uint32_t failures) const {
    StoredMessage source(message, failures, formats_, selector_.xpaths());
    const bool matches = selector_.matches(source);
    if (source.is_broken()) return Verdict::broken;
    return matches ? Verdict::taken : Verdict::refused;
}

std::vector<std::pair<std::string, std::string>> Filter::values(const Message& message,
                                                                std::uint32_t failures) const {
    StoredMessage source(message, failures, formats_, selector_.xpaths());
    std::vector<std::pair<std::string, std::string>> all;
    for (const std::string& name : selector_.identifiers()) {
        all.emplace_back(name, literal(source.find(name)));
    }
    return all;
}

}  // namespace tern::broker
