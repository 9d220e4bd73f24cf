#include "client/inactivity.h"

#include <utility>

namespace tern::client {

Inactivity::Verdict Inactivity::check(Instant now) {
    if (period_ <= Duration::zero()) return Verdict::fine;
    if (now >= read_check_) {
        read_check_ = now + period_;
        if (!std::exchange(received_, false)) return Verdict::peer_is_dead;
    }
    if (now >= write_check_) {
        write_check_ = now + period_ / kWriteChecks;
        if (!std::exchange(sent_, false)) return Verdict::send_keep_alive;
    }
    return Verdict::fine;
}

}  // namespace tern::client
