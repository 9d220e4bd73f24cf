#include "broker/selector/selector.h"

#include "broker/selector/equalities.h"
#include "broker/selector/evaluator.h"
#include "broker/selector/parser.h"
#include "broker/selector/printer.h"
#include "broker/selector/program.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::selector {
namespace {

constexpr std::size_t kLengthMax = 65535;  // instructions number identifiers in 16 bits

struct Prefix {
    std::string_view text;
    bool Dialect::* switched;
    bool on;
};

constexpr std::array<Prefix, 4> kPrefixes = {{
    {"convert_string_expressions:", &Dialect::convert_strings, true},
    {"no_convert_string_expressions:", &Dialect::convert_strings, false},
    {"hyphenated_props:", &Dialect::hyphenated, true},
    {"no_hyphenated_props:", &Dialect::hyphenated, false},
}};

/// Applies the prefixes of `text`, in any number and order; returns where the rest begins.
std::size_t read_prefixes(std::string_view text, Dialect& dialect) {
    std::size_t at = 0;
    for (;;) {
        const std::string_view rest = text.substr(at);
        const auto* const prefix = std::ranges::find_if(
            kPrefixes, [&](const Prefix& p) { return rest.starts_with(p.text); });
        if (prefix == kPrefixes.end()) return at;
        dialect.*(prefix->switched) = prefix->on;
        at += prefix->text.size();
    }
}

}  // namespace

std::string ParseError::text() const {
    return "at column " + std::to_string(column) + ": " + reason;
}

bool PropertySource::matches_xpath(std::size_t /*index*/) {
    return false;
}

std::expected<Selector, ParseError> Selector::parse(std::string_view text,
                                                    const ParseOptions& options) {
    const std::size_t length_max = std::min(options.limits.length_max, kLengthMax);
    if (text.size() > length_max) {
        return std::unexpected(ParseError{
            length_max + 1, "a selector has at most " + std::to_string(length_max) + " bytes"});
    }
    Dialect dialect = options.dialect;
    const std::size_t start = read_prefixes(text, dialect);
    auto program = Parser(text, start, dialect, options.limits).parse();
    if (!program) return std::unexpected(std::move(program.error()));
    (*program)->text = print(**program);
    (*program)->equalities = find_equalities(**program);
    return Selector(std::move(*program));
}

Truth Selector::evaluate(PropertySource& message) const {
    return Evaluator(*program_, message).run();
}

const std::string& Selector::text() const {
    return program_->text;
}

std::span<const std::string> Selector::identifiers() const {
    return program_->identifiers;
}

std::span<const Equality> Selector::equalities() const {
    return program_->equalities;
}

std::span<const XPath> Selector::xpaths() const {
    return program_->xpaths;
}

}  // namespace tern::selector
