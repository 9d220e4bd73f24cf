#pragma once

#include "cli/options.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <expected>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tern::cli {

/// Command lines, and what is understood of them.
class CommandLineTest : public ::testing::Test {
protected:
    CommandLineTest() {
        for (const auto* const name : {"TERN_URL", "TERN_USER", "TERN_PASSWORD"}) ::unsetenv(name);
    }

    static std::expected<Options, Exit> parse(std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), "tern");
        return parse_options(static_cast<int>(arguments.size()), arguments.data());
    }
    template <class T>
    static T parsed(std::vector<const char*> arguments) {
        auto options = parse(std::move(arguments));
        EXPECT_TRUE(options) << options.error().text;
        return std::get<T>(*options);
    }
    /// The words for a refusal.
    static std::string refused(std::vector<const char*> arguments) {
        const auto options = parse(std::move(arguments));
        if (options) return "accepted";
        EXPECT_EQ(options.error().code, 2);
        EXPECT_EQ(options.error().text.find('\n'), std::string::npos);
        return options.error().text;
    }
};

}  // namespace tern::cli
