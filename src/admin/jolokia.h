#pragma once

#include "admin/mbeans.h"

#include <memory>

namespace tern::admin {

/// Jolokia's protocol over the MBeans of ActiveMQ Classic: what monitoring tools and scripts for
/// that speak.
///
/// Runs on: the thread that `Operations` reply on.
class Jolokia {
public:
    /// All that is referred to outlives this object.
    Jolokia(broker::Operations& broker, const message::Formats& formats, const About& about,
            const Surroundings& surroundings)
        : broker_(broker),
          formats_(formats),
          about_(about),
          surroundings_(surroundings),
          counts_(about.mbeans.count) {}

    /// A request by GET, in the path behind `/api/jolokia`; or by POST, one in the body or several
    /// in a list.
    void handle(const Request& request, Respond respond);

    struct Execution;

private:
    /// Requests under way, and their answers in order.
    struct Batch {
        std::vector<json::object> requests;
        json::array answers;
        bool is_list = false;
        /// An attribute that is not there is a text among the others.
        bool ignore_errors = false;
        std::shared_ptr<const Snapshot> snapshot;
        Respond respond;
    };
    using BatchPtr = std::shared_ptr<Batch>;
    using Done = std::move_only_function<void(json::object answer)>;

    void next(const BatchPtr& batch);
    void run(const json::object& request, const std::shared_ptr<const Snapshot>& now,
             bool ignore_errors, Done done);
    // jolokia_read.cc
    [[nodiscard]] json::object read(const json::object& request, const Snapshot& now,
                                    bool ignore_errors) const;
    [[nodiscard]] json::object search(const json::object& request, const Snapshot& now) const;
    [[nodiscard]] json::object list(const json::object& request, const Snapshot& now) const;
    [[nodiscard]] json::object version() const;
    // jolokia_write.cc
    void write(const json::object& request, const Snapshot& now, Done done);
    [[nodiscard]] static bool is_writable(const MBean& bean, std::string_view attribute);
    // jolokia_exec.cc
    void execute(const json::object& request, const std::shared_ptr<const Snapshot>& now,
                 Done done);
    struct Operation;
    [[nodiscard]] static std::span<const Operation> operations();
    using ExecutionPtr = std::shared_ptr<Execution>;
    void add_queue(const ExecutionPtr& call);
    void remove_queue(const ExecutionPtr& call);
    void forget_subscriber(const ExecutionPtr& call);
    void do_nothing(const ExecutionPtr& call);
    void purge(const ExecutionPtr& call);
    void pause(const ExecutionPtr& call);
    void resume(const ExecutionPtr& call);
    void release_groups(const ExecutionPtr& call);
    /// Whether it may be done to that queue; if not, that is answered.
    [[nodiscard]] static bool may_act(const ExecutionPtr& call);
    void act_on_one(const ExecutionPtr& call);
    void act_on_matching(const ExecutionPtr& call);
    void send_text(const ExecutionPtr& call);
    void send_with_properties(const ExecutionPtr& call);
    void send(const ExecutionPtr& call, const json::value& headers, const std::string& body);
    void close(const ExecutionPtr& call);
    void health(const ExecutionPtr& call);
    // jolokia_browse.cc
    void browse(const ExecutionPtr& call);
    void browse_one(const ExecutionPtr& call);
    void look_at_cursor(const ExecutionPtr& call);
    // jolokia_broker.cc
    void stop(const ExecutionPtr& call);
    void restart(const ExecutionPtr& call);
    void query_destinations(const ExecutionPtr& call);
    void remove_topic(const ExecutionPtr& call);
    void make_subscriber(const ExecutionPtr& call);
    void match_name(const ExecutionPtr& call);
    // jolokia_counters.cc
    void reset_statistics(const ExecutionPtr& call);
    void enable_statistics(const ExecutionPtr& call);
    void disable_statistics(const ExecutionPtr& call);
    /// The attributes of a bean but for averages, counters from where they were last reset or as
    /// they stand still.
    [[nodiscard]] json::object counted(const MBeans& beans, const MBean& bean) const;
    [[nodiscard]] json::object attributes_of(const MBeans& beans, const MBean& bean) const;
    // jolokia_watching.cc
    void list_health(const ExecutionPtr& call);
    void get_log_level(const ExecutionPtr& call);
    void set_log_level(const ExecutionPtr& call);
    // jolokia_listeners.cc
    [[nodiscard]] std::vector<OpenListener> listeners() const;
    void find_connector(const ExecutionPtr& call);
    void add_connector(const ExecutionPtr& call);
    void remove_connector(const ExecutionPtr& call);
    void stop_connector(const ExecutionPtr& call);
    void count_connections(const ExecutionPtr& call);
    // jolokia_branches.cc
    void decide_branch(const ExecutionPtr& call);
    // jolokia_jobs.cc
    void list_jobs(const ExecutionPtr& call);
    void remove_jobs(const ExecutionPtr& call);
    /// Operations by name, as `list` shows them.
    [[nodiscard]] static json::object describe_operations(const MBean& bean);

    broker::Operations& broker_;
    const message::Formats& formats_;
    const About& about_;
    const Surroundings& surroundings_;
    // By the view, of 10,000 at most:
    std::map<ObjectName, json::object> resets_;   ///< what counters were when somebody reset them
    std::map<ObjectName, json::object> stopped_;  ///< what they show while they stand still; or 0
    bool counts_;                                 ///< they do not
};

/// What Jolokia's answer says when a request fails.
[[nodiscard]] json::object jolokia_error(int status, std::string_view type, std::string_view text);
[[nodiscard]] json::object jolokia_value(json::value value);
/// A member of a request, if it is a text.
[[nodiscard]] std::string jolokia_text(const json::object& request, std::string_view name);

/// The request that a path asks for, `/read/NAME/ATTRIBUTE` and so on; nothing: it is none.
[[nodiscard]] std::optional<json::object> jolokia_request(const Target& target);

}  // namespace tern::admin
