// What people write and read: values, JSON, lines, progress.

#include "cli/json.h"
#include "cli/line_reader.h"
#include "cli/printer.h"
#include "cli/progress.h"
#include "cli/values.h"

#include <gmock/gmock.h>

#include <array>
#include <thread>
#include <unistd.h>

namespace tern::cli {
namespace {

using client::Blob;
using client::List;
using client::Map;
using client::Message;
using client::Value;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(ValuesTest, Sizes) {
    EXPECT_EQ(parse_size("0"), 0U);
    EXPECT_EQ(parse_size("10k"), 10U * 1024);
    EXPECT_EQ(parse_size("50M"), 50U * 1024 * 1024);
    EXPECT_EQ(parse_size("1g"), 1U << 30U);
    for (const auto* const text :
         {"", "k", "-1", "1.5k", "1kb", "99999999999999999999", "18000000000g"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(ValuesTest, Durations) {
    EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
    EXPECT_EQ(parse_duration("5s"), milliseconds(5000));
    EXPECT_EQ(parse_duration("2m"), milliseconds(120'000));
    EXPECT_EQ(parse_duration("1h"), milliseconds(3'600'000));
    EXPECT_EQ(parse_duration("0.25"), milliseconds(250));
    for (const auto* const text : {"", "s", "-1", "1d", "nan", "inf", "1e30", "5 s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(ValuesTest, Properties) {
    using Property = std::pair<std::string, Value>;
    EXPECT_EQ(parse_property("a=b"), Property("a", "b"));
    EXPECT_EQ(parse_property("a="), Property("a", ""));
    EXPECT_EQ(parse_property("a:string=1"), Property("a", "1"));
    EXPECT_EQ(parse_property("a:bool=true"), Property("a", true));
    EXPECT_EQ(parse_property("a:byte=-128"), Property("a", std::int8_t{-128}));
    EXPECT_EQ(parse_property("a:short=1"), Property("a", std::int16_t{1}));
    EXPECT_EQ(parse_property("a:int=1"), Property("a", std::int32_t{1}));
    EXPECT_EQ(parse_property("a:long=1"), Property("a", std::int64_t{1}));
    EXPECT_EQ(parse_property("a:float=1.5"), Property("a", 1.5F));
    EXPECT_EQ(parse_property("a:double=1.5"), Property("a", 1.5));
    for (const auto* const text :
         {"", "a", "=b", ":int=1", "a:int=x", "a:byte=128", "a:bool=yes", "a:date=1"}) {
        EXPECT_EQ(parse_property(text), std::nullopt) << text;
    }
}

TEST(JsonTest, Values) {
    EXPECT_EQ(to_json(Value()), "null");
    EXPECT_EQ(to_json(Value(true)), "true");
    EXPECT_EQ(to_json(Value(std::int8_t{-1})), "-1");
    EXPECT_EQ(to_json(Value(std::int64_t{1} << 62)), "4611686018427387904");
    EXPECT_EQ(to_json(Value(0.1)), "0.1");
    EXPECT_EQ(to_json(Value(0.1F)), "0.1");
    EXPECT_EQ(to_json(Value(std::numeric_limits<double>::infinity())), "\"inf\"");
    EXPECT_EQ(to_json(Value(u'a')), "\"a\"");
    EXPECT_EQ(to_json(Value(u'\u00e9')), "\"\u00e9\"");
    EXPECT_EQ(to_json(Value(u'\u20ac')), "\"\u20ac\"");
    EXPECT_EQ(to_json(Value(char16_t{0xD800})), "\"\\ud800\"");
    EXPECT_EQ(to_json(Value("a\"\\\n\t\r\x01 ü")), R"("a\"\\\n\t\r\u0001 ü")");
    EXPECT_EQ(to_json(Value(Blob{1, 2, 3})), "\"AQID\"");
    EXPECT_EQ(to_json(Value(Map{{"a", List{Value(), "x"}}, {"b", Map()}})),
              R"({"a":[null,"x"],"b":{}})");
}

TEST(JsonTest, Messages) {
    Message message{.body = "hi",
                    .properties = {{"p", true}},
                    .correlation_id = "c",
                    .persistent = false,
                    .id = "ID:1",
                    .destination = client::Destination::queue("Q"),
                    .timestamp = client::Timestamp(milliseconds(7)),
                    .redelivery_count = 1};
    EXPECT_EQ(to_json(message),
              R"({"headers":{"JMSMessageID":"ID:1","JMSDestination":"queue://Q",)"
              R"("JMSDeliveryMode":"NON_PERSISTENT","JMSPriority":4,"JMSTimestamp":7,)"
              R"("JMSExpiration":0,"JMSRedelivered":true,"JMSXDeliveryCount":2,)"
              R"("JMSCorrelationID":"c"},"properties":{"p":true},"type":"text","body":"hi"})");
    const auto body_of = [&message](Message::Body body) {
        message.body = std::move(body);
        const std::string json = to_json(message);
        return json.substr(json.find("\"type\""));
    };
    EXPECT_EQ(body_of({}), R"("type":"none","body":null})");
    EXPECT_EQ(body_of(Blob{1}), R"("type":"bytes","encoding":"base64","body":"AQ=="})");
    EXPECT_EQ(body_of(Map{{"a", 1.5}}), R"("type":"map","body":{"a":1.5}})");
    EXPECT_EQ(body_of(Message::Opaque{Message::Opaque::Kind::stream, {1}}),
              R"("type":"stream","encoding":"base64","body":"AQ=="})");
}

TEST(PrinterTest, Lines) {
    EXPECT_EQ(line_of(Print::lines, {.body = "text"}), "text");
    EXPECT_EQ(line_of(Print::lines, {.body = Blob{'a', 'b'}}), "ab");
    EXPECT_EQ(line_of(Print::lines, {.body = Map{{"k", "v"}}}), R"({"k":"v"})");
    EXPECT_EQ(line_of(Print::lines, {}), "");
    const std::string line =
        line_of(Print::list, {.body = std::string("two\nlines ") + std::string(100, 'x'),
                              .id = "ID:1",
                              .timestamp = client::Timestamp(milliseconds(0)),
                              .redelivery_count = 1});
    EXPECT_EQ(line, "ID:1  1970-01-01 00:00:00  text       110  redelivered two lines " +
                        std::string(38, 'x') + "...");
}

TEST(PrinterTest, AFullDiskIsAnErrorForGood) {
    std::FILE* const full = std::fopen("/dev/full", "w");
    ASSERT_NE(full, nullptr);
    Printer printer(Print::lines, full);
    EXPECT_TRUE(printer.print({.body = "text"}));
    EXPECT_FALSE(printer.flush());
    EXPECT_FALSE(printer.print({.body = "text"}));
    EXPECT_FALSE(printer.flush());
    std::fclose(full);
}

class LineReaderTest : public ::testing::Test {
protected:
    LineReaderTest() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~LineReaderTest() override {
        ::close(ends_[0]);
        end();
    }
    void write(std::string_view text) const {
        EXPECT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    void end() {
        if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
    }
    std::vector<std::string> all() {
        LineReader reader(ends_[0]);
        std::vector<std::string> lines;
        for (auto line = reader.next(go_on); line && *line; line = reader.next(go_on)) {
            lines.push_back(std::move(**line));
        }
        return lines;
    }

    static bool go_on() { return false; }
    std::array<int, 2> ends_{};
};

TEST_F(LineReaderTest, Lines) {
    write("one\n\nthree");
    end();
    EXPECT_THAT(all(), ElementsAre("one", "", "three"));
}

TEST_F(LineReaderTest, LongLinesInPieces) {
    const std::string longer(300'000, 'x');
    std::thread writer([&] {
        write(longer + "\n");
        write(longer);
        write("\nlast\n");
        end();
    });
    EXPECT_THAT(all(), ElementsAre(longer, longer, "last"));
    writer.join();
}

TEST_F(LineReaderTest, StopsWithoutInput) {
    LineReader reader(ends_[0]);
    int asked = 0;
    const auto line = reader.next([&asked] { return ++asked == 2; });
    ASSERT_TRUE(line);
    EXPECT_EQ(*line, std::nullopt);
}

TEST(ProgressTest, Line) {
    EXPECT_EQ(progress_line(500, 1000, 250, 80),
              "[############------------]  50%  500/1000  250/s  2 s left");
    EXPECT_EQ(progress_line(1000, 1000, 250, 80),
              "[########################] 100%  1000/1000  250/s");
    EXPECT_EQ(progress_line(0, 1000, 0, 80), "[------------------------]   0%  0/1000  0/s");
    EXPECT_EQ(progress_line(0, 1'000'000, 100, 80),
              "[------------------------]   0%  0/1000000  100/s  2:46 h left");
    EXPECT_EQ(progress_line(77, std::nullopt, 10, 80), "77  10/s");
    EXPECT_EQ(progress_line(500, 1000, 250, 10), "[#########");
}

TEST(ProgressTest, Summary) {
    EXPECT_EQ(summary_line("sent", 0, 0, milliseconds(0)), "0 messages sent in 0.00 s");
    EXPECT_EQ(summary_line("sent", 1, 5, milliseconds(10)), "1 message sent in 0.01 s");
    EXPECT_EQ(summary_line("received", 1000, 1 << 20, milliseconds(500)),
              "1000 messages received in 0.50 s, 2000/s, 2.0 MiB/s");
    EXPECT_EQ(summary_line("found", 4, 4096, std::chrono::microseconds(500)),
              "4 messages found in 0.00 s, 8000/s, 7.8 MiB/s");
}

TEST(ProgressTest, MeterFollowsTheRate) {
    Meter::Instant now{};
    Meter meter(now);
    std::uint64_t done = 0;
    const auto run = [&](int steps, std::uint64_t per_step) {
        for (int i = 0; i < steps; ++i) meter.update(now += milliseconds(100), done += per_step);
    };
    run(1, 10);
    EXPECT_NEAR(meter.rate(), 100, 0.1);
    run(10, 100);
    EXPECT_GT(meter.rate(), 300);
    EXPECT_LT(meter.rate(), 700);
    run(100, 100);
    EXPECT_NEAR(meter.rate(), 1000, 10);
}

}  // namespace
}  // namespace tern::cli
