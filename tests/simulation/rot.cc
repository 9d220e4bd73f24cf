#include "rot.h"

#include "base/log.h"
#include "journal/format.h"
#include "machine.h"
#include "server/store_check.h"
#include "store/large_format.h"
#include "store/segment_format.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace tern::simulation {
namespace {

bool g_echo = false;
/// Warnings and errors.
std::vector<std::string>& said() {
    static std::vector<std::string> lines;
    return lines;
}

}  // namespace

void Rot::listen(bool echo) {
    g_echo = echo;
    log::set_sink([](const log::Line& line) {
        if (g_echo) fmt::print(stderr, "       {}: {}\n", line.module, line.text);
        if (line.level >= log::Level::warning) said().emplace_back(line.text);
    });
}

void Rot::set_in() {
    std::vector<std::string> files;
    for (const char* const folder :
         {journal::kFolder, store::kSegmentFolder, store::kLargeFolder}) {
        const auto names = disk_.list(folder);
        if (!names) continue;
        for (const std::string& name : *names) files.push_back(fmt::format("{}/{}", folder, name));
    }
    if (files.empty()) return;
    const std::string name = dice_.pick(files);
    const auto file = disk_.open(name, Disk::Open::existing);
    const std::uint64_t size = file ? (*file)->size().value_or(0) : 0;
    if (size == 0) return;
    // Most of a large file is empty, or is headers of small ones.
    const std::uint64_t byte =
        dice_.below(dice_.chance(50) ? size : std::min<std::uint64_t>(size, 3000));
    const auto bit = static_cast<unsigned>(dice_.below(8));
    trace_.note("bit {} of byte {} of {} flips", bit, byte, name);
    disk_.flip_bit(name, byte, bit);
    file_ = name;
    note_unreadable();
    ever_there_ = true;
    said().clear();
}

void Rot::note_unreadable() {
    left_out_ |= ever_there_ && std::ranges::any_of(said(), [](const std::string& line) {
                     return line.contains("cannot be read");
                 });
}

void Rot::leave_out_by_switch() {
    const std::size_t how = dice_.below(3);
    if (how > 0) leave_out(how == 2);
}

void Rot::leave_out_when_refused(std::error_code why) {
    trace_.note("the broker refuses to start: {}", why.message());
    leave_out(false);
}

void Rot::leave_out(bool everything) {
    SeededRandom random(dice_.seed());
    SealedDisk sealed(disk_, data_keys(), random);
    Disk& store = sealed_ ? static_cast<Disk&>(sealed) : disk_;
    // The time names what is put aside.
    const auto problem =
        server::check_store(store, {.everything = everything, .leaves_damage_out = true},
                            dice_.seed(), static_cast<std::int64_t>(dice_.seed() >> 1));
    if (problem) trace_.violation("damage cannot be left out: {}", *problem);
}

bool Rot::was_said() {
    // What was cut off is a power failure's doing, unless a bit has flipped in that very file.
    note_unreadable();
    const bool now =
        ever_there_ && std::ranges::any_of(said(), [this](const std::string& line) {
            const bool named = !file_.empty() && line.contains(file_);
            return named || line.contains("damaged") || line.contains("cannot be read");
        });
    cut_ = std::ranges::any_of(said(), [this](const std::string& line) {
        return !file_.empty() && line.contains(file_) &&
               (line.contains("is cut off") || line.contains("cannot be decrypted"));
    });
    said().clear();
    ever_said_ |= now;
    return now;
}

}  // namespace tern::simulation
