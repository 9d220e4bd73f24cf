#pragma once

#include "admin/api.h"
#include "admin/http/server.h"
#include "engine/callers.h"
#include "engine/operations.h"
#include "gateway/endpoint.h"
#include "server/configure.h"
#include "server/doorman.h"
#include "server/options.h"

#include <expected>
#include <memory>

namespace tern::server {

/// What operators use: the API over HTTP, on a thread of its own. Outlives the shards: answers of
/// theirs may still be under way when it has stopped.
class Operators {
public:
    /// `formats` outlives this object.
    Operators(const Options& options, const message::Formats& formats);

    /// Without those that nobody asked for and whose ports are in use. `tls` null: there is no
    /// certificate. The error is a text for the user.
    [[nodiscard]] std::expected<std::vector<Listening>, std::string> open(
        const admin::http::Server::TlsSource& tls);
    /// Called on the API's thread; answers may come on any.
    struct Configuring {
        std::function<admin::Configuration()> configuration;
        std::function<void(std::move_only_function<void(admin::Reload)>)> reload;
        std::function<void(std::string uri, admin::Surroundings::Added)> add_listener;
        std::function<void(std::string name, std::move_only_function<void(bool)>)> remove_listener;
        std::function<void()> stop;     ///< all of the program
        std::function<void()> restart;  ///< likewise
    };
    /// `engine` outlives this object's `stop`.
    void start(engine::Engine& engine, admin::About about, const Guards& guards,
               Configuring configuring);
    void stop() { http_.stop(); }
    /// Ends what receives by HTTP. Runs on: the first shard, once started and stopped.
    void end_callers();
    /// Everybody has to log in again, or those whose logins are over. From any thread, once
    /// started.
    void forget_logins();
    void forget_logins(std::vector<security::IdentityPtr> over);

private:
    /// An answer that comes on the API's thread, from any.
    template <class T>
    [[nodiscard]] std::move_only_function<void(T)> on_http(std::move_only_function<void(T)> answer);
    [[nodiscard]] Result<MessagePtr> make_message(const message::HubMessage& hub);

    const Options& options_;
    const message::Formats& formats_;
    admin::http::Server http_;
    Configuring configuring_;
    std::int64_t sequence_ = 0;
    std::unique_ptr<engine::Operations> operations_;
    std::unique_ptr<engine::Callers> callers_;
    std::unique_ptr<admin::Api> api_;
    std::unique_ptr<Doorman> doorman_;
    bool open_ = false;
};

}  // namespace tern::server
