#pragma once

#include "config/values.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::config {

/// What becomes of an element or attribute that a document has.
struct Support {
    enum class Kind : std::uint8_t { applied, no_effect, rejected };

    Kind kind = Kind::applied;
    std::string_view why;  ///< no_effect: why; rejected: what to use instead
};

inline constexpr Support kApplied{Support::Kind::applied, {}};
[[nodiscard]] constexpr Support no_effect(std::string_view why) {
    return {Support::Kind::no_effect, why};
}
[[nodiscard]] constexpr Support rejected(std::string_view instead) {
    return {Support::Kind::rejected, instead};
}

/// Takes what becomes of a part of a value.
using Note = std::function<void(const std::string& part, Support::Kind kind, std::string why)>;

/// An attribute and the field of the model it is about. The one table that says both how it is read
/// and how it is written.
struct Attribute {
    std::string_view name;
    Support support = kApplied;
    /// Sets the field of `object` from text; what the text should have been, if it is no such
    /// thing.
    std::function<std::optional<std::string>(void* object, const std::string& text)> set = {};
    /// The field's text; nothing when it is as by default, or written under another name.
    std::function<std::optional<std::string>(const void* object)> get = {};
    bool required = false;
    bool secret = false;  ///< such as a password
    /// What becomes of the parts of a value that has some, such as a URI's options; may be null.
    std::function<void(const std::string& text, const Note& note)> parts = {};
};

struct Element;
using Visit = std::function<void(const void*)>;

/// An element within another, and the part of the model it is about.
struct Child {
    std::string_view name;
    Support support = kApplied;
    /// What it may contain; null: anything, and none of it matters.
    const Element& (*schema)() = nullptr;
    /// The part of `parent` that the child is about, made if need be.
    std::function<void*(void* parent)> enter;
    /// Calls `visit` for each part of `parent` that is written as this child.
    std::function<void(const void* parent, const Visit& visit)> each;
    /// Says something by being there, so that it is written even with nothing in it.
    bool says_something = false;
    bool repeatable = false;
};

/// What an element may contain.
struct Element {
    std::vector<Attribute> attributes;
    std::vector<Child> children;
    /// As in the documents of ActiveMQ Artemis: values are the text of elements of these names.
    bool values_are_elements = false;
    /// The attribute that the element's own text is the value of; empty: it has no text.
    std::string_view text_is = {};
    /// What is wrong with an object as a whole, once it was read; may be null.
    std::function<std::optional<std::string>(const void* object)> check = {};
};

}  // namespace tern::config
