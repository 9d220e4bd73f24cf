#include "protocol/amqp10/codec/sections.h"

#include "protocol/amqp10/codec/value_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

namespace tern::amqp10 {
namespace {

/// A message, section by section.
class SectionsStory : public testing::Test {
protected:
    void header(const Header& header) { encode(header, out_); }
    void annotation(std::string_view key, std::string_view value) {
        map(Descriptor::message_annotations, key, value);
    }
    void property(std::string_view key, std::string_view value) {
        map(Descriptor::application_properties, key, value);
    }
    void properties(std::string_view id) {
        FieldWriter fields(out_, Descriptor::properties);
        fields.string(id);
        fields.end();
    }
    void data(std::string_view bytes) {
        put_descriptor(out_, Descriptor::data);
        put_binary(out_, as_bytes(bytes));
    }
    void value(std::string_view text) {
        put_descriptor(out_, Descriptor::amqp_value);
        put_string(out_, text);
    }
    Result<Sections> found() { return find_sections(out_.bytes()); }

private:
    void map(Descriptor section, std::string_view key, std::string_view value) {
        put_descriptor(out_, section);
        Compound entries(out_, Compound::Type::map);
        put_string(out_, key);
        put_string(out_, value);
        entries.end(2);
    }

    ByteWriter out_;
};

TEST_F(SectionsStory, AreFoundWhereTheyLie) {
    header({.durable = true});
    annotation("x-opt-a", "1");
    properties("id");
    property("color", "red");
    data("one");
    data("two");
    const auto all = found();
    ASSERT_TRUE(all);
    EXPECT_TRUE(decode_header(all->header)->durable);
    EXPECT_TRUE(all->delivery_annotations.empty());
    EXPECT_EQ(find_entry(map_of(all->message_annotations), "x-opt-a").text(), "1");
    EXPECT_EQ(decode_properties(all->properties)->message_id.text(), "id");
    EXPECT_EQ(find_entry(map_of(all->application_properties), "color").text(), "red");
    EXPECT_EQ(all->body.size(), 2 * (3 + 2 + 3));
    EXPECT_EQ(all->properties.data() + all->properties.size(), all->application_properties.data());
    EXPECT_EQ(all->application_properties.data() + all->application_properties.size(),
              all->body.data());
}

TEST_F(SectionsStory, MayAllBeMissing) {
    const auto all = found();
    ASSERT_TRUE(all);
    EXPECT_TRUE(all->body.empty());
}

TEST_F(SectionsStory, MustBeInOrder) {
    properties("id");
    header({.durable = true});
    EXPECT_EQ(found().error(), Errc::bad_order);
}

TEST_F(SectionsStory, OnlyOneValueMakesABody) {
    value("a");
    value("b");
    EXPECT_EQ(found().error(), Errc::bad_order);
}

TEST_F(SectionsStory, DataAndValueDoNotMix) {
    data("a");
    value("b");
    EXPECT_EQ(found().error(), Errc::bad_order);
}

TEST(Header, IsLeftOutWhenItSaysNothing) {
    ByteWriter out;
    encode(Header{}, out);
    EXPECT_TRUE(out.empty());
}

TEST(Header, SurvivesARoundTrip) {
    const Header header{.durable = true,
                        .priority = 9,
                        .ttl_ms = 5000,
                        .first_acquirer = true,
                        .delivery_count = 3};
    ByteWriter out;
    encode(header, out);
    EXPECT_EQ(decode_header(out.bytes()).value(), header);
}

TEST(FindSections, RefusesWhatIsNoSection) {
    ByteWriter out;
    put_string(out, "hello");
    EXPECT_EQ(find_sections(out.bytes()).error(), Errc::malformed);
}

}  // namespace
}  // namespace tern::amqp10
