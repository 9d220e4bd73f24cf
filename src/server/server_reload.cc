#include "base/log.h"
#include "config/removals.h"
#include "config/writer.h"
#include "server/security.h"
#include "server/server.h"
#include "server/wall_clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <utility>

// What changes while the broker runs.

namespace tern::server {

void Server::log_report(const config::Report& report) {
    using Kind = config::Finding::Kind;
    for (const config::Finding& finding : report.findings) {
        if (finding.kind == Kind::no_effect) {
            log::info("config", "without effect: {}", to_line(report, finding));
        }
    }
    log::info("config", "{}: {} elements and attributes applied, {} without effect",
              report.document, report.count(Kind::applied), report.count(Kind::no_effect));
}

void Server::declare(const std::vector<broker::Destination>& queues) {
    for (const broker::Destination& queue : queues) {
        engine_->shard(ShardId{0})
            .catalog()
            .declare(queue, {}, false, [queue](std::error_code error) {
                if (!error) return;
                log::error("server", "cannot make {}: {}", to_text(queue.view()), error.message());
            });
    }
}

void Server::declare_topics(const std::vector<std::string>& before,
                            const std::vector<std::string>& now) {
    engine::Catalog& catalog = engine_->shard(ShardId{0}).catalog();
    const auto announce = [&](const std::string& name, bool there) {
        if (!options_.openwire.advisories) return;
        catalog.announce(advisories_.notice_of({broker::Domain::topic, false, name}, there));
    };
    for (const std::string& topic : before) {
        if (!std::ranges::binary_search(now, topic)) announce(topic, false);
    }
    for (const std::string& topic : now) {
        if (std::ranges::binary_search(before, topic)) continue;
        catalog.declare_topic(topic, true, [](std::error_code) {});  // may make it: it cannot fail
        announce(topic, true);
    }
}

void Server::remove_queue(const std::string& name) {
    engine::ShardBroker& first = engine_->shard(ShardId{0});
    const broker::DestinationView queue{broker::Domain::queue, false, name};
    const auto there = first.table().route(queue);
    if (there.empty()) return;
    first.catalog().remove(there.front()->id, [name](std::error_code error) {
        if (!error)
            return log::info("server", "queue://{} was removed, as the document says", name);
        log::warning("server", "queue://{} stays: {}", name, error.message());
    });
}

void Server::configure_engine() {
    const engine::SettingsPtr settings = engine_settings(options_.document, guards_);
    for (std::uint16_t i = 0; i < shards_.count(); ++i) {
        shards_[ShardId{i}].deliver(
            [this, settings, shard = ShardId{i}] { engine_->shard(shard).configure(settings); });
    }
}

admin::Configuration Server::configuration() {
    const std::scoped_lock lock(settings_mutex_);
    admin::Configuration now{.document = config::to_xml(options_.document, config::Secrets::hidden),
                             .source = options_.config,
                             .restart_needed = restart_needed_};
    for (const config::Finding& one : options_.report.findings) {
        now.report.push_back({.place = fmt::format("{}:{}", one.place.line, one.place.column),
                              .what = one.what,
                              .outcome = std::string(to_text(one.kind)),
                              .why = one.why});
    }
    return now;
}

void Server::request_reload(ReloadAnswer answer) {
    {
        const std::scoped_lock lock(settings_mutex_);
        reload_requests_.push_back(std::move(answer));
    }
    ::kill(::getpid(), SIGHUP);  // the main thread waits for signals and for nothing else
}

std::vector<Server::ReloadAnswer> Server::reload_requests() {
    const std::scoped_lock lock(settings_mutex_);
    return std::exchange(reload_requests_, {});
}

std::optional<std::string> Server::take_over_definitions() {
    const std::scoped_lock lock(book_mutex_);
    const auto& defaults = options_.document.amqp091.operator_policies;
    auto book = read_book(*disk_, options_.definitions, defaults, options_.management.has_value());
    if (!book) return book.error();
    Defined defined;
    if (*book != nullptr) {
        auto read = read_definitions((*book)->definitions(), options_.http.groups,
                                     options_.amqp091.default_queue_type);
        if (!read) return "cannot use " + options_.definitions + ": " + read.error();
        defined = std::move(*read);
    } else if (!defaults.empty()) {
        // Nobody has virtual hosts of their own: `/` has these all the same.
        auto policies = default_policies(defaults);
        if (!policies) return policies.error();
        defined.policies = std::move(*policies);
    }
    book_ = std::move(*book);
    // What is there from the start is made then.
    if (!running_) *options_.amqp091.definitions = std::move(defined.topology);
    take_over(std::move(defined));
    return {};
}

void Server::take_over(Defined defined) {
    const std::scoped_lock lock(settings_mutex_);
    guards_.vhost_policies = std::move(defined.policies);
    guards_.vhost_limits = std::move(defined.limits);
    guards_.vhost_queue_types = std::move(defined.queue_types);
    guards_.permissions = std::move(defined.permissions);
    defined_users_ = std::move(defined.realm);
    defined_names_ = std::move(defined.users);
}

std::shared_ptr<const admin::rabbitmq::Book> Server::book() {
    const std::scoped_lock lock(book_mutex_);
    return book_;
}

std::expected<void, std::string> Server::change_book(
    const std::function<void(admin::rabbitmq::Book&)>& how) {
    const std::scoped_lock lock(book_mutex_);
    const auto changed = std::make_shared<admin::rabbitmq::Book>(*book_);
    how(*changed);
    auto defined = read_definitions(changed->definitions(), options_.http.groups,
                                    options_.amqp091.default_queue_type);
    if (!defined) return std::unexpected(defined.error());
    if (const auto kept = keep_changes(*disk_, *changed); !kept) {
        return std::unexpected("the change cannot be kept: " + kept.error().message());
    }
    book_ = changed;
    const std::vector<std::string> before = defined_names_;
    take_over(std::move(*defined));
    {
        const std::scoped_lock settings(settings_mutex_);
        gatekeeper_->ask_from_now_on(with_defined_users(document_users_));
        configure_engine();
    }
    operators_.forget_logins();
    Revoked revoked(wall_ms());
    revoked.add_removed(before, defined_names_);
    end_revoked(std::move(revoked));
    return {};
}

std::optional<std::string> Server::take_over_users(const config::Broker& document) {
    if (gatekeeper_ == nullptr) return {};
    auto realm = make_realm(document, options_.config);
    if (!realm) return realm.error();
    const std::vector<std::string> defined_before = defined_names_;
    if (auto problem = take_over_definitions()) return problem;
    // Whoever logged in as one who was may not be any more.
    operators_.forget_logins();
    // Without one nobody would have to log in any more: not before the next start.
    {
        const std::scoped_lock lock(settings_mutex_);
        document_users_ = *realm;
    }
    if (security::RealmPtr all = with_defined_users(std::move(*realm))) {
        gatekeeper_->ask_from_now_on(std::move(all));
        Revoked revoked(wall_ms());
        revoked.add_changed(options_.document.plugins, document.plugins);
        revoked.add_removed(defined_before, defined_names_);
        end_revoked(std::move(revoked));
    }
    return {};
}

std::function<void()> Server::ending(Revoked users) {
    const auto shared = std::make_shared<const Revoked>(std::move(users));
    // Of each shard, which alone looks at them.
    const auto ended =
        std::make_shared<std::vector<std::set<broker::ConnectionNumber>>>(shards_.count());
    return [this, shared, ended, audit = guards_.audit] {
        for (std::uint16_t i = 0; i < shards_.count(); ++i) {
            shards_[ShardId{i}].deliver([this, shared, ended, audit, shard = ShardId{i}] {
                end_connections(engine_->shard(shard), *shared, *audit, (*ended)[shard.value]);
            });
        }
    };
}

void Server::end_revoked(Revoked users) {
    if (users.empty()) return;
    const auto end_them = ending(std::move(users));
    end_them();
    // Again for those whose logins began before: they were asked of who knew them.
    login_lanes_.submit_behind_all(end_them);
}

void Server::end_over(LoginWatch::Identities over) {
    Revoked users(wall_ms());
    users.add_over(over);
    users.add_expired(options_.connection_expiry);
    if (!users.empty()) ending(std::move(users))();
    if (!over.empty()) operators_.forget_logins(std::move(over));
}

admin::Reload Server::reload(config::Loaded document) {
    admin::Reload outcome;
    for (const config::Finding& finding : document.report.findings) {
        if (finding.kind != config::Finding::Kind::rejected) continue;
        outcome.problems.push_back(to_line(document.report, finding));
    }
    if (outcome.problems.empty()) {
        if (auto problem = take_over_users(document.broker)) {
            outcome.problems.push_back(document.report.document + ": " + *problem);
        }
    }
    for (const std::string& problem : outcome.problems) log::error("config", "{}", problem);
    if (!outcome.problems.empty()) {
        log::error("config", "nothing of {} was taken over", document.report.document);
        return outcome;
    }
    outcome.taken = true;
    const std::vector<std::string> gone =
        config::settle_removals(options_.document, document.broker);
    const std::vector<std::string> topics_before = startup_topics(options_.document);
    {
        const std::scoped_lock lock(settings_mutex_);
        restart_needed_ = need_restart(started_, document.broker);
        outcome.restart_needed = restart_needed_;
        options_.document = std::move(document.broker);
        options_.report = std::move(document.report);
        configure_engine();
    }
    if (outcome.restart_needed) {
        log::warning("config", "some of {} takes effect at the next start",
                     options_.report.document);
    }
    shards_[ShardId{0}].deliver([this, gone, topics_before,
                                 topics = startup_topics(options_.document),
                                 queues = startup_queues(options_.document)] {
        for (const std::string& queue : gone) remove_queue(queue);
        declare(queues);
        declare_topics(topics_before, topics);
    });
    log_report(options_.report);
    return outcome;
}

void Server::reload_certificates() {
    if (tls_ == nullptr) return;
    if (const auto problem = tls_->reload()) {
        return log::error("server", "certificates stay as they were: {}", *problem);
    }
    log::info("server", "certificates were read again");
}

}  // namespace tern::server
