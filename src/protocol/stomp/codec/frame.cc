#include "protocol/stomp/codec/frame.h"

#include <algorithm>

namespace tern::stomp {

std::string_view to_text(Version version) {
    switch (version) {
        case Version::v1_0:
            return "1.0";
        case Version::v1_1:
            return "1.1";
        case Version::v1_2:
            break;
    }
    return "1.2";
}

std::optional<std::string_view> Frame::find(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &Header::name);
    if (found == headers.end()) return {};
    return found->value;
}

}  // namespace tern::stomp
