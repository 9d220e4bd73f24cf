#include "broker/filter/filter.h"

#include "broker/selector/xpath.h"
#include "message/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::broker {
namespace {

/// Properties are texts, "name=value;name=value"; JMSType is one of them.
class PairsReader final : public message::FormatReader {
public:
    Result<message::HubMessage> read(const Message& stored) const override {
        ++reads;
        message::HubMessage whole;
        const std::string text(as_text(stored.body().bytes()));
        if (text.starts_with("bytes ")) {
            whole.body = Buffer::copy_of(as_bytes(std::string_view(text).substr(6)));
        } else if (!text.empty()) {
            whole.body = text;
        }
        return whole;
    }
    message::ScalarView find(const Message& stored, std::string_view name,
                             std::string& scratch) const override {
        const std::string all(as_text(stored.properties()));
        const std::string key = ";" + std::string(name) + "=";
        const std::size_t at = (";" + all).find(key);
        if (at == std::string::npos) return {};
        scratch = all.substr(at + key.size() - 1);
        scratch.resize(std::min(scratch.size(), scratch.find(';')));
        return std::string_view(scratch);
    }

    mutable int reads = 0;
};

/// Nothing in it makes sense.
class BrokenReader final : public message::FormatReader {
public:
    Result<message::HubMessage> read(const Message&) const override {
        return failure(message::Errc::malformed);
    }
    message::ScalarView find(const Message&, std::string_view, std::string&) const override {
        return message::BrokenValue();
    }
};

class Filtering : public testing::Test {
protected:
    Filtering() { formats_.add(Format::openwire, reader_); }

    bool matches(std::string_view selector, std::string_view properties, MessageHeader header = {},
                 std::uint32_t failures = 0) {
        const auto filter = Filter::parse(selector, formats_);
        EXPECT_TRUE(filter) << filter.error();
        const MessagePtr message = Message::create(header, {}, as_bytes(properties), {}, nullptr);
        return filter && (*filter)->matches(*message, failures);
    }

    PairsReader reader_;
    message::Formats formats_;
};

TEST_F(Filtering, asks_the_messages_room_for_properties) {
    EXPECT_TRUE(matches("a = 'x' AND JMSType = 't'", "a=x;JMSType=t"));
    EXPECT_FALSE(matches("a = 'x'", "a=y"));
    EXPECT_TRUE(matches("b IS NULL", "a=y"));
}

TEST_F(Filtering, keeps_all_texts_it_was_given_until_the_end) {
    EXPECT_TRUE(matches("a = b AND b = c AND c = d AND d = e AND e = f AND f = g AND a <> h",
                        "a=x;b=x;c=x;d=x;e=x;f=x;g=x;h=y"));
}

TEST_F(Filtering, knows_itself_what_all_messages_have) {
    MessageHeader header;
    header.durable = Durable::yes;
    header.priority = 7;
    header.expires_at_ms = 5;
    header.group_id = "g";
    header.group_sequence = 3;
    EXPECT_TRUE(matches("JMSDeliveryMode = 'PERSISTENT' AND JMSPriority > 6", "", header));
    EXPECT_TRUE(matches("JMSXGroupID = 'g' AND JMSXGroupSeq = 3", "", header));
    EXPECT_TRUE(matches("JMSExpiration = 5 AND JMSTimestamp = 0", "", header));
    EXPECT_TRUE(matches("JMSXGroupID IS NULL AND JMSDeliveryMode = 'NON_PERSISTENT'", ""));
}

TEST_F(Filtering, counts_deliveries) {
    EXPECT_TRUE(matches("JMSRedelivered = FALSE AND JMSXDeliveryCount = 1", ""));
    EXPECT_TRUE(matches("JMSRedelivered = TRUE AND JMSXDeliveryCount = 3", "", {}, 2));
}

TEST_F(Filtering, says_what_it_cannot_read) {
    const BrokenReader broken;
    message::Formats formats;
    formats.add(Format::openwire, broken);
    const MessagePtr message =
        Message::create({.priority = 7}, {}, {}, as_bytes(std::string_view("<a/>")), nullptr);
    const auto judge = [&](std::string_view selector) {
        return Filter::parse(selector, formats).value()->judge(*message, 0);
    };
    EXPECT_EQ(judge("a = 'x'"), Filter::Verdict::broken);
    EXPECT_EQ(judge("a IS NULL"), Filter::Verdict::broken);
    EXPECT_EQ(judge("XPATH '//a'"), Filter::Verdict::broken);
    EXPECT_EQ(judge("JMSPriority = 7"), Filter::Verdict::taken) << "it does not ask for more";
    EXPECT_EQ(judge("JMSPriority = 3"), Filter::Verdict::refused);
}

TEST_F(Filtering, tells_what_it_looked_at) {
    const auto filter = Filter::parse("a = 'x' OR b > 1 OR JMSPriority = 3 OR a IS NULL", formats_);
    const MessagePtr message =
        Message::create({.priority = 7}, {}, as_bytes(std::string_view("a=it's")), {}, nullptr);
    EXPECT_THAT(
        (*filter)->values(*message, 0),
        testing::UnorderedElementsAre(testing::Pair("a", "'it''s'"), testing::Pair("b", "NULL"),
                                      testing::Pair("JMSPriority", "7")));
}

TEST_F(Filtering, looks_into_bodies_for_xpath) {
    const auto filter = Filter::parse("a = 'x' AND (XPATH '//b' OR XPATH '//c')", formats_).value();
    const auto takes = [&](std::string_view body, std::string_view properties = "a=x") {
        return filter->matches(
            *Message::create({}, {}, as_bytes(properties), as_bytes(body), nullptr), 0);
    };
    EXPECT_TRUE(takes("<b/>"));
    EXPECT_TRUE(takes("<r><c/></r>"));
    EXPECT_TRUE(takes("bytes <?xml version='1.0' encoding='ISO-8859-1'?><c>\xE9</c>"));
    EXPECT_FALSE(takes("<d/>"));
    EXPECT_FALSE(takes("no XML"));
    EXPECT_FALSE(takes(""));
    EXPECT_FALSE(takes("<b>" + std::string(selector::kXmlBytesMax, 'x') + "</b>"));
}

TEST_F(Filtering, leaves_bodies_alone_that_decide_nothing) {
    EXPECT_FALSE(matches("a = 'x' AND XPATH '//b'", "a=y"));
    EXPECT_EQ(reader_.reads, 0);
    EXPECT_FALSE(matches("a = 'x' AND (XPATH '//b' OR XPATH '//c')", "a=x"));
    EXPECT_EQ(reader_.reads, 1);
}

TEST_F(Filtering, points_at_what_is_wrong) {
    EXPECT_NE(Filter::parse("XPATH '//b['", formats_).error().find("column 7"), std::string::npos);
    const auto filter = Filter::parse("a = = 'x'", formats_);
    ASSERT_FALSE(filter);
    EXPECT_NE(filter.error().find("column 5"), std::string::npos) << filter.error();
}

}  // namespace
}  // namespace tern::broker
