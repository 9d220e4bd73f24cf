#include "protocol/amqp10/filters.h"

#include "protocol/amqp10/codec/sections.h"
#include "protocol/amqp10/codec/value_writer.h"

#include <algorithm>
#include <array>

namespace tern::amqp10 {

Result<Filters> read_filters(Bytes encoded) {
    Filters filters;
    const Item map = single(encoded);
    if (!encoded.empty() && map.kind != Kind::map) return failure(Errc::malformed);
    ByteWriter entries;
    std::uint32_t count = 0;
    const bool read = for_each_entry(map, [&](const Item& key, const Item& value) {
        const auto filter = describe(value);
        if (!filter) return true;
        if (filter->code == kSelectorFilter && filter->value.is_text()) {
            filters.selector = filter->value.text();
        } else if (filter->code == kNoLocalFilter) {
            filters.no_local = true;
        } else {
            return true;
        }
        put_symbol(entries, key.text());
        entries.u8(0);
        entries.append(value.bytes);
        count += 2;
        return true;
    });
    if (!read) return failure(Errc::malformed);
    if (count > 0) {
        Compound supported(filters.supported, Compound::Type::map);
        filters.supported.append(entries.bytes());
        supported.end(count);
    }
    return filters;
}

void write_filters(std::string_view selector, bool no_local, ByteWriter& out) {
    const std::uint32_t count = (selector.empty() ? 0U : 2U) + (no_local ? 2U : 0U);
    if (count == 0) return;
    Compound filters(out, Compound::Type::map);
    if (!selector.empty()) {
        put_symbol(out, "jms-selector");
        out.u8(0);
        put_ulong(out, kSelectorFilter);
        put_string(out, selector);
    }
    if (no_local) {
        put_symbol(out, "no-local");
        out.u8(0);
        put_ulong(out, kNoLocalFilter);
        out.u8(0x45);
    }
    filters.end(count);
}

bool is_offered(std::string_view capability, bool delayed_delivery) {
    if (capability == kDelayedDelivery) return delayed_delivery;
    static constexpr std::array<std::string_view, 8> kOffered{
        "ANONYMOUS-RELAY", "SHARED-SUBS",     "queue",  "topic",
        "temporary-queue", "temporary-topic", "shared", "global"};
    return std::ranges::find(kOffered, capability) != kOffered.end();
}

}  // namespace tern::amqp10
