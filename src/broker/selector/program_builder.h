#pragma once

#include "broker/selector/program.h"

#include <map>
#include <memory>
#include <string_view>

namespace tern::selector {

/// Writes code, operand by operand: whoever parses an operand has its code written behind that of
/// the operands before it.
class ProgramBuilder {
public:
    explicit ProgramBuilder(Dialect dialect);

    /// The last instruction, which may be asked for as long as nothing follows it.
    [[nodiscard]] const Instruction& last() const { return program_->code.back(); }
    [[nodiscard]] const Value& constant_of(const Instruction& instruction) const {
        return program_->constants[instruction.argument];
    }

    /// Copies the text of a string.
    void constant(const Value& value);
    void load(std::string_view identifier);
    void compare(Comparison comparison);
    /// Operations of fixed operands: arithmetic, logic, is_null, between.
    void operation(Op op, bool negated = false);
    void like(LikePattern pattern, bool negated);
    void in(std::span<const std::string> strings, bool negated);
    void xpath(XPath expression);
    void call(Function function, std::size_t operands, std::optional<Regex> regex);

    using Jump = std::size_t;
    [[nodiscard]] Jump jump(Op op);
    /// Lets `jump` lead to the next instruction.
    void land(Jump jump);

    [[nodiscard]] std::unique_ptr<Program> finish();

private:
    void emit(const Instruction& instruction, std::size_t operands, std::size_t results);
    [[nodiscard]] std::string_view keep(std::string_view text);

    std::unique_ptr<Program> program_;
    std::map<std::string, std::uint32_t, std::less<>> identifiers_;
    std::size_t depth_ = 0;
};

}  // namespace tern::selector
