#pragma once

#include "config/schema.h"
#include "config/values.h"

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

namespace tern::config {

/// How a value is read from and written as text.
template <class M>
struct Codec;

template <>
struct Codec<bool> {
    static std::expected<bool, std::string> read(const std::string& text, Range) {
        return parse_bool(text);
    }
    static std::string write(bool value) { return value ? "true" : "false"; }
};

template <>
struct Codec<std::string> {
    static std::expected<std::string, std::string> read(const std::string& text, Range) {
        return text;
    }
    static std::string write(const std::string& value) { return value; }
};

template <>
struct Codec<double> {
    static std::expected<double, std::string> read(const std::string& text, Range) {
        return parse_double(text);
    }
    static std::string write(double value) { return double_to_text(value); }
};

template <>
struct Codec<Bytes> {
    static std::expected<Bytes, std::string> read(const std::string& text, Range range) {
        const auto value = parse_bytes(text, range);
        if (!value) return std::unexpected(value.error());
        return Bytes{*value};
    }
    static std::string write(Bytes value) { return bytes_to_text(value.value); }
};

template <class M>
    requires std::is_integral_v<M>
struct Codec<M> {
    static std::expected<M, std::string> read(const std::string& text, Range range) {
        range.min = std::max<std::int64_t>(range.min, std::numeric_limits<M>::min());
        range.max = std::min<std::int64_t>(range.max, std::numeric_limits<M>::max());
        auto value = parse_integer(text, range);
        if (!value) return std::unexpected(value.error());
        return static_cast<M>(*value);
    }
    static std::string write(M value) { return std::to_string(value); }
};

template <class M>
struct Codec<std::optional<M>> {
    static std::expected<std::optional<M>, std::string> read(const std::string& text, Range range) {
        auto value = Codec<M>::read(text, range);
        if (!value) return std::unexpected(value.error());
        return std::optional<M>(std::move(*value));
    }
    static std::string write(const std::optional<M>& value) { return Codec<M>::write(*value); }
};

/// A value with a name, such as one of an enumeration.
template <class E>
struct Named {
    std::string_view name;
    E value;
};

/// Makes the schema of elements that are about a T.
template <class T>
class SchemaOf {
public:
    /// An attribute for the field.
    template <class C, class M>
        requires std::derived_from<T, C>
    SchemaOf& attribute(std::string_view name, M C::* field, Support support = kApplied,
                        Range range = {}) {
        return add(name, support, setter(field, range), [field](const T& object, const T& fresh) {
            return object.*field == fresh.*field
                       ? std::nullopt
                       : std::optional<std::string>(Codec<M>::write(object.*field));
        });
    }
    /// Another name for the field of `attribute`, for reading only.
    template <class C, class M>
        requires std::derived_from<T, C>
    SchemaOf& alias(std::string_view name, M C::* field, Support support = kApplied,
                    Range range = {}) {
        return add(name, support, setter(field, range), nullptr);
    }
    /// The last attribute must be there.
    SchemaOf& required() {
        element_.attributes.back().required = true;
        return *this;
    }
    /// The last attribute is nothing to be shown.
    SchemaOf& secret() {
        element_.attributes.back().secret = true;
        return *this;
    }
    /// A number of bytes in a field that is a plain number.
    template <class C>
        requires std::derived_from<T, C>
    SchemaOf& bytes(std::string_view name, std::int64_t C::* field, Support support = kApplied,
                    Range range = kNatural) {
        return add(
            name, support,
            [field, range](T& object, const std::string& text) -> std::optional<std::string> {
                const auto value = parse_bytes(text, range);
                if (!value) return value.error();
                object.*field = *value;
                return {};
            },
            [field](const T& object, const T& fresh) {
                return object.*field == fresh.*field
                           ? std::nullopt
                           : std::optional<std::string>(bytes_to_text(object.*field));
            });
    }
    /// One of some words.
    template <class C, class E>
        requires std::derived_from<T, C>
    SchemaOf& choice(std::string_view name, E C::* field, std::vector<Named<E>> words,
                     Support support = kApplied) {
        return add(
            name, support,
            [field, words](T& object, const std::string& text) -> std::optional<std::string> {
                std::string all;
                for (const Named<E>& word : words) {
                    all += (all.empty() ? "" : " | ") + std::string(word.name);
                    if (word.name != trim(text)) continue;
                    object.*field = word.value;
                    return {};
                }
                return all;
            },
            [field, words](const T& object, const T& fresh) -> std::optional<std::string> {
                if (object.*field == fresh.*field) return {};
                for (const Named<E>& word : words) {
                    if (word.value == object.*field) return std::string(word.name);
                }
                return {};
            });
    }
    /// An attribute with its own reading, as `Attribute::set`, and writing.
    SchemaOf& text(std::string_view name,
                   std::function<std::optional<std::string>(T&, const std::string&)> set,
                   std::function<std::optional<std::string>(const T&)> get,
                   Support support = kApplied) {
        return add(name, support, std::move(set),
                   [get = std::move(get)](const T& object, const T&) { return get(object); });
    }
    /// What becomes of the parts of the last attribute's value.
    SchemaOf& parts(std::function<void(const std::string&, const Note&)> parts) {
        element_.attributes.back().parts = std::move(parts);
        return *this;
    }
    /// What must hold for the object as a whole; otherwise the text says what is wrong.
    SchemaOf& check(std::function<std::optional<std::string>(const T&)> check) {
        element_.check = [check = std::move(check)](const void* object) {
            return check(as(object));
        };
        return *this;
    }
    /// Text that says what other attributes or children say, too, and is written as those.
    SchemaOf& short_form(std::string_view name,
                         std::function<std::optional<std::string>(T&, const std::string&)> set,
                         Support support = kApplied) {
        return add(name, support, std::move(set), nullptr);
    }
    /// Attributes that have a value of this type and no field here.
    template <class M>
    SchemaOf& known(std::initializer_list<std::string_view> names, Support support,
                    Range range = {}) {
        for (const std::string_view name : names) {
            add(
                name, support,
                [range](T&, const std::string& text) -> std::optional<std::string> {
                    const auto value = Codec<M>::read(text, range);
                    return value ? std::nullopt : std::optional(value.error());
                },
                nullptr);
        }
        return *this;
    }

    /// An element that only holds others of this T.
    SchemaOf& group(std::string_view name, const Element& (*schema)()) {
        return child({name, kApplied, schema, [](void* parent) { return parent; },
                      [](const void* parent, const Visit& visit) { visit(parent); }, false, false});
    }
    /// As `group`; what it says is written otherwise.
    SchemaOf& read_only_group(std::string_view name, const Element& (*schema)()) {
        return child(
            {name, kApplied, schema, [](void* parent) { return parent; }, nullptr, false, false});
    }
    /// A part that is always there.
    template <class C, class M>
        requires std::derived_from<T, C>
    SchemaOf& one(std::string_view name, M C::* part, const Element& (*schema)(),
                  Support support = kApplied) {
        return child({name, support, schema,
                      [part](void* parent) -> void* { return &(as(parent).*part); },
                      [part](const void* parent, const Visit& visit) {
                          if (!(as(parent).*part == M())) visit(&(as(parent).*part));
                      },
                      false, false});
    }
    /// As `one`; what it says is written otherwise.
    template <class C, class M>
        requires std::derived_from<T, C>
    SchemaOf& read_only_one(std::string_view name, M C::* part, const Element& (*schema)()) {
        return child({name, kApplied, schema,
                      [part](void* parent) -> void* { return &(as(parent).*part); }, nullptr, false,
                      false});
    }
    /// A part that may be there.
    template <class C, class M>
        requires std::derived_from<T, C>
    SchemaOf& maybe(std::string_view name, std::optional<M> C::* part, const Element& (*schema)(),
                    Support support = kApplied) {
        return child({name, support, schema,
                      [part](void* parent) -> void* { return &(as(parent).*part).emplace(); },
                      [part](const void* parent, const Visit& visit) {
                          if ((as(parent).*part).has_value()) visit(&*(as(parent).*part));
                      },
                      true, false});
    }
    /// Any number of parts; `mark` sets what the name says of one, `is` tells whether it has it.
    template <class C, class M>
        requires std::derived_from<T, C>
    SchemaOf& many(std::string_view name, std::vector<M> C::* parts, const Element& (*schema)(),
                   Support support = kApplied, std::function<void(M&)> mark = nullptr,
                   std::function<bool(const M&)> is = nullptr) {
        return child({name, support, schema,
                      [parts, mark](void* parent) -> void* {
                          M& made = (as(parent).*parts).emplace_back();
                          if (mark) mark(made);
                          return &made;
                      },
                      [parts, is](const void* parent, const Visit& visit) {
                          for (const M& part : as(parent).*parts) {
                              if (!is || is(part)) visit(&part);
                          }
                      },
                      true, true});
    }
    /// A child that sets a field to a value by being there. It is written whenever the field has
    /// that value: the T should be a part that is written only if it is not as by default.
    template <class C, class E>
        requires std::derived_from<T, C>
    SchemaOf& mark(std::string_view name, E C::* field, E value, const Element& (*schema)(),
                   Support support = kApplied) {
        return child({name, support, schema,
                      [field, value](void* parent) {
                          as(parent).*field = value;
                          return parent;
                      },
                      [field, value](const void* parent, const Visit& visit) {
                          if (as(parent).*field == value) visit(parent);
                      },
                      true, false});
    }
    /// Elements of which nothing is read.
    SchemaOf& opaque(std::initializer_list<std::string_view> names, Support support) {
        for (const std::string_view name : names) {
            child({name, support, nullptr, nullptr, nullptr, false, true});
        }
        return *this;
    }
    /// Everything another schema of the same T has, too.
    SchemaOf& with(const Element& other) {
        element_.attributes.insert(element_.attributes.end(), other.attributes.begin(),
                                   other.attributes.end());
        element_.children.insert(element_.children.end(), other.children.begin(),
                                 other.children.end());
        return *this;
    }

    /// Attributes are written as elements.
    SchemaOf& values_as_elements() {
        element_.values_are_elements = true;
        return *this;
    }
    /// The last attribute is the element's own text.
    SchemaOf& as_text() {
        element_.text_is = element_.attributes.back().name;
        return *this;
    }

    [[nodiscard]] Element done() { return std::move(element_); }

private:
    [[nodiscard]] static T& as(void* object) { return *static_cast<T*>(object); }
    [[nodiscard]] static const T& as(const void* object) { return *static_cast<const T*>(object); }

    template <class C, class M>
    static auto setter(M C::* field, Range range) {
        return [field, range](T& object, const std::string& text) -> std::optional<std::string> {
            auto value = Codec<M>::read(text, range);
            if (!value) return value.error();
            object.*field = std::move(*value);
            return {};
        };
    }

    SchemaOf& add(std::string_view name, Support support,
                  std::function<std::optional<std::string>(T&, const std::string&)> set,
                  std::function<std::optional<std::string>(const T&, const T&)> get) {
        Attribute attribute{.name = name, .support = support};
        attribute.set = [set = std::move(set)](void* object, const std::string& text) {
            return set(as(object), text);
        };
        if (get) {
            attribute.get = [get = std::move(get)](const void* object) {
                return get(as(object), T());
            };
        }
        element_.attributes.push_back(std::move(attribute));
        return *this;
    }

    SchemaOf& child(Child child) {
        element_.children.push_back(std::move(child));
        return *this;
    }

    Element element_;
};

}  // namespace tern::config
