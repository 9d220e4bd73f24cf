#include "server/server.h"

#include "base/log.h"
#include "gateway/tls_expiry.h"
#include "journal/format.h"
#include "runtime/system_random.h"
#include "runtime/thread.h"
#include "security/crypto/password_hash.h"
#include "security/realms.h"
#include "security/simple_realm.h"
#include "server/audit_log.h"
#include "server/console_password.h"
#include "server/security.h"
#include "server/store_check.h"
#include "server/wall_clock.h"
#include "store/segment_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <future>
#include <iterator>
#include <malloc.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace tern::server {
namespace {

constexpr std::chrono::seconds kGoodbyeTime{10};
// Clients that are in go before strangers that have to leave.
constexpr int kGoodbyesNice = 10;

Options named(Options options) {
    SystemRandom random;
    openwire::Options& openwire = options.openwire;
    const std::uint64_t run = random.next();
    openwire.data_directory = options.data;
    openwire.broker_id = fmt::format("ID:{}-{:016x}-0:1", openwire.broker_name, run);
    options.stomp.broker_id = fmt::format("ID:{}-{:016x}-stomp", openwire.broker_name, run);
    options.stomp.version = openwire.version;
    options.mqtt.version = openwire.version;
    options.mqtt.heap_bytes = [] { return ::mallinfo2().uordblks; };
    options.amqp091.instance = run;
    options.amqp10.delayed_delivery = options.document.scheduler_support;
    options.amqp10.broker_id = fmt::format("ID:{}-{:016x}-1", options.amqp10.container_id, run);
    return options;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return name.data();
}

/// Deletes what brokers have stored, and nothing else that may lie there.
Result<void> forget_messages(Disk& disk) {
    // Segments without the journal would be taken for a stranger's: they go first.
    for (const char* const folder : {store::kSegmentFolder, journal::kFolder}) {
        const auto files = disk.list(folder);
        if (!files) return failure(files.error());
        for (const std::string& file : *files) {
            if (auto removed = disk.remove(fmt::format("{}/{}", folder, file)); !removed)
                return removed;
        }
    }
    return disk.sync_folder("");
}

/// Runs `begin(done)` on the shard and waits until `done` was called, but not for ever.
void run_on(Shard& shard, std::move_only_function<void(Task)> begin) {
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> finished = done->get_future();
    shard.deliver(
        [begin = std::move(begin), done]() mutable { begin([done] { done->set_value(); }); });
    if (finished.wait_for(kGoodbyeTime) != std::future_status::ready) {
        log::warning("server", "a shard takes too long to stop; going on without it");
    }
}

}  // namespace

std::uint16_t shard_count(const Options& options) {
    if (options.shards != 0) return options.shards;
    return static_cast<std::uint16_t>(std::clamp(std::thread::hardware_concurrency() / 2, 1U, 64U));
}

Server::Server(Options options, std::move_only_function<void()> storage_failed)
    : options_(named(std::move(options))),
      storage_failed_(std::move(storage_failed)),
      operators_(options_, formats_),
      management_(options_),
      login_watch_(std::chrono::milliseconds(options_.login_check_ms),
                   [this](LoginWatch::Identities over) { end_over(std::move(over)); }),
      shards_(shard_count(options_)),
      advisories_(options_.openwire, formats_),
      rooms_(make_rooms(options_, formats_)),
      places_(options_.connections_max) {}

Server::~Server() {
    TERN_ASSERT(!running_);
}

std::expected<bool, std::string> Server::take_data(const DataLock::Pause& pause) {
    auto disk = PosixDisk::open(options_.data);
    if (!disk) {
        return std::unexpected("cannot use " + options_.data + ": " + disk.error().message());
    }
    disk_ = std::move(*disk);
    lock_.emplace(*disk_, fmt::format("{}, process {} of {}", options_.openwire.broker_id,
                                      ::getpid(), host_name()));
    auto taken = lock_->acquire(options_.lock, pause);
    if (!taken) return std::unexpected("cannot lock " + options_.data + ": " + taken.error());
    return *taken;
}

std::optional<std::string> Server::open_store() {
    if (options_.forget_messages) {
        if (const auto forgotten = forget_messages(*disk_); !forgotten) {
            return "cannot delete messages in " + options_.data + ": " +
                   forgotten.error().message();
        }
    }
    auto opened = StoreDisk::open(*disk_, options_.store_disk);
    if (!opened) return "cannot use the store in " + options_.data + ": " + opened.error();
    store_disk_ = std::move(*opened);
    Disk& disk = store_disk_->disk();
    SystemRandom random;
    const std::uint64_t id = std::max<std::uint64_t>(random.next(), 1);
    if (const auto problem = check_store(disk, options_.store_check, id, wall_ms())) {
        return "cannot use the store in " + options_.data + ": " + *problem;
    }
    journal_ =
        std::make_unique<journal::Journal>(disk, journal_lane_, files_lane_, options_.journal);
    segments_ = std::make_unique<store::Segments>(disk, segments_lane_, options_.segments);
    const bool forgets = options_.journal.sync == journal::Options::Sync::never &&
                         options_.store_disk.sync_interval_ms == 0;
    large_files_ = std::make_unique<store::LargeFiles>(
        disk, large_lane_, store::LargeOptions{.first_id = random.next(), .sync = !forgets});
    store_ = std::make_unique<store::Store>(*journal_, *segments_, large_files_.get());
    std::vector<Loop*> loops;
    loops.reserve(shards_.count());
    for (std::uint16_t i = 0; i < shards_.count(); ++i) loops.push_back(&shards_[ShardId{i}]);
    engine::EngineOptions engine_options = options_.engine;
    engine_options.letters = &letters_;
    engine_ = std::make_unique<engine::Engine>(
        std::move(loops), *store_, formats_, &advisories_, [this] { storage_failed_(); },
        engine_options);
    engine_->configure(engine_settings(options_.document, guards_));
    const auto recovered = engine_->recover();
    if (!recovered) {
        return "cannot read the journal in " + options_.data + ": " + recovered.error().message();
    }
    log::info("server", "{} queues with {} messages recovered", recovered->queues,
              recovered->messages);
    return {};
}

std::optional<std::string> Server::find_guards() {
    guards_.audit = std::make_shared<AuditLog>(*disk_, audit_lane_, wall_ms, options_.audit);
    auto realm = make_realm(options_.document, options_.config);
    if (!realm) return realm.error();
    document_users_ = *realm;
    if (auto problem = take_over_definitions()) return problem;
    security::RealmPtr all = with_defined_users(std::move(*realm));
    if (all == nullptr) return {};
    gatekeeper_ =
        std::make_shared<Gatekeeper>(std::move(all), login_lanes_, login_watch_, guards_.audit);
    guards_.gatekeeper = gatekeeper_;
    auto rights = make_directory_rights(options_.document.plugins, options_.config,
                                        [this](security::RightsPtr changed) {
                                            const std::scoped_lock lock(settings_mutex_);
                                            guards_.rights = std::move(changed);
                                            configure_engine();
                                        });
    if (!rights) return rights.error();
    directory_rights_ = std::move(*rights);
    if (directory_rights_ != nullptr) guards_.rights = realms::DirectoryRights::nobodys();
    return {};
}

security::RealmPtr Server::with_defined_users(security::RealmPtr of_document) const {
    std::vector<security::ControlledRealm> realms;
    for (const security::RealmPtr& one : std::array{std::move(of_document), defined_users_}) {
        if (one != nullptr) realms.push_back({security::Control::sufficient, one});
    }
    return realms.empty() ? nullptr : security::combine(std::move(realms));
}

std::optional<std::string> Server::find_operators() {
    guards_.operators = guards_.gatekeeper;
    if (guards_.operators != nullptr || options_.http.open) return {};
    SystemRandom random;
    auto password = console_password(*disk_, random);
    if (!password) return password.error();
    auto realm = security::make_simple_realm(
        {{kConsoleUser, std::move(password->hash), options_.http.groups.admin}}, {},
        {.matches = security::matches_password});
    guards_.operators =
        std::make_shared<Gatekeeper>(std::move(realm), login_lanes_, login_watch_, guards_.audit);
    made_password_ = std::move(password->made);
    return {};
}

std::optional<std::string> Server::load_certificates() {
    if (options_.tls.certificate.empty()) return {};
    auto loaded = gateway::TlsContext::load(options_.tls);
    if (!loaded) return loaded.error();
    tls_ = std::move(*loaded);
    return {};
}

std::vector<const protocol::Room*> Server::rooms_of(const ListenerOptions& listener) const {
    auto rooms = rooms_for(listener.protocol, rooms_);
    if (listener.web_socket) {
        std::erase_if(rooms, [](const auto* room) { return room->web_socket().names.empty(); });
    }
    const std::vector<std::string>& only = listener.only;
    std::erase_if(rooms, [&only](const protocol::Room* room) {
        return !only.empty() && std::ranges::none_of(only, [room](const std::string& name) {
            return room->name().starts_with(name);
        });
    });
    return rooms;
}

bool Server::serves(const ListenerOptions& wanted) const {
    const bool spoken = !rooms_of(wanted).empty();
    const bool encrypted = !wanted.tls || tls_ != nullptr;
    if (spoken && encrypted) return true;
    // The embedded document names every protocol there will ever be.
    if (!options_.config.empty()) {
        log::warning("server", "not listening on {}: {} {}", to_text(wanted.endpoint), wanted.name,
                     encrypted ? "is not spoken here" : kNoCertificate);
    }
    return false;
}

bool Server::would_expose(const ListenerOptions& wanted) const {
    const bool certificates =
        wanted.tls && wanted.client_certificate.value_or(options_.tls.client_certificate) ==
                          gateway::TlsOptions::ClientCertificate::needed;
    return !options_.insecure && guards_.gatekeeper == nullptr && !certificates &&
           !is_loopback(wanted.endpoint);
}

std::optional<std::string> Server::find_exposed() const {
    if (options_.insecure) return {};
    constexpr std::string_view kHelp =
        "add an authentication plugin to the document, listen on 127.0.0.1, or start with "
        "--insecure (docs/security.md)";
    for (const ListenerOptions& wanted : options_.listeners) {
        if (!would_expose(wanted) || (wanted.from_document && !serves(wanted))) continue;
        return fmt::format(
            "{} would be open to everybody at {}, for nothing says who clients are: {}",
            wanted.name, to_text(wanted.endpoint), kHelp);
    }
    if (!options_.http.open || guards_.gatekeeper != nullptr) return {};
    for (const auto& [endpoint, tls] : options_.http.places) {
        if (is_loopback(endpoint)) continue;
        return fmt::format(
            "{} would be open to everybody at {}, for nothing says who operators are: {}",
            tls ? kHttps : kHttp, to_text(endpoint), kHelp);
    }
    return {};
}

std::expected<Listening, std::string> Server::listen(const ListenerOptions& wanted) {
    // On the port of a single protocol its connector says what it lies in.
    const bool may_be_encrypted = wanted.tls || wanted.protocol == kEveryProtocol;
    gateway::Service service{
        .name = wanted.name,
        .security_domain = wanted.security_domain,
        .rooms = rooms_of(wanted),
        .tls = may_be_encrypted ? tls_.get() : nullptr,
        .tls_only = wanted.tls,
        .client_certificate = wanted.client_certificate.value_or(options_.tls.client_certificate),
        .verify_client_address = wanted.verify_client_address,
        .web_socket = wanted.web_socket || wanted.protocol == kEveryProtocol,
        .web_socket_only = wanted.web_socket,
        .web_socket_frame_bytes_max = options_.web_socket_frame_bytes_max,
        .proxied = wanted.proxied,
        .proxies = options_.proxies,
        .connections_max = wanted.connections_max,
        .limits = wanted.limits,
        .detection_timeout =
            Millis(wanted.detection_timeout_ms.value_or(options_.detection_timeout_ms)),
        .write_timeout = Millis(wanted.write_timeout_ms),
        .idle_timeout = Millis(options_.connection_idle_ms)};
    if (service.rooms.empty()) {
        return std::unexpected("there is no protocol '" + wanted.name + "' to listen for");
    }
    if (wanted.proxied && options_.proxies.empty()) {
        return std::unexpected(wanted.name +
                               " needs the setting proxy.trusted, to know whose word to take");
    }
    if (wanted.tls && tls_ == nullptr) {
        return std::unexpected(fmt::format("{} {}", wanted.name, kNoCertificate));
    }
    if (service.tls != nullptr && !tls_->has_authorities() &&
        service.client_certificate != gateway::TlsOptions::ClientCertificate::none) {
        return std::unexpected(wanted.name +
                               " needs the setting tls.authorities (a trustStore), to"
                               " check the certificates of clients");
    }
    auto listener = std::make_unique<gateway::Listener>(shards_[ShardId{0}], gateways_,
                                                        std::move(service), places_);
    const auto bound = listener->open(wanted.endpoint);
    if (!bound) {
        return std::unexpected("cannot listen on " + to_text(wanted.endpoint) + ": " +
                               bound.error().message());
    }
    listeners_.push_back(std::move(listener));
    return Listening{
        .name = wanted.name, .endpoint = *bound, .places = &listeners_.back()->places()};
}

std::expected<std::vector<Listening>, std::string> Server::start() {
    log_report(options_.report);
    if (auto problem = load_certificates()) return std::unexpected(*problem);
    if (auto problem = find_guards()) return std::unexpected(*problem);
    if (auto problem = find_exposed()) return std::unexpected(*problem);
    if (auto problem = open_store()) return std::unexpected(*problem);
    for (std::uint16_t i = 0; i < shards_.count(); ++i) {
        gateways_.push_back(std::make_unique<gateway::Gateway>(
            shards_[ShardId{i}], engine_->shard(ShardId{i}), goodbyes_lane_));
    }
    residents_ =
        std::make_unique<gateway::Residents>(shards_[ShardId{0}], engine_->shard(ShardId{0}));
    std::vector<Listening> listening;
    for (const ListenerOptions& wanted : options_.listeners) {
        if (wanted.from_document && !serves(wanted)) continue;
        auto opened = listen(wanted);
        if (!opened) return std::unexpected(opened.error());
        listening.push_back(std::move(*opened));
    }
    admin::http::Server::TlsSource tls;
    if (tls_ != nullptr) tls = [this] { return tls_->current(); };
    auto http = operators_.open(tls);
    if (!http) return std::unexpected(http.error());
    // Last of all that may go wrong: a password is shown by the run that made it.
    if (!http->empty()) {
        if (auto problem = find_operators()) return std::unexpected(*problem);
    }
    std::ranges::move(*http, std::back_inserter(listening));
    const auto management = management_.open();
    if (!management) return std::unexpected(management.error());
    for (const auto& [name, endpoint] : *management) listening.push_back({name, endpoint});
    errands_ =
        std::make_unique<Errands>(shards_[ShardId{0}], engine_->shard(ShardId{0}), amqp091_room());
    running_ = true;
    if (shards_.count() == 1) shards_[ShardId{0}].attend(journal_lane_);
    journal_lane_.start();
    files_lane_.start();
    segments_lane_.start();
    large_lane_.start();
    login_lanes_.start();
    login_watch_.start();
    audit_lane_.start();
    goodbyes_lane_.start();
    goodbyes_lane_.submit([] { give_way(kGoodbyesNice); });
    shards_.start();
    shards_[ShardId{0}].deliver([this] {
        engine_->start();
        declare(startup_queues(options_.document));
        declare_topics({}, startup_topics(options_.document));
        // Whoever connects finds what definitions name.
        amqp091::Definitions& definitions = *options_.amqp091.definitions;
        making_ = !definitions.empty();
        if (making_) {
            definitions.made = [this] {
                start_listeners();
                shards_[ShardId{0}].post(ShardId{0}, [this] { make_next(); });
            };
        }
        for (const auto& room : rooms_) residents_->start(*room);
        if (definitions.empty()) start_listeners();
    });
    if (directory_rights_ != nullptr) directory_rights_->start();
    open_ = listening;
    operators_.start(
        *engine_, about(), guards_,
        {.configuration = [this] { return configuration(); },
         .reload = [this](ReloadAnswer answer) { request_reload(std::move(answer)); },
         .add_listener = [this](const std::string& uri,
                                auto answer) { add_listener(uri, std::move(answer)); },
         .remove_listener = [this](const std::string& name,
                                   auto answer) { remove_listener(name, std::move(answer)); },
         .stop = [] { ::kill(::getpid(), SIGTERM); },
         .restart =
             [this] {
                 restart_wanted_ = true;
                 ::kill(::getpid(), SIGTERM);
             }});
    start_management(listening);
    graph_files_.start(*engine_, about(), options_.document.plugins);
    return listening;
}

void Server::start_management(const std::vector<Listening>& listening) {
    // By the names that RabbitMQ has for them.
    const auto protocol_of = [](std::string_view listener, bool tls) -> std::string {
        const std::string_view name = listener.substr(0, listener.find('+'));
        if (name == kManagement) return tls ? "https" : "http";
        if (name == kPrometheus) return tls ? "https/prometheus" : "http/prometheus";
        const bool amqp = name == "amqp091" || name == "amqp10";
        return std::string(amqp ? "amqp" : name) + (tls ? "/ssl" : "");
    };
    std::vector<admin::rabbitmq::OpenPort> ports;
    ports.reserve(listening.size());
    for (const Listening& one : listening) {
        const bool tls = one.name.find("ssl") != std::string::npos;
        ports.push_back({.listener = one.name,
                         .protocol = protocol_of(one.name, tls),
                         .address = one.endpoint.host,
                         .port = one.endpoint.port,
                         .tls = tls});
    }
    management_.start({.engine = *engine_,
                       .gatekeeper = guards_.gatekeeper,
                       .audit = guards_.audit,
                       .errands = *errands_,
                       .ports = std::move(ports),
                       .certificates = [this] { return certificates(); },
                       .book = [this] { return book(); },
                       .change = [this](const auto& how) { return change_book(how); },
                       .make =
                           [this](amqp091::Definitions definitions, std::function<void()> done) {
                               make(std::move(definitions), std::move(done));
                           }});
}

admin::rabbitmq::Certificates Server::certificates() const {
    if (tls_ == nullptr) return {};
    const auto context = tls_->current();
    gateway::TlsExpiry ends = gateway::expiry_of(*context);
    return {.file = options_.tls.certificate,
            .authorities_file = options_.tls.authorities,
            .ends = std::move(ends.own),
            .authorities_end = std::move(ends.authorities)};
}

const protocol::Room& Server::amqp091_room() const {
    const auto found = std::ranges::find(rooms_, std::string_view("amqp091"),
                                         [](const auto& room) { return room->name(); });
    TERN_ASSERT(found != rooms_.end());
    return **found;
}

void Server::make(amqp091::Definitions definitions, std::function<void()> done) {
    shards_[ShardId{0}].deliver(
        [this, definitions = std::move(definitions), done = std::move(done)]() mutable {
            definitions.made = [this, done = std::move(done)] {
                done();
                shards_[ShardId{0}].post(ShardId{0}, [this] { make_next(); });
            };
            to_make_.push_back(std::move(definitions));
            if (!making_) make_next();
        });
}

void Server::make_next() {
    making_ = !to_make_.empty();
    if (!making_) return;
    // Nobody makes anything: the ones before have ended.
    *options_.amqp091.definitions = std::move(to_make_.front());
    to_make_.pop_front();
    residents_->start(amqp091_room());
}

void Server::start_listeners() {
    if (std::exchange(listening_, true)) return;
    for (const auto& listener : listeners_) listener->start();
}

admin::About Server::about() {
    return admin::About{.version = options_.openwire.version,
                        .broker_name = options_.openwire.broker_name,
                        .broker_id = options_.openwire.broker_id,
                        .data_directory = options_.data,
                        .persistent = options_.document.persistent,
                        .mbeans = mbean_settings(options_.document),
                        .listeners = [this] { return open_listeners(); },
                        .connections = [this] { return connection_limit(); },
                        .topics =
                            [this] {
                                const std::scoped_lock lock(settings_mutex_);
                                return startup_topics(options_.document);
                            }};
}

void Server::stop() {
    if (!running_) return;
    operators_.stop();
    management_.stop();
    graph_files_.stop();
    login_watch_.stop();
    if (directory_rights_ != nullptr) directory_rights_->stop();
    stop_serving();
    login_lanes_.stop();
    large_files_->close();
    large_lane_.stop();
    std::promise<void> segments_closed;
    segments_->close([&segments_closed] { segments_closed.set_value(); });
    segments_closed.get_future().wait();
    std::promise<void> closed;
    journal_->close([&closed] { closed.set_value(); });
    closed.get_future().wait();
    segments_lane_.stop();
    journal_lane_.stop();
    files_lane_.stop();
    sync_store();
    shards_.stop();
    audit_lane_.stop();
    goodbyes_lane_.stop();
    running_ = false;
}

void Server::sync_store() {
    const auto done = store_disk_->sync();
    if (done) return;
    log::error("server", "cannot sync the journal: {}", done.error().message());
    storage_failed_();
}

void Server::stop_serving() {
    Shard& first = shards_[ShardId{0}];
    // Behind what operators still had done to them.
    run_on(first, [](Task done) { done(); });
    for (const auto& listener : listeners_) {
        run_on(first, [this, &listener](Task done) {
            start_listeners();  // none ends that never began
            listener->stop(std::move(done));
        });
    }
    for (const auto& gateway : gateways_) {
        run_on(gateway->shard(), [&gateway](Task done) { gateway->stop(std::move(done)); });
    }
    run_on(first, [this](Task done) {
        operators_.end_callers();
        errands_->stop();
        done();
    });
    run_on(first, [this](Task done) { residents_->stop(std::move(done)); });
}

}  // namespace tern::server
