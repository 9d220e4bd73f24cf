#pragma once

#include "runtime/disk.h"
#include "runtime/random.h"

#include <memory>
#include <set>
#include <string>
#include <system_error>
#include <vector>

namespace tern::sim {

/// A fault planned for the nth call; 0: none.
struct Fault {
    std::uint64_t left = 0;
    std::errc error{};

    [[nodiscard]] bool strikes() { return left != 0 && --left == 0; }
};

/// What is planned to go wrong, and counts. One for each life between two crashes is live; files
/// opened in an earlier one find it switched off.
struct Faults {
    bool powered = true;
    std::uint64_t power_left = 0;
    Fault write;
    Fault sync;
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;

    /// To be asked at each change. False when it must not be counted as done: power is gone or goes
    /// now.
    [[nodiscard]] bool power_stays() {
        if (power_left != 0 && --power_left == 0) powered = false;
        return powered;
    }
};

/// A write or, without bytes, a change of the size.
struct Change {
    std::uint64_t offset = 0;
    std::vector<std::uint8_t> bytes{};
    /// A sync that should have made it durable failed: no later one will.
    bool abandoned = false;
    bool resize = false;

    void apply(std::vector<std::uint8_t>& content) const;
};

/// A file or folder apart from its names.
struct Inode {
    bool folder = false;
    std::vector<std::uint8_t> content;  ///< as programs see it
    std::vector<std::uint8_t> synced;   ///< as it is on the medium for certain
    std::vector<Change> unsynced;

    void sync();
    void crash(Random& random, std::uint64_t keep_of_8);
};

[[nodiscard]] std::unexpected<std::error_code> io_error();

class SimFile final : public File {
public:
    SimFile(std::shared_ptr<Inode> inode, std::shared_ptr<Faults> faults)
        : inode_(std::move(inode)), faults_(std::move(faults)) {}

    [[nodiscard]] Result<void> write_at(std::uint64_t offset,
                                        std::span<const Bytes> parts) override;
    [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                              std::span<std::uint8_t> into) override;
    [[nodiscard]] Result<void> sync() override;
    [[nodiscard]] Result<std::uint64_t> size() override;
    [[nodiscard]] Result<void> truncate(std::uint64_t size) override;

    /// Releases lock `name` of `locks` when the file is closed.
    void unlock_at_close(std::shared_ptr<std::set<std::string>> locks, std::string name);
    ~SimFile() override;

private:
    void change(Change change);

    std::shared_ptr<Inode> inode_;
    std::shared_ptr<Faults> faults_;
    std::shared_ptr<std::set<std::string>> locks_;
    std::string lock_;
};

}  // namespace tern::sim
