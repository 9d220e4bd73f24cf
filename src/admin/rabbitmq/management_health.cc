// Checks for probes and monitors: 200, or 503 and why.
#include "admin/rabbitmq/management.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <ranges>

namespace tern::admin::rabbitmq {
namespace {

constexpr std::int64_t kDaySeconds = 24 * 60 * 60;
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits{
    {{"days", kDaySeconds},
     {"weeks", 7 * kDaySeconds},
     {"months", 365 * kDaySeconds / 12},
     {"years", 365 * kDaySeconds}}};

/// Those that come before, as texts.
json::array before(const std::vector<std::int64_t>& ends, std::int64_t limit) {
    json::array texts;
    for (const std::int64_t end : ends) {
        if (end >= limit) continue;
        texts.push_back(json::string(fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(end))));
    }
    return texts;
}

/// How the listener of a protocol is called.
std::string_view listener_of(std::string_view protocol) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kAliases{
        {{"amqp091", "amqp"},
         {"amqp0-9-1", "amqp"},
         {"amqp0.9.1", "amqp"},
         {"amqp10", "amqp"},
         {"amqps", "amqp/ssl"},
         {"management", "http"}}};
    const auto* const found =
        std::ranges::find(kAliases, protocol, &decltype(kAliases)::value_type::first);
    return found == kAliases.end() ? protocol : found->second;
}

bool has_alarm(const broker::FlowStatus& flow) {
    const bool disk = flow.disk_reserve_bytes > 0 && flow.disk_free_bytes < flow.disk_reserve_bytes;
    return disk || flow.memory.reached() || flow.store.reached();
}

}  // namespace

void Management::check_vhost(const CallPtr& call) {
    // The answer comes from all shards: none of them hangs.
    broker_.status(
        [call](const broker::BrokerStatus&) { call->reply(json::object{{"status", "ok"}}); });
}

void Management::check_well(const CallPtr& call) {
    check_vhost(call);
}

void Management::check_alarms(const CallPtr& call) {
    broker_.status([this, call](const broker::BrokerStatus& status) {
        if (!has_alarm(status.flow)) return call->reply(json::object{{"status", "ok"}});
        call->reply(
            json::object{{"status", "failed"},
                         {"reason", "There are alarms in effect in the cluster"},
                         {"alarms", json::array{json::object{{"node", json_text(node_name())}}}}},
            503);
    });
}

void Management::check_node(const CallPtr& call) {
    if (!is_this_node(call)) return call->missing();
    check_alarms(call);
}

void Management::check_single_node(const CallPtr& call) {
    call->reply(json::object{{"status", "ok"}, {"reason", "single node cluster"}});
}

void Management::check_port(const CallPtr& call) {
    const auto wanted = parse_number(call->at(0));
    if (!wanted) return call->bad("Invalid port");
    json::array open;
    for (const OpenPort& one : surroundings_.ports) open.push_back(one.port);
    const bool found = std::ranges::find(surroundings_.ports, *wanted, &OpenPort::port) !=
                       surroundings_.ports.end();
    if (found) return call->reply(json::object{{"status", "ok"}, {"port", *wanted}});
    call->reply(json::object{{"status", "failed"},
                             {"reason", "No active listener"},
                             {"missing", *wanted},
                             {"ports", std::move(open)}},
                503);
}

void Management::check_protocol(const CallPtr& call) {
    json::array open;
    for (const OpenPort& one : surroundings_.ports) open.push_back(json_text(one.protocol));
    const auto is_open = [this](std::string_view wanted) {
        return std::ranges::any_of(surroundings_.ports, [wanted](const OpenPort& one) {
            return one.protocol == wanted || one.protocol == "auto";  // that one speaks them all
        });
    };
    std::string wanted;
    std::string missing;
    for (const auto part : std::views::split(std::string_view(call->at(0)), ',')) {
        const std::string_view name = listener_of(std::string_view(part));
        wanted.append(wanted.empty() ? "" : ",").append(name);
        if (!is_open(name)) missing.append(missing.empty() ? "" : ",").append(name);
    }
    if (missing.empty()) {
        return call->reply(json::object{{"status", "ok"}, {"protocol", json_text(wanted)}});
    }
    call->reply(json::object{{"status", "failed"},
                             {"reason", "No active listener"},
                             {"missing", json_text(missing)},
                             {"protocols", std::move(open)}},
                503);
}

void Management::check_certificates(const CallPtr& call) {
    const auto count = parse_number(call->at(0));
    if (!count) return call->bad("Invalid expiration value.");
    std::string unit_name = call->at(1);
    for (char& c : unit_name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const auto unit = std::ranges::find(kUnits, unit_name, &decltype(kUnits)::value_type::first);
    if (unit == kUnits.end()) {
        return call->bad("Time unit not recognised. Supported units: days, weeks, months, years.");
    }
    constexpr std::uint64_t kCountMax = 10'000;  // as many years are beyond any certificate's end
    const std::int64_t seconds =
        static_cast<std::int64_t>(std::min(*count, kCountMax)) * unit->second;
    const std::int64_t limit = surroundings_.wall_ms() / 1000 + seconds;
    const Certificates found = surroundings_.certificates();
    json::array own = before(found.ends, limit);
    json::array authorities = before(found.authorities_end, limit);
    json::array expiring;
    for (const OpenPort& port : surroundings_.ports) {
        if (!port.tls || (own.empty() && authorities.empty())) continue;
        expiring.push_back({{"node", json_text(node_name())},
                            {"protocol", json_text(port.protocol)},
                            {"interface", json_text(port.address)},
                            {"port", port.port},
                            {"certfile", json_text(found.file)},
                            {"cacertfile", json_text(found.authorities_file)},
                            {"certfile_expires_on", own},
                            {"cacertfile_expires_on", authorities}});
    }
    if (expiring.empty()) return call->reply(json::object{{"status", "ok"}});
    call->reply(json::object{{"status", "failed"},
                             {"reason", "Certificates expiring"},
                             {"expired", std::move(expiring)}},
                503);
}

}  // namespace tern::admin::rabbitmq
