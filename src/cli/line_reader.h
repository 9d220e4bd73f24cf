#pragma once

#include "client/error.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace tern::cli {

/// Lines of a file, for several workers.
class LineReader {
public:
    static constexpr std::size_t kLineBytesMax = std::size_t{512} * 1024 * 1024;

    explicit LineReader(int descriptor) : descriptor_(descriptor) {}

    /// The next line without its end, or nothing at the end of the file, and soon after `stopped`
    /// says so. Errors: those of the file; a line that is too long.
    [[nodiscard]] client::Result<std::optional<std::string>> next(
        const std::function<bool()>& stopped);

private:
    enum class Read { more, nothing_now, end };
    [[nodiscard]] client::Result<Read> read_more();
    [[nodiscard]] std::optional<std::string> take_line();

    const int descriptor_;
    std::mutex mutex_;
    std::string buffer_;
    std::size_t begin_ = 0;     ///< of what was not given out yet
    std::size_t searched_ = 0;  ///< up to here there is no line end
    bool ended_ = false;
};

}  // namespace tern::cli
