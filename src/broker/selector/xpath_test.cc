#include "broker/selector/xpath.h"

#include <gtest/gtest.h>

namespace tern::selector {
namespace {

// What expressions mean is in the table, tests/conformance/selector/cases.txt: here are the limits.

bool matches(const std::string& expression, std::string_view document,
             XmlEncoding encoding = XmlEncoding::utf8) {
    EXPECT_TRUE(is_xpath(expression)) << expression;
    return matches_xpath(expression, document, encoding);
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

TEST(XPathTest, refuses_what_is_no_expression) {
    EXPECT_FALSE(is_xpath(""));
    EXPECT_FALSE(is_xpath("//a["));
    EXPECT_FALSE(is_xpath("//a b"));
    EXPECT_FALSE(is_xpath(std::string("//a\0", 4)));
    EXPECT_FALSE(is_xpath(repeated("(", 100'000)));
    EXPECT_FALSE(matches_xpath("//a[", "<a/>", XmlEncoding::utf8));
}

TEST(XPathTest, keeps_some_expressions_and_answers_for_all) {
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 200; ++i) {
            const std::string name = "a" + std::to_string(i);
            EXPECT_TRUE(matches("count(//" + name + "[position() = 2]) = 1",
                                "<r><" + name + "/><" + name + "/></r>"));
            EXPECT_FALSE(matches("//" + name, "<r/>"));
        }
    }
}

TEST(XPathTest, reads_no_document_that_is_too_large) {
    const std::string most = "<a>" + std::string(kXmlBytesMax - 7, 'x') + "</a>";
    EXPECT_TRUE(matches("//a", most));
    EXPECT_FALSE(matches("//a", most + " "));
}

TEST(XPathTest, reads_no_document_that_is_nested_too_deeply) {
    EXPECT_TRUE(matches("//a", repeated("<a>", 200) + repeated("</a>", 200)));
    EXPECT_FALSE(matches("//a", repeated("<a>", 2'000) + repeated("</a>", 2'000)));
}

TEST(XPathTest, takes_no_more_steps_than_it_may) {
    const std::string costly = "count(//*[count(//*[count(//*) > 0]) > 0]) > 0";
    EXPECT_TRUE(matches(costly, "<a><b/><b/></a>"));
    EXPECT_FALSE(matches(costly, "<a>" + repeated("<b/>", 500) + "</a>"));
    EXPECT_TRUE(matches("//c", "<a>" + repeated("<b/>", 20'000) + "<c/></a>"));
}

TEST(XPathTest, reads_nothing_outside_of_the_document) {
    EXPECT_FALSE(matches("//a", "<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>"));
    EXPECT_FALSE(
        matches("//a", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>"));
    std::string bomb = "<!DOCTYPE a [<!ENTITY e0 'x'>";
    for (int i = 1; i < 30; ++i) {
        const std::string before = "&e" + std::to_string(i - 1) + ";";
        bomb += "<!ENTITY e" + std::to_string(i) + " '" + repeated(before, 10) + "'>";
    }
    EXPECT_FALSE(matches("//a", bomb + "]><a>&e29;</a>"));
}

TEST(XPathTest, heeds_what_bytes_say_of_their_encoding) {
    const std::string latin = "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>";
    EXPECT_TRUE(matches("//a[. = '\u00E9']", latin, XmlEncoding::declared));
    EXPECT_FALSE(matches("//a[. = '\u00E9']", latin));
}

}  // namespace
}  // namespace tern::selector
