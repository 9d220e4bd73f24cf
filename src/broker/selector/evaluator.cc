#include "broker/selector/evaluator.h"

#include "broker/selector/functions.h"
#include "broker/selector/operators.h"

#include <algorithm>
#include <span>

namespace tern::selector {
namespace {

/// Below this many strings, comparing with each is as quick as searching.
constexpr std::size_t kSearchFrom = 8;

bool contains(const StringSet& set, std::string_view text) {
    if (set.sorted.size() >= kSearchFrom) return std::ranges::binary_search(set.sorted, text);
    return std::ranges::find(set.as_written, text) != set.as_written.end();
}

Truth truth_of(const Value& value) {
    if (value.type() != Type::boolean) return Truth::unknown;
    return value.boolean() ? Truth::is_true : Truth::is_false;
}

}  // namespace

Evaluator::Evaluator(const Program& program, PropertySource& message)
    : program_(program),
      message_(message),
      stack_(program.stack_depth),
      loaded_(program.slot_count),
      top_(stack_.data()) {}

Truth Evaluator::run() {
    while (next_ < program_.code.size()) step(program_.code[next_++]);
    return truth_of(pop());
}

void Evaluator::step(const Instruction& instruction) {
    const bool flag = instruction.flag != 0;
    switch (instruction.op) {
        case Op::constant:
            return push(program_.constants[instruction.argument]);
        case Op::load:
            return push(load(instruction.argument));
        case Op::compare_constant:
            return push(compared(static_cast<Comparison>(instruction.flag),
                                 load(instruction.operands),
                                 program_.constants[instruction.argument]));
        case Op::compare: {
            const Value right = pop();
            const Value left = pop();
            return push(compared(static_cast<Comparison>(instruction.flag), left, right));
        }
        case Op::add:
            return add();
        case Op::subtract:
        case Op::multiply:
        case Op::divide:
        case Op::modulo: {
            const Value right = pop();
            const Value left = pop();
            return push(arithmetic(instruction.op, left, right));
        }
        case Op::negate:
            return push(negate(pop()));
        case Op::logical_not:
            return push(logical_not(pop()));
        case Op::logical_and: {
            const Value right = pop();
            return push(logical_and(pop(), right));
        }
        case Op::logical_or: {
            const Value right = pop();
            return push(logical_or(pop(), right));
        }
        case Op::jump_if_false:
            return jump_if(false, instruction);
        case Op::jump_if_true:
            return jump_if(true, instruction);
        case Op::to_boolean: {
            const Value value = pop();
            const bool keeps = value.is_null() || value.type() == Type::boolean;
            return push(keeps ? value : Value(false));
        }
        case Op::is_null:
            return push(pop().is_null() != flag);
        case Op::between:
            return between(flag);
        case Op::like:
            return like(instruction);
        case Op::in:
            return in(instruction);
        case Op::xpath:
            return push(message_.matches_xpath(instruction.argument));
        case Op::call:
            return call(instruction);
    }
}

void Evaluator::jump_if(bool wanted, const Instruction& instruction) {
    const Value& condition = top_[-1];
    if (condition.type() == Type::boolean && condition.boolean() == wanted) {
        next_ = instruction.argument;
    }
}

Value Evaluator::load(std::uint32_t identifier) {
    const std::uint32_t slot = program_.slots[identifier];
    if (slot == Program::kNoSlot) return message_.find(program_.identifiers[identifier]);
    Loaded& loaded = loaded_[slot];
    if (!loaded.known) loaded = {true, message_.find(program_.identifiers[identifier])};
    return loaded.value;
}

Value Evaluator::compared(Comparison comparison, const Value& left, const Value& right) const {
    return compare(comparison, left, right, program_.dialect.convert_strings);
}

void Evaluator::add() {
    const Value right = pop();
    const Value left = pop();
    if (left.type() != Type::string) return push(arithmetic(Op::add, left, right));
    push(right.is_null() ? Value() : scratch_.concatenation(left.text(), right));
}

void Evaluator::between(bool negated) {
    const Value high = pop();
    const Value low = pop();
    const Value value = pop();
    if (negated) {
        return push(logical_or(compared(Comparison::less, value, low),
                               compared(Comparison::greater, value, high)));
    }
    push(logical_and(compared(Comparison::greater_equal, value, low),
                     compared(Comparison::less_equal, value, high)));
}

void Evaluator::like(const Instruction& instruction) {
    const Value value = pop();
    if (value.is_null()) return push(Value());
    const bool matches = value.type() == Type::string &&
                         program_.patterns[instruction.argument].matches(value.text());
    push(matches != (instruction.flag != 0));
}

void Evaluator::in(const Instruction& instruction) {
    const Value value = pop();
    if (value.type() != Type::string) return push(Value());
    const bool found = contains(program_.sets[instruction.argument], value.text());
    push(found != (instruction.flag != 0));
}

void Evaluator::call(const Instruction& instruction) {
    const std::span<const Value> arguments(top_ - instruction.operands, instruction.operands);
    const Regex* const regex =
        instruction.argument == 0 ? nullptr : &program_.regexes[instruction.argument - 1];
    const Value result =
        call_function(static_cast<Function>(instruction.flag), arguments, regex, scratch_);
    top_ -= instruction.operands;
    push(result);
}

}  // namespace tern::selector
