#pragma once

#include "broker/api/queue_info.h"
#include "broker/filter/filter.h"
#include "broker/ports/queue_port.h"
#include "broker/queue/entries.h"

#include <vector>

namespace tern::broker {

/// Those who look at a queue and take nothing. Each sees what was there when it came, as its credit
/// allows: no copy of the queue is made for it.
class Browsers {
public:
    /// `most`: so many messages, and it has seen all.
    void open(const ConsumerRef& ref, std::uint64_t credit, FilterPtr filter, const Entries& now,
              std::uint64_t most);
    /// False when there is no such browser.
    bool close(const ConsumerRef& ref);
    void grant(const ConsumerRef& ref, std::uint64_t credit);

    [[nodiscard]] bool have_work() const;
    /// A message that one of them waits for, which is on disk; `kNone` if there is none.
    static constexpr std::uint64_t kNone = UINT64_MAX;
    [[nodiscard]] std::uint64_t wanted() const;
    /// Messages came from the disk.
    void resume();
    /// Shows each a part of what it may see; true when there is more to do.
    bool run(const QueueInfo& queue, Entries& entries, QueuePort& port);

private:
    /// Messages that are shown, and looked at, in one go.
    static constexpr std::size_t kShownMax = 256;
    static constexpr std::size_t kLooksMax = 8192;

    struct Browser {
        ConsumerRef ref;
        FilterPtr filter;
        std::uint64_t next = 0;
        std::uint64_t end = 0;
        std::uint64_t credit = 0;
        std::uint64_t left = 0;  ///< messages that it may still see
        bool done = false;       ///< has been told so
        bool waits = false;      ///< for `next` to come from the disk
    };

    static void show(Browser& browser, const QueueInfo& queue, Entries& entries, QueuePort& port);
    [[nodiscard]] static bool has_work(const Browser& browser) {
        return !browser.done && !browser.waits &&
               (browser.credit > 0 || browser.next >= browser.end);
    }

    std::vector<Browser> browsers_;
};

}  // namespace tern::broker
