#include "protocol/amqp091/definitions.h"

#include "bytes/byte_writer.h"
#include "protocol/amqp091/arguments.h"
#include "protocol/amqp091/json_table.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <array>

namespace tern::amqp091 {
namespace {

namespace json = boost::json;

/// One object of a list; remembers the first member that is not what it should be.
class Reader {
public:
    explicit Reader(const json::object& object) : object_(object) {}

    [[nodiscard]] std::string text(std::string_view name) {
        const json::value* const value = object_.if_contains(name);
        if (value != nullptr && value->is_string()) return std::string(value->get_string());
        note(fmt::format("there is no text {}", name));
        return {};
    }
    [[nodiscard]] bool flag(std::string_view name) {
        const json::value* const value = object_.if_contains(name);
        if (value == nullptr) return false;
        if (value->is_bool()) return value->get_bool();
        note(fmt::format("{} is neither true nor false", name));
        return false;
    }
    /// Newer servers have it among the metadata, and may say that there is none.
    [[nodiscard]] std::string default_queue_type() const {
        const json::value* value = object_.if_contains("default_queue_type");
        const json::value* const metadata = object_.if_contains("metadata");
        if (value == nullptr && metadata != nullptr && metadata->is_object()) {
            value = metadata->get_object().if_contains("default_queue_type");
        }
        return value == nullptr || !value->is_string() ? "" : std::string(value->get_string());
    }
    /// Their entries, as a declaration brings them.
    [[nodiscard]] ByteWriter arguments() {
        ByteWriter entries;
        const json::value* const value = object_.if_contains("arguments");
        const json::object* const table = value == nullptr ? nullptr : value->if_object();
        if (table != nullptr) encode_entries(entries, table_from(*table));
        return entries;
    }
    void note(std::string problem) {
        if (problem_.empty()) problem_ = std::move(problem);
    }
    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    const json::object& object_;
    std::string problem_;
};

/// Calls `read` with each object of the list of that name; returns what is wrong, or nothing.
template <class Read>
std::string for_each(const json::object& whole, std::string_view name, Read read) {
    const json::value* const list = whole.if_contains(name);
    if (list == nullptr) return {};
    if (!list->is_array()) return fmt::format("{} is no list", name);
    for (const json::value& one : list->get_array()) {
        if (!one.is_object()) return fmt::format("{} has what is no object", name);
        Reader reader(one.get_object());
        read(reader);
        if (!reader.problem().empty()) return fmt::format("{}: {}", name, reader.problem());
    }
    return {};
}

void read_vhost_of(Reader& from, Definitions& into) {
    const std::string name = from.text("name");
    const std::string type = from.default_queue_type();
    if (type == "classic" || type == "quorum") into.default_types[name] = type;
}

void read_exchange_of(Reader& from, Definitions& into) {
    const std::string name = from.text("name");
    const std::string vhost = from.text("vhost");
    const std::string type = from.text("type");
    ByteWriter arguments = from.arguments();
    auto exchange = read_exchange({.exchange = name,
                                   .type = type,
                                   .durable = from.flag("durable"),
                                   .auto_delete = from.flag("auto_delete"),
                                   .internal = from.flag("internal"),
                                   .arguments = {arguments.bytes()}},
                                  vhost);
    if (!exchange) return from.note(exchange.error().text);
    into.exchanges.push_back(std::move(*exchange));
}

void read_queue_of(Reader& from, std::string_view otherwise, Definitions& into) {
    const std::string name = from.text("name");
    const std::string vhost = from.text("vhost");
    ByteWriter arguments = from.arguments();
    auto options = read_queue({.queue = name,
                               .durable = from.flag("durable"),
                               .auto_delete = from.flag("auto_delete"),
                               .arguments = {arguments.bytes()}},
                              name, vhost, into.default_type(vhost, otherwise));
    if (!options) return from.note(options.error().text);
    into.queues.emplace_back(broker::queue_address(vhost, name), std::move(*options));
}

void read_binding_of(Reader& from, Definitions& into) {
    broker::Binding binding{.vhost = from.text("vhost"),
                            .source = from.text("source"),
                            .to_exchange = from.text("destination_type") == "exchange",
                            .destination = from.text("destination"),
                            .key = from.text("routing_key")};
    if (!binding.to_exchange) {
        binding.destination = broker::queue_address(binding.vhost, binding.destination);
    }
    ByteWriter arguments = from.arguments();
    binding.arguments = std::string(as_text(arguments.bytes()));
    auto match = read_match(arguments.bytes());
    if (!match) return from.note(match.error().text);
    // What it says to exchanges of other types is nothing.
    if (!arguments.bytes().empty()) binding.match = std::move(*match);
    into.bindings.push_back(std::move(binding));
}

}  // namespace

std::expected<Definitions, std::string> Definitions::parse(std::string_view text,
                                                           std::string_view otherwise) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    if (error) return std::unexpected("it is no JSON: " + error.message());
    const json::object* const whole = value.if_object();
    if (whole == nullptr) return std::unexpected("it is no object");
    Definitions read;
    const std::array problems{
        for_each(*whole, "vhosts", [&](Reader& one) { read_vhost_of(one, read); }),
        for_each(*whole, "exchanges", [&](Reader& one) { read_exchange_of(one, read); }),
        for_each(*whole, "queues", [&](Reader& one) { read_queue_of(one, otherwise, read); }),
        for_each(*whole, "bindings", [&](Reader& one) { read_binding_of(one, read); })};
    for (const std::string& problem : problems) {
        if (!problem.empty()) return std::unexpected(problem);
    }
    return read;
}

}  // namespace tern::amqp091
