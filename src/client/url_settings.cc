#include "client/url_settings.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tern::client {
namespace {

std::unexpected<Error> bad(const Setting& setting, std::string_view why) {
    return failure(Errc::bad_argument, "the URL's option " + setting.first + "=" + setting.second +
                                           " " + std::string(why));
}

bool read(std::string_view text, auto& number) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end;
}
bool read(std::string_view text, bool& flag) {
    flag = text == "true";
    return flag || text == "false";
}
bool read(std::string_view text, milliseconds& time) {
    std::int64_t count = 0;
    if (!read(text, count)) return false;
    time = milliseconds(count);
    return true;
}
bool read(std::string_view text, std::string& out) {
    out = text;
    return true;
}
template <class T>
bool read(std::string_view text, std::optional<T>& value) {
    return read(text, value.emplace());
}
bool read(std::string_view text, std::vector<Endpoint>& endpoints) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        auto endpoint = parse_endpoint(text.substr(0, end));
        if (!endpoint) return false;
        endpoints.push_back(std::move(*endpoint));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

/// Where a setting goes.
template <class Target>
struct Place {
    std::string_view name;
    bool (*read)(std::string_view text, Target& target);
};
template <class Target, auto kMember>
constexpr Place<Target> place(std::string_view name) {
    return {name, [](std::string_view text, Target& to) { return read(text, to.*kMember); }};
}
template <class Target, auto kPart, auto kMember>
constexpr Place<Target> place(std::string_view name) {
    return {name,
            [](std::string_view text, Target& to) { return read(text, (to.*kPart).*kMember); }};
}
/// Good for other clients; here it means nothing.
template <class Target>
constexpr Place<Target> nowhere(std::string_view name) {
    return {name, [](std::string_view, Target&) { return true; }};
}

template <class Target, std::size_t kCount>
Result<void> store(const Setting& setting, const std::array<Place<Target>, kCount>& places,
                   Target& target) {
    const auto found = std::ranges::find(places, setting.first, &Place<Target>::name);
    if (found == places.end()) return bad(setting, "is unknown");
    if (!found->read(setting.second, target)) return bad(setting, "has no valid value");
    return {};
}

template <auto kMember>
constexpr Place<Endpoint> of_endpoint(std::string_view name) {
    return place<Endpoint, kMember>(name);
}
template <auto kMember>
constexpr Place<FailoverOptions> of_failover(std::string_view name) {
    return place<FailoverOptions, kMember>(name);
}

constexpr std::array kEndpointPlaces{
    of_endpoint<&Endpoint::connect_timeout>("connectionTimeout"),
    of_endpoint<&Endpoint::verify_host>("socket.verifyHostName"),
    of_endpoint<&Endpoint::verify_host>("verifyHostName"),
    of_endpoint<&Endpoint::inactivity>("wireFormat.maxInactivityDuration"),
    // Their spelling.
    of_endpoint<&Endpoint::inactivity_initial_delay>("wireFormat.maxInactivityDurationInitalDelay"),
    of_endpoint<&Endpoint::inactivity_initial_delay>(
        "wireFormat.maxInactivityDurationInitialDelay"),
    of_endpoint<&Endpoint::version>("wireFormat.version"),
    of_endpoint<&Endpoint::tight_encoding>("wireFormat.tightEncodingEnabled"),
    nowhere<Endpoint>("wireFormat.cacheEnabled"),
    nowhere<Endpoint>("wireFormat.cacheSize"),
    nowhere<Endpoint>("wireFormat.stackTraceEnabled"),
    nowhere<Endpoint>("wireFormat.tcpNoDelayEnabled"),
    nowhere<Endpoint>("wireFormat.maxFrameSize"),
    nowhere<Endpoint>("keepAlive"),
    nowhere<Endpoint>("tcpNoDelay"),
    nowhere<Endpoint>("soTimeout"),
    nowhere<Endpoint>("soLinger"),
    nowhere<Endpoint>("soWriteTimeout"),
    nowhere<Endpoint>("socketBufferSize"),
    nowhere<Endpoint>("ioBufferSize"),
    nowhere<Endpoint>("daemon"),
    nowhere<Endpoint>("trace"),
    nowhere<Endpoint>("useInactivityMonitor"),
    nowhere<Endpoint>("useKeepAlive"),
};

constexpr std::array kFailoverPlaces{
    of_failover<&FailoverOptions::randomize>("randomize"),
    of_failover<&FailoverOptions::initial_reconnect_delay>("initialReconnectDelay"),
    of_failover<&FailoverOptions::max_reconnect_delay>("maxReconnectDelay"),
    of_failover<&FailoverOptions::use_exponential_back_off>("useExponentialBackOff"),
    of_failover<&FailoverOptions::back_off_multiplier>("backOffMultiplier"),
    of_failover<&FailoverOptions::back_off_multiplier>("reconnectDelayExponent"),
    of_failover<&FailoverOptions::max_reconnect_attempts>("maxReconnectAttempts"),
    of_failover<&FailoverOptions::startup_max_reconnect_attempts>("startupMaxReconnectAttempts"),
    of_failover<&FailoverOptions::timeout>("timeout"),
    of_failover<&FailoverOptions::priority_backup>("priorityBackup"),
    of_failover<&FailoverOptions::priority_uris>("priorityURIs"),
    of_failover<&FailoverOptions::track_messages>("trackMessages"),
    of_failover<&FailoverOptions::max_cache_size>("maxCacheSize"),
    of_failover<&FailoverOptions::warn_after_reconnect_attempts>("warnAfterReconnectAttempts"),
    of_failover<&FailoverOptions::reconnect_supported>("reconnectSupported"),
    of_failover<&FailoverOptions::update_uris_supported>("updateURIsSupported"),
    nowhere<FailoverOptions>("rebalanceUpdateURIs"),
    nowhere<FailoverOptions>("backup"),
    nowhere<FailoverOptions>("backupPoolSize"),
    nowhere<FailoverOptions>("trackTransactionProducers"),
    nowhere<FailoverOptions>("maxPullCacheSize"),
    nowhere<FailoverOptions>("useInactivityMonitor"),
};

using Options = ConnectionOptions;
/// Of redeliveries, unless it is named.
constexpr double kBackOffMultiplier = 5.0;
constexpr double kCollisionAvoidance = 0.15;
constexpr std::array kJmsPlaces{
    place<Options, &Options::user>("userName"),
    place<Options, &Options::password>("password"),
    place<Options, &Options::client_id>("clientID"),
    place<Options, &Options::close_timeout>("closeTimeout"),
    place<Options, &Options::prefetch, &PrefetchPolicy::queue>("prefetchPolicy.queuePrefetch"),
    place<Options, &Options::prefetch, &PrefetchPolicy::topic>("prefetchPolicy.topicPrefetch"),
    place<Options, &Options::prefetch, &PrefetchPolicy::durable_topic>(
        "prefetchPolicy.durableTopicPrefetch"),
    Place<Options>{"prefetchPolicy.all",
                   [](std::string_view text, Options& to) {
                       PrefetchPolicy& policy = to.prefetch;
                       const bool good = read(text, policy.queue);
                       policy.topic = policy.durable_topic = policy.queue;
                       return good;
                   }},
    place<Options, &Options::redelivery, &RedeliveryPolicy::redeliveries_max>(
        "redeliveryPolicy.maximumRedeliveries"),
    place<Options, &Options::redelivery, &RedeliveryPolicy::delay>(
        "redeliveryPolicy.initialRedeliveryDelay"),
    place<Options, &Options::redelivery, &RedeliveryPolicy::repeated_delay>(
        "redeliveryPolicy.redeliveryDelay"),
    place<Options, &Options::redelivery, &RedeliveryPolicy::delay_multiplier>(
        "redeliveryPolicy.backOffMultiplier"),
    place<Options, &Options::redelivery, &RedeliveryPolicy::delay_max>(
        "redeliveryPolicy.maximumRedeliveryDelay"),
    Place<Options>{"redeliveryPolicy.useExponentialBackOff",
                   [](std::string_view text, Options& to) {
                       bool wanted = false;
                       const bool good = read(text, wanted);
                       double& multiplier = to.redelivery.delay_multiplier;
                       if (wanted && multiplier <= 1.0) multiplier = kBackOffMultiplier;
                       return good;
                   }},
    Place<Options>{"redeliveryPolicy.useCollisionAvoidance",
                   [](std::string_view text, Options& to) {
                       bool wanted = false;
                       const bool good = read(text, wanted);
                       double& part = to.redelivery.collision_avoidance;
                       if (wanted && part == 0) part = kCollisionAvoidance;
                       return good;
                   }},
    Place<Options>{"redeliveryPolicy.collisionAvoidancePercent",
                   [](std::string_view text, Options& to) {
                       int percent = 0;
                       const bool good = read(text, percent) && percent >= 0 && percent <= 100;
                       to.redelivery.collision_avoidance = percent / 100.0;
                       return good;
                   }},
    nowhere<Options>("watchTopicAdvisories"),
    nowhere<Options>("dispatchAsync"),
    nowhere<Options>("copyMessageOnSend"),
    nowhere<Options>("checkForDuplicates"),
};

/// 0 to 15, or nothing.
std::optional<int> hex_digit(char digit) {
    int value = 0;
    const auto [stop, error] = std::from_chars(&digit, &digit + 1, value, 16);
    if (error != std::errc() || stop == &digit) return std::nullopt;
    return value;
}

Result<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const auto high = i + 1 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::nullopt;
        if (!high || !low) {
            return failure(Errc::bad_argument, "the URL has a % without two hex digits behind it");
        }
        out += static_cast<char>(16 * *high + *low);
        i += 2;
    }
    return out;
}

}  // namespace

Result<std::vector<Setting>> parse_query(std::string_view query) {
    std::vector<Setting> settings;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view one = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const std::size_t equals = one.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return failure(Errc::bad_argument,
                           "the URL's option '" + std::string(one) + "' is no name=value");
        }
        auto value = decoded(one.substr(equals + 1));
        if (!value) return std::unexpected(std::move(value.error()));
        settings.emplace_back(one.substr(0, equals), std::move(*value));
    }
    return settings;
}

Result<void> apply(const Setting& setting, Endpoint& endpoint) {
    return store(setting, kEndpointPlaces, endpoint);
}

Result<void> apply(const Setting& setting, FailoverOptions& failover) {
    return store(setting, kFailoverPlaces, failover);
}

Result<void> apply(const Setting& setting, ConnectionOptions& options) {
    return store(setting, kJmsPlaces, options);
}

}  // namespace tern::client
