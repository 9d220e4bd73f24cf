#include "store/tools/check.h"

#include "broker/route/encoding.h"
#include "journal/format.h"
#include "store/tools/names.h"

#include <algorithm>
#include <set>

namespace tern::store::tools {
namespace {

void say_index_is_damaged(const SegmentFile& segment, const SegmentFile::Block& block,
                          std::error_code error, Findings& findings) {
    findings.damage(
        segment.path(), block.offset,
        fmt::format("the index of {} messages: {}", block.header.count, error.message()));
}

/// Checksums of what segments hold but nobody will read again, too: a disk that damages these
/// damages others.
Answer<void> check_segment(const SegmentFile& segment, Findings& findings) {
    for (const SegmentFile::Block& block : segment.blocks()) {
        const auto entries = segment.index(block);
        if (!entries) {
            say_index_is_damaged(segment, block, entries.error(), findings);
            continue;
        }
        for (const IndexEntry& entry : *entries) {
            const auto stored = segment.stored(entry);
            if (stored) continue;
            const std::string what =
                fmt::format("message {}: {}", entry.lsn, stored.error().message());
            if (segment.is_dead(entry.slot)) {
                findings.note(segment.path(), entry.offset, what + "; it was consumed");
            } else {
                findings.damage(segment.path(), entry.offset, what);
            }
        }
    }
    return {};
}

/// Exchanges and bindings, and what these refer to.
class RouteCheck {
public:
    explicit RouteCheck(Contents& contents) : contents_(contents) {}

    void run() {
        for (const Definition& queue : contents_.queues()) {
            for (const broker::Destination& one : queue.bindings) queues_.insert(one.name);
        }
        // Exchanges come first in the order of the keys.
        for (const Document& one : contents_.documents()) {
            if (one.key.kind == DocumentKind::exchange) exchange(one);
            if (one.key.kind == DocumentKind::binding) binding(one);
        }
    }

private:
    void exchange(const Document& document) {
        ByteReader in(as_bytes(document.value));
        const broker::Exchange exchange = broker::decode_exchange(in);
        if (!in.done()) return senseless(document);
        exchanges_.insert({exchange.vhost, exchange.name});
    }

    void binding(const Document& document) {
        ByteReader in(as_bytes(document.key.name));
        const broker::Binding binding = broker::decode_binding(in);
        if (!in.done()) return senseless(document);
        if (!has_exchange(binding.vhost, binding.source)) {
            dangling(binding, "comes from an exchange");
        }
        const bool there = binding.to_exchange ? has_exchange(binding.vhost, binding.destination)
                                               : queues_.contains(binding.destination);
        if (!there)
            dangling(binding, binding.to_exchange ? "leads to an exchange" : "leads to a queue");
    }

    bool has_exchange(const std::string& vhost, const std::string& name) const {
        // Those that every virtual host has are not stored.
        return name.empty() || name.starts_with("amq.") || exchanges_.contains({vhost, name});
    }
    void dangling(const broker::Binding& binding, const char* what) {
        contents_.findings().note(journal::kFolder, 0,
                                  fmt::format("the binding {} -> {} {} that is not there",
                                              binding.source, binding.destination, what));
    }
    void senseless(const Document& document) {
        contents_.findings().damage(journal::kFolder, 0,
                                    fmt::format("{} {} makes no sense", name_of(document.key.kind),
                                                printable(as_bytes(document.key.name), 100)));
    }

    Contents& contents_;
    std::set<std::string, std::less<>> queues_;
    std::set<std::pair<std::string, std::string>> exchanges_;  ///< virtual host, name
};

}  // namespace

void check_indexes(Contents& contents) {
    for (const auto& [number, segment] : contents.segments()) {
        for (const SegmentFile::Block& block : segment->blocks()) {
            const auto entries = segment->index(block);
            if (entries) continue;
            say_index_is_damaged(*segment, block, entries.error(), contents.findings());
        }
    }
}

Answer<std::uint64_t> check(Contents& contents) {
    Findings& findings = contents.findings();
    for (const auto& [number, segment] : contents.segments()) {
        if (auto done = check_segment(*segment, findings); !done) {
            return std::unexpected(done.error());
        }
    }
    RouteCheck(contents).run();
    std::set<std::pair<broker::QueueId, std::uint64_t>> accepted;
    for (const Settled& one : contents.accepted()) accepted.insert({one.queue, one.lsn});
    std::uint64_t count = 0;
    const auto done = contents.each([&](const StoredMessage& one) -> Answer<void> {
        ++count;
        for (const Route& route : one.routes) accepted.erase({route.queue, one.lsn});
        if (const auto loaded = contents.load(one); !loaded) {
            const SegmentFile* const file = one.places.front().file;
            findings.damage(file->path(), one.places.front().entry.offset, loaded.error());
        }
        return {};
    });
    if (!done) return std::unexpected(done.error());
    for (const auto& [queue, lsn] : accepted) {
        findings.damage(journal::kFolder, 0,
                        fmt::format("a prepared transaction has accepted message {} of queue {}, "
                                    "which is not there",
                                    lsn, queue.value));
    }
    if (auto checked = contents.bodies().check(findings); !checked) {
        return std::unexpected(checked.error());
    }
    return count;
}

}  // namespace tern::store::tools
