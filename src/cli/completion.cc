#include "cli/completion.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tern::cli {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
    std::vector<const CLI::App*> all;
    for (const CLI::App* const one : app.get_subcommands([](const CLI::App*) { return true; })) {
        // Groups of options are nameless commands to the parser.
        if (!one->get_name().empty() && !one->get_group().empty()) all.push_back(one);
    }
    return all;
}

/// Options with two dashes, those of its groups included.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    std::vector<const CLI::Option*> all;
    for (const CLI::Option* const one : app.get_options()) {
        if (!one->get_lnames().empty()) all.push_back(one);
    }
    for (const CLI::App* const group : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!group->get_name().empty()) continue;
        for (const CLI::Option* const one : options_of(*group)) {
            if (std::ranges::find(all, one) == all.end()) all.push_back(one);
        }
    }
    return all;
}

/// What may come behind a command.
std::string words_of(const CLI::App& app) {
    std::string words;
    for (const CLI::App* const one : commands_of(app)) words += one->get_name() + " ";
    for (const CLI::Option* const one : options_of(app)) {
        for (const std::string& name : one->get_lnames()) words += "--" + name + " ";
    }
    if (!words.empty()) words.pop_back();
    return words;
}

void add_cases(const CLI::App& app, const std::string& path, std::string& cases) {
    cases += fmt::format("        '{}') words='{}';;\n", path, words_of(app));
    for (const CLI::App* const one : commands_of(app)) {
        add_cases(*one, path + " " + one->get_name(), cases);
    }
}

/// Follows the commands on the line as far as there are any, then offers what may come there.
std::string bash(const CLI::App& app) {
    std::string cases;
    add_cases(app, "tern", cases);
    return fmt::format(R"(_tern() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} path=tern words word
    _tern_words() {{
        words=
        case $1 in
{}        esac
    }}
    _tern_words "$path"
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ $word == -* || " $words " != *" $word "* ]] && continue
        path+=" $word"
        _tern_words "$path"
    done
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ ${{#COMPREPLY[@]}} -gt 0 || $current == -* ]] || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -F _tern tern)",
                       cases);
}

std::string in_quotes(std::string_view text) {
    std::string all = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') all += '\\';
        all += c;
    }
    return all + "'";
}

void add_fish(const CLI::App& app, const std::string& condition, std::string& lines) {
    std::string below;
    for (const CLI::App* const one : commands_of(app)) below += " " + one->get_name();
    const std::string unless = below.empty() ? "" : "; and not __fish_seen_subcommand_from" + below;
    const std::string here = condition + unless;
    for (const CLI::App* const one : commands_of(app)) {
        lines += fmt::format("complete -c tern -f -n {} -a {} -d {}\n", in_quotes(here),
                             one->get_name(), in_quotes(one->get_description()));
    }
    for (const CLI::Option* const one : options_of(app)) {
        lines += fmt::format("complete -c tern -n {} -l {} -d {}\n", in_quotes(here),
                             one->get_lnames().front(), in_quotes(one->get_description()));
    }
    for (const CLI::App* const one : commands_of(app)) {
        add_fish(*one, condition + "; and __fish_seen_subcommand_from " + one->get_name(), lines);
    }
}

}  // namespace

std::string completion(const CLI::App& app, std::string_view shell) {
    if (shell == "bash") return bash(app);
    if (shell == "zsh") {
        return "#compdef tern\nautoload -U +X bashcompinit && bashcompinit\n" + bash(app);
    }
    std::string lines;
    add_fish(app, "true", lines);
    lines.pop_back();
    return lines;
}

}  // namespace tern::cli
