#include "config/artemis_names.h"

namespace tern::config::artemis {

std::expected<std::string, std::string> plain_pattern(std::string_view text,
                                                      const WildcardAddresses& names) {
    const auto problem = [text](std::string_view why) {
        return std::unexpected("'" + std::string(text) + "' " + std::string(why));
    };
    if (text.empty()) return problem("names nothing");
    std::string plain;
    for (std::string_view rest = text;;) {
        const std::size_t end = rest.find(names.delimiter);
        const std::string_view level = rest.substr(0, end);
        const bool last = end == std::string_view::npos;
        if (level == names.any_words) {
            if (!last) return problem("has any number of words within: only the last may be that");
            plain += '>';
        } else if (level == names.single_word) {
            plain += '*';
        } else if (level == ">" || level == "*") {
            return problem("has a level that is a wildcard here and none there");
        } else {
            plain += level;
        }
        if (last) return plain;
        plain += '.';
        rest.remove_prefix(end + names.delimiter.size());
    }
}

}  // namespace tern::config::artemis
