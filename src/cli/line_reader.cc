#include "cli/line_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace tern::cli {

using client::Result;

Result<std::optional<std::string>> LineReader::next(const std::function<bool()>& stopped) {
    const std::lock_guard lock(mutex_);
    for (;;) {
        if (stopped()) return std::nullopt;
        if (auto line = take_line()) return line;
        if (ended_) return std::nullopt;
        const auto read = read_more();
        if (!read) return std::unexpected(read.error());
        ended_ = *read == Read::end;
    }
}

std::optional<std::string> LineReader::take_line() {
    const std::size_t end = buffer_.find('\n', searched_);
    searched_ = buffer_.size();
    const bool is_whole = end != std::string::npos;
    // The last line may have no end.
    if (!is_whole && (!ended_ || begin_ == buffer_.size())) return std::nullopt;
    std::string line = buffer_.substr(begin_, is_whole ? end - begin_ : std::string::npos);
    begin_ = is_whole ? end + 1 : buffer_.size();
    searched_ = begin_;
    return line;
}

Result<LineReader::Read> LineReader::read_more() {
    constexpr int kPatienceMs = 100;
    constexpr std::size_t kBytes = std::size_t{64} * 1024;
    pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, kPatienceMs);
    if (ready == 0 || (ready < 0 && errno == EINTR)) return Read::nothing_now;

    buffer_.erase(0, begin_);
    searched_ -= begin_;
    begin_ = 0;
    std::array<char, kBytes> bytes;  // filled by read
    // Workers that wait for the mutex wait for lines, too.
    // NOLINTNEXTLINE(clang-analyzer-unix.BlockInCriticalSection): for that reason
    const ssize_t count = ::read(descriptor_, bytes.data(), bytes.size());
    if (count < 0) {
        return std::unexpected(client::Error{.code = {errno, std::system_category()},
                                             .text = "reading standard input"});
    }
    if (count == 0) return Read::end;
    if (buffer_.size() > kLineBytesMax) {
        return client::failure(client::Errc::unsendable,
                               "a line of the standard input is too long");
    }
    buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    return Read::more;
}

}  // namespace tern::cli
