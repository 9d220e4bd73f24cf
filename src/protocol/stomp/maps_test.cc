#include "protocol/stomp/maps.h"

#include <gtest/gtest.h>

namespace tern::stomp {
namespace {

using message::HubBytes;
using message::HubMap;
using message::HubValue;

TEST(StompMaps, are_read_as_clients_of_activemq_write_them) {
    const auto read =
        read_map(MapText::json,
                 R"({"map":{"entry":[{"string":["name","Dejan"]},{"string":"size","int":123},
            {"string":"flag","boolean":true},{"string":"blob","byte-array":"AAEC"},
            {"string":"none","null":""},{"string":"half","double":"0.5"}]}})");
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(*read->find("name"), HubValue{std::string("Dejan")});
    EXPECT_EQ(*read->find("size"), HubValue{std::int32_t{123}});
    EXPECT_EQ(*read->find("flag"), HubValue{true});
    EXPECT_EQ(*read->find("blob"), (HubValue{HubBytes{std::string("\0\1\2", 3)}}));
    EXPECT_EQ(*read->find("none"), HubValue{});
    EXPECT_EQ(*read->find("half"), HubValue{0.5});
    EXPECT_EQ(read_map(MapText::xml,
                       "<map>\n  <entry><string>a b</string><string>&lt; ü</string></entry>"
                       "<entry><string>n</string><long>-5</long></entry></map>")
                  ->entries,
              (HubMap{{{"a b", {std::string("< ü")}}, {"n", {std::int64_t{-5}}}}}).entries);
    // A single entry comes without a list around it.
    EXPECT_EQ(read_map(MapText::json, R"({"map":{"entry":{"string":["a","b"]}}})")->entries.size(),
              1U);
}

TEST(StompMaps, say_what_is_wrong_with_them) {
    for (const char* text :
         {"", "[]", "{}", R"({"map":1})", R"({"map":{"other":[]}})", R"({"map":{"entry":[1]}})",
          R"({"map":{"entry":{"string":"a"}}})", R"({"map":{"entry":{"string":"a","int":"x"}}})",
          R"({"map":{"entry":{"string":"a","byte":300}}})",
          R"({"map":{"entry":{"string":"a","java.util.Date":"x"}}})",
          R"({"map":{"entry":{"string":"a","byte-array":"A"}}})",
          R"({"map":{"entry":{"string":["a","b","c"]}}})"}) {
        EXPECT_FALSE(read_map(MapText::json, text).has_value()) << text;
    }
    for (const char* text :
         {"", "<map>", "<list/>", "<map><entry/></map>",
          "<map><entry><int>1</int><string>a</string></entry></map>",
          "<map><entry><string>a</string><int>x</int></entry></map>", "<map><x/></map>"}) {
        EXPECT_FALSE(read_map(MapText::xml, text).has_value()) << text;
    }
    EXPECT_FALSE(read_map(MapText::json, std::string(100, '[')).has_value());
}

TEST(StompMaps, come_back_as_they_were) {
    HubMap map;
    map.put("text", {std::string("a \"quoted\" <b> ü\n")});
    map.put("true", {true});
    map.put("byte", {std::int8_t{-128}});
    map.put("short", {std::int16_t{-300}});
    map.put("char", {u'€'});
    map.put("int", {std::int32_t{7}});
    map.put("long", {std::int64_t{1} << 60});
    map.put("float", {1.25F});
    map.put("double", {0.1});
    map.put("bytes", {HubBytes{std::string("\0\xff", 2)}});
    map.put("null", {});
    for (const MapText form : {MapText::json, MapText::xml}) {
        for (const HubMap& one : {map, HubMap{}, HubMap{{{"a", {std::string()}}}}}) {
            const std::string text = write_map(form, one);
            const auto back = read_map(form, text);
            ASSERT_TRUE(back.has_value()) << text << back.error();
            EXPECT_EQ(*back, one) << text;
        }
    }
    map.put("nested", {HubMap{}});
    EXPECT_EQ(read_map(MapText::json, write_map(MapText::json, map))->find("nested"), nullptr);
}

}  // namespace
}  // namespace tern::stomp
