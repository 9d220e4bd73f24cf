#include "protocol/amqp091/letters.h"

#include "protocol/amqp091/codec/content.h"
#include "protocol/amqp091/codec/table.h"
#include "protocol/amqp091/native.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::amqp091 {

using broker::ExchangeDeath;
using broker::ExchangeLetter;

namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::string_view kDeaths = "x-death";

std::string_view text_in(const FieldTable& table, std::string_view key) {
    const FieldValue* const value = table.find(key);
    return value == nullptr || value->text() == nullptr ? std::string_view() : *value->text();
}

/// The header as earlier deaths left it; what is none of that is dropped.
FieldArray earlier_deaths(const FieldTable& headers) {
    const FieldValue* const header = headers.find(kDeaths);
    const auto* const all = header == nullptr ? nullptr : std::get_if<FieldArray>(&header->value);
    FieldArray deaths;
    if (all == nullptr) return deaths;
    std::ranges::copy_if(all->values, std::back_inserter(deaths.values),
                         [](const FieldValue& one) { return one.table() != nullptr; });
    return deaths;
}

FieldTable first_time(const ExchangeDeath& death, const NativeView& native,
                      const std::vector<std::string>& keys,
                      const std::optional<std::string_view>& expiration) {
    FieldArray sent_with;
    for (const std::string& key : keys) sent_with.values.push_back({key});
    FieldTable entry;
    entry.put("count", {std::int64_t{1}});
    entry.put("reason", {std::string(death.reason)});
    entry.put("queue", {std::string(death.queue)});
    entry.put("time", {Timestamp{static_cast<std::uint64_t>(death.now_ms / kSecond)}});
    entry.put("exchange", {std::string(native.exchange)});
    entry.put("routing-keys", {std::move(sent_with)});
    if (expiration) entry.put("original-expiration", {std::string(*expiration)});
    return entry;
}

/// A queue and a reason have one entry; the last death comes first.
void note_death(FieldArray& deaths, FieldTable entry) {
    const auto known = std::ranges::find_if(deaths.values, [&entry](const FieldValue& one) {
        return text_in(*one.table(), "queue") == text_in(entry, "queue") &&
               text_in(*one.table(), "reason") == text_in(entry, "reason");
    });
    if (known != deaths.values.end()) {
        entry = std::get<FieldTable>(std::move(known->value));
        deaths.values.erase(known);
        const FieldValue* const count = entry.find("count");
        const std::int64_t times = count == nullptr ? 0 : count->integer().value_or(0);
        entry.put("count", {times + 1});
    }
    deaths.values.insert(deaths.values.begin(), FieldValue{std::move(entry)});
}

void put_summary(FieldTable& headers, const ExchangeDeath& death, std::string_view exchange) {
    const std::array<std::pair<std::string_view, std::string_view>, 3> facts{
        {{"reason", death.reason}, {"queue", death.queue}, {"exchange", exchange}}};
    const bool first = headers.find("x-first-death-reason") == nullptr;
    for (const auto& [name, value] : facts) {
        const std::string key(name);
        if (first) headers.put("x-first-death-" + key, {std::string(value)});
        headers.put("x-last-death-" + key, {std::string(value)});
    }
}

std::vector<std::string> keys_of(const NativeView& native, const FieldTable& headers) {
    std::vector<std::string> keys{std::string(native.routing_key)};
    const FieldValue* const copies = headers.find("CC");
    const auto* const more = copies == nullptr ? nullptr : std::get_if<FieldArray>(&copies->value);
    if (more == nullptr) return keys;
    for (const FieldValue& one : more->values) {
        if (one.text() != nullptr) keys.push_back(*one.text());
    }
    return keys;
}

std::vector<ExchangeLetter::Death> listed(const FieldArray& deaths) {
    std::vector<ExchangeLetter::Death> all;
    all.reserve(deaths.values.size());
    for (const FieldValue& one : deaths.values) {
        all.push_back({.queue = std::string(text_in(*one.table(), "queue")),
                       .rejected = text_in(*one.table(), "reason") == "rejected"});
    }
    return all;
}

}  // namespace

Result<ExchangeLetter> Letters::write(const Message& dead, const ExchangeDeath& death) const {
    const bool own = dead.header().format == Format::amqp091;
    Outgoing converted;
    if (!own) {
        const auto hub = formats_.read(dead);
        if (!hub) return failure(hub.error());
        converted = from_hub(*hub, death.now_ms);
    }
    const auto native = read_native(own ? dead.native() : converted.native.bytes());
    if (!native) return failure(native.error());
    const auto read = decode_properties(native->raw);
    if (!read) return failure(read.error());
    Properties properties = *read;
    FieldTable headers;
    if (properties.headers) {
        auto decoded = decode_table(*properties.headers);
        if (!decoded) return failure(decoded.error());
        headers = std::move(*decoded);
    }
    ExchangeLetter letter{.message = {}, .keys = keys_of(*native, headers), .deaths = {}};
    FieldArray deaths = earlier_deaths(headers);
    note_death(deaths, first_time(death, *native, letter.keys, properties.expiration));
    letter.deaths = listed(deaths);
    headers.put(kDeaths, {std::move(deaths)});
    put_summary(headers, death, native->exchange);
    if (death.key) {
        std::ignore = headers.remove("CC");
        letter.keys = {std::string(*death.key)};
    }
    properties.expiration.reset();  // or it would die at once where it comes to
    ByteWriter entries;
    encode_entries(entries, headers);
    properties.headers = entries.bytes();
    ByteWriter raw;
    encode_properties(raw, properties);
    ByteWriter out;
    write_native(out, death.exchange, letter.keys.front(), raw.bytes());
    MessageHeader header = dead.header();
    header.format = Format::amqp091;
    header.expires_at_ms = 0;
    letter.message =
        own ? Message::create_like(dead, header, out.bytes(), {})
            : Message::create(header, out.bytes(), {}, converted.body.bytes(), &converted.body);
    return letter;
}

}  // namespace tern::amqp091
