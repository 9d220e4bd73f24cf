#include "admin/api.h"

#include "admin/health.h"
#include "admin/jolokia.h"
#include "admin/metrics.h"
#include "admin/openapi.h"
#include "admin/rest.h"
#include "admin/roles.h"
#include "admin/why.h"
#include "broker/api/errors.h"

#include <algorithm>
#include <array>

namespace tern::admin {
namespace {

/// Of these the latency is told all together.
constexpr std::size_t kBusiestQueues = 100;

struct Refusal {
    int status;
    std::string_view code;
};

Refusal refusal(std::error_code error) {
    using broker::Errc;
    if (error == Errc::no_such_destination) return {404, "no_such_queue"};
    if (error == Errc::no_such_subscription) return {404, "no_such_subscription"};
    if (error == Errc::has_consumers) return {409, "in_use"};
    if (error == Errc::subscription_in_use) return {409, "in_use"};
    if (error == Errc::subscription_differs) return {409, "in_use"};
    if (error == Errc::durable_refused) return {409, "refused"};
    if (error == Errc::no_such_transaction) return {404, "no_such_transaction"};
    if (error == Errc::branch_not_prepared) return {409, "not_prepared"};
    if (error == Errc::branch_prepared) return {409, "in_doubt"};
    if (error == Errc::branch_committed) return {409, "committed"};
    if (error == Errc::branch_rolled_back) return {409, "rolled_back"};
    if (error == Errc::invalid_selector) return {400, "invalid_selector"};
    if (error == Errc::storage_failed) return {503, "storage_failed"};
    return {500, "failed"};
}

}  // namespace

Api::Api(broker::Operations& broker, const message::Formats& formats, About about,
         Surroundings surroundings)
    : broker_(broker),
      formats_(formats),
      about_(std::move(about)),
      surroundings_(std::move(surroundings)),
      jolokia_(std::make_unique<Jolokia>(broker_, formats_, about_, surroundings_)),
      rest_(std::make_unique<Rest>(broker_, formats_, surroundings_)),
      why_(std::make_unique<Why>(broker_, formats_, surroundings_.wall_ms)) {}

Api::~Api() = default;

void Api::Call::reply(int status, const json::value& body) {
    respond({.status = status, .body = json::serialize(body) + "\n"});
}

void Api::Call::fail(int status, std::string_view code, std::string_view text) {
    reply(status, json::object{{"error", {{"code", code}, {"text", json_text(text)}}}});
}

void Api::Call::fail(std::error_code error) {
    const auto [status, code] = refusal(error);
    fail(status, code, error.message());
}

std::optional<json::object> Api::Call::body() {
    // A page of somebody else's cannot send this type without asking first.
    if (!request.content_type.starts_with("application/json")) {
        fail(415, "wrong_type", "the body has to be application/json");
        return std::nullopt;
    }
    boost::json::error_code error;
    json::parse_options options;
    options.max_depth = 16;
    json::value value = json::parse(request.body, error, {}, options);
    if (error || !value.is_object()) {
        fail(400, "malformed", "the body is not a JSON object");
        return std::nullopt;
    }
    return std::move(value.get_object());
}

std::optional<std::size_t> Api::Call::number(std::string_view name, std::size_t otherwise,
                                             std::size_t max) {
    const std::string_view text = target.parameter(name);
    if (text.empty()) return otherwise;
    const auto number = parse_number(text);
    if (number && *number <= max) return number;
    fail(400, "malformed", std::string(name) + " has to be a number up to " + std::to_string(max));
    return std::nullopt;
}

std::span<const Api::Route> Api::table() {
    static constexpr std::array kRoutes{
        Route{"GET", "/api/v1/openapi.json", &Api::send_openapi},
        Route{"GET", kSessionPath, &Api::show_session},
        Route{"POST", kSessionPath, &Api::show_session},
        Route{"DELETE", kSessionPath, &Api::show_session},
        Route{"GET", "/api/v1/broker", &Api::show_broker},
        Route{"GET", "/api/v1/configuration", &Api::show_configuration},
        Route{"POST", "/api/v1/configuration/reload", &Api::reload_configuration},
        Route{"GET", "/api/v1/health", &Api::show_health},
        Route{"GET", "/api/v1/events", &Api::stream_events},
        Route{"GET", "/api/v1/queues", &Api::list_queues},
        Route{"POST", "/api/v1/queues", &Api::create_queue},
        Route{"GET", "/api/v1/queues/{queue}", &Api::show_queue},
        Route{"DELETE", "/api/v1/queues/{queue}", &Api::delete_queue},
        Route{"POST", "/api/v1/queues/{queue}/purge", &Api::purge_queue},
        Route{"POST", "/api/v1/queues/{queue}/pause", &Api::pause_queue},
        Route{"POST", "/api/v1/queues/{queue}/resume", &Api::resume_queue},
        Route{"GET", "/api/v1/queues/{queue}/consumers", &Api::list_queue_consumers},
        Route{"GET", "/api/v1/queues/{queue}/messages", &Api::browse},
        Route{"POST", "/api/v1/queues/{queue}/messages", &Api::send_message},
        Route{"POST", "/api/v1/queues/{queue}/messages/delete", &Api::delete_messages},
        Route{"POST", "/api/v1/queues/{queue}/messages/move", &Api::move_messages},
        Route{"POST", "/api/v1/queues/{queue}/messages/copy", &Api::copy_messages},
        Route{"POST", "/api/v1/queues/{queue}/messages/retry", &Api::retry_messages},
        Route{"GET", "/api/v1/queues/{queue}/messages/{message}", &Api::show_message},
        Route{"DELETE", "/api/v1/queues/{queue}/messages/{message}", &Api::delete_message},
        Route{"GET", "/api/v1/topics", &Api::list_topics},
        Route{"POST", "/api/v1/topics/{topic}/messages", &Api::send_to_topic},
        Route{"GET", "/api/v1/subscriptions", &Api::list_subscriptions},
        Route{"POST", "/api/v1/subscriptions", &Api::create_subscription},
        Route{"DELETE", "/api/v1/subscriptions/{client}/{name}", &Api::delete_subscription},
        Route{"GET", "/api/v1/listeners", &Api::list_listeners},
        Route{"POST", "/api/v1/listeners", &Api::add_listener},
        Route{"DELETE", "/api/v1/listeners/{listener}", &Api::remove_listener},
        Route{"GET", "/api/v1/connections", &Api::list_connections},
        Route{"GET", "/api/v1/connections/{connection}", &Api::show_connection},
        Route{"DELETE", "/api/v1/connections/{connection}", &Api::close_connection},
        Route{"GET", "/api/v1/consumers", &Api::list_consumers},
        Route{"GET", "/api/v1/why/queue/{queue}", &Api::why_queue},
        Route{"GET", "/api/v1/why/subscription/{client}/{name}", &Api::why_subscription},
        Route{"GET", "/api/v1/why/message/{queue}/{message}", &Api::why_message},
        Route{"GET", "/api/v1/why/connection/{connection}", &Api::why_connection},
        Route{"GET", "/api/v1/traces", &Api::list_traces},
        Route{"POST", "/api/v1/traces", &Api::follow_messages},
        Route{"GET", "/api/v1/scheduled", &Api::list_scheduled},
        Route{"DELETE", "/api/v1/scheduled", &Api::forget_all_scheduled},
        Route{"DELETE", "/api/v1/scheduled/{job}", &Api::forget_one_scheduled},
        Route{"GET", "/api/v1/transactions", &Api::list_branches},
        Route{"POST", "/api/v1/transactions/{xid}/commit", &Api::commit_branch},
        Route{"POST", "/api/v1/transactions/{xid}/rollback", &Api::roll_back_branch},
        Route{"POST", "/api/v1/transactions/{xid}/forget", &Api::forget_branch},
        Route{"GET", "/api/v1/log", &Api::show_log},
        Route{"POST", "/api/v1/log", &Api::set_log},
        Route{"GET", "/admin/xml/queues.jsp", &Api::show_queues_xml},
        Route{"GET", "/admin/xml/topics.jsp", &Api::show_topics_xml},
        Route{"GET", "/admin/xml/subscribers.jsp", &Api::show_subscribers_xml},
        Route{"GET", "/admin/queueBrowse/{queue}", &Api::show_feed},
        Route{"GET", "/health/live", &Api::show_liveness},
        Route{"GET", "/health/ready", &Api::show_readiness},
        Route{"GET", "/metrics", &Api::show_metrics},
    };
    return kRoutes;
}

std::vector<std::pair<std::string, std::string>> Api::routes() {
    std::vector<std::pair<std::string, std::string>> all;
    for (const Route& one : table()) all.emplace_back(one.method, one.path);
    return all;
}

void Api::handle(Request request, Respond respond) {
    // Whose paths have more in them than a table of routes can say.
    constexpr std::string_view kJolokia = "/api/jolokia";
    if (request.target.starts_with(kJolokia)) {
        const std::string_view rest = std::string_view(request.target).substr(kJolokia.size());
        if (rest.empty() || rest.starts_with('/') || rest.starts_with('?')) {
            return jolokia_->handle(request, std::move(respond));
        }
    }
    if (Rest::knows(path_of(request))) {
        return rest_->handle(std::move(request), std::move(respond));
    }
    const auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->respond = std::move(respond);
    auto target = parse_target(call->request.target);
    if (!target) return call->fail(400, "malformed", "this is no path");
    call->target = std::move(*target);
    auto found = find_route(table(), call->request.method, call->target);
    if (found.route != nullptr) {
        call->arguments = std::move(found.arguments);
        return (this->*found.route->handler)(call);
    }
    if (found.allowed.empty()) {
        if (send_asset(call)) return;
        return call->fail(404, "no_such_path", "there is nothing here");
    }
    call->respond({.status = 405,
                   .body = R"({"error":{"code":"wrong_method","text":"see the header Allow"}})"
                           "\n",
                   .headers = {{"Allow", found.allowed}}});
}

bool Api::send_asset(const CallPtr& call) {
    if (call->request.method != "GET" && call->request.method != "HEAD") return false;
    std::string_view path = call->request.target;
    path = path.substr(0, path.find_first_of("?#"));
    // Where ActiveMQ's console is.
    if (path == "/admin" || path == "/admin/" || path == "/admin/index.jsp") {
        call->respond(
            {.status = 302, .content_type = "text/plain", .headers = {{"Location", "/"}}});
        return true;
    }
    const auto found = std::ranges::find(surroundings_.assets, path, &Asset::path);
    if (found == surroundings_.assets.end()) return false;
    // Nothing of any other host, and no script but the one that comes with the page.
    call->respond({.content_type = std::string(found->type),
                   .fixed = found->content,
                   .headers = {{"Cache-Control", "no-cache"},
                               {"Content-Security-Policy",
                                "default-src 'self'; img-src 'self' data:; object-src 'none'; "
                                "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"}}});
    return true;
}

void Api::send_openapi(const CallPtr& call) {
    call->respond({.fixed = openapi()});
}

void Api::show_liveness(const CallPtr& call) {
    call->reply(200, json::object{{"status", "up"}});
}

void Api::show_readiness(const CallPtr& call) {
    // The answer comes from all shards: none of them hangs.
    broker_.status([call](const broker::BrokerStatus&) {
        call->reply(200, json::object{{"status", "ready"}});
    });
}

// Where somebody has to log in, who sees to that has answered before.
void Api::show_session(const CallPtr& call) {
    call->reply(200, json::object{{"login_needed", false}, {"role", to_text(Role::admin)}});
}

void Api::show_broker(const CallPtr& call) {
    broker_.status([this, call](const broker::BrokerStatus& status) {
        json::object view = status_json(status);
        view["name"] = json_text(about_.broker_name);
        view["id"] = json_text(about_.broker_id);
        view["version"] = json_text(about_.version);
        view["started_at_ms"] = about_.started_at_ms;
        view["uptime_ms"] = surroundings_.wall_ms() - about_.started_at_ms;
        view["data_directory"] = json_text(about_.data_directory);
        view["persistent"] = about_.persistent;
        view["listeners"] = listeners_json();
        const ConnectionLimit limit = about_.connections ? about_.connections() : ConnectionLimit();
        view["connections_max"] = limit.max;
        view["connections_refused"] = limit.refused;
        call->reply(200, view);
    });
}

void Api::show_health(const CallPtr& call) {
    look_at_health(broker_, about_, [call](const std::vector<HealthFinding>& findings) {
        json::array all;
        for (const HealthFinding& one : findings) all.push_back(to_json(one));
        call->reply(200, json::object{{"status", findings.empty() ? "good" : "warning"},
                                      {"findings", std::move(all)}});
    });
}

void Api::show_metrics(const CallPtr& call) {
    const auto limit = call->number("queues", kMetricQueues, kMetricQueuesMax);
    if (!limit) return;
    broker::QueueQuery query{.search = std::string(call->target.parameter("search")),
                             .limit = *limit,
                             .with_latencies = true};
    broker_.status([this, call, query](const broker::BrokerStatus& status) {
        broker_.list_queues(query, [this, call, status](const broker::QueuePage& queues) {
            const MetricsFormat format = metrics_format(call->request.accept);
            const bool is_open = format == MetricsFormat::open_metrics;
            call->respond({.content_type = std::string(is_open ? kOpenMetricsType : kMetricsType),
                           .body = metrics_page(about_, status, queues, format)});
        });
    });
}

void Api::stream_events(const CallPtr& call) {
    const std::string queue(call->target.parameter("queue"));
    call->respond({.content_type = "text/event-stream",
                   .events = [this, queue](std::move_only_function<void(std::string)> next) {
                       sample(queue, std::move(next));
                   }});
}

void Api::sample(std::string queue, std::move_only_function<void(std::string)> done) {
    broker_.status([this, queue = std::move(queue),
                    done = std::move(done)](const broker::BrokerStatus& status) mutable {
        json::object event{{"at_ms", surroundings_.wall_ms()}, {"broker", status_json(status)}};
        if (queue.empty()) return add_latency(std::move(event), std::move(done));
        broker_.find_queue(broker::Destination(broker::Domain::queue, false, queue),
                           [event = std::move(event), done = std::move(done)](
                               const Result<broker::QueueStatus>& found) mutable {
                               if (found) event["queue"] = queue_json(*found, {});
                               done(json::serialize(event));
                           });
    });
}

void Api::add_latency(json::object event, std::move_only_function<void(std::string)> done) {
    const broker::QueueQuery busiest{.sort = broker::QueueQuery::Sort::enqueued,
                                     .descending = true,
                                     .limit = kBusiestQueues,
                                     .with_latencies = true};
    broker_.list_queues(busiest, [event = std::move(event),
                                  done = std::move(done)](const broker::QueuePage& page) mutable {
        broker::Latencies all;
        for (const broker::QueueStatus& one : page.rows) {
            if (one.latencies == nullptr) continue;
            for (const auto what : {&broker::Latencies::confirm, &broker::Latencies::queueing,
                                    &broker::Latencies::delivery}) {
                (all.*what).recent += ((*one.latencies).*what).recent;
                (all.*what).count += ((*one.latencies).*what).count;
                (all.*what).sum_us += ((*one.latencies).*what).sum_us;
            }
        }
        event["latency"] = latencies_json(all);
        done(json::serialize(event));
    });
}

void Api::count_producers(broker::Domain domain, std::move_only_function<void(Counts)> done) {
    std::string prefix(kProducerNotices);
    prefix += domain == broker::Domain::queue ? "Queue." : "Topic.";
    const std::size_t size = prefix.size();
    broker_.count_notices(std::move(prefix),
                          [size, done = std::move(done)](const Counts& found) mutable {
                              Counts counts;
                              for (const auto& [topic, count] : found) {
                                  counts[topic.substr(size)] = count;
                              }
                              done(std::move(counts));
                          });
}

broker::Destination Api::queue_of(const Call& call) {
    return {broker::Domain::queue, false, call.arguments.front()};
}

}  // namespace tern::admin
