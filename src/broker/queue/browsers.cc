#include "broker/queue/browsers.h"

#include <algorithm>

namespace tern::broker {

void Browsers::open(const ConsumerRef& ref, std::uint64_t credit, FilterPtr filter,
                    const Entries& now, std::uint64_t most) {
    browsers_.push_back({.ref = ref,
                         .filter = std::move(filter),
                         .next = now.begin(),
                         .end = now.end(),
                         .credit = credit,
                         .left = most});
}

bool Browsers::close(const ConsumerRef& ref) {
    return std::erase_if(browsers_, [&](const Browser& one) { return one.ref == ref; }) > 0;
}

void Browsers::grant(const ConsumerRef& ref, std::uint64_t credit) {
    for (Browser& one : browsers_) {
        if (one.ref == ref) one.credit += credit;
    }
}

bool Browsers::have_work() const {
    return std::ranges::any_of(browsers_, has_work);
}

std::uint64_t Browsers::wanted() const {
    const auto one = std::ranges::find(browsers_, true, &Browser::waits);
    return one == browsers_.end() ? kNone : one->next;
}

void Browsers::resume() {
    for (Browser& one : browsers_) one.waits = false;
}

bool Browsers::run(const QueueInfo& queue, Entries& entries, QueuePort& port) {
    for (Browser& one : browsers_) {
        if (has_work(one)) show(one, queue, entries, port);
    }
    return have_work();
}

void Browsers::show(Browser& browser, const QueueInfo& queue, Entries& entries, QueuePort& port) {
    std::vector<Delivery> content;
    browser.next = std::max(browser.next, entries.begin());
    for (std::size_t looks = 0; browser.next < browser.end && browser.credit > 0 &&
                                looks < kLooksMax && content.size() < kShownMax;
         ++looks, ++browser.next) {
        browser.next = std::min(entries.next_live(browser.next), browser.end);
        if (browser.next == browser.end) break;
        browser.waits = entries.is_missing(browser.next);
        if (browser.waits) break;
        const Entry* const entry = entries.find(browser.next);
        if (browser.filter && !browser.filter->matches(*entry->message, entry->failures)) continue;
        content.push_back({.tag = {queue.id, browser.next, entry->at},
                           .message = entry->message,
                           .failures = entry->failures});
        --browser.credit;
        if (--browser.left == 0) browser.end = browser.next + 1;
    }
    browser.done = browser.next >= browser.end;
    if (browser.done || !content.empty()) {
        port.show(browser.ref, queue, std::move(content), browser.done);
    }
}

}  // namespace tern::broker
