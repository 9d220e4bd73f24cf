#include "broker/selector/program_builder.h"

#include "base/assert.h"

#include <algorithm>

namespace tern::selector {
namespace {

std::size_t operands_of(Op op) {
    switch (op) {
        case Op::negate:
        case Op::logical_not:
        case Op::to_boolean:
        case Op::is_null:
            return 1;
        case Op::between:
            return 3;
        default:
            return 2;
    }
}

}  // namespace

ProgramBuilder::ProgramBuilder(Dialect dialect) : program_(std::make_unique<Program>()) {
    program_->dialect = dialect;
}

std::string_view ProgramBuilder::keep(std::string_view text) {
    return program_->texts.emplace_back(text);
}

void ProgramBuilder::emit(const Instruction& instruction, std::size_t operands,
                          std::size_t results) {
    program_->code.push_back(instruction);
    depth_ = depth_ - operands + results;
    program_->stack_depth = std::max(program_->stack_depth, depth_);
}

void ProgramBuilder::constant(const Value& value) {
    const auto index = static_cast<std::uint32_t>(program_->constants.size());
    program_->constants.push_back(value.type() == Type::string ? Value(keep(value.text())) : value);
    emit({.op = Op::constant, .argument = index}, 0, 1);
}

void ProgramBuilder::load(std::string_view identifier) {
    auto known = identifiers_.find(identifier);
    if (known == identifiers_.end()) {
        const auto index = static_cast<std::uint32_t>(program_->identifiers.size());
        known = identifiers_.emplace(identifier, index).first;
        program_->identifiers.emplace_back(identifier);
        program_->slots.push_back(Program::kNoSlot);
    } else if (program_->slots[known->second] == Program::kNoSlot) {
        program_->slots[known->second] = program_->slot_count++;
    }
    emit({.op = Op::load, .argument = known->second}, 0, 1);
}

void ProgramBuilder::compare(Comparison comparison) {
    std::vector<Instruction>& code = program_->code;
    const auto flag = static_cast<std::uint8_t>(comparison);
    // The most common condition by far is one instruction.
    if (code.back().op == Op::constant && code[code.size() - 2].op == Op::load) {
        const std::uint32_t constant = code.back().argument;
        const std::uint32_t identifier = code[code.size() - 2].argument;
        code.resize(code.size() - 2);
        emit({.op = Op::compare_constant,
              .flag = flag,
              .operands = static_cast<std::uint16_t>(identifier),
              .argument = constant},
             2, 1);
        return;
    }
    emit({.op = Op::compare, .flag = flag}, 2, 1);
}

void ProgramBuilder::operation(Op op, bool negated) {
    emit({.op = op, .flag = negated}, operands_of(op), 1);
}

void ProgramBuilder::like(LikePattern pattern, bool negated) {
    const auto index = static_cast<std::uint32_t>(program_->patterns.size());
    program_->patterns.push_back(std::move(pattern));
    emit({.op = Op::like, .flag = negated, .argument = index}, 1, 1);
}

void ProgramBuilder::in(std::span<const std::string> strings, bool negated) {
    const auto index = static_cast<std::uint32_t>(program_->sets.size());
    StringSet& set = program_->sets.emplace_back();
    for (const std::string& text : strings) set.as_written.push_back(keep(text));
    set.sorted = set.as_written;
    std::ranges::sort(set.sorted);
    emit({.op = Op::in, .flag = negated, .argument = index}, 1, 1);
}

void ProgramBuilder::xpath(XPath expression) {
    const auto index = static_cast<std::uint32_t>(program_->xpaths.size());
    program_->xpaths.push_back(std::move(expression));
    emit({.op = Op::xpath, .argument = index}, 0, 1);
}

void ProgramBuilder::call(Function function, std::size_t operands, std::optional<Regex> regex) {
    std::uint32_t index = 0;
    if (regex) {
        program_->regexes.push_back(std::move(*regex));
        index = static_cast<std::uint32_t>(program_->regexes.size());
    }
    emit({.op = Op::call,
          .flag = static_cast<std::uint8_t>(function),
          .operands = static_cast<std::uint16_t>(operands),
          .argument = index},
         operands, 1);
}

ProgramBuilder::Jump ProgramBuilder::jump(Op op) {
    emit({.op = op}, 0, 0);
    return program_->code.size() - 1;
}

void ProgramBuilder::land(Jump jump) {
    program_->code[jump].argument = static_cast<std::uint32_t>(program_->code.size());
}

std::unique_ptr<Program> ProgramBuilder::finish() {
    TERN_ASSERT(depth_ == 1);
    return std::move(program_);
}

}  // namespace tern::selector
