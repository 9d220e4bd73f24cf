#pragma once

#include "broker/selector/program.h"
#include "broker/selector/scratch.h"
#include "broker/selector/small_array.h"

namespace tern::selector {

/// Runs a program on one message, once.
class Evaluator {
public:
    Evaluator(const Program& program, PropertySource& message);

    [[nodiscard]] Truth run();

private:
    void step(const Instruction& instruction);
    void jump_if(bool wanted, const Instruction& instruction);
    void between(bool negated);
    void like(const Instruction& instruction);
    void in(const Instruction& instruction);
    void call(const Instruction& instruction);
    void add();

    [[nodiscard]] Value load(std::uint32_t identifier);
    [[nodiscard]] Value compared(Comparison comparison, const Value& left,
                                 const Value& right) const;

    void push(const Value& value) { *top_++ = value; }
    Value pop() { return *--top_; }

    // Enough for what people write; larger programs allocate.
    static constexpr std::size_t kInlineStack = 16;
    static constexpr std::size_t kInlineIdentifiers = 8;

    struct Loaded {
        bool known = false;
        Value value;
    };

    const Program& program_;
    PropertySource& message_;
    std::size_t next_ = 0;
    SmallArray<Value, kInlineStack> stack_;
    SmallArray<Loaded, kInlineIdentifiers> loaded_;  // of those used more than once, by slot
    Value* top_;                                     // behind the uppermost value
    Scratch scratch_;
};

}  // namespace tern::selector
