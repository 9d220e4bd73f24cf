#pragma once

#include <fmt/format.h>

#include <deque>
#include <string>

namespace tern::simulation {

/// What happened lately, to be read when something went wrong, and what that was.
class Trace {
public:
    static constexpr std::size_t kLinesKept = 200;

    /// With `echo` every line is printed at once as well.
    explicit Trace(bool echo) : echo_(echo) {}

    template <class... Args>
    void note(fmt::format_string<Args...> format, Args&&... args) {
        add(fmt::format(format, std::forward<Args>(args)...));
    }
    /// Something that must never happen has happened. The first one counts.
    template <class... Args>
    void violation(fmt::format_string<Args...> format, Args&&... args) {
        std::string what = fmt::format(format, std::forward<Args>(args)...);
        add("VIOLATION: " + what);
        if (violation_.empty()) violation_ = std::move(what);
    }

    [[nodiscard]] bool violated() const { return !violation_.empty(); }
    [[nodiscard]] const std::string& first_violation() const { return violation_; }
    /// The last lines, on stderr.
    void print(std::size_t lines) const;

private:
    void add(std::string line);

    bool echo_;
    std::uint64_t count_ = 0;
    std::deque<std::string> lines_;
    std::string violation_;
};

}  // namespace tern::simulation
