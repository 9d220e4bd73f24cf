#pragma once

#include "load/histogram.h"
#include "load/machine.h"
#include "load/settings.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tern::load {

/// Messages, or connections of a storm.
struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t confirmed = 0;
    std::uint64_t received = 0;
    std::uint64_t connected = 0;
};

/// How far it was at a moment.
struct Sample {
    double at_s = 0;  ///< since the first message
    Counts total{};
};

/// What was done in some time.
struct Span {
    double seconds = 0;
    Counts counts{};
    double broker_cpu_s = 0;
    double client_cpu_s = 0;

    [[nodiscard]] double per_second(std::uint64_t count) const {
        return seconds > 0 ? static_cast<double>(count) / seconds : 0;
    }
};

struct Result {
    Settings settings{};
    /// When it was made, as text.
    std::string date{};
    /// When measuring began, in seconds since 1970.
    double measured_at_s = 0;

    /// Connections that were made before all else, and what one of them costs the broker.
    Span connecting{};
    double rss_kib_each = 0;

    /// The measured time; of a backlog: while it grew, and while it went.
    Span measured{};
    Span drained{};
    double broker_rss_kib = 0;       ///< at the end of the measured time
    double broker_rss_kib_from = 0;  ///< before the first message

    /// From when a message should have been sent to when it came, or to when the broker confirmed
    /// it. A message that had to wait for its turn has waited.
    Histogram latency{};
    Histogram confirming{};
    /// From the beginning of a connection to when it was let in.
    Histogram connects{};

    /// All of the run, the warm-up included.
    Counts total{};
    std::uint64_t expected = 0;      ///< to be received
    std::uint64_t out_of_order = 0;  ///< overtaken by a later message of the same publisher
    std::uint64_t foreign = 0;       ///< from others than this run
    bool complete = true;            ///< all that was expected came, each once
    bool interrupted = false;

    std::vector<Sample> samples{};
    /// What the machine did in each of them, if it was asked for.
    std::vector<MachineUse> machine_samples{};
    /// `latency` of each interval of the measured time, if it was asked for.
    std::vector<Histogram> intervals{};
    /// In each interval of the measured time, what each publisher sent, then what each
    /// subscriber received.
    std::vector<std::vector<std::uint64_t>> client_samples{};

    [[nodiscard]] std::uint64_t lost() const {
        return expected > total.received ? expected - total.received : 0;
    }
    [[nodiscard]] std::uint64_t repeated() const {
        return total.received > expected ? total.received - expected : 0;
    }
};

/// A log that the tools of HdrHistogram read: version 1.3, times in nanoseconds.
[[nodiscard]] std::string to_hdr_log(const Result& result);
/// A line.
[[nodiscard]] std::string to_json(const Result& result);
/// What was done, in one line.
[[nodiscard]] std::string title(const Settings& settings);
/// A page of its own, with plots, that asks nobody for anything. It is XML, too.
[[nodiscard]] std::string to_html(const Result& result);

}  // namespace tern::load
