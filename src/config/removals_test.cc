#include "config/removals.h"

#include <gmock/gmock.h>

namespace tern::config {
namespace {

using broker::Domain;
using testing::ElementsAre;
using testing::IsEmpty;
using OnRemoval = PolicyEntry::OnRemoval;

Broker with(std::initializer_list<StartupDestination> destinations,
            std::initializer_list<std::string> diverts = {}) {
    Broker broker;
    broker.destinations = destinations;
    for (const std::string& name : diverts) {
        Divert& divert = broker.diverts.emplace_back();
        divert.name = name;
        divert.address = name + ".from";
        divert.forwarding_address = "to";
    }
    return broker;
}

void add_policy(Broker& broker, const std::string& pattern, OnRemoval removal) {
    PolicyEntry entry;
    entry.removed_queues = removal;
    entry.removed_topics = removal;
    entry.removed_diverts = removal;
    entry.queue = pattern;
    broker.policy_entries.push_back(entry);
    entry.queue.clear();
    entry.topic = pattern;
    broker.policy_entries.push_back(entry);
}

std::vector<std::string> names(const Broker& broker) {
    std::vector<std::string> all;
    for (const StartupDestination& one : broker.destinations) {
        all.push_back((one.domain == Domain::queue ? "queue " : "topic ") + one.name);
    }
    for (const Divert& one : broker.diverts) all.push_back("divert " + one.name);
    return all;
}

TEST(Removals, without_a_policy_queues_stay_and_the_rest_goes) {
    const Broker running = with({{Domain::queue, "q"}, {Domain::topic, "t"}}, {"d"});
    Broker wanted;
    EXPECT_THAT(settle_removals(running, wanted), IsEmpty());
    EXPECT_THAT(names(wanted), ElementsAre("queue q"));
}

TEST(Removals, policies_of_the_new_document_say_what_goes) {
    const Broker running = with({{Domain::queue, "gone.q"},
                                 {Domain::queue, "kept.q"},
                                 {Domain::topic, "gone.t"},
                                 {Domain::topic, "kept.t"}},
                                {"gone", "kept"});
    Broker wanted = with({{Domain::queue, "new"}, {Domain::topic, "new"}});
    add_policy(wanted, "gone.>", OnRemoval::remove);
    add_policy(wanted, "kept.>", OnRemoval::keep);
    EXPECT_THAT(settle_removals(running, wanted), ElementsAre("gone.q"));
    EXPECT_THAT(names(wanted), ElementsAre("queue new", "queue kept.q", "topic new", "topic kept.t",
                                           "divert kept"));
}

TEST(Removals, what_is_still_named_is_as_the_new_document_says) {
    const Broker running = with({{Domain::queue, "q", true}}, {"d"});
    Broker wanted = with({{Domain::queue, "q"}}, {"d"});
    wanted.diverts.front().exclusive = true;
    add_policy(wanted, ">", OnRemoval::keep);
    const Broker before = wanted;
    EXPECT_THAT(settle_removals(running, wanted), IsEmpty());
    EXPECT_TRUE(wanted == before);
}

}  // namespace
}  // namespace tern::config
