#include "realms/login_config.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace tern;
using realms::LoginConfig;
using security::Control;

void require(bool what) {
    if (!what) std::abort();
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else {
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
    }
    return out + "\"";
}

const char* flag(Control control) {
    switch (control) {
        case Control::required:
            return "required";
        case Control::requisite:
            return "requisite";
        case Control::sufficient:
            return "sufficient";
        case Control::optional:
            return "optional";
    }
    std::abort();
}

std::string to_text(const LoginConfig& config) {
    std::string out;
    for (const auto& entry : config.entries) {
        out += quoted(entry.name) + "{";
        for (const auto& module : entry.modules) {
            out += quoted(module.name) + " " + flag(module.control);
            for (const auto& [name, value] : module.options) {
                out += " " + quoted(name) + "=" + quoted(value);
            }
            out += ";";
        }
        out += "};\n";
    }
    return out;
}

}  // namespace

/// Whatever the text: no crash, a problem has a text, and what is read is the same once written and
/// read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    const config::Lookup look_up = [](std::string_view name) -> std::optional<std::string> {
        if (name == "a") return "value";
        return {};
    };
    const auto config = realms::parse_login_config(input, look_up);
    if (!config) {
        require(!config.error().text.empty() && config.error().place.line > 0);
        return 0;
    }
    const std::string text = to_text(*config);
    // What placeholders gave may look like a placeholder again.
    if (text.find("${") != std::string::npos) return 0;
    const auto again = realms::parse_login_config(text, look_up);
    require(again.has_value());
    require(to_text(*again) == text);
    return 0;
}
