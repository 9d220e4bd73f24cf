#include "config/xml.h"

#include <gtest/gtest.h>

namespace tern::config {
namespace {

TEST(Xml, places_are_those_of_the_document) {
    const auto root = parse_xml("<a>\n  <b x='1'\n     y=\"2\"/>\n  <!-- ü --> <c/></a>");
    ASSERT_TRUE(root.has_value());
    EXPECT_EQ(root->place, (Place{1, 1}));
    ASSERT_EQ(root->children.size(), 2U);
    EXPECT_EQ(root->children[0].place, (Place{2, 3}));
    EXPECT_EQ(root->children[0].attributes[0].place, (Place{2, 6}));
    EXPECT_EQ(root->children[0].attributes[1].place, (Place{3, 6}));
    EXPECT_EQ(root->children[1].place, (Place{4, 14}));
}

TEST(Xml, namespaces_come_from_the_prefix_or_the_nearest_default) {
    const auto root =
        parse_xml("<b:beans xmlns:b='urn:b' xmlns='urn:a'><broker/><x xmlns=''/></b:beans>");
    ASSERT_TRUE(root.has_value());
    EXPECT_EQ(root->name, "beans");
    EXPECT_EQ(root->space, "urn:b");
    EXPECT_EQ(root->children[0].space, "urn:a");
    EXPECT_EQ(root->children[1].space, "");
}

TEST(Xml, the_five_entities_and_numbers_are_all_there_is) {
    const auto root =
        parse_xml("<a x='&lt;&gt;&amp;&quot;&apos;&#65;&#x20AC;'> <![CDATA[<raw>]]> </a>");
    ASSERT_TRUE(root.has_value());
    EXPECT_EQ(root->attributes[0].value, "<>&\"'A\u20AC");
    EXPECT_EQ(root->text, "<raw>");
}

TEST(Xml, what_is_wrong_is_named_with_its_place) {
    struct Row {
        std::string document;
        Place place;
        std::string text;
    };
    const Row rows[] = {
        {"<a><b></a>", {1, 9}, "mismatch"},
        {"<a/><b/>", {1, 5}, "more than one outermost element"},
        {"", {1, 1}, "No document element"},
        {"<a x='1' x='2'/>", {1, 10}, "'x' is given twice"},
        {"<a\n x='&all;'/>", {2, 2}, "'&all;' stands for nothing here"},
        {"<a x='1 & 2'/>", {1, 4}, "a lone '&'"},
        {"<a x='&#xD800;'/>", {1, 4}, "stands for nothing"},
        {"<p:a/>", {1, 1}, "the prefix 'p:' is not declared"},
        {"<a>\n\xFF</a>", {2, 1}, "no character in UTF-8"},
        {"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>", {1, 60}, "'&e;'"},
    };
    for (const Row& row : rows) {
        const auto root = parse_xml(row.document);
        ASSERT_FALSE(root.has_value()) << row.document;
        EXPECT_EQ(root.error().place, row.place) << row.document << root.error().place.column;
        EXPECT_NE(root.error().text.find(row.text), std::string::npos) << root.error().text;
    }
}

TEST(Xml, depth_and_size_are_limited) {
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "<a>";
    for (int i = 0; i < 100; ++i) deep += "</a>";
    EXPECT_FALSE(parse_xml(deep).has_value());
    EXPECT_FALSE(parse_xml("<a>" + std::string(5 << 20, ' ') + "</a>").has_value());
}

}  // namespace
}  // namespace tern::config
