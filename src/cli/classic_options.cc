#include "cli/classic_options.h"

#include "client/url.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

namespace tern::cli {
namespace {

constexpr const char* kGroup = "As of activemq";
constexpr std::uint64_t kMessagesMax = std::uint64_t{1} << 40;
constexpr std::uint64_t kBytesMax = 2'000'000'000;
/// How long their consumer waits for a message with --breakOnNull.
constexpr milliseconds kReceiveTimeout{3000};

/// `--name true` and `--name false`; `--name` alone is true.
void add_switch(CLI::App& command, const std::string& name, bool& value,
                const std::string& description) {
    command
        .add_option_function<std::string>(
            name, [&value](const std::string& text) { value = text != "false"; }, description)
        ->expected(0, 1)
        ->default_str("true")
        ->check(CLI::IsMember({"true", "false"}))
        ->type_name("true|false")
        ->group(kGroup);
}

void add_number(CLI::App& command, const std::string& name, std::uint64_t& value,
                const std::string& description, std::uint64_t most = kMessagesMax) {
    // Unsigned numbers alone would take -1 for a very large one.
    command.add_option(name, value, description)
        ->check(CLI::Range(std::uint64_t{0}, most))
        ->group(kGroup);
}

void add_broker_url(CLI::App& command, const std::string& name, CommonOptions& common) {
    command
        .add_option_function<std::string>(
            name,
            [&common, name](const std::string& url) {
                const auto parsed = client::parse_url(url);
                if (!parsed) throw CLI::ValidationError(name, parsed.error().text);
                common.url = url;
            },
            "the broker")
        ->type_name("URL")
        ->group(kGroup);
}

void add_common(CLI::App& command, CommonOptions& common, std::uint64_t& message_count,
                std::uint64_t& sleep_ms, int& parallel_threads) {
    add_broker_url(command, "--brokerUrl", common);
    command.add_option("--clientId", common.client_id, "of the connection")->group(kGroup);
    common.destination = client::Destination::queue("TEST");
    command.get_option("--destination")->required(false);
    add_number(command, "--messageCount", message_count, "messages of each thread (default: 1000)");
    add_number(command, "--sleep", sleep_ms, "milliseconds between messages");
    command.add_option("--parallelThreads", parallel_threads, "connections at the same time")
        ->check(CLI::Range(1, 10'000))
        ->group(kGroup);
}

/// What holds for both, if our own options do not say otherwise.
template <class Theirs, class Ours>
void apply_common(const Theirs& theirs, Ours& options) {
    if (theirs.parallel_threads > 1) options.parallel = theirs.parallel_threads;
    const auto threads = static_cast<std::uint64_t>(options.parallel);
    if (!options.common.count) options.common.count = theirs.message_count * threads;
    if (theirs.sleep_ms > 0 && !options.rate) {
        options.rate = 1000.0 * options.parallel / static_cast<double>(theirs.sleep_ms);
    }
}

std::optional<std::uint64_t> number_in(const std::string& text) {
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

}  // namespace

void add_classic(CLI::App& command, ProduceOptions& options, ClassicProducer& theirs) {
    add_common(command, options.common, theirs.message_count, theirs.sleep_ms,
               theirs.parallel_threads);
    command.remove_option(command.get_option("--persistent"));
    add_switch(command, "--persistent", theirs.persistent,
               "whether messages survive the broker (default: they do)");
    command.add_flag_callback("--non-persistent", [&theirs] { theirs.persistent = false; });
    add_number(command, "--messageSize", theirs.message_size, "bytes of a bytes message",
               kBytesMax);
    add_number(command, "--textMessageSize", theirs.text_message_size,
               "characters of a text message", kBytesMax);
    command.add_option("--payloadUrl", theirs.payload_url, "a file with the text, file:/PATH")
        ->group(kGroup);
    add_number(command, "--msgTTL", theirs.msg_ttl_ms, "milliseconds to live");
    command.add_option("--msgGroupID", theirs.msg_group_id, "JMSXGroupID")->group(kGroup);
    add_number(command, "--transactionBatchSize", theirs.transaction_batch_size,
               "messages a transaction");
    add_switch(command, "--disableMessageTimestamp", theirs.disable_message_timestamp,
               "not supported: every message has one");
}

void add_classic(CLI::App& command, ConsumeOptions& options, ClassicConsumer& theirs) {
    add_common(command, options.common, theirs.message_count, theirs.sleep_ms,
               theirs.parallel_threads);
    options.print = Print::lines;
    command.remove_option(command.get_option("--transacted"));
    command
        .add_option("--transacted", theirs.transacted,
                    "true: --batchSize messages a transaction; or a number of them")
        ->expected(0, 1)
        ->default_str("true")
        ->type_name("true|false|N")
        ->group(kGroup);
    add_switch(command, "--durable", theirs.durable,
               "a durable subscription of a topic, consumer-1; needs --clientId");
    add_number(command, "--batchSize", theirs.batch_size,
               "messages a transaction or acknowledgement (default: 10)");
    command.add_option("--ackMode", theirs.ack_mode, "(default: AUTO_ACKNOWLEDGE)")
        ->check(CLI::IsMember({"AUTO_ACKNOWLEDGE", "CLIENT_ACKNOWLEDGE", "DUPS_OK_ACKNOWLEDGE",
                               "INDIVIDUAL_ACKNOWLEDGE"}))
        ->group(kGroup);
    add_switch(command, "--bytesAsText", theirs.bytes_as_text,
               "print what is in bytes messages: that is done anyway");
    add_switch(command, "--breakOnNull", theirs.break_on_null,
               "end when nothing has come for three seconds");
    add_switch(command, "--shared", theirs.shared, "not supported: OpenWire has no such thing");
}

void add_classic(CLI::App& command, BrowseOptions& options) {
    const auto destination = [&options](std::string text) {
        for (const std::string kind : {"queue", "topic"}) {
            const bool short_prefix =
                text.starts_with(kind + ":") && !text.starts_with(kind + "://");
            if (short_prefix) text.insert(kind.size() + 1, "//");
        }
        auto parsed = client::Destination::parse(text);
        if (!parsed) throw CLI::ValidationError("QUEUE", parsed.error().text);
        options.common.destination = std::move(*parsed);
        if (options.print == Print::list) options.print = Print::fields;
    };
    CLI::Option* const ours = command.get_option("--destination")->required(false);
    command
        .add_option_function<std::string>("QUEUE", destination, "in the words of activemq browse")
        ->excludes(ours)
        ->group(kGroup);
    command
        .add_option_function<std::string>(
            "-V",
            [&options](const std::string& groups) {
                options.fields = {.header = false, .custom = false, .body = false};
                std::istringstream words(groups);
                for (std::string word; std::getline(words, word, ',');) {
                    if (word != "header" && word != "custom" && word != "body") {
                        throw CLI::ValidationError("-V", word + " is not header, custom or body");
                    }
                    options.fields.header = options.fields.header || word == "header";
                    options.fields.custom = options.fields.custom || word == "custom";
                    options.fields.body = options.fields.body || word == "body";
                }
            },
            "header,custom,body: fields to show (default: all)")
        ->group(kGroup);
    add_broker_url(command, "--amqurl", options.common);
    command.add_option("--msgsel", options.selector, "as --selector")->group(kGroup);
    // They are looked at one after the other: here all are known.
    command.final_callback([&command, ours] {
        if (ours->count() == 0 && command.get_option("QUEUE")->count() == 0) {
            throw CLI::RequiredError("--destination");
        }
    });
}

std::optional<Exit> apply(const ClassicProducer& theirs, ProduceOptions& options, bool has_body) {
    apply_common(theirs, options);
    if (theirs.disable_message_timestamp) {
        return Exit{2, "--disableMessageTimestamp: every message has its time"};
    }
    client::Message& message = options.message;
    message.persistent = theirs.persistent;
    if (theirs.transaction_batch_size > 0) options.transacted = theirs.transaction_batch_size;
    if (theirs.msg_ttl_ms > 0) options.time_to_live = milliseconds(theirs.msg_ttl_ms);
    if (!theirs.msg_group_id.empty()) message.group_id = theirs.msg_group_id;
    // In their order: bytes go before all else.
    if (theirs.message_size > 0) {
        message.body = client::Blob(theirs.message_size, '.');
    } else if (theirs.text_message_size > 0) {
        message.body = std::string(theirs.text_message_size, '.');
    } else if (!theirs.payload_url.empty()) {
        std::string path = theirs.payload_url;
        for (const std::string_view scheme : {"file://", "file:"}) {
            if (path.starts_with(scheme)) path.erase(0, scheme.size());
        }
        std::ifstream file(path, std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        if (!file) return Exit{2, "--payloadUrl: cannot read " + path};
        message.body = std::move(text);
    } else {
        options.numbered = !has_body;
    }
    return std::nullopt;
}

std::optional<Exit> apply(const ClassicConsumer& theirs, ConsumeOptions& options) {
    using Acknowledge = ConsumeOptions::Acknowledge;
    apply_common(theirs, options);
    if (theirs.shared) return Exit{2, "--shared: OpenWire has no shared subscriptions"};
    if (theirs.transacted == "true") {
        options.transacted = std::max<std::uint64_t>(theirs.batch_size, 1);
    } else if (const auto batch = number_in(theirs.transacted)) {
        options.transacted = *batch;
    } else if (theirs.transacted != "false") {
        return Exit{2, "--transacted: '" + theirs.transacted + "' is not true, false or a number"};
    }
    if (theirs.ack_mode == "CLIENT_ACKNOWLEDGE") {
        options.batch = std::max<std::uint64_t>(theirs.batch_size, 1);
    } else if (theirs.ack_mode == "INDIVIDUAL_ACKNOWLEDGE") {
        options.acknowledge = Acknowledge::individual;
    }
    if (theirs.break_on_null && !options.idle) options.idle = kReceiveTimeout;
    if (!theirs.durable || !options.common.destination.is_topic()) return std::nullopt;
    if (options.common.client_id.empty()) return Exit{2, "--durable needs --clientId"};
    if (options.parallel > 1) {
        return Exit{2, "--durable: a client id is for one connection, so one thread"};
    }
    options.subscription = "consumer-1";
    return std::nullopt;
}

}  // namespace tern::cli
