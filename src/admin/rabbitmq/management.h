#pragma once

#include "admin/http_message.h"
#include "admin/metrics_page.h"
#include "admin/rabbitmq/book.h"
#include "admin/rabbitmq/rates.h"
#include "admin/target.h"
#include "broker/api/operations.h"
#include "broker/route/route_operations.h"
#include "protocol/amqp091/definitions.h"
#include "protocol/amqp091/errand.h"
#include "protocol/amqp091/totals.h"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tern::admin::rabbitmq {

/// Who asks.
struct Caller {
    std::string user = {};
    std::string password = {};
    std::string peer = {};  ///< its address
    std::vector<std::string> tags = {};

    [[nodiscard]] bool has(std::string_view tag) const;
    [[nodiscard]] bool is_administrator() const { return has("administrator"); }
    [[nodiscard]] bool is_monitoring() const { return has("monitoring") || is_administrator(); }
    [[nodiscard]] bool is_policymaker() const { return has("policymaker") || is_administrator(); }
    /// Whether it may ask at all.
    [[nodiscard]] bool is_let_in() const {
        return has("management") || is_monitoring() || is_policymaker();
    }
};

/// A port that is open.
struct OpenPort {
    std::string listener = {};  ///< its name
    std::string protocol = {};  ///< as RabbitMQ calls it
    std::string address = {};
    std::uint16_t port = 0;
    bool tls = false;
};

/// When the certificates of ports with TLS end, in seconds since 1970, and where they lie.
struct Certificates {
    std::string file = {};
    std::string authorities_file = {};
    std::vector<std::int64_t> ends = {};
    std::vector<std::int64_t> authorities_end = {};  ///< of those that sign clients' certificates
};

/// What the program itself is doing.
struct Node {
    std::int64_t process = 0;
    std::uint64_t files_open = 0;
    std::uint64_t files_max = 0;
    std::uint64_t memory_bytes = 0;
    std::int64_t processors = 0;
};

/// What the API needs from the program around it.
struct Surroundings {
    std::string name = {};     ///< of the node: `rabbit@NAME`
    std::string version = {};  ///< of this broker
    std::string default_queue_type = {};
    // What even administrators may not do otherwise.
    bool operator_policy_changes = true;
    bool replica_operations = true;
    /// What the room counts.
    std::shared_ptr<const amqp091::Totals> totals = {};
    std::vector<OpenPort> ports = {};
    std::int64_t started_at_ms = 0;
    std::function<std::int64_t()> wall_ms;
    std::function<Node()> node;
    std::function<Certificates()> certificates;
    std::function<std::shared_ptr<const Book>()> book;
    /// Changes a copy of the book; then that is kept, and holds everywhere. The error says why it
    /// could not be.
    std::function<std::expected<void, std::string>(const std::function<void(Book&)>&)> change;
    /// RabbitMQ's hash of a password.
    std::function<std::string(std::string_view)> hash;
    std::function<void(std::unique_ptr<amqp091::Errand>, std::string peer)> run;
    /// Makes what is not there yet; answers when it is.
    std::function<void(amqp091::Definitions, std::function<void()>)> make;
    /// Runs a task on the API's thread; from any.
    std::function<void(std::move_only_function<void()>)> post;
};

/// What metrics tell of each queue, channel and connection, or of all together.
struct MetricsScope {
    using Names = std::set<std::string, std::less<>>;

    std::string_view prefix;
    bool summed = false;
    Names groups = {};  ///< of families; empty: all
    Names vhosts = {};  ///< empty: all

    [[nodiscard]] bool has(std::string_view group) const {
        return groups.empty() || groups.contains(group);
    }
    [[nodiscard]] bool is_of(std::string_view vhost) const {
        return vhosts.empty() || vhosts.contains(vhost);
    }
};

/// RabbitMQ's management HTTP API: what rabbitmqadmin and tools like it speak. What changes
/// messages, queues and exchanges is done as a client of AMQP 0-9-1 with the caller's rights;
/// users, virtual hosts and policies are in the book.
///
/// Runs on: one thread, the one that `Operations` reply on.
class Management {
public:
    /// All that is referred to outlives this object.
    Management(broker::Operations& broker, broker::RouteOperations& routes,
               Surroundings surroundings);

    void handle(Request request, Caller caller, Respond respond);

    /// A request for metrics, which everybody may look at; of anything else there is nothing.
    void handle_metrics(Request request, Respond respond);

    /// Method and path of each route.
    [[nodiscard]] static std::vector<std::pair<std::string, std::string>> routes();

private:
    /// A request on its way through a handler.
    struct Call {
        Request request;
        Caller caller;
        Target target;
        std::vector<std::string> arguments;  ///< what stood for `{…}` in the path
        Respond respond;

        void reply(const json::value& body, int status = 200);
        /// Without a body.
        void done(int status = 204);
        void fail(int status, std::string_view error, std::string_view reason);
        void missing() { fail(404, "Object Not Found", "Not Found"); }
        /// The configuration does not let anybody do that.
        void disallow(std::string_view reason) { fail(405, "method_not_allowed", reason); }
        void refuse(std::string_view reason) { fail(401, "not_authorised", reason); }
        void bad(std::string_view reason) { fail(400, "bad_request", reason); }
        /// A list as the parameters of the query want it: named so, in order, a page of it, with
        /// some of the members.
        void reply_list(json::array rows);
        /// An object of which the query may want some members only.
        void reply_object(json::object object);
        /// Nothing: there is none, and the call has been answered. No body is an empty one.
        [[nodiscard]] std::optional<json::object> body();
        /// The same, with these members.
        [[nodiscard]] std::optional<json::object> body_with(
            std::initializer_list<std::string_view> needed);
        [[nodiscard]] const std::string& at(std::size_t i) const { return arguments[i]; }
    };
    using CallPtr = std::shared_ptr<Call>;
    using Handler = void (Management::*)(const CallPtr& call);

    /// What somebody has to be to ask for it. Where a path names a virtual host, that has to be
    /// there, and the caller be let into it.
    enum class Needed : std::uint8_t { management, monitoring, policymaker, administrator };
    struct Route {
        std::string_view method;
        std::string_view path;
        Needed needed;
        Handler handler;
    };
    static std::span<const Route> table();
    /// False: the call has been answered.
    [[nodiscard]] bool may(const CallPtr& call, const Route& route);
    [[nodiscard]] bool sees(const Call& call, std::string_view vhost) const;
    [[nodiscard]] std::shared_ptr<const Book> book() const { return surroundings_.book(); }
    /// Changes the book and answers so; the error is answered, too.
    void change(const CallPtr& call, int status, const std::function<void(Book&)>& how);
    /// Runs it once all connections go by what was changed.
    void when_it_holds(std::function<void()> then);

    /// One of a queue's consumers that get messages.
    struct Active {
        std::string tag = {};
        bool exclusive = false;
        bool single = false;  ///< its queue wants only one of them to be active
    };
    /// All there is at one moment, as far as it was asked for.
    struct Sight {
        broker::BrokerStatus status;
        std::vector<broker::QueueStatus> queues;
        broker::Routes routes;
        std::vector<broker::ConnectionStatus> connections;
        std::vector<broker::ConsumerRef> waiting;  ///< consumers behind one that gets everything
        std::map<std::string, Active, std::less<>> active;  ///< by the address of its queue
    };
    static constexpr unsigned kQueues = 1;
    static constexpr unsigned kRoutes = 2;
    static constexpr unsigned kConnections = 4;
    static constexpr unsigned kConsumers = 8;  ///< which needs the connections, too
    void look(unsigned parts, std::move_only_function<void(Sight&)> then);
    void look(unsigned parts, const std::shared_ptr<Sight>& sight,
              std::move_only_function<void(Sight&)> then);
    static void find_active(Sight& sight, const std::vector<broker::ConsumerStatus>& consumers);
    [[nodiscard]] static bool is_active(const Sight& sight,
                                        const broker::ConnectionStatus& connection,
                                        const broker::Portrait::Consumer& consumer);

    // management_overview.cc
    void show_overview(const CallPtr& call);
    void list_nodes(const CallPtr& call);
    void show_node(const CallPtr& call);
    void show_memory(const CallPtr& call);
    void show_memory_shares(const CallPtr& call);
    [[nodiscard]] static json::object memory_of(const Node& now, const Sight& sight);
    void show_whoami(const CallPtr& call);
    void show_version(const CallPtr& call);
    void show_auth(const CallPtr& call);
    void list_extensions(const CallPtr& call);
    void list_nothing(const CallPtr& call);
    void show_cluster_name(const CallPtr& call);
    void set_cluster_name(const CallPtr& call);
    void enable_feature(const CallPtr& call);
    void forget_statistics(const CallPtr& call);
    void show_logins(const CallPtr& call);
    void list_login_sources(const CallPtr& call);
    void forget_logins(const CallPtr& call);
    [[nodiscard]] json::object overview(const Sight& sight, const Caller& caller);
    [[nodiscard]] json::object node(const Sight& sight);
    [[nodiscard]] bool is_this_node(const CallPtr& call) const {
        return call->at(0) == node_name();
    }
    [[nodiscard]] std::string node_name() const { return "rabbit@" + surroundings_.name; }
    [[nodiscard]] std::string cluster_name() const;

    // management_health.cc
    void check_vhost(const CallPtr& call);
    void check_alarms(const CallPtr& call);
    void check_well(const CallPtr& call);
    void check_single_node(const CallPtr& call);
    void check_port(const CallPtr& call);
    void check_protocol(const CallPtr& call);
    void check_certificates(const CallPtr& call);
    void check_node(const CallPtr& call);

    // management_metrics.cc
    void add_objects(MetricsPage& page, const MetricsScope& scope, const Sight& sight);
    void add_node(MetricsPage& page) const;
    void show_metrics(const CallPtr& call);
    void show_memory_metrics(const CallPtr& call);
    void show_detailed_metrics(const CallPtr& call);

    // management_definitions.cc
    void export_all(const CallPtr& call);
    void import_all(const CallPtr& call);
    void export_vhost(const CallPtr& call);
    void import_vhost(const CallPtr& call);
    /// Of a form the file becomes the body. False: there is none, and that was answered.
    [[nodiscard]] static bool take_file(Call& call);
    void import(const CallPtr& call, const json::object& definitions);
    [[nodiscard]] json::object exported(const Sight& sight,
                                        const std::optional<std::string>& vhost) const;

    // management_topology.cc
    void list_exchanges(const CallPtr& call);
    void show_exchange(const CallPtr& call);
    void declare_exchange(const CallPtr& call);
    void delete_exchange(const CallPtr& call);
    void list_queues(const CallPtr& call);
    void show_queue(const CallPtr& call);
    void declare_queue(const CallPtr& call);
    void delete_queue(const CallPtr& call);
    void purge_queue(const CallPtr& call);
    void act_on_queue(const CallPtr& call);
    void list_bindings(const CallPtr& call);
    void list_queue_bindings(const CallPtr& call);
    void list_source_bindings(const CallPtr& call);
    void list_destination_bindings(const CallPtr& call);
    void list_bindings_between(const CallPtr& call);
    void show_binding(const CallPtr& call);
    void make_binding(const CallPtr& call);
    void delete_binding(const CallPtr& call);
    using Picks = std::function<bool(const broker::Binding&)>;
    void reply_bindings(const CallPtr& call, std::optional<std::string> vhost, bool with_default,
                        Picks picks);
    [[nodiscard]] json::object queue_json(const broker::QueueStatus& queue, const Sight& sight);
    [[nodiscard]] json::array consumers_of(const Sight& sight,
                                           const broker::QueueStatus& queue) const;

    // management_replicas.cc
    void show_quorum_status(const CallPtr& call);
    void add_replica(const CallPtr& call);
    void delete_replica(const CallPtr& call);
    void grow_replicas(const CallPtr& call);
    void shrink_replicas(const CallPtr& call);
    void rebalance_queues(const CallPtr& call);
    /// Answers why replicas may not be changed, if they may not.
    [[nodiscard]] bool may_change_replicas(const CallPtr& call) const;
    using OnReplica = std::string_view (*)(bool of_this_node);
    /// `wrong` says why it cannot be done to the one on a node; nothing else can come of it here.
    void on_replica(const CallPtr& call, OnReplica wrong);

    // management_messages.cc
    void publish(const CallPtr& call);
    void get_messages(const CallPtr& call);
    using Prepare = std::function<void(amqp091::Errand&)>;
    using Finish = std::move_only_function<void(amqp091::Errand::Outcome)>;
    using Refused = std::function<void(const CallPtr&, const amqp091::Errand::Refusal&)>;
    /// Runs an errand as the caller, in that virtual host; what is refused `refused` answers.
    void run(const CallPtr& call, const std::string& vhost, const Prepare& prepare, Finish finish,
             Refused refused = &Management::answer);
    /// The same on the queue that is called for, if it exists.
    void run_on_queue(const CallPtr& call, Prepare prepare);
    static void answer(const CallPtr& call, const amqp091::Errand::Refusal& refusal);

    // management_connections.cc
    void list_connections(const CallPtr& call);
    void show_connection(const CallPtr& call);
    void close_connection(const CallPtr& call);
    void close_user_connections(const CallPtr& call);
    void list_connection_channels(const CallPtr& call);
    void list_channels(const CallPtr& call);
    void show_channel(const CallPtr& call);
    void list_consumers(const CallPtr& call);
    void close_in(std::string vhost, std::function<void()> then);
    [[nodiscard]] json::object connection_json(const broker::ConnectionStatus& connection);
    [[nodiscard]] json::object channel_json(const broker::ConnectionStatus& connection,
                                            const broker::Portrait::Channel& channel) const;
    [[nodiscard]] json::object consumer_json(const Sight& sight,
                                             const broker::ConnectionStatus& connection,
                                             const broker::Portrait::Channel& channel,
                                             const broker::Portrait::Consumer& consumer) const;
    /// By which it came; nothing: by none that was there from the start.
    [[nodiscard]] const OpenPort* port_of(const broker::ConnectionStatus& connection) const;
    [[nodiscard]] std::string name_of(const broker::ConnectionStatus& connection) const;

    // management_users.cc
    void list_users(const CallPtr& call);
    void hash_password(const CallPtr& call);
    void list_users_without_permissions(const CallPtr& call);
    void show_user(const CallPtr& call);
    void put_user(const CallPtr& call);
    void delete_user(const CallPtr& call);
    void delete_users(const CallPtr& call);
    void list_permissions(const CallPtr& call);
    void show_permission(const CallPtr& call);
    void put_permission(const CallPtr& call);
    void delete_permission(const CallPtr& call);
    void list_topic_permissions(const CallPtr& call);
    void show_topic_permissions(const CallPtr& call);
    void put_topic_permission(const CallPtr& call);
    void delete_topic_permissions(const CallPtr& call);
    void list_user_limits(const CallPtr& call);
    void put_user_limit(const CallPtr& call);
    void delete_user_limit(const CallPtr& call);

    // management_vhosts.cc
    void list_vhosts(const CallPtr& call);
    void show_vhost(const CallPtr& call);
    void put_vhost(const CallPtr& call);
    void start_vhost(const CallPtr& call);
    void delete_vhost(const CallPtr& call);
    void protect_vhost(const CallPtr& call);
    void unprotect_vhost(const CallPtr& call);
    void set_protection(const CallPtr& call, bool protect);
    void list_vhost_limits(const CallPtr& call);
    void put_vhost_limit(const CallPtr& call);
    void delete_vhost_limit(const CallPtr& call);
    [[nodiscard]] json::object vhost_json(const json::object& vhost, const Sight& sight);

    // management_policies.cc
    void list_policies(const CallPtr& call);
    void show_policy(const CallPtr& call);
    void put_policy(const CallPtr& call);
    void delete_policy(const CallPtr& call);
    void list_operator_policies(const CallPtr& call);
    void show_operator_policy(const CallPtr& call);
    void put_operator_policy(const CallPtr& call);
    void delete_operator_policy(const CallPtr& call);
    void list_parameters(const CallPtr& call);
    void show_parameter(const CallPtr& call);
    void put_parameter(const CallPtr& call);
    void delete_parameter(const CallPtr& call);
    void list_global_parameters(const CallPtr& call);
    void show_global_parameter(const CallPtr& call);
    void put_global_parameter(const CallPtr& call);
    void delete_global_parameter(const CallPtr& call);

    broker::Operations& broker_;
    broker::RouteOperations& routes_;
    Surroundings surroundings_;
    Rates rates_;
    // Logins that somebody wanted forgotten.
    std::uint64_t logins_forgotten_ = 0;
    std::uint64_t refusals_forgotten_ = 0;
};

}  // namespace tern::admin::rabbitmq
