#pragma once

#include "admin/assets.h"
#include "admin/http_message.h"
#include "admin/json.h"
#include "admin/target.h"
#include "admin/views.h"
#include "broker/api/callers.h"
#include "broker/api/operations.h"
#include "message/formats.h"

#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace tern::admin {

/// How many connections there may be at a time.
struct ConnectionLimit {
    std::uint64_t max = 0;  ///< 0: as many as like to
    std::uint64_t open = 0;
    std::uint64_t refused = 0;  ///< since the start
};

/// Where clients or operators may come in.
struct OpenListener {
    std::string name = {};
    std::string scheme = {};  ///< as in a connector's URI: "stomp+ssl"
    std::string address = {};
    ConnectionLimit connections = {};  ///< of clients

    [[nodiscard]] std::string uri() const { return scheme + "://" + address; }
    /// For operators: it is no connector.
    [[nodiscard]] bool is_http() const { return scheme.starts_with("http"); }
};

/// Which MBeans are shown, and how.
struct MBeanSettings {
    bool shown = true;
    std::string domain = "org.apache.activemq";
    std::vector<std::string> suppressed = {};  ///< pairs of key=value, the value a pattern perhaps
    bool remote_addresses = true;              ///< connections have a name by theirs as well
    bool user_names = false;
    bool count = true;  ///< otherwise counters stand still until an operator has them go
};

/// What an operator is told of the program itself.
struct About {
    std::string version = {};
    std::string broker_name = {};
    std::string broker_id = {};
    std::int64_t started_at_ms = 0;  ///< since 1970
    std::string data_directory = {};
    bool persistent = true;
    MBeanSettings mbeans = {};
    /// What is open now; null: nothing.
    std::function<std::vector<OpenListener>()> listeners = {};
    /// Of all of them together; null: there is no limit.
    std::function<ConnectionLimit()> connections = {};
    /// The topics that are there whether anybody uses them or not; null: none.
    std::function<std::vector<std::string>()> topics = {};
};

/// What the broker was told to be.
struct Configuration {
    std::string document = {};    ///< an activemq.xml without the passwords
    std::string source = {};      ///< where it was read from; empty: it is the embedded one
    bool restart_needed = false;  ///< some of it takes effect at the next start only
    /// What became of one element or attribute of what was read.
    struct Finding {
        std::string place;    ///< LINE:COLUMN of `source`
        std::string what;     ///< as in `broker/plugins/simpleAuthenticationPlugin`
        std::string outcome;  ///< "applied" or "no effect"
        std::string why;      ///< unless it was applied
    };
    std::vector<Finding> report = {};
};

/// What came of reading the document again.
struct Reload {
    bool taken = false;
    bool restart_needed = false;
    std::vector<std::string> problems = {};  ///< each with its place; then nothing was taken
};

/// What the API needs from the program around it.
struct Surroundings {
    std::function<std::int64_t()> wall_ms;
    /// A message of this broker's, with an id, from what an operator wrote.
    std::function<Result<MessagePtr>(const message::HubMessage&)> make_message;
    std::function<Configuration()> configuration = {};
    /// Has it read again; the answer comes on the API's thread.
    std::function<void(std::move_only_function<void(Reload)>)> reload = {};
    /// The console.
    Assets assets = {};
    broker::Callers* callers = nullptr;  ///< never null
    /// Whether messages come and go by HTTP.
    bool rest = false;
    /// Opens one as a connector's URI says: its name, or what is wrong. Null: that cannot be done.
    using Added = std::move_only_function<void(std::expected<std::string, std::string>)>;
    std::function<void(std::string uri, Added answer)> add_listener = {};
    /// Accepts nobody any more on those of that name; false: there is none.
    std::function<void(std::string name, std::move_only_function<void(bool)> answer)>
        remove_listener = {};
    /// Stops the program, in order, after the answer that is under way.
    std::function<void()> stop = {};
    /// The same, and then it begins anew.
    std::function<void()> restart = {};
};

class Jolokia;
class Rest;
class Why;
struct NotThere;

/// Where clients of ActiveMQ tell of their producers: one notice each, below it by destination.
inline constexpr std::string_view kProducerNotices = "ActiveMQ.Advisory.Producer.";

/// The JSON API: a table of routes over the broker's operations.
///
/// Runs on: one thread, the one that `Operations` reply on.
class Api {
public:
    /// All that is referred to outlives this object.
    Api(broker::Operations& broker, const message::Formats& formats, About about,
        Surroundings surroundings);
    ~Api();

    void handle(Request request, Respond respond);

    /// Method and path of each route, the path as OpenAPI writes it.
    [[nodiscard]] static std::vector<std::pair<std::string, std::string>> routes();

private:
    /// A request on its way through a handler.
    struct Call {
        Request request;
        Target target;
        std::vector<std::string> arguments;  ///< what stood for `{…}` in the path
        Respond respond;

        void reply(int status, const json::value& body);
        void fail(int status, std::string_view code, std::string_view text);
        void fail(std::error_code error);
        /// Nothing when the body is none, in which case the call has been answered.
        [[nodiscard]] std::optional<json::object> body();
        /// `otherwise` if it is not given. Nothing when it is wrong: the call has been answered.
        [[nodiscard]] std::optional<std::size_t> number(std::string_view name,
                                                        std::size_t otherwise, std::size_t max);
    };
    using CallPtr = std::shared_ptr<Call>;
    using Handler = void (Api::*)(const CallPtr& call);

    struct Route {
        std::string_view method;
        std::string_view path;
        Handler handler;
    };
    static std::span<const Route> table();

    // api.cc
    [[nodiscard]] bool send_asset(const CallPtr& call);
    void send_openapi(const CallPtr& call);
    void show_session(const CallPtr& call);
    void show_broker(const CallPtr& call);
    void show_metrics(const CallPtr& call);
    void show_health(const CallPtr& call);
    void show_liveness(const CallPtr& call);
    void show_readiness(const CallPtr& call);
    void stream_events(const CallPtr& call);
    void sample(std::string queue, std::move_only_function<void(std::string)> done);
    void add_latency(json::object event, std::move_only_function<void(std::string)> done);
    // api_configuration.cc
    void show_configuration(const CallPtr& call);
    void reload_configuration(const CallPtr& call);
    // api_queues.cc
    void list_queues(const CallPtr& call);
    void create_queue(const CallPtr& call);
    void show_queue(const CallPtr& call);
    void delete_queue(const CallPtr& call);
    void purge_queue(const CallPtr& call);
    void pause_queue(const CallPtr& call);
    void resume_queue(const CallPtr& call);
    void set_paused(const CallPtr& call, bool paused);
    void list_queue_consumers(const CallPtr& call);
    void list_topics(const CallPtr& call);
    void list_subscriptions(const CallPtr& call);
    void create_subscription(const CallPtr& call);
    void delete_subscription(const CallPtr& call);
    void page_of_queues(const CallPtr& call, broker::QueueQuery::Kind kind);
    // api_messages.cc
    void browse(const CallPtr& call);
    void show_message(const CallPtr& call);
    void send_message(const CallPtr& call);
    void send_to_topic(const CallPtr& call);
    void send(const CallPtr& call, const broker::Destination& to);
    void delete_message(const CallPtr& call);
    void delete_messages(const CallPtr& call);
    void move_messages(const CallPtr& call);
    void copy_messages(const CallPtr& call);
    void retry_messages(const CallPtr& call);
    void act(const CallPtr& call, broker::MessageAction::What what);
    // api_scheduled.cc
    void list_scheduled(const CallPtr& call);
    void forget_all_scheduled(const CallPtr& call);
    void forget_one_scheduled(const CallPtr& call);
    void forget_scheduled(const CallPtr& call, const broker::JobSelection& which);
    // api_branches.cc
    void list_branches(const CallPtr& call);
    void commit_branch(const CallPtr& call);
    void roll_back_branch(const CallPtr& call);
    void forget_branch(const CallPtr& call);
    void decide_branch(const CallPtr& call, broker::BranchEnd end);
    // api_log.cc
    void show_log(const CallPtr& call);
    void set_log(const CallPtr& call);
    // api_xml.cc
    void show_queues_xml(const CallPtr& call);
    void show_topics_xml(const CallPtr& call);
    void show_subscribers_xml(const CallPtr& call);
    void show_feed(const CallPtr& call);
    // api_why.cc
    void why_queue(const CallPtr& call);
    void why_subscription(const CallPtr& call);
    void why_message(const CallPtr& call);
    void why_connection(const CallPtr& call);
    static void answer_why(const CallPtr& call, std::expected<json::object, NotThere> answer);
    // api_traces.cc
    void list_traces(const CallPtr& call);
    void follow_messages(const CallPtr& call);
    // api_listeners.cc
    [[nodiscard]] json::array listeners_json() const;
    void list_listeners(const CallPtr& call);
    void add_listener(const CallPtr& call);
    void remove_listener(const CallPtr& call);
    // api_connections.cc
    void list_connections(const CallPtr& call);
    void show_connection(const CallPtr& call);
    void close_connection(const CallPtr& call);
    void list_consumers(const CallPtr& call);

    /// How many producers there are at the destinations of this kind.
    void count_producers(broker::Domain domain, std::move_only_function<void(Counts)> done);
    [[nodiscard]] static broker::Destination queue_of(const Call& call);

    broker::Operations& broker_;
    const message::Formats& formats_;
    About about_;
    Surroundings surroundings_;
    std::unique_ptr<Jolokia> jolokia_;
    std::unique_ptr<Rest> rest_;
    std::unique_ptr<Why> why_;
};

}  // namespace tern::admin
