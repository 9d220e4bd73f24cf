#pragma once

#include "cli/values.h"
#include "client/destination.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace tern::cli {

// Options whose values are words that are understood by functions of ours.

/// Adds an option that `parse` makes a value of, for `set`. `parse` says in words what is wrong.
template <class Parse, class Set>
CLI::Option* add_parsed(CLI::App& app, const std::string& names, const char* type, Parse parse,
                        Set set, const std::string& description) {
    const std::string name = names.substr(0, names.find(','));
    return app
        .add_option_function<std::string>(
            names,
            [=](const std::string& text) {
                auto value = parse(text);
                if (!value) throw CLI::ValidationError(name, value.error());
                set(std::move(*value));
            },
            description)
        ->type_name(type);
}

template <class T>
using Parsed = std::expected<T, std::string>;

template <class T>
Parsed<T> or_else(std::optional<T> value, const std::string& text, const char* what) {
    if (!value) return std::unexpected("'" + text + "' is not " + what);
    return std::move(*value);
}

template <class Set>
void add_duration(CLI::App& app, const std::string& name, Set set, const std::string& description) {
    const auto parse = [](const std::string& text) {
        return or_else(parse_duration(text), text, "a duration such as 500ms, 5s, 2m or 1h");
    };
    add_parsed(app, name, "DURATION", parse, set, description);
}

template <class Set>
CLI::Option* add_destination(CLI::App& app, const std::string& names, Set set,
                             const std::string& description) {
    const auto parse = [](const std::string& text) -> Parsed<client::Destination> {
        auto parsed = client::Destination::parse(text);
        if (!parsed) return std::unexpected(parsed.error().text);
        return std::move(*parsed);
    };
    return add_parsed(app, names, "DESTINATION", parse, set, description);
}

}  // namespace tern::cli
