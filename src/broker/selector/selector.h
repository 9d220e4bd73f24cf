#pragma once

#include "broker/selector/parse_options.h"
#include "broker/selector/property_source.h"

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tern::selector {

struct Program;

/// An `identifier = literal` that must hold for the whole to be true.
struct Equality {
    std::string_view identifier;
    Value literal;
};

/// An `XPATH 'expression'`, which the holder of the body evaluates: xpath.h.
struct XPath {
    std::string expression;
    std::size_t column;  ///< where the expression stands
};

/// A JMS message selector, compiled. Immutable and cheap to copy; any thread may evaluate it.
///
/// The language is that of JMS as ActiveMQ Classic reads it, with its functions and its answers
/// where JMS leaves them open; README.md says where we differ.
class Selector {
public:
    [[nodiscard]] static std::expected<Selector, ParseError> parse(
        std::string_view text, const ParseOptions& options = {});

    [[nodiscard]] Truth evaluate(PropertySource& message) const;
    [[nodiscard]] bool matches(PropertySource& message) const {
        return evaluate(message) == Truth::is_true;
    }

    /// The canonical text. Parsed with default options it makes the same selector; it may be longer
    /// than what was parsed, but is not nested deeper.
    [[nodiscard]] const std::string& text() const;

    /// What `find` may be asked for, each once.
    [[nodiscard]] std::span<const std::string> identifiers() const;

    /// Without them the whole cannot be true; "equal" is the language's: 5 equals 5.0. Empty where
    /// strings are converted, because then '5' equals 5, too.
    [[nodiscard]] std::span<const Equality> equalities() const;

    [[nodiscard]] std::span<const XPath> xpaths() const;

private:
    explicit Selector(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

    std::shared_ptr<const Program> program_;
};

}  // namespace tern::selector
