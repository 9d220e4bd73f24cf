#include "server/operators.h"

#include "admin/console/console.h"
#include "base/log.h"
#include "protocol/openwire/foreign.h"
#include "server/wall_clock.h"

#include <fmt/format.h>

#include <chrono>

namespace tern::server {
namespace {

std::int64_t steady_ms() {
    using std::chrono::milliseconds;
    using std::chrono::steady_clock;
    return std::chrono::duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Operators::Operators(const Options& options, const message::Formats& formats)
    : options_(options), formats_(formats) {}

std::expected<std::vector<Listening>, std::string> Operators::open(
    const admin::http::Server::TlsSource& tls) {
    const HttpOptions& http = options_.http;
    std::vector<Listening> opened;
    for (const HttpOptions::Place& place : http.places) {
        const std::string name(place.tls ? kHttps : kHttp);
        if (place.tls && tls == nullptr) {
            if (http.by_default) continue;
            return std::unexpected(fmt::format("{} {}", name, kNoCertificate));
        }
        const auto& [host, port] = place.endpoint;
        const auto bound = http_.open(host, port, place.tls ? tls : nullptr);
        if (bound) {
            opened.push_back({name, {bound->host, bound->port}});
            continue;
        }
        const std::string problem =
            "cannot listen on " + to_text(place.endpoint) + ": " + bound.error().message();
        if (!http.by_default) return std::unexpected(problem);
        log::warning("server", "{}: operators are not served there", problem);
    }
    open_ = !opened.empty();
    return opened;
}

template <class T>
std::move_only_function<void(T)> Operators::on_http(std::move_only_function<void(T)> answer) {
    return [this, answer = std::move(answer)](T outcome) mutable {
        http_.post([answer = std::move(answer), outcome = std::move(outcome)]() mutable {
            answer(std::move(outcome));
        });
    };
}

void Operators::start(engine::Engine& engine, admin::About about, const Guards& guards,
                      Configuring configuring) {
    if (!open_) return;
    configuring_ = std::move(configuring);
    about.started_at_ms = wall_ms();
    operations_ = std::make_unique<engine::Operations>(
        engine, [this](Task task) { http_.post(std::move(task)); });
    callers_ = std::make_unique<engine::Callers>(
        engine, [this](Task task) { http_.post(std::move(task)); });
    api_ = std::make_unique<admin::Api>(
        *operations_, formats_, std::move(about),
        admin::Surroundings{
            .wall_ms = wall_ms,
            .make_message = [this](const message::HubMessage& hub) { return make_message(hub); },
            .configuration = configuring_.configuration,
            .reload =
                [this](std::move_only_function<void(admin::Reload)> answer) {
                    configuring_.reload(on_http(std::move(answer)));
                },
            .assets = admin::console(),
            .callers = callers_.get(),
            .rest = options_.http.rest,
            .add_listener =
                [this](std::string uri, admin::Surroundings::Added answer) {
                    configuring_.add_listener(std::move(uri), on_http(std::move(answer)));
                },
            .remove_listener =
                [this](std::string name, std::move_only_function<void(bool)> answer) {
                    configuring_.remove_listener(std::move(name), on_http(std::move(answer)));
                },
            // Behind the answer to who asked for it.
            .stop = [this] { http_.post([this] { configuring_.stop(); }); },
            .restart = [this] { http_.post([this] { configuring_.restart(); }); }});
    doorman_ = std::make_unique<Doorman>(
        guards.operators, guards.audit, options_.http.groups,
        [this](Task task) { http_.post(std::move(task)); }, steady_ms);
    http_.start(
        [this](admin::Request request, admin::Respond respond) {
            doorman_->handle(std::move(request), std::move(respond),
                             [this](admin::Request passed, admin::Respond answer) {
                                 api_->handle(std::move(passed), std::move(answer));
                             });
        },
        [this](const admin::Request& request, std::move_only_function<void(bool)> answer) {
            doorman_->vouch(request, std::move(answer));
        });
}

void Operators::end_callers() {
    if (callers_ != nullptr) callers_->stop();
}

void Operators::forget_logins() {
    if (!open_) return;
    http_.post([this] { doorman_->forget_visits(); });
}

void Operators::forget_logins(std::vector<security::IdentityPtr> over) {
    if (!open_) return;
    http_.post([this, over = std::move(over)] { doorman_->forget_visits(over); });
}

/// Runs on: the HTTP server's thread.
Result<MessagePtr> Operators::make_message(const message::HubMessage& hub) {
    return openwire::new_message(hub, options_.openwire.broker_id, ++sequence_);
}

}  // namespace tern::server
