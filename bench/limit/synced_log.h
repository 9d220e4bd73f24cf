#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tern::limit {

/// Prints `what` with errno's text and ends the program.
[[noreturn]] void die(const char* what);

/// The least a durable server has to do: a file filled with zeros ahead of use and written round
/// and round, one write and one fdatasync per batch. Nothing is ever read back.
class SyncedLog {
public:
    /// Makes the file anew. Ends the program if it cannot.
    explicit SyncedLog(const std::string& path);
    ~SyncedLog();
    SyncedLog(const SyncedLog&) = delete;
    SyncedLog& operator=(const SyncedLog&) = delete;

    void append(std::string_view bytes) { batch_.append(bytes); }

    /// Returns when everything appended is on disk. Ends the program if a write or sync fails.
    void commit();

private:
    int file_;
    std::size_t position_ = 0;
    std::string batch_;
};

}  // namespace tern::limit
