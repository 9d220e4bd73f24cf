// Arbitrary bytes as the files of a journal. Replay refuses them or reads records numbered without
// a gap; and what it has read once, it reads again after something was appended.
#include "base/assert.h"
#include "journal/format.h"
#include "runtime/sim/sim_disk.h"
#include "runtime/sim/sim_world.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tern::journal {
namespace {

using Texts = std::vector<std::string>;

/// Opens what is on the disk; gives back what it read, or nothing if it was refused. Appends `text`
/// if there is one.
std::optional<Texts> open(SimDisk& disk, const char* text) {
    SimClock clock;
    SimWorld world(1, 1, clock);
    Lane& writer = world.make_lane();
    Journal journal(disk, writer, world.make_lane(), {.file_bytes = 4096, .id = 1});
    Texts texts;
    Lsn last;
    std::vector<Release> holds;
    const auto read = journal.replay([&](const Position& at, std::uint8_t, Bytes body) {
        TERN_ASSERT(last == Lsn() || at.lsn.value == last.value + 1);
        last = at.lsn;
        texts.emplace_back(as_text(body));
        holds.push_back({.lsn = at.lsn});
    });
    if (!read) return std::nullopt;
    TERN_ASSERT(journal.start(holds));
    if (text != nullptr) {
        bool confirmed = false;
        Batch batch;
        batch.records.push_back(
            {.type = 1, .holds = 1, .parts = {Buffer::copy_of(as_bytes(text))}});
        batch.done = [&](const auto& result) { confirmed = result.has_value(); };
        journal.append(std::move(batch));
        world.run_until_idle();
        TERN_ASSERT(confirmed);
    }
    journal.close([] {});
    world.run_until_idle();
    return texts;
}

void write(SimDisk& disk, std::uint64_t number, std::uint64_t offset, Bytes bytes) {
    auto file = disk.open(path_of(FileNumber(number)), Disk::Open::create);
    TERN_ASSERT(file && (*file)->write_at(offset, std::array{bytes}));
}

/// Even first byte: the rest are the files. Odd: the rest are changes of good files, five bytes
/// each: file, place, what to write there.
void prepare(SimDisk& disk, Bytes input) {
    const std::uint8_t mode = input.empty() ? 0 : input.front();
    if (!input.empty()) input = input.subspan(1);
    if (mode % 2 == 0) {
        TERN_ASSERT(disk.make_folder(kFolder));
        for (std::uint64_t number = 1; number <= 2U; ++number) {
            const std::size_t half = number == 1 ? input.size() / 2 : input.size();
            write(disk, number, 0, input.first(half));
            input = input.subspan(half);
        }
        return;
    }
    for (int i = 0; i < 12; ++i) {
        TERN_ASSERT(open(disk, std::string(600, static_cast<char>('a' + i)).c_str()));
    }
    for (; input.size() >= 5; input = input.subspan(5)) {
        const std::uint64_t number = 1 + input[0] % 4U;
        const std::uint64_t offset = (input[1] * 256U + input[2]) % 4096U;
        write(disk, number, offset, input.subspan(3, 2));
    }
}

}  // namespace
}  // namespace tern::journal

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern;
    using namespace tern::journal;
    SimDisk disk;
    prepare(disk, Bytes(data, size));
    const auto first = open(disk, "after");
    if (!first) return 0;
    auto second = open(disk, nullptr);
    TERN_ASSERT(second && !second->empty() && second->back() == "after");
    second->pop_back();
    TERN_ASSERT(second == first);
    return 0;
}
