#include "store/tools/consumed.h"

#include "journal/format.h"
#include "message/errors.h"
#include "store/tools/names.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

namespace tern::store::tools {
namespace {

using Key = std::tuple<broker::QueueId, std::uint64_t>;

class CopyConsumed {
public:
    CopyConsumed(Disk& disk, Contents& contents, Target& target, const ConsumedOptions& options)
        : disk_(disk), contents_(contents), target_(target), options_(options) {}

    Answer<ConsumedCopied> run(std::int64_t now_ms) {
        Answer<void> done = target_.begin({.journal = contents_.journal(),
                                           .next_lsn = contents_.next_lsn(),
                                           .written_ms = now_ms});
        if (done) done = find_definitions();
        if (done) done = write_definitions();
        if (done) done = find_waiting();
        if (done) {
            done = each_record([this](const journal::Position& at, std::uint8_t type, Bytes body) {
                if (type == static_cast<std::uint8_t>(RecordType::publish) && done_) {
                    done_ = publish(at.lsn.value, body);
                }
            });
        }
        if (done) done = done_;
        if (done) done = target_.finish();
        if (!done) return std::unexpected(done.error());
        return std::move(found_);
    }

private:
    /// The records of the archive, then those of the journal, which go on behind them.
    Answer<void> each_record(journal::Visitor visit) {
        found_.gaps.clear();
        for (const char* const folder : {journal::kArchiveFolder, journal::kFolder}) {
            auto read = journal::salvage(disk_, visit, folder);
            if (!read) return problem_with(folder, read.error());
            std::ranges::move(read->gaps, std::back_inserter(found_.gaps));
        }
        return {};
    }

    // ---- queues: those that are there, and those that were

    Answer<void> find_definitions() {
        auto done = each_record([this](const journal::Position&, std::uint8_t type, Bytes body) {
            ByteReader in(body);
            if (type == static_cast<std::uint8_t>(RecordType::define)) keep(decode_definition(in));
            if (type == static_cast<std::uint8_t>(RecordType::define_subscription)) {
                keep(decode_subscription(in));
            }
        });
        for (const Definition& one : contents_.queues()) keep(one);
        return done;
    }

    void keep(Definition one) {
        const broker::QueueId id = one.queue;
        definitions_.insert_or_assign(id, std::move(one));
    }

    Answer<void> write_definitions() {
        std::erase_if(definitions_, [this](const auto& entry) {
            return !options_.queue.empty() && !is_called(entry.second, options_.queue);
        });
        if (!options_.queue.empty() && definitions_.empty()) {
            return problem("there is and was no queue {}", options_.queue);
        }
        for (const auto& [id, one] : definitions_) {
            if (auto done = define(target_, one); !done) return done;
            ++found_.copied.queues;
        }
        return {};
    }

    // ---- messages

    Answer<void> find_waiting() {
        auto done = contents_.each([this](const StoredMessage& one) -> Answer<void> {
            for (const Route& route : one.routes) waiting_.emplace_back(route.queue, one.lsn);
            return {};
        });
        // What a prepared transaction has accepted may come back with it.
        for (const Settled& one : contents_.accepted()) waiting_.emplace_back(one.queue, one.lsn);
        std::ranges::sort(waiting_);
        return done;
    }

    Answer<void> publish(std::uint64_t lsn, Bytes body) {
        ByteReader in(body);
        std::vector<Route> routes = decode_routes(in);
        std::ignore = decode_origin(in);
        std::erase_if(routes, [this, lsn](const Route& route) {
            return !definitions_.contains(route.queue) ||
                   std::ranges::binary_search(waiting_, Key(route.queue, lsn));
        });
        const auto message = Message::decode(in.take(in.remaining()), &contents_.bodies());
        if (!message && message.error() == message::Errc::no_body) {
            if (!routes.empty()) ++found_.copied.lost;
            return {};
        }
        if (!message) return problem("record {}: {}", lsn, message.error().message());
        if ((*message)->header().timestamp_ms > 0) sent_ms_ = (*message)->header().timestamp_ms;
        if (routes.empty() || sent_ms_ < options_.since_ms || sent_ms_ >= options_.before_ms) {
            return {};
        }
        for (Route& route : routes) route.announced = true;
        if (auto done = body_of(**message); !done) return done;
        ++found_.copied.messages;
        return target_.message(lsn, routes, *message);
    }

    /// It is there as long as any queue has a message with it.
    Answer<void> body_of(const Message& message) {
        const LargeBodyPtr& body = message.large();
        if (body == nullptr || !sent_.insert(body->id()).second) return {};
        if (auto done = target_.begin_body(body->id(), body->size()); !done) return done;
        ++found_.copied.bodies;
        return contents_.bodies().read(body->id(), body->size(),
                                       [this](Bytes piece) { return target_.piece(piece); });
    }

    Disk& disk_;
    Contents& contents_;
    Target& target_;
    const ConsumedOptions& options_;
    std::map<broker::QueueId, Definition> definitions_;
    std::vector<Key> waiting_;
    std::unordered_set<std::uint64_t> sent_;  ///< bodies
    std::int64_t sent_ms_ = 0;                ///< of the message before
    Answer<void> done_;
    ConsumedCopied found_;
};

}  // namespace

Answer<ConsumedCopied> copy_consumed(Disk& disk, Contents& contents, Target& target,
                                     const ConsumedOptions& options, std::int64_t now_ms) {
    return CopyConsumed(disk, contents, target, options).run(now_ms);
}

}  // namespace tern::store::tools
