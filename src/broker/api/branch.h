#pragma once

#include <cstdint>
#include <string>

namespace tern::broker {

/// How a branch of a distributed transaction ends.
enum class BranchEnd : std::uint8_t {
    commit_prepared,  ///< refused if it is not prepared
    commit,
    rollback,
    forget,  ///< nobody asks any more how an operator has ended it; any other one is rolled back
};

/// A branch that is prepared, or that an operator has ended since.
struct BranchStatus {
    enum class State : std::uint8_t { prepared, committed, rolled_back };

    std::string name;  ///< any bytes: `parse_branch_name`
    State state = State::prepared;
    std::uint64_t publishes = 0;  ///< messages it sent that wait for its end
    std::uint64_t accepts = 0;    ///< and that it received
};

}  // namespace tern::broker
