#pragma once

#include "config/load.h"
#include "engine/engine.h"
#include "gateway/listener.h"
#include "gateway/residents.h"
#include "protocol/amqp091/letters.h"
#include "protocol/openwire/advisories.h"
#include "protocol/room.h"
#include "realms/directory_rights.h"
#include "runtime/posix_disk.h"
#include "runtime/shard_group.h"
#include "runtime/thread_lane.h"
#include "server/configure.h"
#include "server/gatekeeper.h"
#include "server/graph_files.h"
#include "server/login_watch.h"
#include "server/management.h"
#include "server/operators.h"
#include "server/options.h"
#include "server/revoked.h"
#include "server/rooms.h"
#include "server/security.h"
#include "server/store_disk.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace tern::server {

/// As many as the options say, or as suit the machine.
[[nodiscard]] std::uint16_t shard_count(const Options& options);

/// The whole daemon, put together by hand. Made, started and stopped on the main thread.
class Server {
public:
    /// `storage_failed` may be called once, from any thread, when nothing can be stored any more.
    Server(Options options, std::move_only_function<void()> storage_failed);
    ~Server();

    /// Takes the data directory, first of all; returns when it has it, or with false when the
    /// broker shall end. Errors come with a text for the user, here and below.
    [[nodiscard]] std::expected<bool, std::string> take_data(const DataLock::Pause& pause);
    /// Whether no other broker can have the data directory.
    [[nodiscard]] bool holds_data() { return lock_->is_held(); }
    /// Recovers, listens and serves.
    [[nodiscard]] std::expected<std::vector<Listening>, std::string> start();
    /// The password of the operator that was made at this start; nothing: there was none to make.
    [[nodiscard]] const std::optional<security::Secret>& made_password() const {
        return made_password_;
    }
    /// Takes over what a document says, if nothing in it is wrong; otherwise nothing changes. While
    /// the broker runs; on the main thread.
    admin::Reload reload(config::Loaded document);
    /// Those who asked for a reload since the last call: whoever reads the document after that
    /// tells them what came of it.
    using ReloadAnswer = std::move_only_function<void(admin::Reload)>;
    [[nodiscard]] std::vector<ReloadAnswer> reload_requests();
    /// Reads certificates and keys again, for the connections to come. While the broker runs.
    void reload_certificates();
    /// Whether an operator wants the program to begin anew when it has ended.
    [[nodiscard]] bool restart_wanted() const { return restart_wanted_; }
    /// Makes durable what was written to the journal, if that is to be done from outside. Once in
    /// each interval of the options, on the main thread.
    void sync_store();
    /// Says good-bye to all clients, makes everything durable and ends all threads.
    void stop();

private:
    /// What of the document has no effect, and how much of it has.
    static void log_report(const config::Report& report);
    [[nodiscard]] std::optional<std::string> open_store();
    [[nodiscard]] std::optional<std::string> load_certificates();
    [[nodiscard]] std::optional<std::string> find_guards();
    /// Unless they are started.
    void start_listeners();
    /// What RabbitMQ's definitions say now; it holds once the engine is configured.
    [[nodiscard]] std::optional<std::string> take_over_definitions();
    void take_over(Defined defined);
    /// Changes what they say while the broker runs, for good. From any thread.
    [[nodiscard]] std::expected<void, std::string> change_book(
        const std::function<void(admin::rabbitmq::Book&)>& how);
    [[nodiscard]] std::shared_ptr<const admin::rabbitmq::Book> book();
    /// Makes exchanges, queues and bindings that are not there yet; `done` runs on shard 0. From
    /// any thread.
    void make(amqp091::Definitions definitions, std::function<void()> done);
    /// Runs on: shard 0. The next of those that wait.
    void make_next();
    [[nodiscard]] admin::rabbitmq::Certificates certificates() const;
    void start_management(const std::vector<Listening>& listening);
    [[nodiscard]] const protocol::Room& amqp091_room() const;
    /// The realm, and that of the definitions; null if there is neither.
    [[nodiscard]] security::RealmPtr with_defined_users(security::RealmPtr of_document) const;
    [[nodiscard]] std::optional<std::string> find_operators();
    /// What may be spoken on a listener.
    [[nodiscard]] std::vector<const protocol::Room*> rooms_of(
        const ListenerOptions& listener) const;
    /// Whether this broker speaks what a listener is configured for.
    [[nodiscard]] bool serves(const ListenerOptions& wanted) const;
    /// What is wrong with listening there.
    [[nodiscard]] std::optional<std::string> find_exposed() const;
    [[nodiscard]] bool would_expose(const ListenerOptions& wanted) const;
    [[nodiscard]] std::expected<Listening, std::string> listen(const ListenerOptions& wanted);
    // server_listeners.cc: while the broker runs. Called on the operators' thread, and answered on
    // shard 0.
    void add_listener(const std::string& uri, admin::Surroundings::Added answer);
    void remove_listener(const std::string& name, std::move_only_function<void(bool)> answer);
    [[nodiscard]] std::vector<admin::OpenListener> open_listeners();
    [[nodiscard]] admin::ConnectionLimit connection_limit() const;
    void forget_closed_listeners();
    /// For operators. From any thread.
    [[nodiscard]] admin::Configuration configuration();
    void request_reload(ReloadAnswer answer);
    /// Users and what else is asked for of them; the error: what is wrong with it.
    [[nodiscard]] std::optional<std::string> take_over_users(const config::Broker& document);
    /// What ends their connections when it is called, those that are left each time.
    [[nodiscard]] std::function<void()> ending(Revoked users);
    /// Ends the connections of those who logged in as what they are not any more.
    void end_revoked(Revoked users);
    /// Ends those of these, and connections that have lasted long enough.
    void end_over(LoginWatch::Identities over);
    [[nodiscard]] admin::About about();
    void declare(const std::vector<broker::Destination>& queues);
    /// Runs on: shard 0. One that somebody uses stays.
    void remove_queue(const std::string& name);
    /// Runs on: shard 0. Tells clients which topics are there from now on; both in order.
    void declare_topics(const std::vector<std::string>& before,
                        const std::vector<std::string>& now);
    /// Tells all shards what the document and the guards say now.
    void configure_engine();
    void stop_serving();

    Options options_;
    const config::Broker started_ = options_.document;  ///< what needs a restart is as it says
    std::move_only_function<void()> storage_failed_;
    std::atomic<bool> restart_wanted_{false};
    std::unique_ptr<PosixDisk> disk_;
    std::optional<DataLock> lock_;
    /// Every protocol's way to read its messages.
    message::Formats formats_;
    const amqp091::Letters letters_{formats_};
    Operators operators_;
    Management management_;
    GraphFiles graph_files_;
    ThreadLane journal_lane_{"journal"};
    ThreadLane files_lane_{"files"};
    ThreadLane segments_lane_{"segments"};
    ThreadLane large_lane_{"large"};
    ThreadLane audit_lane_{"audit"};
    ThreadLane goodbyes_lane_{"goodbyes"};
    LoginLanes login_lanes_;
    LoginWatch login_watch_;
    std::unique_ptr<realms::DirectoryRights> directory_rights_;  ///< null: there are none
    /// Of the document and the guards, which a thread of the directory's changes, too.
    std::mutex settings_mutex_;
    Guards guards_;
    bool restart_needed_ = false;
    std::vector<ReloadAnswer> reload_requests_;
    std::mutex book_mutex_;
    /// Users, virtual hosts and policies of RabbitMQ's definitions; null: there are none.
    std::shared_ptr<const admin::rabbitmq::Book> book_;
    security::RealmPtr document_users_;       ///< of the document; null: there are none
    security::RealmPtr defined_users_;        ///< of the definitions; null: there are none
    std::vector<std::string> defined_names_;  ///< theirs
    std::shared_ptr<Gatekeeper> gatekeeper_;  ///< null: nobody has to say who it is
    std::optional<security::Secret> made_password_;
    ShardGroup shards_;
    std::unique_ptr<StoreDisk> store_disk_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<store::Segments> segments_;
    std::unique_ptr<store::LargeFiles> large_files_;
    std::unique_ptr<store::Store> store_;
    openwire::Advisories advisories_;
    Rooms rooms_;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<gateway::TlsContext> tls_;  ///< null: there is no certificate
    gateway::Places places_;
    std::vector<std::unique_ptr<gateway::Gateway>> gateways_;
    std::unique_ptr<gateway::Residents> residents_;
    std::unique_ptr<Errands> errands_;
    /// What is to be made, one after the other; those of the start come first. Shard 0's.
    std::deque<amqp091::Definitions> to_make_;
    bool making_ = false;
    /// Once the broker runs, shard 0's, as is what was removed of them: their connections may last.
    std::vector<std::unique_ptr<gateway::Listener>> listeners_;
    std::vector<std::unique_ptr<gateway::Listener>> closed_listeners_;
    /// What is open, for operators. Guarded by `settings_mutex_`.
    std::vector<Listening> open_;
    bool running_ = false;
    bool listening_ = false;  ///< the first shard's
};

}  // namespace tern::server
