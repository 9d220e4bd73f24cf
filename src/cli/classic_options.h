#pragma once

#include "cli/options.h"

#include <CLI/App.hpp>

namespace tern::cli {

// The options of `activemq producer`, `consumer` and `browse`, with their names and defaults,
// beside our own: for `tern producer`, `tern consumer` and `tern browse`.

/// What they may say; `apply` makes options of ours from it.
struct ClassicProducer {
    std::uint64_t message_count = 1000;
    std::uint64_t sleep_ms = 0;
    bool persistent = true;
    std::uint64_t message_size = 0;
    std::uint64_t text_message_size = 0;
    std::string payload_url{};
    std::uint64_t msg_ttl_ms = 0;
    std::string msg_group_id{};
    std::uint64_t transaction_batch_size = 0;
    int parallel_threads = 1;
    bool disable_message_timestamp = false;
};

struct ClassicConsumer {
    std::uint64_t message_count = 1000;
    std::uint64_t sleep_ms = 0;
    /// `true`, `false`, or a number as of our own option.
    std::string transacted = "false";
    bool durable = false;
    std::uint64_t batch_size = 10;
    std::string ack_mode = "AUTO_ACKNOWLEDGE";
    int parallel_threads = 1;
    bool bytes_as_text = false;
    bool break_on_null = false;
    bool shared = false;
};

void add_classic(CLI::App& command, ProduceOptions& options, ClassicProducer& theirs);
void add_classic(CLI::App& command, ConsumeOptions& options, ClassicConsumer& theirs);
/// Of `activemq browse`: its options and its way to show messages, for who names the destination as
/// there.
void add_classic(CLI::App& command, BrowseOptions& options);

/// `has_body`: our own options say what is sent. What cannot be done is refused.
[[nodiscard]] std::optional<Exit> apply(const ClassicProducer& theirs, ProduceOptions& options,
                                        bool has_body);
[[nodiscard]] std::optional<Exit> apply(const ClassicConsumer& theirs, ConsumeOptions& options);

}  // namespace tern::cli
