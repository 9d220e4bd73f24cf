#include "runtime/sim/sim_disk.h"

#include "base/assert.h"

#include <algorithm>
#include <utility>

namespace tern {
namespace {

std::string parent_of(const std::string& name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

std::unexpected<std::error_code> no_such_file() {
    return failure(std::make_error_code(std::errc::no_such_file_or_directory));
}

}  // namespace

SimDisk::SimDisk()
    : faults_(std::make_shared<sim::Faults>()), locks_(std::make_shared<std::set<std::string>>()) {}

SimDisk::~SimDisk() = default;

Result<std::unique_ptr<File>> SimDisk::open(const std::string& name, Open how) {
    if (!faults_->powered) return sim::io_error();
    const auto found = names_.find(name);
    if (found != names_.end()) {
        if (found->second->folder) return failure(std::make_error_code(std::errc::is_a_directory));
        return std::make_unique<sim::SimFile>(found->second, faults_);
    }
    if (how == Open::existing || !has_folder(parent_of(name))) return no_such_file();
    auto inode = std::make_shared<sim::Inode>();
    if (auto made = change_name({.to = name, .inode = inode}); !made) return failure(made.error());
    return std::make_unique<sim::SimFile>(std::move(inode), faults_);
}

Result<std::vector<std::string>> SimDisk::list(const std::string& folder) {
    if (!faults_->powered) return sim::io_error();
    std::vector<std::string> names;
    for (const auto& [name, inode] : names_) {
        if (parent_of(name) == folder) names.push_back(name.substr(name.rfind('/') + 1));
    }
    return names;
}

Result<void> SimDisk::make_folder(const std::string& name) {
    if (!faults_->powered) return sim::io_error();
    if (has_folder(name)) return {};
    if (auto parent = make_folder(parent_of(name)); !parent) return parent;
    auto inode = std::make_shared<sim::Inode>();
    inode->folder = true;
    return change_name({.to = name, .inode = std::move(inode)});
}

Result<void> SimDisk::rename(const std::string& from, const std::string& to) {
    if (!faults_->powered) return sim::io_error();
    if (!has_folder(parent_of(to))) return no_such_file();
    const auto found = names_.find(from);
    if (found == names_.end()) return no_such_file();
    const bool folder = found->second->folder;
    auto renamed = change_name({.from = from, .to = to, .inode = found->second});
    if (folder) follow(from, to);
    return renamed;
}

Result<void> SimDisk::remove(const std::string& name) {
    if (!faults_->powered) return sim::io_error();
    if (!names_.contains(name)) return no_such_file();
    const bool used = std::ranges::any_of(
        names_, [&](const auto& entry) { return parent_of(entry.first) == name; });
    if (used) return failure(std::make_error_code(std::errc::directory_not_empty));
    return change_name({.from = name});
}

Result<void> SimDisk::sync_folder(const std::string& folder) {
    if (!faults_->powered) return sim::io_error();
    if (!has_folder(folder)) return no_such_file();
    ++faults_->syncs;
    if (!faults_->power_stays()) return sim::io_error();
    if (faults_->sync.strikes()) return failure(std::make_error_code(faults_->sync.error));
    std::erase_if(unsynced_names_, [&](const NameChange& change) {
        const bool synced = parent_of(change.to.empty() ? change.from : change.to) == folder;
        if (synced) apply(synced_names_, change);
        return synced;
    });
    return {};
}

Result<std::unique_ptr<File>> SimDisk::lock(const std::string& name) {
    auto file = open(name, Open::create);
    if (!file) return file;
    if (!locks_->insert(name).second) {
        return failure(std::make_error_code(std::errc::resource_unavailable_try_again));
    }
    static_cast<sim::SimFile&>(**file).unlock_at_close(locks_, name);
    return file;
}

Result<bool> SimDisk::is_locked(const std::string& name) {
    if (const auto file = open(name, Open::existing); !file) return failure(file.error());
    return locks_->contains(name);
}

void SimDisk::crash(Random& random) {
    // How lucky this crash is: from "nothing unsynced is left" to "all of it is".
    const std::uint64_t keep_of_8 = random.below(9);
    std::set<std::string> lost;  // what builds on a lost change is lost, too
    for (const NameChange& change : unsynced_names_) {
        const bool builds_on_lost = lost.contains(change.from) || lost.contains(change.to);
        if (!builds_on_lost && random.below(8) < keep_of_8) {
            apply(synced_names_, change);
            continue;
        }
        if (!change.from.empty()) lost.insert(change.from);
        if (!change.to.empty()) lost.insert(change.to);
    }
    unsynced_names_.clear();
    names_ = synced_names_;
    std::erase_if(names_, [&](const auto& entry) { return !has_folder(parent_of(entry.first)); });
    for (const auto& [name, inode] : names_) inode->crash(random, keep_of_8);
    synced_names_ = names_;
    restart();
}

void SimDisk::kill() {
    // The system still writes it back some day; until then a power failure may lose it.
    restart();
}

void SimDisk::restart() {
    // Files opened before keep the old one.
    faults_->powered = false;
    const auto before = std::exchange(faults_, std::make_shared<sim::Faults>());
    faults_->writes = before->writes;
    faults_->syncs = before->syncs;
    locks_ = std::make_shared<std::set<std::string>>();
}

void SimDisk::flip_bit(const std::string& name, std::uint64_t byte, unsigned bit) {
    sim::Inode& inode = *names_.at(name);
    const auto flipped = static_cast<std::uint8_t>(1U << bit);
    inode.content.at(byte) ^= flipped;
    if (byte < inode.synced.size()) inode.synced[byte] ^= flipped;
}

std::uint64_t SimDisk::bytes() const {
    std::uint64_t sum = 0;
    for (const auto& [name, inode] : names_) sum += inode->content.size();
    return sum;
}

/// Power that goes during the change leaves it unsynced.
Result<void> SimDisk::change_name(NameChange change) {
    const bool stays = faults_->power_stays();
    apply(names_, change);
    unsynced_names_.push_back(std::move(change));
    if (!stays) return sim::io_error();
    return {};
}

void SimDisk::apply(Names& names, const NameChange& change) {
    if (!change.from.empty()) names.erase(change.from);
    if (!change.to.empty()) names[change.to] = change.inode;
    if (change.from.empty() || change.to.empty() || !change.inode->folder) return;
    for (auto& [name, inode] : std::map(names)) {
        if (!name.starts_with(change.from + '/')) continue;
        names.erase(name);
        names[change.to + name.substr(change.from.size())] = inode;
    }
}

void SimDisk::follow(const std::string& from, const std::string& to) {
    const auto move = [&](std::string& name) {
        if (name.starts_with(from + '/')) name = to + name.substr(from.size());
    };
    for (NameChange& change : unsynced_names_) {
        move(change.from);
        move(change.to);
    }
}

bool SimDisk::has_folder(const std::string& name) const {
    if (name.empty()) return true;
    const auto found = names_.find(name);
    return found != names_.end() && found->second->folder;
}

}  // namespace tern
