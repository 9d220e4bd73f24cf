#pragma once

#include "admin/api.h"
#include "config/model.h"
#include "engine/settings.h"
#include "server/options.h"

namespace tern::server {

/// Sets what a document says in the daemon's options.
void configure(const config::Broker& broker, Options& options);

/// What a connector's URI says of its listener, or what is wrong with it.
[[nodiscard]] std::expected<ListenerOptions, std::string> listener_of(const std::string& uri);

/// Who asks who clients are, and who operators are; null: nobody does. Who writes down what they
/// were not let do. These stay while the broker runs.
struct Guards {
    std::shared_ptr<security::Gatekeeper> gatekeeper;
    std::shared_ptr<security::Gatekeeper> operators;
    std::shared_ptr<security::Audit> audit;
    /// What a directory said last of who may do what; null: the document says that.
    security::RightsPtr rights;
    /// Of the users of virtual hosts; null: the rights count for AMQP 0-9-1, too.
    security::PermissionsPtr permissions;
    /// Of queues of virtual hosts; null: there are none.
    broker::VhostPoliciesPtr vhost_policies;
    broker::VhostLimits vhost_limits;
    /// Of queues that do not say it, in virtual hosts that do.
    std::map<std::string, std::string, std::less<>> vhost_queue_types;
};

/// What a document says to the engine. It may change while the broker runs.
[[nodiscard]] engine::SettingsPtr engine_settings(const config::Broker& broker,
                                                  const Guards& guards);
/// The names under which the log tells what clients do, as `broker/api/event_log.h` has them.
[[nodiscard]] std::vector<std::string_view> told_events(const config::Broker& broker);
/// The queues that are there from the start.
[[nodiscard]] std::vector<broker::Destination> startup_queues(const config::Broker& broker);
/// The topics that are there whether anybody uses them or not, in order.
[[nodiscard]] std::vector<std::string> startup_topics(const config::Broker& broker);
/// Which views of the broker Jolokia shows.
[[nodiscard]] admin::MBeanSettings mbean_settings(const config::Broker& broker);
/// Whether the documents differ in what a running broker cannot change.
[[nodiscard]] bool need_restart(config::Broker running, config::Broker wanted);

}  // namespace tern::server
