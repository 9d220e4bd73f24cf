#include "load/result.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>

namespace tern::load {
namespace {

namespace json = boost::json;

json::object percentiles(const Histogram& times) {
    constexpr double kNsPerUs = 1000;
    json::object all{{"count", times.count()},
                     {"mean", times.mean_ns() / kNsPerUs},
                     {"min", static_cast<double>(times.least_ns()) / kNsPerUs}};
    constexpr std::array<std::pair<const char*, double>, 7> kShares{{{"p50", 0.5},
                                                                     {"p75", 0.75},
                                                                     {"p90", 0.9},
                                                                     {"p99", 0.99},
                                                                     {"p99.9", 0.999},
                                                                     {"p99.99", 0.9999},
                                                                     {"p99.999", 0.99999}}};
    for (const auto& [name, share] : kShares) {
        all[name] = static_cast<double>(times.quantile_ns(share)) / kNsPerUs;
    }
    all["max"] = static_cast<double>(times.most_ns()) / kNsPerUs;
    return all;
}

json::object counts(const Counts& of) {
    return {{"sent", of.sent}, {"confirmed", of.confirmed}, {"received", of.received}};
}

json::object span(const Span& of) {
    json::object all = counts(of.counts);
    all["seconds"] = of.seconds;
    all["sent_per_second"] = of.per_second(of.counts.sent);
    all["confirmed_per_second"] = of.per_second(of.counts.confirmed);
    all["received_per_second"] = of.per_second(of.counts.received);
    all["broker_cpu_seconds"] = of.broker_cpu_s;
    all["client_cpu_seconds"] = of.client_cpu_s;
    return all;
}

json::object connections(const Span& of) {
    return {{"connections", of.counts.connected},
            {"seconds", of.seconds},
            {"per_second", of.per_second(of.counts.connected)},
            {"broker_cpu_seconds", of.broker_cpu_s}};
}

json::object settings_of(const Settings& settings) {
    json::object all{{"protocol", to_text(settings.protocol)},
                     {"host", settings.host},
                     {"port", settings.port},
                     {"destination", settings.destination},
                     {"topic", settings.topic},
                     {"publishers", settings.publishers},
                     {"subscribers", settings.subscribers},
                     {"threads", settings.threads},
                     {"size", settings.size},
                     {"persistent", settings.persistent},
                     {"confirmed", settings.confirmed},
                     {"window", settings.window},
                     {"ahead", settings.ahead},
                     {"transacted", settings.transacted},
                     {"rate", settings.rate}};
    if (settings.protocol == ProtocolName::mqtt) all["qos"] = settings.qos;
    return all;
}

json::array samples(const std::vector<Sample>& of) {
    json::array all;
    for (const Sample& one : of) {
        json::object object = counts(one.total);
        object["seconds"] = one.at_s;
        all.push_back(std::move(object));
    }
    return all;
}

}  // namespace

std::string to_json(const Result& result) {
    json::object all{{"date", result.date}, {"settings", settings_of(result.settings)}};
    const Mode mode = result.settings.mode;
    if (result.settings.idle > 0) {
        json::object idle = connections(result.connecting);
        idle["rss_kib_each"] = result.rss_kib_each;
        all["idle"] = std::move(idle);
    }
    if (mode == Mode::storm) {
        all["storm"] = connections(result.measured);
    } else if (mode == Mode::backlog) {
        all["filled"] = span(result.measured);
        all["drained"] = span(result.drained);
        all["rss_kib_empty"] = result.broker_rss_kib_from;
    } else {
        all["measured"] = span(result.measured);
    }
    all["rss_kib"] = result.broker_rss_kib;
    if (result.latency.count() > 0) all["latency_us"] = percentiles(result.latency);
    if (result.confirming.count() > 0) all["confirm_us"] = percentiles(result.confirming);
    all["connect_us"] = percentiles(result.connects);
    json::object total = counts(result.total);
    total["expected"] = result.expected;
    total["lost"] = result.lost();
    total["repeated"] = result.repeated();
    total["out_of_order"] = result.out_of_order;
    total["foreign"] = result.foreign;
    total["complete"] = result.complete;
    all["total"] = std::move(total);
    all["interrupted"] = result.interrupted;
    all["samples"] = samples(result.samples);
    return json::serialize(all);
}

}  // namespace tern::load
