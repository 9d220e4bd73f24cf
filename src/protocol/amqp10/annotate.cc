#include "protocol/amqp10/annotate.h"

#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/stored.h"

#include <algorithm>

namespace tern::amqp10 {
namespace {

// What a consumer can make of a message by sending it back again and again.
constexpr std::size_t kAnnotationBytesMax = std::size_t{64} * 1024;

struct Annotation {
    Item key;
    Bytes encoded_key;
    Bytes encoded_value;
};

/// Nothing when that is no map.
std::optional<std::vector<Annotation>> read_annotations(const Item& map) {
    if (map.kind != Kind::map || map.count % 2 != 0) return {};
    std::vector<Annotation> all;
    ItemReader in(map.bytes);
    while (!in.at_end() && !in.failed()) {
        Annotation one;
        one.encoded_key = in.next_encoded();
        one.encoded_value = in.next_encoded();
        one.key = single(one.encoded_key);
        all.push_back(one);
    }
    if (!in.done() || all.size() * 2 != map.count) return {};
    return all;
}

bool same_key(const Item& one, const Item& other) {
    return one.kind == other.kind && one.number == other.number && one.text() == other.text();
}

}  // namespace

std::string letter_annotation(std::string_view property) {
    constexpr std::string_view kPrefix = "_AMQ_";
    if (!property.starts_with("_AMQ_ORIG_") && property != "_AMQ_ACTUAL_EXPIRY") return {};
    std::string name = "x-opt-" + std::string(property.substr(kPrefix.size()));
    std::ranges::replace(name, '_', '-');
    return name;
}

MessagePtr annotated(const Message& message, Bytes annotations) {
    if (message.header().format != Format::amqp10) return nullptr;
    const auto parts = open_stored(message);
    const auto added = read_annotations(single(annotations));
    if (!parts || !added) return nullptr;
    std::vector<Annotation> all;
    if (!parts->message_annotations.empty()) {
        const auto section = describe(single(parts->message_annotations));
        auto known = section ? read_annotations(section->value) : std::nullopt;
        if (!known) return nullptr;
        all = std::move(*known);
    }
    for (const Annotation& one : *added) {
        std::erase_if(all, [&](const Annotation& old) { return same_key(old.key, one.key); });
        all.push_back(one);
    }
    ByteWriter native(message.native().size() + annotations.size());
    native.append(message.native().first(message.native().size() - parts->annotated.size()));
    put_descriptor(native, Descriptor::message_annotations);
    Compound map(native, Compound::Type::map);
    for (const Annotation& one : all) {
        native.append(one.encoded_key);
        native.append(one.encoded_value);
    }
    map.end(static_cast<std::uint32_t>(all.size() * 2));
    if (native.size() > kAnnotationBytesMax) return nullptr;
    native.append(parts->properties);
    return Message::create_like(message, message.header(), native.bytes(), message.properties());
}

}  // namespace tern::amqp10
