#pragma once

#include "runtime/disk.h"
#include "runtime/random.h"
#include "runtime/sim/sim_file.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace tern {

/// A disk in memory that remembers what was synced and what was not, for simulations: it loses,
/// tears and damages data as a real one may. One thread.
class SimDisk final : public Disk {
public:
    SimDisk();
    ~SimDisk() override;

    [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name, Open how) override;
    [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder) override;
    [[nodiscard]] Result<void> make_folder(const std::string& name) override;
    [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
    [[nodiscard]] Result<void> remove(const std::string& name) override;
    [[nodiscard]] Result<std::uint64_t> free_bytes() const override {
        return capacity_ - std::min(capacity_, bytes());
    }
    [[nodiscard]] Result<void> sync_folder(const std::string& folder) override;
    [[nodiscard]] Result<std::unique_ptr<File>> lock(const std::string& name) override;
    [[nodiscard]] Result<bool> is_locked(const std::string& name) override;

    /// Power fails and comes back. Each write and each change of a folder since its last sync is
    /// kept, lost or (writes) kept in pieces torn at any byte, independently of the others. Open
    /// files become useless, locks are free, planned faults are forgotten.
    void crash(Random& random);
    /// The process dies, the system lives on: every write is kept. Otherwise as `crash`.
    void kill();

    /// Power goes during the nth change from now on (1: the next): it and all calls after it fail
    /// with an I/O error, and it counts as not synced. Changes are writes, truncations, syncs and
    /// what is done to names. `crash` brings the power back.
    void cut_power_at(std::uint64_t nth) { faults_->power_left = nth; }
    [[nodiscard]] bool powered() const { return faults_->powered; }

    /// The nth write from now on (1: the next) writes the first half of its bytes and fails.
    void fail_write(std::uint64_t nth, std::errc error) { faults_->write = {nth, error}; }
    /// The nth sync of a file or a folder from now on fails. As on Linux, the next one "succeeds"
    /// without what this one should have written.
    void fail_sync(std::uint64_t nth, std::errc error) { faults_->sync = {nth, error}; }
    /// How much it holds. More can be written all the same: whoever looks at what is left must not.
    void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
    /// Damages what is on the medium.
    void flip_bit(const std::string& name, std::uint64_t byte, unsigned bit);

    [[nodiscard]] std::uint64_t writes() const { return faults_->writes; }
    [[nodiscard]] std::uint64_t syncs() const { return faults_->syncs; }
    /// All files together.
    [[nodiscard]] std::uint64_t bytes() const;

private:
    using Names = std::map<std::string, std::shared_ptr<sim::Inode>>;

    /// A change of a folder that is not synced. Without `to` a removal, without `from` a creation.
    struct NameChange {
        std::string from{};
        std::string to{};
        std::shared_ptr<sim::Inode> inode{};
    };

    [[nodiscard]] Result<void> change_name(NameChange change);
    /// What lies in the folder has its new name as well, unsynced changes included.
    void follow(const std::string& from, const std::string& to);
    static void apply(Names& names, const NameChange& change);
    void restart();
    [[nodiscard]] bool has_folder(const std::string& name) const;

    std::shared_ptr<sim::Faults> faults_;
    std::uint64_t capacity_ = UINT64_MAX;
    Names names_;
    Names synced_names_;
    std::vector<NameChange> unsynced_names_;
    std::shared_ptr<std::set<std::string>> locks_;
};

}  // namespace tern
