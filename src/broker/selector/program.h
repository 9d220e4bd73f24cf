#pragma once

#include "broker/selector/like_pattern.h"
#include "broker/selector/parse_options.h"
#include "broker/selector/regex.h"
#include "broker/selector/selector.h"
#include "broker/selector/value.h"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::selector {

/// What a selector compiles to: code for a machine with a stack of values. Each operation takes its
/// operands from the stack and leaves its result there.
enum class Op : std::uint8_t {
    constant,          ///< argument: the constant
    load,              ///< argument: the identifier
    compare,           ///< flag: Comparison
    compare_constant,  ///< load `identifier`, compare with constant `argument`; flag: Comparison
    add,
    subtract,
    multiply,
    divide,
    modulo,
    negate,
    logical_not,
    logical_and,
    logical_or,
    jump_if_false,  ///< argument: where to; leaves its operand
    jump_if_true,   ///< argument: where to; leaves its operand
    to_boolean,     ///< an identifier where a condition stands: what is no boolean is false
    is_null,        ///< flag: 1 for IS NOT NULL
    between,        ///< flag: 1 for NOT BETWEEN
    like,           ///< argument: the pattern; flag: 1 for NOT LIKE
    in,             ///< argument: the set; flag: 1 for NOT IN
    xpath,          ///< argument: the expression
    call,           ///< flag: Function; operands: how many; argument: the regex + 1, 0: none yet
};

enum class Comparison : std::uint8_t {
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
};
inline constexpr std::array<std::string_view, 6> kComparisonSigns = {"=",  "<>", "<",
                                                                     "<=", ">",  ">="};

enum class Function : std::uint8_t { in_list, make_list, regex, replace, split };

struct Instruction {
    Op op = Op::constant;
    std::uint8_t flag = 0;
    std::uint16_t operands = 0;  ///< of compare_constant: the identifier
    std::uint32_t argument = 0;
};

/// The strings of an IN.
struct StringSet {
    std::vector<std::string_view> as_written;
    std::vector<std::string_view> sorted;
};

struct Program {
    Program() = default;
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    Dialect dialect;
    std::vector<Instruction> code;
    std::size_t stack_depth = 0;

    std::deque<std::string> texts;  ///< what constants and sets view; its elements stay in place
    std::vector<Value> constants;
    std::vector<std::string> identifiers;
    /// Of each identifier: where its value is kept, when it is used more than once.
    std::vector<std::uint32_t> slots;
    static constexpr std::uint32_t kNoSlot = static_cast<std::uint32_t>(-1);
    std::uint32_t slot_count = 0;
    std::vector<LikePattern> patterns;
    std::vector<StringSet> sets;
    std::vector<Regex> regexes;
    std::vector<XPath> xpaths;

    std::vector<Equality> equalities;
    std::string text;  ///< canonical
};

}  // namespace tern::selector
