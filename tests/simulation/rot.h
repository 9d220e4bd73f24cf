#pragma once

#include "dice.h"
#include "runtime/sim/sim_disk.h"
#include "trace.h"

#include <string>
#include <system_error>

namespace tern::simulation {

/// Bits that flip on the medium while the broker is away. What a start makes of it: it does not
/// matter, or it is said, in the log or by a refusal, with the file; then nothing else is wrong.
class Rot {
public:
    /// `sealed`: the broker's store is encrypted.
    Rot(SimDisk& disk, bool sealed, Dice& dice, Trace& trace)
        : disk_(disk), sealed_(sealed), dice_(dice), trace_(trace) {}

    /// From now on what the broker logs is looked at, and printed with `echo`. Before the run.
    static void listen(bool echo);

    /// One bit of the store's files flips.
    void set_in();
    /// A bit has flipped since the last start.
    [[nodiscard]] bool is_there() const { return !file_.empty(); }
    /// Some have their broker look for damage before it starts, and leave it out.
    void leave_out_by_switch();
    /// The others have it left out when it has refused to start.
    void leave_out_when_refused(std::error_code why);
    /// The broker has said since the last time it was asked that something is wrong with the store:
    /// at a start, or when it came to a message that cannot be read.
    [[nodiscard]] bool was_said();
    /// When it was asked that last, it had cut off the end of the damaged file, or taken something
    /// in it for never written.
    [[nodiscard]] bool was_cut() const { return cut_; }
    [[nodiscard]] bool ever_said() const { return ever_said_; }
    /// It could not read a message, which may be back after a start if the journal still has it.
    [[nodiscard]] bool left_out() const { return left_out_; }
    /// The start is over.
    void pass() { file_.clear(); }

private:
    void leave_out(bool everything);
    void note_unreadable();

    SimDisk& disk_;
    const bool sealed_;
    Dice& dice_;
    Trace& trace_;
    std::string file_;  ///< where a bit has flipped since the last start
    bool ever_there_ = false;
    bool ever_said_ = false;
    bool left_out_ = false;
    bool cut_ = false;
};

}  // namespace tern::simulation
