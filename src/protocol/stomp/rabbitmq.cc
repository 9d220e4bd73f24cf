#include "protocol/stomp/rabbitmq.h"

#include "broker/route/exchange.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace tern::stomp {
namespace {

using Kind = RabbitDestination::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 6> kPrefixes{{
    {"/queue/", Kind::queue},
    {"/amq/queue/", Kind::existing},
    {"/exchange/", Kind::exchange},
    {"/topic/", Kind::topic},
    {"/temp-queue/", Kind::temporary},
    {"/reply-queue/", Kind::reply},
}};

std::string decode(std::string_view part) {
    std::string text;
    while (!part.empty()) {
        const bool slash = part.starts_with("%2F") || part.starts_with("%2f");
        text += slash ? '/' : part.front();
        part.remove_prefix(slash ? 3 : 1);
    }
    return text;
}

std::string encode(std::string_view part) {
    std::string text;
    for (const char c : part) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 32 || byte > 126 || c == '/' || c == '%') {
            text += fmt::format("%{:02X}", byte);
        } else {
            text += c;
        }
    }
    return text;
}

}  // namespace

std::expected<RabbitDestination, std::string> parse_rabbitmq(std::string_view text) {
    if (text.empty()) return std::unexpected("Missing destination");
    if (!text.starts_with('/')) return RabbitDestination{.name = decode(text), .key = {}};
    for (const auto& known : kPrefixes) {
        const std::string_view prefix = known.first;
        const Kind kind = known.second;
        if (!text.starts_with(prefix)) continue;
        const std::string_view rest = text.substr(prefix.size());
        const auto wrong = [&] {
            return std::unexpected(fmt::format("'{}' is not a valid {} destination", rest,
                                               prefix.substr(1, prefix.size() - 2)));
        };
        if (rest.empty()) return wrong();
        // An answer goes where the question said, letter by letter.
        if (kind == Kind::reply) return RabbitDestination{kind, std::string(rest), {}};
        const std::size_t slash = rest.find('/');
        const bool two = slash != std::string_view::npos;
        const std::string_view second = two ? rest.substr(slash + 1) : std::string_view();
        if ((two && kind != Kind::exchange) || second.find('/') != std::string_view::npos) {
            return wrong();
        }
        RabbitDestination made{kind, decode(rest.substr(0, slash)), decode(second)};
        if (kind == Kind::topic) made.key = std::exchange(made.name, broker::kTopicTree);
        return made;
    }
    return std::unexpected(fmt::format("'{}' is not a known destination", text));
}

std::string rabbitmq_name(const StoredHead& stored) {
    const std::string name = encode(stored.to.name);
    if (stored.exchange.empty()) {
        return (stored.to.domain == broker::Domain::topic ? "/topic/" : "/queue/") + name;
    }
    if (stored.exchange == broker::kTopicTree) return "/topic/" + name;
    return "/exchange/" + encode(stored.exchange) + (name.empty() ? "" : "/" + name);
}

std::string rabbitmq_reply_name(const broker::DestinationView& reply_to) {
    if (reply_to.domain == broker::Domain::topic) return "/topic/" + encode(reply_to.name);
    return std::string("/reply-queue/").append(reply_to.name);
}

}  // namespace tern::stomp
