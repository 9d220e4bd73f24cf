#include "broker/selector/numbers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tern::selector {
namespace {

TEST(Numbers, IntegersReadAsInJava) {
    EXPECT_EQ(parse_integer("127", -128, 127), 127);
    EXPECT_EQ(parse_integer("-128", -128, 127), -128);
    EXPECT_EQ(parse_integer("+5", -128, 127), 5);
    EXPECT_EQ(parse_integer("007", -128, 127), 7);
    for (const auto* text : {"128", "-129", "", "+", "-", "+-5", "--5", " 5", "5 ", "5L", "0x5",
                             "1.0", "99999999999999999999"}) {
        EXPECT_EQ(parse_integer(text, -128, 127), std::nullopt) << text;
    }
}

TEST(Numbers, DoublesReadAsInJava) {
    EXPECT_EQ(parse_double("1.5"), 1.5);
    EXPECT_EQ(parse_double(" \t-1.5e3d "), -1500.0);
    EXPECT_EQ(parse_double("5."), 5.0);
    EXPECT_EQ(parse_double(".5F"), 0.5);
    EXPECT_EQ(parse_double("+7"), 7.0);
    EXPECT_EQ(parse_double("-Infinity"), -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(parse_double("NaN").value_or(0)));
    for (const auto* text : {"", ".", "e5", "1e", "1e+", "1.5.2", "inf", "nan", "infinity", "1,5",
                             "1 5", "+", "--1", "f"}) {
        EXPECT_EQ(parse_double(text), std::nullopt) << text;
    }
}

TEST(Numbers, WhatIsOutOfRangeIsInfiniteOrZero) {
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    EXPECT_EQ(parse_double("1e400"), kInfinite);
    EXPECT_EQ(parse_double("-1e400"), -kInfinite);
    EXPECT_EQ(parse_double("1e-400"), 0.0);
    EXPECT_EQ(parse_double("0e400"), 0.0);
    EXPECT_EQ(parse_double("0." + std::string(400, '0') + "1e5"), 0.0);
    EXPECT_EQ(parse_double("1" + std::string(400, '0') + "e-5"), kInfinite);
    EXPECT_EQ(parse_double(std::string(400, '9')), kInfinite);
    EXPECT_EQ(parse_double("1e99999999999999999999"), kInfinite);
    EXPECT_EQ(parse_double("1e-99999999999999999999"), 0.0);
    EXPECT_EQ(parse_double("4.9e-324"), std::numeric_limits<double>::denorm_min());
    EXPECT_EQ(parse_float("1e39"), std::numeric_limits<float>::infinity());
    EXPECT_EQ(parse_float("1e-50"), 0.0F);
}

TEST(Numbers, DoublesWriteAsInJava) {
    EXPECT_EQ(double_text(0.0), "0.0");
    EXPECT_EQ(double_text(-0.0), "-0.0");
    EXPECT_EQ(double_text(5.0), "5.0");
    EXPECT_EQ(double_text(100.0), "100.0");
    EXPECT_EQ(double_text(123.456), "123.456");
    EXPECT_EQ(double_text(0.1), "0.1");
    EXPECT_EQ(double_text(0.001), "0.001");
    EXPECT_EQ(double_text(0.00012), "1.2E-4");
    EXPECT_EQ(double_text(9999999.0), "9999999.0");
    EXPECT_EQ(double_text(1e7), "1.0E7");
    EXPECT_EQ(double_text(-1.25e-100), "-1.25E-100");
    EXPECT_EQ(double_text(1.7976931348623157e308), "1.7976931348623157E308");
    EXPECT_EQ(double_text(std::numeric_limits<double>::infinity()), "Infinity");
    EXPECT_EQ(double_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_EQ(float_text(0.1F), "0.1");
    EXPECT_EQ(float_text(16777216.0F), "1.6777216E7");
}

TEST(Numbers, AnyValueHasAText) {
    const Value items[] = {"", 1, {}, true};
    const Value list = Value::list(items);
    EXPECT_EQ(to_text(list), "[, 1, null, true]");
    EXPECT_EQ(to_text(Value::list({})), "[]");
    EXPECT_GE(text_size_max(list), to_text(list).size());
    EXPECT_EQ(to_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
}

}  // namespace
}  // namespace tern::selector
