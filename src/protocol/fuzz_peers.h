#pragma once

#include "base/assert.h"
#include "broker/api/broker.h"
#include "protocol/session.h"
#include "protocol/wire.h"

#include <array>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Both ends between which fuzz targets put a session.

namespace tern::protocol {

class FuzzWire final : public Wire {
public:
    [[nodiscard]] Output& output() override { return output_; }
    void close(std::string_view) override { closed_ = true; }
    [[nodiscard]] std::string_view peer() const override { return "fuzz"; }
    void tick_by(std::int64_t) override {}
    [[nodiscard]] std::string_view certificate() const override { return certificate_; }
    [[nodiscard]] std::int64_t now_ms() const override { return now_ms_; }

    [[nodiscard]] bool closed() const { return closed_; }
    void show_certificate(std::string subject) { certificate_ = std::move(subject); }
    void pass(std::int64_t ms) { now_ms_ += ms; }
    /// All that the session has said since the last call.
    [[nodiscard]] std::string take() {
        std::string all;
        std::array<Bytes, 16> pieces;
        while (!output_.empty()) {
            std::size_t bytes = 0;
            const std::size_t count = output_.gather(pieces);
            for (std::size_t i = 0; i < count; ++i) {
                all += as_text(pieces[i]);
                bytes += pieces[i].size();
            }
            output_.consume(bytes);
        }
        return all;
    }

private:
    Output output_;
    std::string certificate_;
    bool closed_ = false;
    std::int64_t now_ms_ = 1;
};

/// Agrees to everything that makes sense, and insists that it does. Answers wait for `answer_all`.
class FuzzBroker : public broker::Broker {
public:
    void log_in(const broker::Login&, broker::Token token) override { answer(token); }
    [[nodiscard]] broker::LoginWays login_ways() const override {
        return {.scram_256 = true, .scram_512 = true, .tokens = true};
    }
    void challenge(
        std::string_view user, broker::ScramHash hash,
        std::move_only_function<void(std::optional<broker::ScramChallenge>)> answer) override {
        answers_.push_back([known = !user.empty(),
                            size = hash == broker::ScramHash::sha512 ? 64U : 32U,
                            answer = std::move(answer)](broker::Listener&) mutable {
            if (!known) return answer({});
            answer(broker::ScramChallenge{"salt", 4096, "nonce", std::string(size, 'k')});
        });
    }
    [[nodiscard]] std::string_view user() const override { return "user"; }
    [[nodiscard]] bool guarded() const override { return false; }
    [[nodiscard]] std::error_code may_publish(const broker::DestinationView&) override {
        return {};
    }
    void publish(broker::Publish command) override {
        TERN_ASSERT(!command.to.name.empty() && command.message != nullptr);
        TERN_ASSERT(!command.transaction || open_.contains(command.transaction));
        last_ = command.message;
        answer(command.token);
    }
    void subscribe(broker::Subscribe command) override {
        TERN_ASSERT(!command.destinations.empty());
        TERN_ASSERT(consumers_.insert(command.consumer).second);
        answer(command.token);
    }
    void unsubscribe(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag>,
                     broker::Token token) override {
        TERN_ASSERT(consumers_.erase(consumer) == 1);
        answer(token);
    }
    void grant(broker::ConsumerNumber consumer, std::uint32_t credit) override {
        TERN_ASSERT(consumers_.contains(consumer) && credit > 0);
    }
    void drain(broker::ConsumerNumber consumer, broker::Token token) override {
        TERN_ASSERT(consumers_.contains(consumer));
        answer(token);
    }
    void settle(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                broker::Outcome, broker::TransactionNumber transaction) override {
        TERN_ASSERT(consumers_.contains(consumer) && !tags.empty());
        TERN_ASSERT(!transaction || open_.contains(transaction));
    }
    void reject(broker::ConsumerNumber consumer, std::span<const broker::DeliveryTag> tags,
                std::string_view) override {
        TERN_ASSERT(consumers_.contains(consumer) && !tags.empty());
    }
    void revise(broker::ConsumerNumber consumer, const broker::DeliveryTag&,
                broker::Revision change) override {
        TERN_ASSERT(consumers_.contains(consumer));
        if (last_ == nullptr) return;
        if (MessagePtr other = change(*last_)) last_ = std::move(other);
    }
    void forget_subscription(const broker::SubscriptionKey&, broker::Token token) override {
        answer(token);
    }
    [[nodiscard]] broker::QueueInfoPtr find_subscription(
        const broker::SubscriptionKey&) const override {
        return nullptr;
    }
    [[nodiscard]] std::string selector_problem(std::string_view) const override { return {}; }
    void note_crossed(broker::Limit) override {}
    void begin(broker::TransactionNumber transaction) override {
        TERN_ASSERT(open_.insert(transaction).second);
    }
    void commit(broker::TransactionNumber transaction, broker::Token token) override {
        TERN_ASSERT(open_.erase(transaction) == 1);
        answer(token);
    }
    void rollback(broker::TransactionNumber transaction, broker::Token token) override {
        commit(transaction, token);
    }
    void join_branch(const std::string& name, broker::TransactionNumber transaction,
                     broker::Token token) override {
        TERN_ASSERT(!name.empty());
        begin(transaction);
        branches_.emplace(name, transaction);
        answer(token);
    }
    void prepare_branch(const std::string& name, broker::Token token) override {
        TERN_ASSERT(!name.empty());
        answer(token);
    }
    void finish_branch(const std::string& name, broker::BranchEnd end,
                       broker::Token token) override {
        answers_.push_back([this, name, end, token](broker::Listener& listener) {
            const auto [from, to] = branches_.equal_range(name);
            for (auto it = from; it != to; it = branches_.erase(it)) {
                if (open_.erase(it->second) == 0) continue;
                listener.branch_ended(it->second, end != broker::BranchEnd::rollback);
            }
            if (token) listener.completed(token, {});
        });
    }
    void list_branches(std::move_only_function<void(std::vector<std::string>)> answer) override {
        answer({"x"});
    }
    void declare(const broker::Destination&, broker::Token token) override { answer(token); }
    void remove(const broker::Destination&, broker::Token token) override { answer(token); }
    void leave(broker::Token token) override { answer(token); }
    [[nodiscard]] bool exists(const broker::DestinationView&) const override { return true; }
    [[nodiscard]] bool extends_prefetch(const broker::DestinationView&) const override {
        return true;
    }
    [[nodiscard]] std::uint32_t prefetch(const broker::DestinationView&,
                                         broker::ConsumerKind) const override {
        return 1000;
    }
    [[nodiscard]] std::vector<broker::Destination> temporary_destinations() const override {
        return {};
    }
    [[nodiscard]] std::vector<broker::Destination> queues() const override {
        return {{broker::Domain::queue, false, "q"}};
    }
    void list_scheduled(
        broker::JobSelection,
        std::move_only_function<void(std::vector<broker::ScheduledJob>)> answer) override {
        answer({});
    }
    void remove_scheduled(broker::JobSelection, broker::Token token) override { answer(token); }
    void report_queues(
        std::string pattern,
        std::move_only_function<void(std::vector<broker::QueueReport>)> answer) override {
        answer({{.queue = {broker::Domain::queue, false, std::move(pattern)},
                 .counts = {},
                 .totals = {}}});
    }
    void announce(broker::Notice notice) override {
        TERN_ASSERT(!notice.about->topic().empty());
        notices_.push_back(notice.about->message(notice.what, notices_.size()));
        answer(notice.token);
    }
    void list_notices(std::vector<std::string>,
                      std::move_only_function<void(std::vector<MessagePtr>)> answer) override {
        std::erase(notices_, nullptr);
        answer(std::exchange(notices_, {}));
    }
    void identify(std::string_view, std::string_view, broker::Takeover,
                  broker::Token token) override {
        answer(token);
    }
    /// For protocols that know none.
    [[nodiscard]] broker::ExchangeBroker& exchanges() override { std::abort(); }
    [[nodiscard]] std::int64_t wall_ms() const override { return 1'000'000; }

    void answer_all(broker::Listener& listener) {
        while (!answers_.empty()) {
            auto next = std::move(answers_.front());
            answers_.pop_front();
            next(listener);
        }
    }
    /// Gives the message published last to every consumer.
    void deliver(broker::Listener& listener, const broker::QueueInfo& from) {
        if (last_ == nullptr) return;
        const auto consumers = consumers_;
        for (const broker::ConsumerNumber one : consumers) {
            const broker::Delivery delivery{
                .tag = {from.id, ++ordinal_, {}}, .message = last_, .failures = 0};
            listener.deliver(one, from, {&delivery, 1});
        }
    }
    /// The connection is gone: the next one may be another.
    void disconnected() {
        answers_.clear();
        consumers_.clear();
        open_.clear();
    }

protected:
    void answer(broker::Token token) {
        if (!token) return;
        answers_.push_back([token](broker::Listener& listener) { listener.completed(token, {}); });
    }
    void answer_with(std::move_only_function<void(broker::Listener&)> say) {
        answers_.push_back(std::move(say));
    }
    [[nodiscard]] const MessagePtr& last() const { return last_; }
    void set_last(MessagePtr message) { last_ = std::move(message); }

private:
    std::deque<std::move_only_function<void(broker::Listener&)>> answers_;
    std::set<broker::ConsumerNumber> consumers_;
    std::set<broker::TransactionNumber> open_;
    std::multimap<std::string, broker::TransactionNumber> branches_;
    std::vector<MessagePtr> notices_;
    MessagePtr last_;
    std::uint64_t ordinal_ = 0;
};

}  // namespace tern::protocol
