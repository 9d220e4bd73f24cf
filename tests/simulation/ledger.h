#pragma once

#include "trace.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tern::simulation {

/// A message, counted up over a whole run; its body says it.
using Number = std::uint64_t;

/// How far something that was asked for has come.
enum class Effect {
    none,   ///< has not reached the broker, or was undone
    live,   ///< reached the broker and counts from now on, but may be lost in a crash
    maybe,  ///< nobody can say
    sure,   ///< counts for good
};

/// A local transaction, or something else that happens as a whole or not at all.
struct Transaction {
    std::uint64_t id = 0;
    Effect commit = Effect::none;
    bool open = true;  ///< neither a commit nor a rollback has reached the broker
};
using TransactionPtr = std::shared_ptr<Transaction>;

/// A message on one queue.
struct Copy {
    Number number = 0;
    std::string queue;
    bool durable = false;
    std::size_t producer = 0;
    std::int64_t sequence = 0;  ///< of the producer

    Effect sent = Effect::none;
    TransactionPtr sent_in{};
    Effect settled = Effect::none;
    TransactionPtr settled_in{};  ///< also while that is open

    std::uint32_t holder = 0;  ///< the consumer that has it
    bool seen = false;         ///< delivered to somebody, ever
    bool seen_in_life = false;
    bool in_order = true;  ///< its producer's messages keep their order on this queue
    /// What the next delivery must say at least, and how many consumers the queue had lost by then:
    /// each loss since may have added one.
    std::uint32_t failures = 0;
    std::uint64_t losses_then = 0;
};
using CopyPtr = std::shared_ptr<Copy>;

/// The group that a message belongs to where messages have groups; 0: none.
[[nodiscard]] inline std::size_t group_of(Number number) {
    return number % 4;
}

/// What is known of a queue besides its messages.
struct QueueFacts {
    bool temporary = false;
    bool ever_consumed = false;
    std::uint64_t losses = 0;        ///< consumers that closed or vanished
    std::uint64_t losses_known = 0;  ///< of these, those that the queue has certainly heard of
    std::uint64_t losses_in_life = 0;
    std::uint64_t removals = 0;  ///< that may have happened
    std::vector<Number> order;   ///< as it was seen last
};

/// What must be, may be and must not be on each queue. Compared with what is there whenever the
/// broker was restarted, and whenever it has nothing left to do.
class Ledger {
public:
    explicit Ledger(Trace& trace) : trace_(trace) {}

    [[nodiscard]] QueueFacts& queue(const std::string& name) { return queues_[name]; }
    [[nodiscard]] const std::map<std::string, QueueFacts>& queues() const { return queues_; }
    void forget_queue(const std::string& name);

    /// The copy is there afterwards, whatever was known of it.
    CopyPtr add(Number number, const std::string& queue);
    [[nodiscard]] CopyPtr find(Number number, const std::string& queue) const;
    [[nodiscard]] const std::map<std::pair<Number, std::string>, CopyPtr>& copies() const {
        return copies_;
    }

    [[nodiscard]] static Effect sent(const Copy& copy);
    [[nodiscard]] static Effect settled(const Copy& copy);

    struct Found {
        Number number = 0;
        std::uint32_t failures = 0;
    };
    using Contents = std::map<std::string, std::vector<Found>>;

    /// The broker was restarted and has this.
    void after_crash(const Contents& contents);
    /// As `after_crash`, but of a damaged store, which the broker has said: what is listed has been
    /// sent there. It may have been consumed, too, and others may be lost.
    /// `cut`: the end of a file with the word that somebody had seen messages may be gone.
    void after_damage(const Contents& contents, bool cut);
    /// What is not among this may be lost.
    void excuse(const Contents& contents);
    /// The broker has this and nothing under way.
    void when_idle(const Contents& contents);

    /// Nothing is under way in the broker: queues know of all consumers that are gone.
    void at_rest();

    /// A delivery may say so many failures.
    [[nodiscard]] bool plausible(const Copy& copy, std::uint32_t failures);

private:
    enum class Possible { no, maybe, yes };

    void begin_life();
    void reconcile(const Contents& contents, bool crashed);
    void check_listing(const std::string& queue, const std::vector<Found>& listed, bool crashed);
    void check_order(const std::string& queue, const std::vector<Found>& listed);
    void gather_evidence(const Copy& copy, bool present, bool crashed);
    void judge(Transaction& transaction, bool committed, const Copy& by);
    void check_presence(const Copy& copy, bool present, bool crashed);
    void settle_facts(Copy& copy, const Found& found, bool crashed);
    [[nodiscard]] static Possible possible(Effect effect, bool crashed);

    Trace& trace_;
    std::map<std::string, QueueFacts> queues_;
    std::map<std::pair<Number, std::string>, CopyPtr> copies_;
};

}  // namespace tern::simulation
