#include "store/tools/contents.h"

#include "journal/salvage.h"
#include "message/errors.h"
#include "store/tools/names.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace tern::store::tools {
namespace {

constexpr const char* kNoBody =
    "the file with its body is gone: it was consumed right before the broker ended, or somebody "
    "removed the file";

auto key(const Settled& one) {
    return std::tuple(one.queue, one.lsn);
}

}  // namespace

/// Takes the journal's records in.
class Contents::Records {
public:
    explicit Records(Contents& contents)
        : contents_(contents), recovery_(nullptr, &contents.bodies_) {
        for (const auto& [number, segment] : contents.segments_) {
            for (const SegmentFile::Block& block : segment->blocks()) {
                std::uint64_t& last = last_lsns_[block.header.queue];
                last = std::max(last, block.header.last_lsn);
            }
        }
    }

    void apply(const journal::Position& at, std::uint8_t type, Bytes body) {
        ++count;
        if (files.empty() || files.back().number != at.file) {
            files.push_back({at.lsn.value, at.file});
        }
        const std::uint64_t misses = contents_.bodies_.misses();
        if (const auto applied = recovery_.apply(at, type, body); !applied) {
            contents_.findings_.damage(journal::path_of(at.file), at.offset,
                                       fmt::format("record {} makes no sense: {}", at.lsn.value,
                                                   applied.error().message()));
            return;
        }
        ByteReader in(body);
        if (type == static_cast<std::uint8_t>(RecordType::settle)) {
            for (const Settled& one : decode_settled(in)) settle(one);
        } else if (type == static_cast<std::uint8_t>(RecordType::publish) &&
                   contents_.bodies_.misses() != misses) {
            for (const Route& route : decode_routes(in)) {
                bodiless.insert({route.queue, at.lsn.value});
            }
        }
    }

    Recovery& recovery() { return recovery_; }

    std::vector<Settled> settled;
    std::set<std::pair<broker::QueueId, std::uint64_t>> bodiless;
    std::vector<JournalFile> files;
    std::uint64_t count = 0;

private:
    void settle(const Settled& one) {
        bodiless.erase({one.queue, one.lsn});
        const auto last = last_lsns_.find(one.queue);
        if (last != last_lsns_.end() && one.lsn <= last->second) settled.push_back(one);
    }

    Contents& contents_;
    Recovery recovery_;
    std::unordered_map<broker::QueueId, std::uint64_t> last_lsns_;
};

Answer<std::unique_ptr<Contents>> Contents::read(Disk& disk) {
    auto made = std::unique_ptr<Contents>(new Contents(disk));
    if (auto done = made->bodies_.open(made->findings_); !done) {
        return std::unexpected(done.error());
    }
    if (auto done = made->read_segments(); !done) return std::unexpected(done.error());
    if (auto done = made->read_journal(); !done) return std::unexpected(done.error());
    return made;
}

Answer<void> Contents::read_segments() {
    const auto names = disk_.list(kSegmentFolder);
    if (!names) return problem_with(kSegmentFolder, names.error());
    for (const std::string& name : *names) {
        const auto number = segment_of(name);
        if (!number) {
            findings_.note(fmt::format("{}/{}", kSegmentFolder, name), 0,
                           name.ends_with(".tmp")
                               ? "it was being written; the next start removes it"
                               : "it is none of the store's");
            continue;
        }
        auto segment = SegmentFile::read(disk_, *number, findings_);
        if (!segment) return std::unexpected(segment.error());
        for (const auto& [queue, lsn] : (*segment)->state().marks) {
            marked_[queue] = std::max(marked_[queue], lsn);
        }
        segments_[*number] = std::move(*segment);
    }
    return {};
}

Answer<void> Contents::read_journal() {
    auto records = std::make_unique<Records>(*this);
    journal::Visitor visit = [&](const journal::Position& at, std::uint8_t type, Bytes body) {
        records->apply(at, type, body);
    };
    const std::size_t damages = findings_.damages();
    if (const auto found = journal::recover(disk_, visit)) {
        journal_ = found->journal;
        next_lsn_ = found->next.value;
        if (found->cut) {
            findings_.note(journal::path_of(found->log.back().number), found->end,
                           "a commit that was not finished ends here; the next start cuts it off");
        }
        check_end(*found);
    } else if (found.error() == journal::Errc::corrupt ||
               found.error() == journal::Errc::file_missing) {
        records = std::make_unique<Records>(*this);
        const auto rest = journal::salvage(disk_, visit);
        if (!rest) return problem_with("the journal", rest.error());
        journal_ = rest->journal;
        next_lsn_ = rest->next.value;
        for (const journal::Gap& gap : rest->gaps) findings_.damage(gap.file, gap.offset, gap.what);
        if (findings_.damages() == damages) {
            findings_.damage(journal::kFolder, 0, "a start refuses it: " + found.error().message());
        }
    } else {
        return problem_with("the journal", found.error());
    }
    check_owners();
    take(*records, findings_.damages() > damages);
    check_references();
    return {};
}

/// What segments have had been durable in the journal before.
void Contents::check_end(const journal::Recovered& found) {
    std::uint64_t last = 0;
    for (const auto& [number, segment] : segments_) {
        for (const SegmentFile::Block& block : segment->blocks()) {
            last = std::max(last, block.header.last_lsn);
        }
    }
    if (last < found.next.value || found.log.empty()) return;
    findings_.damage(journal::path_of(found.log.back().number), found.end,
                     fmt::format("records {} to {} are gone, of which segments have messages",
                                 found.next.value, last));
}

/// Only where records are missing: otherwise these are what is left of queues that were removed.
void Contents::bring_back_unknown(Recovery& recovery) {
    std::map<broker::QueueId, std::string> unknown;  // with a file that has messages
    for (const auto& [number, segment] : segments_) {
        for (const SegmentFile::Block& block : segment->blocks()) {
            const broker::QueueId queue = block.header.queue;
            if (!recovery.is_unknown(queue) || unknown.contains(queue)) continue;
            if (has_any(*segment, queue)) unknown.emplace(queue, segment->path());
        }
    }
    for (const broker::QueueId queue : recovery.unknown()) unknown.emplace(queue, journal::kFolder);
    for (const auto& [queue, file] : unknown) {
        findings_.damage(file, 0,
                         fmt::format("it has messages of queue {}, and what defined it is lost: "
                                     "they come back on queue://{}",
                                     queue.value, recovery.stand_in(queue)));
    }
}

bool Contents::has_any(const SegmentFile& segment, broker::QueueId queue) const {
    for (const SegmentFile::Block& block : segment.blocks()) {
        if (block.header.queue != queue) continue;
        const auto entries = segment.index(block);
        if (!entries) continue;
        for (const IndexEntry& entry : *entries) {
            if (!segment.is_dead(entry.slot) && !is_settled(queue, entry.lsn)) return true;
        }
    }
    return false;
}

void Contents::take(Records& records, bool lacks_records) {
    Recovery& recovery = records.recovery();
    for (const RecoveredDocument& one : recovery.documents()) documents_.push_back(one.document);
    for (const auto& [producer, sequence] : recovery.producers()) {
        producers_.push_back({producer, sequence});
    }
    std::ranges::sort(producers_, {}, &broker::Origin::producer);
    producers_.insert(producers_.end(), recovery.message_ids().begin(),
                      recovery.message_ids().end());
    last_queue_ = recovery.last_queue();
    settled_ = std::move(records.settled);
    std::ranges::sort(settled_, {}, key);
    if (lacks_records) bring_back_unknown(recovery);
    for (RecoveredQueue& queue : recovery.finish()) {
        const broker::QueueId id = queue.definition.queue;
        marked_[id] = std::max(marked_[id], queue.marked);
        for (RecoveredMessage& one : queue.messages) {
            journaled_.push_back({one.at.lsn, id, one.announced, std::move(one.message)});
        }
        queues_.push_back(std::move(queue.definition));
    }
    std::ranges::sort(journaled_, {},
                      [](const Journaled& one) { return std::tuple(one.lsn, one.queue); });
    records_ = records.count;
    journal_files_ = std::move(records.files);
    for (const auto& [queue, lsn] : records.bodiless) {
        const Definition* const definition = find(queue);
        if (definition == nullptr || is_settled(queue, lsn)) continue;
        findings_.note(journal_file(lsn), 0,
                       fmt::format("message {} of {}: {}", lsn, name_of(*definition), kNoBody));
    }
    for (const auto& [number, segment] : segments_) {
        for (const SegmentFile::Block& block : segment->blocks()) {
            if (find(block.header.queue) != nullptr) blocks_.push_back({segment.get(), &block});
            next_lsn_ = std::max(next_lsn_, block.header.last_lsn + 1);
            last_queue_ = std::max(last_queue_, block.header.queue);
        }
    }
    std::ranges::sort(blocks_, {},
                      [](const SegmentBlock& one) { return one.block->header.first_lsn; });
}

void Contents::check_owners() {
    for (const auto& [number, segment] : segments_) {
        if (segment->header().journal == 0 || segment->header().temporary) continue;
        if (segment->header().journal == journal_) continue;
        findings_.damage(segment->path(), 0,
                         journal_ == 0 ? "there is no journal that it belongs to"
                                       : "it belongs to another journal");
    }
}

void Contents::check_references() {
    for (const Document& one : documents_) {
        if (one.key.kind != DocumentKind::branch) continue;
        const std::uint64_t misses = bodies_.misses();
        ByteReader in(as_bytes(one.value));
        for (const Branch::Part& part : decode_branch(in, &bodies_).parts) {
            accepted_.insert(accepted_.end(), part.accepts.begin(), part.accepts.end());
        }
        if (!in.done()) {
            findings_.damage(journal::kFolder, 0, "a prepared transaction makes no sense");
        } else if (bodies_.misses() != misses) {
            findings_.damage(journal::kFolder, 0,
                             "a prepared transaction lacks the file with the body of a message");
        }
    }
}

const Definition* Contents::find(broker::QueueId queue) const {
    const auto found = std::ranges::lower_bound(queues_, queue, {}, &Definition::queue);
    return found == queues_.end() || found->queue != queue ? nullptr : &*found;
}

bool Contents::is_settled(broker::QueueId queue, std::uint64_t lsn) const {
    return std::ranges::binary_search(settled_, std::tuple(queue, lsn), {}, key);
}

std::string Contents::journal_file(std::uint64_t lsn) const {
    const auto next = std::ranges::upper_bound(journal_files_, lsn, {}, &JournalFile::first);
    return next == journal_files_.begin() ? "" : journal::path_of(std::prev(next)->number);
}

/// The blocks that are being read, the one with the lowest lsn first.
class Contents::Cursors {
public:
    struct Cursor {
        SegmentBlock of;
        std::vector<IndexEntry> entries;  ///< those that are left, in the order of the lsns
        std::size_t next = 0;
    };

    explicit Cursors(Contents& contents) : contents_(contents) {}

    /// The lowest lsn that segments have; none: they have no more.
    std::optional<std::uint64_t> lowest() {
        for (; begun_ < contents_.blocks_.size(); ++begun_) {
            const SegmentBlock& next = contents_.blocks_[begun_];
            if (!open_.empty() && lsn(open_.front()) < next.block->header.first_lsn) break;
            begin(next);
        }
        if (open_.empty()) return std::nullopt;
        return lsn(open_.front());
    }

    /// Takes the entry with the lowest lsn.
    std::pair<SegmentBlock, IndexEntry> take() {
        std::ranges::pop_heap(open_, later);
        Cursor& cursor = open_.back();
        const std::pair taken{cursor.of, cursor.entries[cursor.next]};
        if (++cursor.next < cursor.entries.size()) {
            std::ranges::push_heap(open_, later);
        } else {
            open_.pop_back();
        }
        return taken;
    }

private:
    static std::uint64_t lsn(const Cursor& cursor) { return cursor.entries[cursor.next].lsn; }
    static bool later(const Cursor& a, const Cursor& b) { return lsn(a) > lsn(b); }

    void begin(const SegmentBlock& next) {
        auto entries = next.file->index(*next.block);
        if (!entries) {
            contents_.findings_.damage(
                next.file->path(), next.block->offset,
                fmt::format("{} messages of {} cannot be found: {}", next.block->header.count,
                            name_of(*contents_.find(next.block->header.queue)),
                            entries.error().message()));
            return;
        }
        const broker::QueueId queue = next.block->header.queue;
        std::erase_if(*entries, [&](const IndexEntry& entry) {
            return next.file->is_dead(entry.slot) || contents_.is_settled(queue, entry.lsn);
        });
        if (entries->empty()) return;
        std::ranges::stable_sort(*entries, {}, &IndexEntry::lsn);
        open_.push_back({.of = next, .entries = std::move(*entries), .next = 0});
        std::ranges::push_heap(open_, later);
    }

    Contents& contents_;
    std::size_t begun_ = 0;
    std::vector<Cursor> open_;  // a heap
};

Answer<void> Contents::each(const Visit& visit) {
    Cursors cursors(*this);
    std::size_t next = 0;  // of the journal's
    StoredMessage message;
    const auto add = [&](broker::QueueId queue, bool announced) {
        const auto marked = marked_.find(queue);
        announced = announced || (marked != marked_.end() && message.lsn <= marked->second);
        const auto known = std::ranges::find(message.routes, queue, &Route::queue);
        if (known != message.routes.end()) {
            known->announced = known->announced || announced;
        } else {
            message.routes.push_back({.queue = queue, .owner = {}, .announced = announced});
        }
    };
    for (;;) {
        const auto waiting = cursors.lowest();
        const bool journaled = next < journaled_.size();
        if (!waiting && !journaled) break;
        message = {};
        message.lsn = !waiting     ? journaled_[next].lsn
                      : !journaled ? *waiting
                                   : std::min(*waiting, journaled_[next].lsn);
        for (; next < journaled_.size() && journaled_[next].lsn == message.lsn; ++next) {
            message.message = journaled_[next].message;
            add(journaled_[next].queue, journaled_[next].announced);
        }
        for (auto lowest = waiting; lowest && *lowest == message.lsn; lowest = cursors.lowest()) {
            const auto [of, entry] = cursors.take();
            message.places.push_back({of.file, entry});
            add(of.block->header.queue, (entry.flags & IndexEntry::kAnnounced) != 0);
        }
        std::ranges::sort(message.routes, {}, &Route::queue);
        if (auto visited = visit(message); !visited) return visited;
    }
    return {};
}

Answer<MessagePtr> Contents::load(const StoredMessage& message) {
    if (message.message != nullptr) return message.message;
    std::string why;
    for (const StoredMessage::Place& place : message.places) {
        const auto stored = place.file->stored(place.entry);
        auto loaded = stored ? Message::decode(*stored, &bodies_)
                             : Result<MessagePtr>(failure(stored.error()));
        if (loaded) return std::move(*loaded);
        if (loaded.error() == message::Errc::no_body) {
            findings_.note(place.file->path(), place.entry.offset,
                           fmt::format("message {}: {}", message.lsn, kNoBody));
            return MessagePtr();
        }
        why = fmt::format("{} at offset {}: message {}: {}", place.file->path(), place.entry.offset,
                          message.lsn, loaded.error().message());
    }
    return std::unexpected(why);
}

}  // namespace tern::store::tools
