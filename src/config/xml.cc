#include "config/xml.h"

#include "bytes/utf8.h"
#include "config/values.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <pugixml.hpp>
#include <set>

namespace tern::config {
namespace {

constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;
constexpr int kDepthMax = 64;
constexpr std::size_t kElementsMax = 100'000;

/// Turns offsets into lines and columns. Columns count characters.
class Lines {
public:
    explicit Lines(std::string_view text) : text_(text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n') starts_.push_back(i + 1);
        }
    }

    [[nodiscard]] Place at(std::size_t offset) const {
        offset = std::min(offset, text_.size());
        const auto next = std::ranges::upper_bound(starts_, offset);
        const std::size_t start = *(next - 1);
        std::uint32_t column = 1;
        for (std::size_t i = start; i < offset; ++i) {
            if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++column;
        }
        return {static_cast<std::uint32_t>(next - starts_.begin()), column};
    }

private:
    std::string_view text_;
    std::vector<std::size_t> starts_{0};
};

/// How long the character at the front is in UTF-8; 0 when it is none that XML allows.
std::size_t character_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r';
    const std::size_t length = first < 0xC2   ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0 || text.size() < length) return 0;
    std::uint32_t code = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
        code = code << 6U | (byte(i) & 0x3FU);
    }
    const bool shortest = code >= (length == 2 ? 0x80U : length == 3 ? 0x800U : 0x10000U);
    const bool surrogate = code >= 0xD800 && code < 0xE000;
    return shortest && !surrogate && code < 0x110000 ? length : 0;
}

/// What `&name;` stands for; empty when that is nothing.
std::string entity(std::string_view name) {
    if (name == "amp") return "&";
    if (name == "lt") return "<";
    if (name == "gt") return ">";
    if (name == "quot") return "\"";
    if (name == "apos") return "'";
    if (!name.starts_with('#')) return {};
    name.remove_prefix(1);
    const bool hex = name.starts_with('x');
    if (hex) name.remove_prefix(1);
    std::uint32_t code = 0;
    const auto [end, error] =
        std::from_chars(name.data(), name.data() + name.size(), code, hex ? 16 : 10);
    if (error != std::errc() || end != name.data() + name.size() || code > 0x10FFFF) return {};
    std::string text;
    append_utf8(text, code);
    return character_length(text) == text.size() ? text : std::string();
}

std::string prefix_of(std::string_view name) {
    const std::size_t colon = name.find(':');
    return std::string(name.substr(0, colon == std::string_view::npos ? 0 : colon));
}

/// From the library's tree to ours, with all it is lenient about judged.
class Converter {
public:
    Converter(std::string_view text, const char* buffer, std::size_t size)
        : lines_(text), buffer_(buffer), size_(size) {}

    [[nodiscard]] std::expected<XmlElement, Problem> convert(const pugi::xml_document& document) {
        XmlElement root;
        for (const pugi::xml_node& node : document.children()) {
            if (node.type() != pugi::node_element) continue;
            if (!root.name.empty()) fail(place(node), "there is more than one outermost element");
            if (!problem_) convert(node, root, 0);
        }
        if (root.name.empty() && !problem_) fail({1, 1}, "there is no element");
        if (problem_) return std::unexpected(*problem_);
        return root;
    }

private:
    struct Space {
        std::string prefix;
        std::string uri;
    };

    [[nodiscard]] Place place(const pugi::xml_node& node) const {
        // The offset is the name's: the tag begins one character before.
        return lines_.at(
            static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 1)) - 1);
    }

    /// The library parses in place, so names and values lie where they stood in the document.
    [[nodiscard]] Place place(const char* text, Place otherwise) const {
        if (std::less<>()(text, buffer_) || !std::less<>()(text, buffer_ + size_)) return otherwise;
        return lines_.at(static_cast<std::size_t>(text - buffer_));
    }

    void fail(Place where, std::string text) {
        if (!problem_) problem_ = Problem{where, std::move(text)};
    }

    [[nodiscard]] std::string decode(std::string_view raw, Place where) {
        std::string text;
        while (!raw.empty()) {
            const std::size_t special = std::min(raw.find_first_of("&<"), raw.size());
            text += raw.substr(0, special);
            raw.remove_prefix(special);
            if (raw.empty()) break;
            if (raw.front() == '<') fail(where, "'<' within a value: write &lt;");
            const std::size_t end = raw.find(';');
            const std::string_view name = raw.substr(1, end == raw.npos ? 0 : end - 1);
            const std::string character = entity(name);
            if (character.empty()) {
                fail(where, name.empty() || name.size() > 32
                                ? "a lone '&': write &amp;"
                                : "'&" + std::string(name) + ";' stands for nothing here");
                return {};
            }
            text += character;
            raw.remove_prefix(end + 1);
        }
        return text;
    }

    void convert(const pugi::xml_node& node, XmlElement& out, int depth) {
        out.place = place(node);
        if (depth > kDepthMax || ++elements_ > kElementsMax) {
            return fail(out.place, "too deep or too many elements for a configuration");
        }
        const std::size_t outer_spaces = spaces_.size();
        convert_attributes(node, out);
        const std::string_view name = node.name();
        const std::string prefix = prefix_of(name);
        out.name = prefix.empty() ? name : name.substr(prefix.size() + 1);
        const auto space =
            std::ranges::find(spaces_.rbegin(), spaces_.rend(), prefix, &Space::prefix);
        if (space != spaces_.rend()) out.space = space->uri;
        if (space == spaces_.rend() && !prefix.empty()) {
            fail(out.place, "the prefix '" + prefix + ":' is not declared");
        }
        for (const pugi::xml_node& child : node.children()) {
            if (problem_) return;
            if (child.type() == pugi::node_element) {
                convert(child, out.children.emplace_back(), depth + 1);
            } else if (child.type() == pugi::node_pcdata) {
                out.text += trim(decode(child.value(), place(child.value(), out.place)));
            } else if (child.type() == pugi::node_cdata) {
                out.text += child.value();
            }
        }
        spaces_.resize(outer_spaces);
    }

    void convert_attributes(const pugi::xml_node& node, XmlElement& out) {
        std::set<std::string_view> names;
        for (const pugi::xml_attribute& attribute : node.attributes()) {
            const Place where = place(attribute.name(), out.place);
            if (!names.insert(attribute.name()).second) {
                return fail(where, "'" + std::string(attribute.name()) + "' is given twice");
            }
            std::string value = decode(attribute.value(), where);
            const std::string_view name = attribute.name();
            if (name == "xmlns") spaces_.push_back({"", value});
            if (name.starts_with("xmlns:")) spaces_.push_back({std::string(name.substr(6)), value});
            out.attributes.push_back({std::string(name), std::move(value), where});
        }
    }

    Lines lines_;
    const char* buffer_;
    std::size_t size_;
    std::vector<Space> spaces_;
    std::size_t elements_ = 0;
    std::optional<Problem> problem_;
};

}  // namespace

std::string_view XmlElement::attribute(std::string_view wanted) const {
    const auto found = std::ranges::find(attributes, wanted, &XmlAttribute::name);
    return found == attributes.end() ? std::string_view() : found->value;
}

const XmlElement* XmlElement::child(std::string_view wanted) const {
    const auto found = std::ranges::find(children, wanted, &XmlElement::name);
    return found == children.end() ? nullptr : &*found;
}

std::optional<Problem> check_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = character_length(text.substr(i));
        if (length == 0) return Problem{Lines(text).at(i), "a byte that is no character in UTF-8"};
        i += length;
    }
    return {};
}

std::expected<XmlElement, Problem> parse_xml(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.size() > kBytesMax) return std::unexpected(Problem{{1, 1}, "more than 4 MiB"});
    if (auto problem = check_characters(text)) return std::unexpected(*problem);
    std::string buffer(text);
    pugi::xml_document document;
    const pugi::xml_parse_result result = document.load_buffer_inplace(
        buffer.data(), buffer.size(), pugi::parse_cdata, pugi::encoding_utf8);
    if (!result) {
        return std::unexpected(Problem{Lines(text).at(static_cast<std::size_t>(result.offset)),
                                       std::string("this is no XML: ") + result.description()});
    }
    return Converter(text, buffer.data(), buffer.size()).convert(document);
}

std::string escape_xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\n':
                out += "&#10;";
                break;
            case '\r':
                out += "&#13;";
                break;
            case '\t':
                out += "&#9;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace tern::config
