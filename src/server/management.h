#pragma once

#include "admin/http/server.h"
#include "admin/rabbitmq/management.h"
#include "engine/operations.h"
#include "gateway/endpoint.h"
#include "security/audit.h"
#include "security/gatekeeper.h"
#include "server/errands.h"
#include "server/options.h"

#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace tern::server {

/// RabbitMQ's management API over HTTP, on a thread of its own; like `Operators`, it outlives the
/// shards.
class Management {
public:
    explicit Management(const Options& options) : options_(options) {}

    /// The name of each listener and where it is; none when nobody wants any. The error is a text
    /// for the user.
    using Places = std::vector<std::pair<std::string, gateway::Endpoint>>;
    [[nodiscard]] std::expected<Places, std::string> open();

    struct Parts {
        engine::Engine& engine;
        std::shared_ptr<security::Gatekeeper> gatekeeper;  ///< knows the users
        std::shared_ptr<security::Audit> audit;            ///< may be null
        Errands& errands;
        std::vector<admin::rabbitmq::OpenPort> ports;
        std::function<admin::rabbitmq::Certificates()> certificates;
        std::function<std::shared_ptr<const admin::rabbitmq::Book>()> book;
        std::function<std::expected<void, std::string>(
            const std::function<void(admin::rabbitmq::Book&)>&)>
            change;
        std::function<void(amqp091::Definitions, std::function<void()>)> make;
    };
    void start(Parts parts);
    void stop() { http_.stop(); }

private:
    void handle(const admin::Request& request, admin::Respond respond);
    void admit(const admin::Request& request,
               std::move_only_function<void(security::Verdict)> answer);
    [[nodiscard]] admin::rabbitmq::Caller caller_of(const security::Identity& who,
                                                    const admin::Request& request) const;
    [[nodiscard]] admin::Respond noted(const std::string& user, const admin::Request& request,
                                       admin::Respond respond) const;

    const Options& options_;
    admin::http::Server http_;
    std::shared_ptr<security::Gatekeeper> gatekeeper_;
    std::shared_ptr<security::Audit> audit_;
    std::function<std::shared_ptr<const admin::rabbitmq::Book>()> book_;
    std::unique_ptr<engine::Operations> operations_;
    std::unique_ptr<admin::rabbitmq::Management> api_;
    bool open_ = false;
    std::optional<std::uint16_t> metrics_port_;
};

}  // namespace tern::server
