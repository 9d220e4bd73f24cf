#include "broker/policy/vhost_policies.h"

#include <algorithm>
#include <utility>

namespace tern::broker {
namespace {

std::vector<VhostPolicy> by_priority(std::vector<VhostPolicy> policies) {
    std::ranges::stable_sort(policies, std::greater{}, &VhostPolicy::priority);
    return policies;
}

bool VhostPolicy::* type_of(const QueueOptions& declared) {
    return declared.quorum ? &VhostPolicy::for_quorum : &VhostPolicy::for_classic;
}

/// Below 0 is no limit.
void take_smaller(std::int64_t& now, const std::optional<std::int64_t>& other) {
    if (!other || *other < 0) return;
    now = now < 0 ? *other : std::min(now, *other);
}

template <class T>
void take_missing(std::optional<T>& now, const std::optional<T>& other) {
    if (!now) now = other;
}

/// The operators' word counts with that of others: of numbers the smaller, of all else theirs.
QueueTerms merged(const VhostPolicy* policy, const VhostPolicy* of_operator) {
    if (policy == nullptr) return of_operator == nullptr ? QueueTerms() : of_operator->terms;
    QueueTerms terms = policy->terms;
    if (of_operator == nullptr) return terms;
    const QueueTerms& theirs = of_operator->terms;
    const auto smaller = [](std::optional<std::int64_t>& now,
                            const std::optional<std::int64_t>& other) {
        std::int64_t number = now.value_or(-1);
        take_smaller(number, other);
        if (other) now = number;
    };
    smaller(terms.message_ttl_ms, theirs.message_ttl_ms);
    smaller(terms.expires_ms, theirs.expires_ms);
    smaller(terms.messages_max, theirs.messages_max);
    smaller(terms.bytes_max, theirs.bytes_max);
    smaller(terms.deliveries_max, theirs.deliveries_max);
    if (theirs.overflow) terms.overflow = theirs.overflow;
    if (theirs.dead_letter_exchange) terms.dead_letter_exchange = theirs.dead_letter_exchange;
    if (theirs.dead_letter_key) terms.dead_letter_key = theirs.dead_letter_key;
    if (theirs.dead_letter_at_least_once) {
        terms.dead_letter_at_least_once = theirs.dead_letter_at_least_once;
    }
    return terms;
}

}  // namespace

VhostPolicies::VhostPolicies(std::vector<VhostPolicy> policies,
                             std::vector<VhostPolicy> of_operators)
    : policies_(by_priority(std::move(policies))),
      of_operators_(by_priority(std::move(of_operators))) {}

const VhostPolicy* VhostPolicies::first_of(const Ordered& policies, bool VhostPolicy::* kind,
                                           std::string_view vhost, std::string_view name) {
    const auto found = std::ranges::find_if(policies, [&](const VhostPolicy& one) {
        return one.*kind && one.vhost == vhost && one.matches(name);
    });
    return found == policies.end() ? nullptr : &*found;
}

const VhostPolicy* VhostPolicies::find(const QueueOptions& declared, std::string_view queue) const {
    return first_of(policies_, type_of(declared), declared.vhost, queue);
}

std::optional<std::int64_t> VhostPolicies::consumer_timeout_ms(const QueueOptions& declared,
                                                               std::string_view queue) const {
    const VhostPolicy* const found = find(declared, queue);
    return found == nullptr ? std::nullopt : found->terms.consumer_timeout_ms;
}

std::string_view VhostPolicies::alternate_of(std::string_view vhost,
                                             std::string_view exchange) const {
    const VhostPolicy* const found =
        first_of(policies_, &VhostPolicy::for_exchanges, vhost, exchange);
    return found == nullptr ? std::string_view() : found->alternate_exchange;
}

QueueOptions VhostPolicies::in_force(const QueueOptions& declared, std::string_view queue) const {
    const QueueTerms terms = merged(
        find(declared, queue), first_of(of_operators_, type_of(declared), declared.vhost, queue));
    QueueOptions options = declared;
    take_smaller(options.message_ttl_ms, terms.message_ttl_ms);
    take_smaller(options.expires_ms, terms.expires_ms);
    take_smaller(options.messages_max, terms.messages_max);
    take_smaller(options.bytes_max, terms.bytes_max);
    if (declared.quorum) {
        // Who says that there is no limit is believed.
        const bool unlimited = options.deliveries_max < 0 || terms.deliveries_max < 0;
        if (terms.deliveries_max && unlimited) {
            options.deliveries_max = std::max(options.deliveries_max, *terms.deliveries_max);
        } else {
            take_smaller(options.deliveries_max, terms.deliveries_max);
        }
    }
    const bool says_nothing = options.overflow == Overflow::drop_head;
    if (terms.overflow && (declared.quorum || says_nothing)) options.overflow = *terms.overflow;
    take_missing(options.dead_letter_exchange, terms.dead_letter_exchange);
    take_missing(options.dead_letter_key, terms.dead_letter_key);
    if (terms.dead_letter_at_least_once && declared.quorum) {
        options.dead_letter_at_least_once = *terms.dead_letter_at_least_once;
    }
    return options;
}

}  // namespace tern::broker
