#include "store/tools/dump.h"

#include "broker/route/encoding.h"
#include "journal/salvage.h"
#include "message/format_name.h"
#include "store/tools/names.h"

#include <algorithm>
#include <set>

namespace tern::store::tools {
namespace {

/// The beginning of a line: where the record lies.
std::string place(const std::string& file, std::uint64_t offset, std::uint64_t lsn) {
    return fmt::format("{} {} lsn={}", file, offset, lsn);
}

class Dump {
public:
    using Print = std::function<void(const std::string&)>;

    Dump(Disk& disk, Contents& contents, const DumpOptions& options, const Print& print)
        : disk_(disk), contents_(contents), options_(options), print_(print) {}

    Answer<void> run() {
        for (const Definition& queue : contents_.queues()) {
            if (is_called(queue, options_.queue)) wanted_.insert(queue.queue);
        }
        if (!options_.queue.empty() && wanted_.empty()) {
            return problem("there is no queue {}", options_.queue);
        }
        if (auto done = journal(); !done) return done;
        for (const auto& [number, segment] : contents_.segments()) {
            if (!is_wanted(segment->path())) continue;
            if (auto done = segment_file(*segment); !done) return done;
        }
        if (options_.queue.empty()) bodies();
        if (options_.file.empty() || known_) return {};
        return problem("{} is no file of the store with any record", options_.file);
    }

private:
    bool is_wanted(const std::string& file) {
        if (!options_.file.empty() && file != options_.file) return false;
        known_ = true;
        return true;
    }
    bool is_wanted(broker::QueueId queue) const {
        return options_.queue.empty() || wanted_.contains(queue);
    }
    std::string queue_name(broker::QueueId queue) const {
        const Definition* const definition = contents_.find(queue);
        if (definition == nullptr) return fmt::format("queue={}", queue.value);
        return fmt::format("queue={} {}", queue.value, name_of(*definition));
    }

    // ---- the journal

    Answer<void> journal() {
        journal::Visitor visit = [this](const journal::Position& at, std::uint8_t type,
                                        Bytes body) {
            const std::string file = journal::path_of(at.file);
            if (is_wanted(file)) record(place(file, at.offset, at.lsn.value), type, body);
        };
        const auto read = journal::salvage(disk_, visit);
        if (!read) return problem_with("the journal", read.error());
        return {};
    }

    void record(const std::string& at, std::uint8_t type, Bytes body) {
        ByteReader in(body);
        switch (static_cast<RecordType>(type)) {
            case RecordType::publish:
                return publish(at, in);
            case RecordType::settle:
                for (const Settled& one : decode_settled(in)) {
                    if (is_wanted(one.queue)) {
                        print_(fmt::format("{} settle {} message={}", at, queue_name(one.queue),
                                           one.lsn));
                    }
                }
                return;
            case RecordType::mark: {
                const Marked mark = decode_marked(in);
                if (!is_wanted(mark.queue)) return;
                return print_(
                    fmt::format("{} mark {} up-to={}", at, queue_name(mark.queue), mark.lsn));
            }
            case RecordType::define:
                return define(at, decode_definition(in));
            case RecordType::define_subscription:
                return define(at, decode_subscription(in));
            case RecordType::remove: {
                const broker::QueueId queue = decode_removed(in);
                if (is_wanted(queue)) print_(fmt::format("{} remove {}", at, queue_name(queue)));
                return;
            }
            default:
                if (options_.queue.empty()) other(at, type, in);
        }
    }

    /// What is about no queue.
    void other(const std::string& at, std::uint8_t type, ByteReader& in) {
        switch (static_cast<RecordType>(type)) {
            case RecordType::put: {
                const Document one = decode_document(in);
                return print_(
                    fmt::format("{} put {} bytes={}", at, document(one.key), one.value.size()));
            }
            case RecordType::erase:
                return print_(fmt::format("{} erase {}", at, document(decode_erased(in))));
            case RecordType::producers:
                for (const broker::Origin& one : decode_producers(in)) {
                    print_(fmt::format("{} producer {:016x} sequence={}", at, one.producer,
                                       one.sequence));
                }
                return;
            default:
                return print_(fmt::format("{} type={} bytes={}", at, type, in.remaining()));
        }
    }

    static std::string document(const DocumentKey& key) {
        if (key.kind != DocumentKind::binding) {
            return fmt::format("{} {}", name_of(key.kind), printable(as_bytes(key.name), 1000));
        }
        ByteReader in(as_bytes(key.name));
        const broker::Binding binding = broker::decode_binding(in);
        return fmt::format("binding {} -> {}", binding.source, binding.destination);
    }

    void define(const std::string& at, const Definition& queue) {
        if (!is_wanted(queue.queue)) return;
        const std::string selector = queue.subscription && !queue.subscription->selector.empty()
                                         ? " selector=" + queue.subscription->selector
                                         : "";
        print_(fmt::format("{} define queue={} {}{}", at, queue.queue.value, name_of(queue),
                           selector));
    }

    void publish(const std::string& at, ByteReader& in) {
        const std::vector<Route> routes = decode_routes(in);
        std::ignore = decode_origin(in);
        const Bytes stored = in.take(in.remaining());
        for (const Route& route : routes) {
            if (!is_wanted(route.queue)) continue;
            print_(fmt::format("{} publish {}{} {}", at, queue_name(route.queue),
                               route.announced ? " announced" : "", message(stored)));
        }
    }

    std::string message(Bytes stored) const {
        const auto decoded = Message::decode(stored, &contents_.bodies());
        if (!decoded) return fmt::format("({})", decoded.error().message());
        const MessageHeader& header = (*decoded)->header();
        std::string text =
            fmt::format("{} priority={} sent={} expires={} body={}", name_of(header.format),
                        header.priority, time_text(header.timestamp_ms),
                        time_text(header.expires_at_ms), (*decoded)->body_bytes());
        if (const LargeBodyPtr& body = (*decoded)->large(); body != nullptr) {
            text += " in=" + large_path(body->id());
        }
        if (options_.body_bytes > 0 && !(*decoded)->body().empty()) {
            text += ' ' + printable((*decoded)->body().bytes(), options_.body_bytes);
        }
        return text;
    }

    // ---- segments and bodies

    Answer<void> segment_file(const SegmentFile& segment) {
        for (const SegmentFile::Block& block : segment.blocks()) {
            if (!is_wanted(block.header.queue)) continue;
            const auto entries = segment.index(block);
            if (!entries) {
                print_(fmt::format("{} {} block {} messages={} ({})", segment.path(), block.offset,
                                   queue_name(block.header.queue), block.header.count,
                                   entries.error().message()));
                continue;
            }
            for (const IndexEntry& entry : *entries) {
                const auto stored = segment.stored(entry);
                print_(fmt::format(
                    "{} message {} slot={}{}{} {}", place(segment.path(), entry.offset, entry.lsn),
                    queue_name(block.header.queue), entry.slot,
                    segment.is_dead(entry.slot) ? " gone" : "",
                    (entry.flags & IndexEntry::kAnnounced) != 0 ? " announced" : "",
                    stored ? message(*stored) : fmt::format("({})", stored.error().message())));
            }
        }
        return {};
    }

    void bodies() {
        for (const auto& [id, file] : contents_.bodies().files()) {
            if (!is_wanted(large_path(id))) continue;
            print_(fmt::format("{} 0 body bytes={}{}", large_path(id), file.bytes,
                               file.wanted ? "" : " (no message refers to it)"));
        }
    }

    Disk& disk_;
    Contents& contents_;
    const DumpOptions& options_;
    const Print& print_;
    std::set<broker::QueueId> wanted_;
    bool known_ = false;
};

}  // namespace

Answer<void> dump(Disk& disk, Contents& contents, const DumpOptions& options,
                  const std::function<void(const std::string& line)>& print) {
    return Dump(disk, contents, options, print).run();
}

}  // namespace tern::store::tools
