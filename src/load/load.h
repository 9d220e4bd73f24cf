#pragma once

#include "load/result.h"
#include "load/settings.h"

#include <chrono>
#include <expected>
#include <string>

namespace tern::load {

/// How it goes.
struct Progress {
    const char* doing = "";
    double seconds = 0;  ///< since the first message
    Counts total{};
    /// How long messages took in the last interval that is over; null: there is none.
    const Histogram* times = nullptr;
};

/// Who looks on, and may end it. All of it runs on the thread that called `run`.
class Observer {
public:
    virtual ~Observer() = default;
    /// Waits until then, or a little longer. False: that is enough.
    [[nodiscard]] virtual bool wait(std::chrono::steady_clock::time_point until) = 0;
    virtual void show(const Progress& progress) = 0;
};

/// Does what the settings say, which are complete, and returns when all is closed. The error is a
/// sentence: the broker is not there, refuses, or breaks off.
[[nodiscard]] std::expected<Result, std::string> run(const Settings& settings, Observer& observer);

}  // namespace tern::load
