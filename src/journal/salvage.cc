#include "journal/salvage.h"

#include "journal/recovery.h"

#include <algorithm>

namespace tern::journal {
namespace {

struct Candidate {
    FileNumber number;
    std::unique_ptr<File> file;
    std::uint64_t size = 0;
    /// None: it was never begun in its present life, or its header is gone.
    std::optional<FileHeader> header;
};

class Salvage {
public:
    Salvage(Disk& disk, Visitor& visit, const char* folder)
        : disk_(disk), visit_(visit), folder_(folder) {}

    Result<Salvaged> run() {
        if (auto done = find_files(); !done) return failure(done.error());
        for (const FileNumber number : numbers_) {
            auto candidate = open(number);
            if (!candidate) return failure(candidate.error());
            if (auto done = read(*candidate); !done) return failure(done.error());
        }
        return std::move(found_);
    }

private:
    Result<void> find_files() {
        const auto names = disk_.list(folder_);
        if (!names) return failure(names.error());
        for (const std::string& name : *names) {
            if (const auto number = number_of(name)) numbers_.push_back(*number);
        }
        std::ranges::sort(numbers_);
        for (std::size_t i = 1; i < numbers_.size(); ++i) {
            const FileNumber wanted(numbers_[i - 1].value + 1);
            if (numbers_[i] != wanted) gap(wanted, 0, "it is missing");
        }
        // Whose files these are is known from any header: one whose own is gone is still read.
        for (const FileNumber number : numbers_) {
            const auto candidate = open(number);
            if (!candidate) return failure(candidate.error());
            if (!candidate->header) continue;
            found_.journal = candidate->header->journal;
            break;
        }
        return {};
    }

    Result<Candidate> open(FileNumber number) {
        auto file = disk_.open(path_of(number, folder_), Disk::Open::existing);
        if (!file) return failure(file.error());
        const auto size = (*file)->size();
        if (!size) return failure(size.error());
        std::array<std::uint8_t, kFileHeaderBytes> bytes{};
        const auto got = (*file)->read_at(0, bytes);
        if (!got) return failure(got.error());
        const auto header = decode_file_header(bytes);
        if (!header && header.error() == Errc::wrong_version) return failure(header.error());
        Candidate candidate{
            .number = number, .file = std::move(*file), .size = *size, .header = {}};
        if (header && header->file == number) candidate.header = *header;
        return candidate;
    }

    Result<void> read(Candidate& candidate) {
        if (candidate.header) {
            if (candidate.header->journal != found_.journal) {
                gap(candidate.number, 0, "it belongs to another journal");
                return {};
            }
            if (begun_ && candidate.header->first != found_.next) {
                gap(candidate.number, 0, "it does not go on where the log was left");
            }
            found_.next =
                begun_ ? std::max(found_.next, candidate.header->first) : candidate.header->first;
        }
        FileScan scan(*candidate.file, candidate.size, found_.journal, candidate.number);
        for (bool any = false;; any = true) {
            const auto more = read_frames(scan, any || candidate.header.has_value());
            if (!more) return failure(more.error());
            if (!*more) return {};
            if (any || candidate.header) {
                gap(candidate.number, gap_offset_, "some of what was written is not right");
            } else {
                gap(candidate.number, 0, "its header is gone");
            }
        }
    }

    /// Frames up to the next damage; true if there is more behind it, where the scan then is.
    Result<bool> read_frames(FileScan& scan, bool begun) {
        while (begun) {
            const auto frame = scan.next(found_.next);
            if (!frame) return failure(frame.error());
            if (!*frame) break;
            take(**frame);
        }
        gap_offset_ = scan.offset();
        const auto traces = scan.traces(gap_offset_);
        if (!traces) return failure(traces.error());
        for (const FileScan::Trace& trace : *traces) {
            if (trace.header.first < found_.next) continue;
            scan.skip_to(trace.offset);
            const auto frame = scan.next(trace.header.first);
            if (!frame) return failure(frame.error());
            if (!*frame) continue;
            take(**frame);
            return true;
        }
        return false;
    }

    void take(const Frame& frame) {
        begun_ = true;
        visit_records(frame, found_.journal, visit_);
        found_.next = Lsn(frame.header.first.value + frame.header.records);
    }

    void gap(FileNumber file, std::uint64_t offset, const char* what) {
        found_.gaps.push_back({.file = path_of(file, folder_), .offset = offset, .what = what});
    }

    Disk& disk_;
    Visitor& visit_;
    const char* const folder_;
    std::vector<FileNumber> numbers_;
    Salvaged found_;
    bool begun_ = false;
    std::uint64_t gap_offset_ = 0;
};

}  // namespace

Result<Salvaged> salvage(Disk& disk, Visitor& visit, const char* folder) {
    return Salvage(disk, visit, folder).run();
}

}  // namespace tern::journal
