#include "server/management.h"

#include "admin/rabbitmq/lists.h"
#include "runtime/system_random.h"
#include "security/crypto/rabbit_hash.h"
#include "server/http_audit.h"
#include "server/http_login.h"
#include "server/wall_clock.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace tern::server {
namespace {

namespace rabbitmq = admin::rabbitmq;
namespace json = admin::json;

rabbitmq::Node this_node() {
    rabbitmq::Node node{
        .process = ::getpid(),
        .processors = static_cast<std::int64_t>(std::thread::hardware_concurrency())};
    std::error_code error;
    for (const auto& one : std::filesystem::directory_iterator("/proc/self/fd", error)) {
        std::ignore = one;
        ++node.files_open;
    }
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) node.files_max = limit.rlim_cur;
    std::uint64_t pages = 0;
    std::uint64_t resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    node.memory_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    return node;
}

/// As RabbitMQ answers who is not let in.
admin::Response login_failed(bool asked) {
    admin::Response response{.status = 401};
    response.headers = {{"WWW-Authenticate", R"(Basic realm="RabbitMQ Management")"}};
    if (asked) response.body = R"({"error":"not_authorized","reason":"Login failed"})";
    return response;
}

}  // namespace

std::expected<Management::Places, std::string> Management::open() {
    Places places;
    for (const auto& [name, wanted] : {std::pair(kManagement, &options_.management),
                                       std::pair(kPrometheus, &options_.prometheus)}) {
        if (!*wanted) continue;
        const auto bound = http_.open((*wanted)->host, (*wanted)->port);
        if (!bound) {
            return std::unexpected("cannot listen on " + to_text(**wanted) + ": " +
                                   bound.error().message());
        }
        if (name == kPrometheus) metrics_port_ = bound->port;
        places.emplace_back(name, gateway::Endpoint{bound->host, bound->port});
    }
    open_ = !places.empty();
    return places;
}

void Management::start(Parts parts) {
    if (!open_) return;
    gatekeeper_ = std::move(parts.gatekeeper);
    audit_ = std::move(parts.audit);
    book_ = parts.book;
    operations_ = std::make_unique<engine::Operations>(
        parts.engine, [this](Task task) { http_.post(std::move(task)); });
    api_ = std::make_unique<rabbitmq::Management>(
        *operations_, *operations_,
        rabbitmq::Surroundings{
            .name = options_.openwire.broker_name,
            .version = options_.openwire.version,
            .default_queue_type = options_.amqp091.default_queue_type,
            .operator_policy_changes = options_.document.amqp091.operator_policy_changes,
            .replica_operations = options_.document.amqp091.replica_operations,
            .totals = options_.amqp091.totals,
            .ports = std::move(parts.ports),
            .started_at_ms = wall_ms(),
            .wall_ms = wall_ms,
            .node = this_node,
            .certificates = std::move(parts.certificates),
            .book = std::move(parts.book),
            .change = std::move(parts.change),
            .hash =
                [](std::string_view password) {
                    SystemRandom random;
                    return security::rabbit_hash(password,
                                                 static_cast<std::uint32_t>(random.next()));
                },
            .run = [&errands = parts.errands](
                       std::unique_ptr<amqp091::Errand> errand,
                       std::string peer) { errands.run(std::move(errand), std::move(peer)); },
            .make = std::move(parts.make),
            .post = [this](std::move_only_function<void()> task) { http_.post(std::move(task)); }});
    http_.start([this](const admin::Request& request,
                       admin::Respond respond) { handle(request, std::move(respond)); },
                [this](const admin::Request& request, std::move_only_function<void(bool)> answer) {
                    admit(request,
                          [answer = std::move(answer)](const security::Verdict& verdict) mutable {
                              answer(verdict.has_value());
                          });
                });
}

void Management::admit(const admin::Request& request,
                       std::move_only_function<void(security::Verdict)> answer) {
    auto shown = http_login(request);
    if (!shown) {
        return answer(security::refusal(security::Refusal::Why::abstains, "nobody said who it is"));
    }
    gatekeeper_->admit(
        std::move(*shown), [this, answer = std::move(answer)](security::Verdict verdict) mutable {
            http_.post([answer = std::move(answer), verdict = std::move(verdict)]() mutable {
                answer(std::move(verdict));
            });
        });
}

void Management::handle(const admin::Request& request, admin::Respond respond) {
    if (request.port == metrics_port_) return api_->handle_metrics(request, std::move(respond));
    // A browser keeps what it was shown: the page of another site must not make use of that.
    if (request.from_other_site) return respond({.status = 403});
    admit(request, [this, request = request,
                    respond = std::move(respond)](security::Verdict verdict) mutable {
        if (!verdict) return respond(login_failed(!request.authorization.empty()));
        rabbitmq::Caller caller = caller_of(**verdict, request);
        respond = noted(caller.user, request, std::move(respond));
        api_->handle(std::move(request), std::move(caller), std::move(respond));
    });
}

rabbitmq::Caller Management::caller_of(const security::Identity& who,
                                       const admin::Request& request) const {
    rabbitmq::Caller caller{.user = std::string(who.user()), .peer = request.peer};
    if (const auto shown = http_login(request); shown && shown->password) {
        caller.password = std::string(shown->password->reveal());
    }
    const auto book = book_();
    if (const json::object* const user = book->find(rabbitmq::Section::users, {caller.user})) {
        const json::value* const tags = user->if_contains("tags");
        const json::array names = tags == nullptr ? json::array() : rabbitmq::names_of(*tags);
        for (const json::value& one : names) caller.tags.emplace_back(one.get_string());
        return caller;
    }
    // Others are what they are to operators.
    const auto is_in = [&who](const std::vector<std::string>& groups) {
        return std::ranges::any_of(groups,
                                   [&who](const std::string& group) { return who.is_in(group); });
    };
    if (is_in(options_.http.groups.admin)) caller.tags.emplace_back("administrator");
    if (is_in(options_.http.groups.view)) caller.tags.emplace_back("monitoring");
    if (is_in(options_.http.groups.operate)) caller.tags.emplace_back("management");
    return caller;
}

admin::Respond Management::noted(const std::string& user, const admin::Request& request,
                                 admin::Respond respond) const {
    if (audit_ == nullptr || request.method == "GET" || request.method == "HEAD") return respond;
    return server::noted(audit_, "management", user, request, std::move(respond));
}

}  // namespace tern::server
