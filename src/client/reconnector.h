#pragma once

#include "client/brokers.h"
#include "client/dialer.h"
#include "protocol/openwire/codec/control_commands.h"

#include <condition_variable>
#include <thread>

namespace tern::client {

/// Keeps a connection with failover connected: tries brokers until one takes it, moves to another
/// when that is wanted, and waits in between, on a thread of its own.
class Reconnector {
public:
    /// Whose links these are. Runs on: the reconnector's thread.
    class Client {
    public:
        /// Starts the link and makes everything there as it was; `again` if there was another
        /// before. After an error the link is of no use.
        [[nodiscard]] virtual Result<void> take(std::shared_ptr<Link> link, bool again) = 0;
        /// Ends with the link in good times, and returns it; null when it is lost already.
        [[nodiscard]] virtual std::shared_ptr<Link> leave(const Error& why) = 0;
        /// A link that was lost; null when there is none.
        [[nodiscard]] virtual std::shared_ptr<Link> take_dead() = 0;
        /// A link was lost in service; not after `leave`.
        virtual void interrupted(const Error& why) = 0;
        virtual void resumed(const Endpoint& broker) = 0;
        /// It takes long.
        virtual void still_trying(const Error& why) = 0;
        /// There will be no link any more.
        virtual void give_up(const Error& why) = 0;

    protected:
        ~Client() = default;
    };

    Reconnector(Client& client, Dialer dialer, const Url& url);
    ~Reconnector();

    /// Errors: unreachable (the system gives no more threads).
    [[nodiscard]] Result<void> start();
    /// Ends what it is about; nothing of the client's is called after it.
    void stop();

    // Runs on: any thread.
    void lost(const Error& why);
    /// What the broker says about itself and others.
    void on_control(const openwire::ConnectionControl& control);

private:
    using Lock = std::unique_lock<std::mutex>;

    void run();
    void find_another();
    /// False when it is over.
    [[nodiscard]] bool connect();
    [[nodiscard]] bool try_round(const std::vector<Endpoint>& brokers, Error& why);
    [[nodiscard]] bool after_failed_round(const Error& why);
    [[nodiscard]] bool try_one(const Endpoint& broker, Error& why);
    [[nodiscard]] bool take(const Endpoint& broker, std::unique_ptr<Link> link, Error& why);
    void move_to_better(const std::vector<Endpoint>& better);
    void move_away(const Error& why);
    void bury_dead();

    Client& client_;
    const Dialer dialer_;
    const FailoverOptions options_;
    WakeUp cancel_;
    std::thread thread_;
    bool connected_before_ = false;  ///< of the thread

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    Brokers brokers_;
    bool lost_ = false;
    std::optional<Error> why_lost_;  ///< until the client has heard it
    bool move_ = false;
    bool hopeless_ = false;
    bool stopping_ = false;
};

}  // namespace tern::client
