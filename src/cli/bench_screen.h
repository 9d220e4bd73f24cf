#pragma once

#include "load/load.h"

#include <array>
#include <deque>
#include <string>

namespace tern::cli {

/// How a load goes, at the bottom of the terminal and drawn anew twice a second: rates with their
/// recent past, how long messages took in the last interval, the broker's processor and memory.
/// Nothing where standard error is no terminal.
class BenchScreen final : public load::Observer {
public:
    BenchScreen(const load::Settings& settings, bool wanted);

    [[nodiscard]] bool wait(std::chrono::steady_clock::time_point until) override;
    void show(const load::Progress& progress) override;
    /// Leaves the terminal as it was.
    void clear();

private:
    /// One of the things that are counted.
    struct Row {
        const char* name = "";
        std::uint64_t load::Counts::* count = nullptr;
        std::deque<double> rates{};
    };

    void draw(const load::Progress& progress);
    [[nodiscard]] std::string broker_line(double seconds);

    const load::Settings& settings_;
    const bool visible_;
    std::array<Row, 4> rows_{
        Row{"sent", &load::Counts::sent}, Row{"confirmed", &load::Counts::confirmed},
        Row{"received", &load::Counts::received}, Row{"connected", &load::Counts::connected}};
    load::Progress last_{};
    double cpu_s_ = 0;  ///< the broker's, when it was drawn last
    int lines_ = 0;     ///< that are on the screen
};

/// A time as people like to read it.
[[nodiscard]] std::string time_text(double ns);

}  // namespace tern::cli
