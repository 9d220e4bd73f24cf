#include "broker/selector/printer.h"

#include "broker/selector/numbers.h"

#include <cmath>
#include <span>
#include <utility>

namespace tern::selector {
namespace {

/// How tightly an operator binds. Its operands bind at least as tightly, or stand in brackets.
enum class Level : std::uint8_t {
    disjunction,
    conjunction,
    equality,
    comparison,
    sum,
    product,
    unary,
    primary,
};

constexpr Level tighter(Level level) {
    return static_cast<Level>(static_cast<std::uint8_t>(level) + 1);
}

struct Piece {
    std::string text;
    Level level = Level::primary;
};

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += c;
        out += c;
    }
    return out + '\'';
}

/// Infinity has no literal; a number too large does.
std::string floating(const Value& value) {
    if (std::isinf(value.floating())) {
        const std::string text = value.floating() < 0 ? "-1E999" : "1E999";
        return value.type() == Type::float32 ? text + 'f' : text;
    }
    if (value.type() == Type::float64) return double_text(value.floating());
    return float_text(static_cast<float>(value.floating())) + 'f';
}

Piece number(std::string text) {
    const Level level = text.starts_with('-') ? Level::unary : Level::primary;
    return {std::move(text), level};
}

Piece literal(const Value& value) {
    switch (value.type()) {
        case Type::null:
            return {"NULL"};
        case Type::boolean:
            return {value.boolean() ? "TRUE" : "FALSE"};
        case Type::string:
            return {quoted(value.text())};
        case Type::float32:
        case Type::float64:
            return number(floating(value));
        default:
            return number(std::to_string(value.integer()));
    }
}

Level level_of(Comparison comparison) {
    const bool is_equality = comparison == Comparison::equal || comparison == Comparison::not_equal;
    return is_equality ? Level::equality : Level::comparison;
}

std::string_view function_name(Function function) {
    switch (function) {
        case Function::in_list:
            return "INLIST";
        case Function::make_list:
            return "MAKELIST";
        case Function::regex:
            return "REGEX";
        case Function::replace:
            return "REPLACE";
        case Function::split:
            return "SPLIT";
    }
    return {};
}

/// Runs the program with texts instead of values.
class Printer {
public:
    explicit Printer(const Program& program) : program_(program) {}

    std::string run() {
        for (const Instruction& instruction : program_.code) step(instruction);
        return prefix() + stack_.back().text;
    }

private:
    [[nodiscard]] std::string prefix() const {
        std::string text;
        if (program_.dialect.convert_strings) text += "convert_string_expressions:";
        if (program_.dialect.hyphenated) text += "hyphenated_props:";
        return text;
    }

    void step(const Instruction& instruction) {
        const std::uint32_t argument = instruction.argument;
        switch (instruction.op) {
            case Op::constant:
                return push(literal(program_.constants[argument]));
            case Op::load:
                return push({program_.identifiers[argument]});
            case Op::compare:
            case Op::compare_constant:
                return compare(instruction);
            case Op::add:
                return binary("+", Level::sum);
            case Op::subtract:
                return binary("-", Level::sum);
            case Op::multiply:
                return binary("*", Level::product);
            case Op::divide:
                return binary("/", Level::product);
            case Op::modulo:
                return binary("%", Level::product);
            case Op::logical_and:
                return binary("AND", Level::conjunction);
            case Op::logical_or:
                return binary("OR", Level::disjunction);
            case Op::negate:
                return negate();
            case Op::logical_not:
                return push({"NOT " + pop(Level::unary), Level::unary});
            case Op::jump_if_false:
            case Op::jump_if_true:
            case Op::to_boolean:
                return;
            case Op::is_null:
                return suffix(instruction.flag != 0 ? " IS NOT NULL" : " IS NULL", Level::equality);
            case Op::between:
                return between(negation(instruction));
            case Op::like:
                return like(negation(instruction), program_.patterns[argument]);
            case Op::in:
                return in(negation(instruction), program_.sets[argument].as_written);
            case Op::xpath:
                return push(
                    {"XPATH " + quoted(program_.xpaths[argument].expression), Level::unary});
            case Op::call:
                return call(instruction);
        }
    }

    static std::string negation(const Instruction& instruction) {
        return instruction.flag != 0 ? " NOT" : "";
    }

    void push(Piece piece) { stack_.push_back(std::move(piece)); }

    /// As an operand of an operator that wants at least `level`.
    std::string pop(Level level) {
        Piece piece = std::move(stack_.back());
        stack_.pop_back();
        if (piece.level >= level) return std::move(piece.text);
        return '(' + std::move(piece.text) + ')';
    }

    void binary(std::string_view sign, Level level) {
        const std::string right = pop(tighter(level));
        std::string text = pop(level);
        text.append(" ").append(sign).append(" ").append(right);
        push({std::move(text), level});
    }

    void suffix(const std::string& ending, Level level) {
        std::string text = pop(level);
        push({std::move(text) + ending, level});
    }

    void compare(const Instruction& instruction) {
        const auto comparison = static_cast<Comparison>(instruction.flag);
        if (instruction.op == Op::compare_constant) {
            push({program_.identifiers[instruction.operands]});
            push(literal(program_.constants[instruction.argument]));
        }
        binary(kComparisonSigns[instruction.flag], level_of(comparison));
    }

    void negate() {
        std::string operand = pop(Level::unary);
        // Two signs in a row could begin a comment, and a sign before a number would become its
        // own.
        const bool apart = operand.starts_with('-');
        const bool number = operand.front() >= '0' && operand.front() <= '9';
        if (number) operand = '(' + operand + ')';
        push({(apart ? "- " : "-") + operand, Level::unary});
    }

    void between(const std::string& negation) {
        const std::string high = pop(Level::sum);
        const std::string low = pop(Level::sum);
        suffix(negation + " BETWEEN " + low + " AND " + high, Level::comparison);
    }

    void like(const std::string& negation, const LikePattern& pattern) {
        std::string ending = negation + " LIKE " + quoted(pattern.pattern());
        if (pattern.escape()) ending += " ESCAPE " + quoted(*pattern.escape());
        suffix(ending, Level::comparison);
    }

    void in(const std::string& negation, std::span<const std::string_view> strings) {
        std::string ending = negation + " IN (";
        for (const std::string_view text : strings) {
            if (!ending.ends_with('(')) ending += ", ";
            ending += quoted(text);
        }
        suffix(ending + ')', Level::comparison);
    }

    void call(const Instruction& instruction) {
        const std::size_t first = stack_.size() - instruction.operands;
        std::string text(function_name(static_cast<Function>(instruction.flag)));
        for (std::size_t i = first; i < stack_.size(); ++i) {
            const bool bare = stack_[i].level >= Level::unary;
            text += i == first ? "(" : ", ";
            text += bare ? stack_[i].text : '(' + stack_[i].text + ')';
        }
        stack_.resize(first);
        push({text + ')'});
    }

    const Program& program_;
    std::vector<Piece> stack_;
};

}  // namespace

std::string print(const Program& program) {
    return Printer(program).run();
}

}  // namespace tern::selector
