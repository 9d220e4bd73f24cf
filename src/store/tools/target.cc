#include "store/tools/target.h"

#include <set>
#include <unordered_set>

namespace tern::store::tools {
namespace {

/// So many producers go into one record.
constexpr std::size_t kProducersPerRecord = 10'000;

class Copy {
public:
    Copy(Contents& contents, Target& target, Tolerance tolerance)
        : contents_(contents), target_(target), tolerance_(tolerance) {}

    Answer<Copied> run(std::int64_t now_ms) {
        const Target::About about{
            .journal = contents_.journal(), .next_lsn = contents_.next_lsn(), .written_ms = now_ms};
        Answer<void> done = target_.begin(about);
        if (done) done = definitions();
        if (done) done = documents();
        if (done) done = producers();
        if (done) {
            done = contents_.each([this](const StoredMessage& one) { return message(one); });
        }
        if (done) done = target_.finish();
        if (!done) return std::unexpected(done.error());
        return copied_;
    }

private:
    Answer<void> definitions() {
        for (const Definition& queue : contents_.queues()) {
            if (auto done = define(target_, queue); !done) return done;
            ++copied_.queues;
        }
        return {};
    }

    Answer<void> documents() {
        if (tolerance_ == Tolerance::damage) {
            if (auto done = find_accepted(); !done) return done;
        }
        for (const Document& one : contents_.documents()) {
            ByteWriter out;
            if (one.key.kind == DocumentKind::branch) {
                auto value = branch(one);
                if (!value) return std::unexpected(value.error());
                encode_document(out, {one.key, *value});
            } else {
                encode_document(out, one);
            }
            if (auto done = target_.record(RecordType::put, out.bytes()); !done) return done;
            ++copied_.documents;
        }
        return {};
    }

    /// Which of the messages that prepared branches have accepted are there.
    Answer<void> find_accepted() {
        std::set<std::pair<broker::QueueId, std::uint64_t>> accepted;
        for (const Settled& one : contents_.accepted()) accepted.insert({one.queue, one.lsn});
        if (accepted.empty()) return {};
        return contents_.each([&](const StoredMessage& one) {
            for (const Route& route : one.routes) {
                if (accepted.contains({route.queue, one.lsn}))
                    there_.insert({route.queue, one.lsn});
            }
            return Answer<void>();
        });
    }

    /// The document's value; with tolerance, without what it has lost. Its bodies go before it.
    Answer<std::string> branch(const Document& document) {
        ByteReader in(as_bytes(document.value));
        Branch branch = decode_branch(in, &contents_.bodies());
        for (Branch::Part& part : branch.parts) {
            for (auto one = part.publishes.begin(); one != part.publishes.end();) {
                auto done = body_of(*one->message);
                if (done) {
                    ++one;
                } else if (tolerance_ == Tolerance::damage) {
                    one = part.publishes.erase(one);
                    ++copied_.lost;
                } else {
                    return std::unexpected(done.error());
                }
            }
            if (tolerance_ == Tolerance::none) continue;
            std::erase_if(part.accepts, [this](const Settled& one) {
                return !there_.contains({one.queue, one.lsn});
            });
        }
        if (tolerance_ == Tolerance::none) return document.value;
        ByteWriter out;
        encode_branch(out, branch);
        return std::string(as_text(out.bytes()));
    }

    Answer<void> producers() {
        std::span<const broker::Origin> left = contents_.producers();
        while (!left.empty()) {
            const auto some = left.first(std::min(left.size(), kProducersPerRecord));
            left = left.subspan(some.size());
            ByteWriter out;
            encode_producers(out, some);
            if (auto done = target_.record(RecordType::producers, out.bytes()); !done) return done;
        }
        return {};
    }

    Answer<void> message(const StoredMessage& stored) {
        const auto loaded = contents_.load(stored);
        if (loaded && *loaded == nullptr) return {};
        Answer<void> done =
            loaded ? body_of(**loaded) : Answer<void>(std::unexpected(loaded.error()));
        if (!done && tolerance_ == Tolerance::damage) {
            ++copied_.lost;
            return {};
        }
        if (!done) return done;
        ++copied_.messages;
        if (tolerance_ == Tolerance::none) {
            return target_.message(stored.lsn, stored.routes, *loaded);
        }
        std::vector<Route> routes = stored.routes;
        for (Route& route : routes) route.announced = true;
        return target_.message(stored.lsn, routes, *loaded);
    }

    /// The body of a message goes before it, once.
    Answer<void> body_of(const Message& message) {
        const LargeBodyPtr& body = message.large();
        if (body == nullptr || sent_.contains(body->id())) return {};
        if (tolerance_ == Tolerance::damage) {
            // What is damaged shall not be begun.
            const auto nothing = [](Bytes) { return Answer<void>(); };
            if (auto right = contents_.bodies().read(body->id(), body->size(), nothing); !right) {
                return right;
            }
        }
        if (auto done = target_.begin_body(body->id(), body->size()); !done) return done;
        sent_.insert(body->id());
        ++copied_.bodies;
        return contents_.bodies().read(body->id(), body->size(),
                                       [this](Bytes piece) { return target_.piece(piece); });
    }

    Contents& contents_;
    Target& target_;
    const Tolerance tolerance_;
    std::set<std::pair<broker::QueueId, std::uint64_t>> there_;
    std::unordered_set<std::uint64_t> sent_;
    Copied copied_;
};

}  // namespace

Answer<void> define(Target& target, const Definition& queue) {
    ByteWriter out;
    if (!queue.subscription) {
        encode_definition(out, queue);
        return target.record(RecordType::define, out.bytes());
    }
    encode_subscription(out, queue);
    return target.record(RecordType::define_subscription, out.bytes());
}

Answer<Copied> copy(Contents& contents, Target& target, std::int64_t now_ms, Tolerance tolerance) {
    return Copy(contents, target, tolerance).run(now_ms);
}

}  // namespace tern::store::tools
