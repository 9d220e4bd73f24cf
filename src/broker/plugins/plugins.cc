#include "broker/plugins/plugins.h"

#include "base/log.h"
#include "broker/policy/closest.h"
#include "broker/selector/regex.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <sstream>

namespace tern::broker {
namespace {

class TimeStamps final : public Interceptor {
public:
    explicit TimeStamps(const TimeStamping& options) : options_(options) {}

    [[nodiscard]] Result<MessagePtr> sending(const Sending& one) const override {
        const MessageHeader& header = one.message.header();
        // Without a time the sender did not want one.
        if (header.timestamp_ms <= 0 || one.to_dead_letters) return nullptr;
        std::int64_t lives_ms = options_.zero_expiration_ms;
        if (header.expires_at_ms > 0) lives_ms = header.expires_at_ms - header.timestamp_ms;
        if (options_.life_ms_max > 0 && lives_ms > options_.life_ms_max) {
            lives_ms = options_.life_ms_max;
        }
        const std::int64_t expires_at_ms = one.now_ms + lives_ms;
        if (options_.future_only && expires_at_ms <= header.expires_at_ms) return nullptr;
        message::Amendment change;
        change.timestamp_ms = one.now_ms;
        if (lives_ms > 0) change.expires_at_ms = expires_at_ms;
        return one.formats.amend(one.message, change);
    }

private:
    TimeStamping options_;
};

class ForcedPersistence final : public Interceptor {
public:
    explicit ForcedPersistence(const ForcePersistence& options)
        : durable_(options.persistent ? Durable::yes : Durable::no) {}

    [[nodiscard]] Result<MessagePtr> sending(const Sending& one) const override {
        if (one.message.header().durable == durable_) return nullptr;
        message::Amendment change;
        change.durable = durable_;
        return one.formats.amend(one.message, change);
    }

private:
    Durable durable_;
};

class RuledHeaders final : public Interceptor {
public:
    explicit RuledHeaders(PolicyMap policies) : policies_(std::move(policies)) {}

    [[nodiscard]] Result<MessagePtr> sending(const Sending& one) const override {
        const PolicyPtr policy = policies_.find(one.to);
        MessagePtr changed;
        for (const HeaderRule& rule : policy->header_rules.rules) {
            if (rule.forces_expiry) {
                if (auto done = apply(TimeStamps(rule), one, changed); !done) return done;
            }
            if (rule.forces_persistence) {
                const ForcedPersistence mode({.persistent = rule.persistent});
                if (auto done = apply(mode, one, changed); !done) return done;
            }
        }
        return changed;
    }

private:
    /// To what the rules before have made of the message, if they did.
    static Result<MessagePtr> apply(const Interceptor& rule, const Sending& one,
                                    MessagePtr& changed) {
        auto made = rule.sending({.message = changed != nullptr ? *changed : one.message,
                                  .to = one.to,
                                  .to_dead_letters = one.to_dead_letters,
                                  .now_ms = one.now_ms,
                                  .formats = one.formats,
                                  .user = one.user});
        if (made && *made != nullptr) changed = *made;
        return made;
    }

    PolicyMap policies_;
};

class UserStamp final : public Interceptor {
public:
    [[nodiscard]] Result<MessagePtr> sending(const Sending& one) const override {
        constexpr std::string_view kUserId = "JMSXUserID";
        message::Amendment change;
        if (one.message.header().format == Format::openwire) {
            change.user_id = one.user;
        } else if (one.user.empty()) {
            change.removed = {kUserId};
        } else {
            change.set = {{kUserId, {std::string(one.user)}}};
        }
        return one.formats.amend(one.message, change);
    }
};

class Discards final : public Interceptor {
public:
    Discards(const DiscardDeadLetters& options, std::vector<selector::Regex> only)
        : options_(options), only_(std::move(only)) {}

    [[nodiscard]] std::optional<Fate> dying(const Dying& one) const override {
        if (!discards(one.from.bindings.front())) return std::nullopt;
        const std::uint64_t count = dropped_.fetch_add(1, std::memory_order_relaxed) + 1;
        if (options_.report_every > 0 && count % options_.report_every == 0) {
            log::info("broker", "{} dead letters were dropped so far", count);
        }
        return Fate{.what = Fate::What::drop};
    }

private:
    [[nodiscard]] bool discards(const Destination& from) const {
        if (options_.all) return true;
        if (from.temporary && (from.domain == Domain::topic ? options_.temporary_topics
                                                            : options_.temporary_queues)) {
            return true;
        }
        return std::ranges::any_of(
            only_, [&from](const selector::Regex& one) { return one.finds(from.name); });
    }

    DiscardDeadLetters options_;
    std::vector<selector::Regex> only_;
    mutable std::atomic<std::uint64_t> dropped_{0};
};

class Redeliveries final : public Interceptor {
public:
    explicit Redeliveries(BrokerRedelivery options) : options_(std::move(options)) {}

    [[nodiscard]] std::optional<Fate> dying(const Dying& one) const override {
        // Of what has expired there is nothing to be had any more.
        if (one.expired || !one.failures || one.from.is_subscription()) return std::nullopt;
        const Redelivery* const policy = policy_for(one.from.bindings.front().view());
        if (policy == nullptr) {
            return options_.fall_back ? std::nullopt
                                      : std::optional(Fate{.what = Fate::What::drop});
        }
        const bool again = policy->redeliveries_max < 0 ||
                           *one.failures < static_cast<std::uint32_t>(policy->redeliveries_max);
        if (again) {
            return Fate{.what = Fate::What::retry,
                        .delay_ms = redelivery_delay_ms(*policy, *one.failures, one.now_ms)};
        }
        return options_.dead_letter_when_exceeded ? std::nullopt
                                                  : std::optional(Fate{.what = Fate::What::drop});
    }

private:
    [[nodiscard]] const Redelivery* policy_for(const DestinationView& destination) const {
        using Rule = BrokerRedelivery::Rule;
        const Rule* const rule = find_closest(std::span<const Rule>(options_.rules), destination);
        if (rule != nullptr) return &rule->policy;
        return options_.otherwise ? &*options_.otherwise : nullptr;
    }

    BrokerRedelivery options_;
};

}  // namespace

InterceptorPtr make_user_stamp() {
    return std::make_shared<const UserStamp>();
}

std::int64_t redelivery_delay_ms(const Redelivery& policy, std::uint32_t failures,
                                 std::int64_t now_ms) {
    double delay = static_cast<double>(policy.initial_delay_ms);
    for (std::uint32_t i = 0; i < failures; ++i) {
        const bool grows = delay > 0 && policy.exponential && policy.multiplier > 1;
        if (!grows) {
            delay = static_cast<double>(policy.delay_ms);
            break;
        }
        delay *= policy.multiplier;
        if (policy.delay_ms_max >= 0 && delay > static_cast<double>(policy.delay_ms_max)) {
            delay = static_cast<double>(std::max(policy.delay_ms_max, policy.delay_ms));
            break;
        }
        constexpr double kLongest = 1e15;
        if (delay > kLongest) break;
    }
    if (policy.collision_avoidance) {
        // So that what failed together does not come back together.
        const auto dice =
            static_cast<double>(static_cast<std::uint64_t>(now_ms) * 0x9E3779B97F4A7C15ULL >> 44) /
            static_cast<double>(1U << 20);
        delay *= 1 + (2 * dice - 1) * policy.collision_avoidance_percent / 100.0;
    }
    return static_cast<std::int64_t>(delay);
}

InterceptorPtr make_interceptor(const TimeStamping& options) {
    return std::make_shared<const TimeStamps>(options);
}

InterceptorPtr make_interceptor(const ForcePersistence& options) {
    return std::make_shared<const ForcedPersistence>(options);
}

std::expected<InterceptorPtr, std::string> make_interceptor(const DiscardDeadLetters& options) {
    std::vector<selector::Regex> only;
    std::istringstream words(options.only);
    for (std::string word; words >> word;) {
        // A destination is dropped when all of its name matches.
        auto regex = selector::Regex::compile("^(?:" + word + ")$");
        if (!regex) return std::unexpected(word + ": " + regex.error());
        only.push_back(std::move(*regex));
    }
    return std::make_shared<const Discards>(options, std::move(only));
}

InterceptorPtr make_header_rules(PolicyMap policies) {
    return std::make_shared<const RuledHeaders>(std::move(policies));
}

InterceptorPtr make_interceptor(const BrokerRedelivery& options) {
    return std::make_shared<const Redeliveries>(options);
}

}  // namespace tern::broker
