#include "protocol/amqp10/annotate.h"

#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/stored.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace tern::amqp10 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Texts = std::map<std::string, std::string>;

void put_map(const Texts& texts, ByteWriter& out) {
    Compound map(out, Compound::Type::map);
    for (const auto& [key, value] : texts) {
        put_symbol(out, key);
        put_string(out, value);
    }
    map.end(static_cast<std::uint32_t>(texts.size() * 2));
}

MessagePtr message_with(const Texts& annotations) {
    ByteWriter encoded;
    if (!annotations.empty()) {
        put_descriptor(encoded, Descriptor::message_annotations);
        put_map(annotations, encoded);
    }
    put_descriptor(encoded, Descriptor::amqp_value);
    put_string(encoded, "body");
    ByteWriter scratch;
    return *store(*find_sections(encoded.bytes()),
                  {.to = {broker::Domain::queue, false, "q"}, .now_ms = 1}, {}, scratch);
}

MessagePtr annotated_with(const Message& message, const Texts& annotations) {
    ByteWriter map;
    put_map(annotations, map);
    return annotated(message, map.bytes());
}

Texts annotations_of(const Message& message) {
    const auto parts = open_stored(message);
    EXPECT_TRUE(parts);
    if (parts->message_annotations.empty()) return {};
    Texts all;
    const auto section = describe(single(parts->message_annotations));
    ItemReader in(section->value.bytes);
    while (!in.at_end()) {
        const std::string key(in.next().text());
        all[key] = in.next().text();
    }
    return all;
}

TEST(annotate, adds_to_a_message_that_had_none) {
    const MessagePtr plain = message_with({});
    const MessagePtr other = annotated_with(*plain, {{"x-opt-why", "busy"}});
    ASSERT_NE(other, nullptr);
    EXPECT_THAT(annotations_of(*other), ElementsAre(Pair("x-opt-why", "busy")));
    EXPECT_EQ(as_text(other->body().bytes()), as_text(plain->body().bytes()));
    EXPECT_THAT(annotations_of(*plain), IsEmpty());
}

TEST(annotate, the_new_one_of_a_key_counts) {
    const MessagePtr message = message_with({{"x-opt-a", "1"}, {"x-opt-b", "2"}});
    const MessagePtr other = annotated_with(*message, {{"x-opt-b", "3"}, {"x-opt-c", "4"}});
    ASSERT_NE(other, nullptr);
    EXPECT_THAT(annotations_of(*other),
                ElementsAre(Pair("x-opt-a", "1"), Pair("x-opt-b", "3"), Pair("x-opt-c", "4")));
}

TEST(annotate, what_is_no_map_changes_nothing) {
    ByteWriter text;
    put_string(text, "busy");
    EXPECT_EQ(annotated(*message_with({}), text.bytes()), nullptr);
    EXPECT_EQ(annotated(*message_with({}), {}), nullptr);
}

TEST(annotate, a_message_does_not_grow_for_ever) {
    EXPECT_EQ(annotated_with(*message_with({}), {{"x-opt-a", std::string(100'000, 'x')}}), nullptr);
}

}  // namespace
}  // namespace tern::amqp10
