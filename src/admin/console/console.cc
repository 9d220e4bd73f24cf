#include "admin/console/console.h"

#include <array>

// NOLINTBEGIN(readability-identifier-naming): the linker knows them so.
extern "C" {
extern const char tern_console_html[];
extern const char tern_console_html_end[];
extern const char tern_console_js[];
extern const char tern_console_js_end[];
extern const char tern_console_css[];
extern const char tern_console_css_end[];
}
// NOLINTEND(readability-identifier-naming)

namespace tern::admin {

Assets console() {
    static const std::array<Asset, 3> files{
        {{"/", "text/html; charset=utf-8", {tern_console_html, tern_console_html_end}},
         {"/console.js", "text/javascript; charset=utf-8", {tern_console_js, tern_console_js_end}},
         {"/console.css", "text/css; charset=utf-8", {tern_console_css, tern_console_css_end}}}};
    return files;
}

}  // namespace tern::admin
