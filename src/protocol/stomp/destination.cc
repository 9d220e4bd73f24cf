#include "protocol/stomp/destination.h"

#include <array>

namespace tern::stomp {
namespace {

using broker::Domain;

struct Prefix {
    std::string_view text;
    Domain domain;
    bool temporary;
    bool alias;
};

constexpr std::array<Prefix, 6> kPrefixes{{
    {"/queue/", Domain::queue, false, false},
    {"/topic/", Domain::topic, false, false},
    {"/temp-queue/", Domain::queue, true, true},
    {"/temp-topic/", Domain::topic, true, true},
    {"/remote-temp-queue/", Domain::queue, true, false},
    {"/remote-temp-topic/", Domain::topic, true, false},
}};

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

Named parse_one(std::string_view text) {
    for (const Prefix& prefix : kPrefixes) {
        if (!text.starts_with(prefix.text)) continue;
        return {prefix.domain, prefix.temporary, prefix.alias, true,
                trim(text.substr(prefix.text.size()))};
    }
    return {.name = text};
}

}  // namespace

std::vector<Named> parse_destinations(std::string_view text) {
    std::vector<Named> all;
    text = text.substr(0, text.find('?'));
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        const Named one = parse_one(trim(text.substr(0, comma)));
        if (!one.name.empty()) all.push_back(one);
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return all;
}

std::string client_name(const broker::DestinationView& destination) {
    const bool topic = destination.domain == Domain::topic;
    const std::string_view prefix = destination.temporary
                                        ? (topic ? "/remote-temp-topic/" : "/remote-temp-queue/")
                                        : (topic ? "/topic/" : "/queue/");
    return std::string(prefix).append(destination.name);
}

}  // namespace tern::stomp
