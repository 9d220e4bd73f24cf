#include "journal/recovery.h"

#include "base/log.h"

#include <algorithm>

namespace tern::journal {
namespace {

struct Candidate {
    FileNumber number;
    std::uint64_t size = 0;
    /// None: the file was never begun in its present life.
    std::optional<FileHeader> header;
};

std::unexpected<std::error_code> damaged(FileNumber file, std::uint64_t offset, const char* what) {
    log::error("journal", "{} is damaged at offset {}: {}", path_of(file), offset, what);
    return failure(Errc::corrupt);
}

class Recovery {
public:
    Recovery(Disk& disk, Visitor& visit) : disk_(disk), visit_(visit) {}

    Result<Recovered> run();

private:
    using Step = Result<void> (Recovery::*)();

    Result<void> find_files();
    Result<void> read_headers();
    Result<void> read_header(Candidate& candidate);
    Result<void> read_log();
    Result<void> read_frames(const Candidate& candidate);
    Result<void> judge_end();
    Result<void> judge_rest();
    Result<void> judge_unbegun(const Candidate& candidate);
    /// Files are opened only while they are read: there may be more than one process may open.
    Result<std::unique_ptr<File>> open(const Candidate& candidate);

    Disk& disk_;
    Visitor& visit_;
    std::vector<Candidate> files_;
    Recovered found_;
};

Result<Recovered> Recovery::run() {
    for (const Step step : {&Recovery::find_files, &Recovery::read_headers, &Recovery::read_log,
                            &Recovery::judge_end, &Recovery::judge_rest}) {
        if (const auto done = (this->*step)(); !done) return failure(done.error());
    }
    return std::move(found_);
}

Result<void> Recovery::find_files() {
    const auto names = disk_.list(kFolder);
    if (!names) return failure(names.error());
    for (const std::string& name : *names) {
        if (const auto number = number_of(name)) {
            files_.push_back({.number = *number, .size = 0, .header = {}});
        } else if (name == kUnfinishedFile) {
            found_.unfinished_file = true;
        } else {
            log::warning("journal", "{}/{} is none of ours and is left alone", kFolder, name);
        }
    }
    std::ranges::sort(files_, {}, &Candidate::number);
    for (std::size_t i = 1; i < files_.size(); ++i) {
        const FileNumber wanted(files_[i - 1].number.value + 1);
        if (files_[i].number == wanted) continue;
        log::error("journal", "{} is missing", path_of(wanted));
        return failure(Errc::file_missing);
    }
    return {};
}

Result<std::unique_ptr<File>> Recovery::open(const Candidate& candidate) {
    return disk_.open(path_of(candidate.number), Disk::Open::existing);
}

Result<void> Recovery::read_headers() {
    for (Candidate& candidate : files_) {
        if (const auto done = read_header(candidate); !done) return done;
    }
    return {};
}

Result<void> Recovery::read_header(Candidate& candidate) {
    const auto file = open(candidate);
    if (!file) return failure(file.error());
    const auto size = (*file)->size();
    if (!size) return failure(size.error());
    candidate.size = *size;

    std::array<std::uint8_t, kFileHeaderBytes> bytes{};
    const auto got = (*file)->read_at(0, bytes);
    if (!got) return failure(got.error());
    const auto header = decode_file_header(bytes);
    if (!header && header.error() == Errc::wrong_version) {
        log::error("journal", "{} was written by another version", path_of(candidate.number));
        return failure(header.error());
    }
    // A lower number is that of the file's earlier life; any other failure is judged at the end.
    if (!header || header->file < candidate.number) return {};
    if (header->file > candidate.number) {
        return damaged(candidate.number, 0, "it is another file of the journal");
    }
    candidate.header = *header;
    return {};
}

/// Reads as far as the log goes.
Result<void> Recovery::read_log() {
    for (Candidate& file : files_) {
        if (!file.header) break;
        const bool first = found_.log.empty();
        if (!first && file.header->journal != found_.journal) {
            return damaged(file.number, 0, "it belongs to another journal");
        }
        if (!first && file.header->first != found_.next) break;
        found_.journal = file.header->journal;
        found_.next = file.header->first;
        found_.log.push_back(
            {.number = file.number, .bytes = file.size, .first = file.header->first});
        if (file.header->durable.value + 1 != file.header->first.value) found_.unsynced = true;
        if (const auto done = read_frames(file); !done) return done;
    }
    return {};
}

Result<void> Recovery::read_frames(const Candidate& candidate) {
    const auto file = open(candidate);
    if (!file) return failure(file.error());
    FileScan scan(**file, candidate.size, found_.journal, candidate.number);
    found_.last_frame = 0;
    for (;;) {
        const auto frame = scan.next(found_.next);
        if (!frame) return failure(frame.error());
        if (!*frame) break;
        const FrameHeader& header = (*frame)->header;
        if (header.durable.value + 1 != header.first.value) found_.unsynced = true;
        found_.last_frame = (*frame)->offset;
        visit_records(**frame, found_.journal, visit_);
        found_.next = Lsn(header.first.value + header.records);
    }
    found_.end = scan.offset();
    return {};
}

/// Is the end of the log where the last commit was cut off, or where the middle is damaged?
Result<void> Recovery::judge_end() {
    if (found_.log.empty()) return {};
    const Candidate& last = files_[found_.log.size() - 1];
    const auto file = open(last);
    if (!file) return failure(file.error());
    FileScan scan(**file, last.size, found_.journal, last.number);
    const auto traces = scan.traces(found_.end);
    if (!traces) return failure(traces.error());
    for (const FileScan::Trace& trace : *traces) {
        if (trace.header.durable >= found_.next) {
            return damaged(last.number, found_.end, "what follows says that it had been durable");
        }
        found_.stale.push_back(trace.offset);
    }
    scan.skip_to(found_.end);
    const auto begun = scan.is_begun(found_.next);
    if (!begun) return failure(begun.error());
    found_.cut = !found_.stale.empty() || *begun;
    if (found_.cut) {
        log::warning("journal", "{}: a commit that was not finished is cut off at offset {}",
                     path_of(last.number), found_.end);
    }
    return {};
}

/// What about the files behind the end?
Result<void> Recovery::judge_rest() {
    const Candidate* last = found_.log.empty() ? nullptr : &files_[found_.log.size() - 1];
    for (std::size_t i = found_.log.size(); i < files_.size(); ++i) {
        const Candidate& file = files_[i];
        if (!file.header) {
            if (const auto done = judge_unbegun(file); !done) return done;
            found_.spares.push_back({.number = file.number, .bytes = file.size});
            continue;
        }
        if (last == nullptr || !found_.spares.empty()) {
            return damaged(files_[i - 1].number, 0, "the next file was begun after it");
        }
        if (file.header->durable >= found_.next || file.header->first < found_.next) {
            return damaged(last->number, found_.end, "the next file goes on elsewhere");
        }
        log::warning("journal", "{} follows what was never synced and is dropped",
                     path_of(file.number));
        found_.discarded.push_back(file.number);
    }
    std::ranges::reverse(found_.discarded);
    return {};
}

/// Frames follow only a header that was synced: frames without a header are damage.
Result<void> Recovery::judge_unbegun(const Candidate& candidate) {
    const auto file = open(candidate);
    if (!file) return failure(file.error());
    std::array<std::uint8_t, kFileHeaderBytes + kFrameHeaderBytes> bytes{};
    const auto got = (*file)->read_at(0, bytes);
    if (!got) return failure(got.error());
    const auto first = decode_frame_header(Bytes(bytes).subspan(kFileHeaderBytes));
    bool frames = first && first->file == candidate.number;
    // The file is searched only if its beginning is neither that of a new nor of a recycled one.
    const bool blank = std::ranges::all_of(Bytes(bytes).first(kFileHeaderBytes),
                                           [](std::uint8_t byte) { return byte == 0; });
    if (!frames && !blank && !decode_file_header(bytes)) {
        FileScan scan(**file, candidate.size, 0, candidate.number);
        const auto traces = scan.traces(0);
        if (!traces) return failure(traces.error());
        frames = !traces->empty();
    }
    if (frames) return damaged(candidate.number, 0, "its header is gone");
    return {};
}

}  // namespace

Result<Recovered> recover(Disk& disk, Visitor& visit) {
    return Recovery(disk, visit).run();
}

}  // namespace tern::journal
