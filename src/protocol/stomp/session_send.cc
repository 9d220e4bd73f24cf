#include "broker/api/errors.h"
#include "protocol/stomp/rabbitmq.h"
#include "protocol/stomp/send.h"
#include "protocol/stomp/session.h"

#include <fmt/format.h>

namespace tern::stomp {

broker::Destination Session::resolve(const Named& named) {
    if (!named.alias) return {named.domain, named.temporary, std::string(named.name)};
    const bool topic = named.domain == broker::Domain::topic;
    const std::string key =
        fmt::format("{}{}", topic ? "/temp-topic/" : "/temp-queue/", named.name);
    const auto found = temporaries_.find(key);
    if (found != temporaries_.end()) return found->second;
    broker::Destination made(named.domain, true,
                             fmt::format("{}:{}", connection_id_, temporaries_.size() + 1));
    broker_.declare(made, {});
    temporaries_.emplace(key, made);
    return made;
}

std::string Session::name_of(const broker::DestinationView& destination) const {
    if (destination.temporary) {
        for (const auto& [alias, real] : temporaries_) {
            if (real.view() == destination) return alias;
        }
    }
    return client_name(destination);
}

std::string Session::reply_name(const broker::DestinationView& destination) const {
    return options_.rabbitmq ? rabbitmq_reply_name(destination) : name_of(destination);
}

std::optional<broker::TransactionNumber> Session::transaction_of(const Frame& frame) {
    const auto name = frame.find("transaction");
    if (!name) return broker::TransactionNumber{};
    const auto found = transactions_.find(*name);
    if (found != transactions_.end()) return found->second;
    fail(frame.get("receipt"), "Invalid transaction id: " + std::string(*name));
    return {};
}

void Session::on_send(const Frame& frame, const Buffer* owner) {
    if (options_.rabbitmq) return send_rabbitmq(frame, owner);
    const std::string_view id = frame.get("receipt");
    const std::vector<Named> named = parse_destinations(frame.get("destination"));
    if (named.empty()) return fail(id, "SEND received without a Destination specified!");
    const auto transaction = transaction_of(frame);
    if (!transaction) return;

    std::optional<broker::Destination> reply_to;
    const std::vector<Named> reply = parse_destinations(frame.get("reply-to"));
    if (reply.size() == 1 && reply.front().prefixed) reply_to = resolve(reply.front());
    const std::string message_id = fmt::format("{}:-1:1:{}", connection_id_, ++last_message_);
    SendContext context{.to = {},
                        .reply_to = reply_to ? std::optional(reply_to->view()) : std::nullopt,
                        .message_id = message_id,
                        .now_ms = broker_.wall_ms(),
                        .owner = owner};
    // One message for each destination, one answer for all of them.
    std::vector<std::pair<broker::Destination, MessagePtr>> all;
    for (const Named& one : named) {
        broker::Destination to = resolve(one);
        context.to = to.view();
        auto message = make_message(frame, context, scratch_);
        if (!message) return fail(id, message.error());
        all.emplace_back(std::move(to), std::move(*message));
    }
    if (broker_.guarded()) {
        // All of them, or none.
        for (const auto& [to, message] : all) {
            const auto error = broker_.may_publish(to.view());
            if (error) {
                return fail(id,
                            broker::access_text(error, broker_.user(), broker::to_text(to.view())));
            }
        }
    }
    const auto publish = [&](const auto& one, broker::Token token) {
        broker_.publish({.to = one.first.view(),
                         .message = one.second,
                         .transaction = *transaction,
                         .token = token});
    };
    const broker::Token token = pending(frame, name_of(all.front().first.view()));
    if (all.size() == 1) return publish(all.front(), token);
    struct Answers {
        std::size_t left;
        std::error_code error;
    };
    const auto answers = std::make_shared<Answers>(all.size(), std::error_code());
    for (const auto& one : all) {
        publish(one, pending({}, {}, [this, answers, token](std::error_code error) {
                    if (error) answers->error = error;
                    if (--answers->left == 0) completed(token, answers->error);
                }));
    }
}

void Session::on_begin(const Frame& frame) {
    const std::string_view id = frame.get("receipt");
    const auto name = frame.find("transaction");
    if (!name) return fail(id, "Must specify the transaction you are beginning");
    const broker::TransactionNumber number{last_transaction_ + 1};
    if (!transactions_.emplace(*name, number).second) {
        return fail(id, "The transaction was already started: " + std::string(*name));
    }
    ++last_transaction_;
    broker_.begin(number);
    receipt(id);
}

void Session::on_end(const Frame& frame, bool commit) {
    const auto name = frame.find("transaction");
    if (!name) {
        return fail(frame.get("receipt"), "Must specify the transaction you are committing");
    }
    const auto transaction = transaction_of(frame);
    if (!transaction) return;
    const broker::TransactionNumber number = *transaction;
    std::string about(*name);
    transactions_.erase(transactions_.find(*name));
    const broker::Token token =
        pending(frame, std::move(about), [this, number, commit](std::error_code error) {
            for (const auto& [consumer, subscribed] : subscriptions_) {
                if (commit && !error) {
                    subscribed->window.commit(number);
                } else {
                    subscribed->window.roll_back(number);
                }
                grant(*subscribed);
            }
        });
    if (commit) {
        broker_.commit(number, token);
    } else {
        broker_.rollback(number, token);
    }
}

}  // namespace tern::stomp
