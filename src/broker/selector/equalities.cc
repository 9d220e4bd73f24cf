#include "broker/selector/equalities.h"

#include <iterator>
#include <utility>

namespace tern::selector {
namespace {

/// What an operand, or an AND of operands, requires.
using Required = std::vector<Equality>;

bool is_equality(const Instruction& instruction) {
    return static_cast<Comparison>(instruction.flag) == Comparison::equal;
}

class Search {
public:
    explicit Search(const Program& program) : program_(program) {}

    std::vector<Equality> run() {
        for (std::size_t i = 0; i < program_.code.size(); ++i) step(i);
        return std::move(stack_.back());
    }

private:
    void step(std::size_t index) {
        const Instruction& instruction = program_.code[index];
        switch (instruction.op) {
            case Op::jump_if_false:
            case Op::jump_if_true:
                return;
            case Op::constant:
            case Op::load:
            case Op::xpath:
                return push({});
            case Op::compare_constant:
                if (!is_equality(instruction)) return push({});
                return push({equality(instruction.operands, instruction.argument)});
            case Op::compare:
                return compare(index);
            case Op::logical_and:
                return conjunction();
            case Op::call:
                return replace(instruction.operands);
            case Op::between:
                return replace(3);
            case Op::add:
            case Op::subtract:
            case Op::multiply:
            case Op::divide:
            case Op::modulo:
            case Op::logical_or:
                return replace(2);
            case Op::negate:
            case Op::logical_not:
            case Op::to_boolean:
            case Op::is_null:
            case Op::like:
            case Op::in:
                return replace(1);
        }
    }

    /// literal = identifier; the other way round is compare_constant.
    void compare(std::size_t index) {
        replace(2);
        if (index < 2 || !is_equality(program_.code[index])) return;
        const Instruction& left = program_.code[index - 2];
        const Instruction& right = program_.code[index - 1];
        if (left.op == Op::constant && right.op == Op::load) {
            stack_.back().push_back(equality(right.argument, left.argument));
        }
    }

    void conjunction() {
        Required right = std::move(stack_.back());
        stack_.pop_back();
        Required& left = stack_.back();
        left.insert(left.end(), std::make_move_iterator(right.begin()),
                    std::make_move_iterator(right.end()));
    }

    [[nodiscard]] Equality equality(std::uint32_t identifier, std::uint32_t constant) const {
        return {program_.identifiers[identifier], program_.constants[constant]};
    }

    void push(Required required) { stack_.push_back(std::move(required)); }

    void replace(std::size_t operands) {
        stack_.resize(stack_.size() - operands);
        push({});
    }

    const Program& program_;
    std::vector<Required> stack_;
};

}  // namespace

std::vector<Equality> find_equalities(const Program& program) {
    if (program.dialect.convert_strings) return {};
    return Search(program).run();
}

}  // namespace tern::selector
