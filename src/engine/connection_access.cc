#include "base/log.h"
#include "broker/api/errors.h"
#include "engine/client_events.h"
#include "engine/connection.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// Who a client is, and what it may do: the one place where that is asked.

namespace tern::engine {

using broker::DestinationView;
using broker::Domain;
using broker::Errc;
using broker::Token;
using security::Right;

namespace {

constexpr std::string_view kAdvisories = "ActiveMQ.Advisory.";
/// The protocol that has virtual hosts.
constexpr std::string_view kOfVhosts = "amqp091";
/// Where answers to requests go: whoever knows the name may use it.
constexpr std::string_view kReplies = "amq.rabbitmq.reply-to.";

std::string_view name_of(Errc refusal) {
    switch (refusal) {
        case Errc::may_not_read:
            return "read";
        case Errc::may_not_write:
            return "write";
        case Errc::may_not_create:
            return "create";
        default:
            return "remove";
    }
}

}  // namespace

security::Credentials Connection::credentials(const broker::Login& login) const {
    security::Credentials shown{.certificate = certificate_,
                                .address = peer_,
                                .protocol = protocol_,
                                .listener = listener_name_,
                                .domain = security_domain_};
    if (login.user) shown.user = *login.user;
    if (login.password) shown.password = security::Secret(*login.password);
    if (login.proof) {
        shown.proof = security::Credentials::Proof{std::string(login.proof->signed_text),
                                                   std::string(login.proof->proof)};
        shown.scram_hash = login.proof->hash;
    }
    return shown;
}

void Connection::log_in(const broker::Login& login, Token token) {
    log_in(credentials(login), token);
}

void Connection::log_in(security::Credentials shown, Token token) {
    if (waits()) {
        return park(
            [this, shown = std::move(shown), token]() mutable { log_in(std::move(shown), token); });
    }
    const auto& gatekeeper = shard_.settings().gatekeeper;
    if (gatekeeper == nullptr) {
        return admit(std::make_shared<const security::Identity>(shown.user.value_or(""),
                                                                std::vector<std::string>()),
                     token);
    }
    waiting_ = logging_in_ = true;
    gatekeeper->admit(std::move(shown), [shard = &shard_, number = number_,
                                         token](security::Verdict verdict) mutable {
        shard->loop().deliver([shard, number, token, verdict = std::move(verdict)]() mutable {
            Connection* const self = shard->find(number);
            if (self == nullptr || self->closed_) return;
            self->end_login(std::move(verdict), token);
        });
    });
}

broker::LoginWays Connection::login_ways() const {
    const auto& gatekeeper = shard_.settings().gatekeeper;
    return gatekeeper == nullptr ? broker::LoginWays() : gatekeeper->login_ways();
}

void Connection::challenge(
    std::string_view user, broker::ScramHash hash,
    std::move_only_function<void(std::optional<broker::ScramChallenge>)> answer) {
    using Challenge = std::optional<broker::ScramChallenge>;
    const auto& gatekeeper = shard_.settings().gatekeeper;
    if (gatekeeper == nullptr) return answer({});
    security::Credentials asks = credentials({.user = user});
    asks.scram_hash = hash;
    gatekeeper->challenge(
        std::move(asks), [shard = &shard_, number = number_,
                          answer = std::move(answer)](Challenge challenge) mutable {
            shard->loop().deliver([shard, number, challenge = std::move(challenge),
                                   answer = std::move(answer)]() mutable {
                Connection* const self = shard->find(number);
                if (self != nullptr && !self->closed_) answer(std::move(challenge));
            });
        });
}

void Connection::end_login(security::Verdict verdict, Token token) {
    waiting_ = logging_in_ = false;
    if (verdict) {
        admit(std::move(*verdict), token);
    } else {
        // Nobody answers for what came behind it.
        parked_.clear();
        ends_.clear();
        complete(token, make_error_code(Errc::not_authenticated));
    }
    resume();
}

void Connection::admit(security::IdentityPtr identity, Token token) {
    // In a protocol that has virtual hosts a connection counts when it has chosen one.
    if (protocol_ != kOfVhosts && !hidden_ &&
        places_.take(broker::VhostLimit::user_connections, identity->user())) {
        note_user_is_full(identity->user());
        return complete(token, make_error_code(Errc::too_many_sessions));
    }
    access_.set_identity(std::move(identity));
    tell_event(*this, shard_id(), broker::kConnectionEvents, "is let in as '{}'", user());
    complete(token);
}

std::error_code Connection::begin_session() {
    if (!places_.take(broker::VhostLimit::user_sessions, user())) {
        tell_event(*this, shard_id(), broker::kSessionEvents, "begins a session");
        return {};
    }
    note_user_is_full(user());
    return make_error_code(Errc::too_many_sessions);
}

void Connection::note_user_is_full(std::string_view user) {
    shard_.note_crossed(broker::Limit::sessions, fmt::format("user {}", user),
                        "there are as many connections or sessions as it may have");
}

void Connection::end_session() {
    tell_event(*this, shard_id(), broker::kSessionEvents, "ends a session");
    places_.give_back(broker::VhostLimit::user_sessions, user());
}

std::string_view Connection::user() const {
    return access_.identity() == nullptr ? std::string_view() : access_.identity()->user();
}

bool Connection::guarded() const {
    return shard_.settings().guarded() && !hidden_;
}

bool Connection::admitted() const {
    return access_.identity() != nullptr || !guarded();
}

std::error_code Connection::check_admitted() const {
    return admitted() ? std::error_code() : make_error_code(Errc::not_authenticated);
}

const security::PermissionsPtr& Connection::permissions() const {
    static const security::PermissionsPtr none;
    // Its own count whatever protocol it is used with.
    if (const auto& who = access_.identity(); who != nullptr && who->permissions() != nullptr) {
        return who->permissions();
    }
    return protocol_ == kOfVhosts ? shard_.settings().permissions : none;
}

bool Connection::allowed(Right right, const DestinationView& destination) {
    const bool of_vhosts = protocol_ == kOfVhosts;
    if (destination.domain == Domain::queue && of_vhosts && admitted() &&
        broker::split_address(destination.name).name.starts_with(kReplies)) {
        return true;
    }
    const auto& all = permissions();
    const auto& rights = shard_.settings().rights;
    if (!guarded() || (all == nullptr && rights == nullptr)) return admitted();
    if (!admitted()) return false;
    if (!of_vhosts && destination.name.contains(',')) {
        return std::ranges::all_of(broker::elements(destination),
                                   [&](const auto& one) { return allowed(right, one.view()); });
    }
    if (destination.domain == Domain::queue && destination.name.starts_with('$')) {
        // What a protocol keeps there is its own; it asks for the right that it is about.
        const std::string_view name = destination.name.substr(1);
        return name.starts_with(protocol_) && name.substr(protocol_.size()).starts_with('.');
    }
    if (all == nullptr) return access_.allows(rights, right, destination);
    // As without a map: only its own connection uses a temporary one.
    if (destination.temporary && !of_vhosts) return true;
    return access_.allows(all, right, destination);
}

std::error_code Connection::check(Right right, const DestinationView& destination, Errc refusal) {
    if (!guarded()) return {};
    if (const auto error = check_admitted()) return error;
    if (allowed(right, destination)) return {};
    note_refusal(destination, refusal);
    return make_error_code(refusal);
}

std::error_code Connection::may_publish(const DestinationView& to) {
    // What is asked for meanwhile is judged when its turn comes.
    if (logging_in_) return {};
    const auto known = translate(to);
    return check(Right::write, known ? known->view() : to, Errc::may_not_write);
}

std::error_code Connection::check_subscribe(const broker::Subscribe& command) {
    if (!guarded()) return {};
    for (const broker::Destination& one : command.destinations) {
        if (const auto error = check(Right::read, as_used(one.view()), Errc::may_not_read)) {
            return error;
        }
    }
    return {};
}

bool Connection::may_go_on(const Attached& attached) {
    const auto readable = [this](const DestinationView& destination) {
        return !check(Right::read, destination, Errc::may_not_read);
    };
    return std::ranges::all_of(attached.patterns,
                               [&](const std::string& pattern) {
                                   return readable({Domain::queue, false, pattern});
                               }) &&
           std::ranges::all_of(attached.queues, [&](const broker::QueueInfoPtr& queue) {
               return std::ranges::all_of(queue->bindings, [&](const broker::Destination& one) {
                   return readable(as_used(one.view()));
               });
           });
}

void Connection::end_revoked() {
    if (!guarded() || closed_) return;
    std::vector<broker::ConsumerNumber> revoked;
    for (const auto& [consumer, attached] : consumers_) {
        // Who browses has been shown most of it already.
        if (!attached.browses && !may_go_on(attached)) revoked.push_back(consumer);
    }
    for (const broker::ConsumerNumber consumer : revoked) {
        const auto found = consumers_.extract(consumer);
        if (found.empty()) continue;
        close_consumer(consumer, found.mapped(), std::nullopt);
        listener_.revoked(consumer);
    }
}

DestinationView Connection::as_used(const DestinationView& destination) const {
    if (destination.temporary || destination.domain == Domain::topic) return destination;
    const auto queues = shard_.table().route(destination);
    const bool temporary = !queues.empty() && queues.front()->connection;
    return {destination.domain, temporary, destination.name};
}

bool Connection::is_missing(const DestinationView& destination) const {
    if (destination.domain != Domain::topic || destination.temporary) return false;
    if (!guarded() || shard_.settings().rights == nullptr) return false;
    // The broker makes these itself.
    if (destination.name.starts_with(kAdvisories) || destination.name.starts_with('$')) {
        return false;
    }
    return !access_.is_found(destination) && shard_.table().route(destination).empty();
}

void Connection::note_refusal(const DestinationView& destination, Errc refusal) {
    const std::string where = readable(destination);
    if (!refusals_.insert(std::string(name_of(refusal)) + ' ' + where).second) return;
    if (refusals_.size() > kRefusalsNoted) refusals_.clear();
    log::warning("engine", "{} at {} may not {} {}", user(), peer_, name_of(refusal), where);
    const auto& audit = shard_.settings().audit;
    if (audit == nullptr) return;
    audit->note({.what = std::string(name_of(refusal)),
                 .allowed = false,
                 .user = std::string(user()),
                 .address = peer_,
                 .by = protocol_,
                 .target = where});
}

}  // namespace tern::engine
