// Replicas of quorum queues: here each has one, on this node.
#include "admin/rabbitmq/lists.h"
#include "admin/rabbitmq/management.h"
#include "admin/rabbitmq/views.h"

#include <algorithm>

namespace tern::admin::rabbitmq {

bool Management::may_change_replicas(const CallPtr& call) const {
    if (surroundings_.replica_operations) return true;
    call->disallow("Broker settings disallow quorum queue replica operations.");
    return false;
}

void Management::show_quorum_status(const CallPtr& call) {
    look(kQueues, [this, call](Sight& sight) {
        const std::string address = broker::queue_address(call->at(0), call->at(1));
        const auto found = std::ranges::find_if(sight.queues, [&address](const auto& queue) {
            return queue.info->bindings.front().name == address && type_of(*queue.info) == "quorum";
        });
        if (found == sight.queues.end()) return call->missing();
        call->reply(json::array{json::object{
            {"Node Name", node_name()}, {"Raft State", "leader"}, {"Membership", "voter"}}});
    });
}

void Management::on_replica(const CallPtr& call, OnReplica wrong) {
    if (!may_change_replicas(call)) return;
    const auto body = call->body_with({"node"});
    if (!body) return;
    const bool here = text_of(*body, "node") == node_name();
    look(kQueues, [call, why = wrong(here)](Sight& sight) {
        const std::string address = broker::queue_address(call->at(0), call->at(1));
        const auto found = std::ranges::find_if(sight.queues, [&address](const auto& queue) {
            return queue.info->bindings.front().name == address;
        });
        if (found == sight.queues.end()) return call->missing();
        call->bad(type_of(*found->info) == "quorum" ? why : "classic_queue_not_supported");
    });
}

void Management::add_replica(const CallPtr& call) {
    on_replica(call, [](bool here) -> std::string_view {
        return here ? "already_a_member" : "node_not_running";
    });
}

void Management::delete_replica(const CallPtr& call) {
    on_replica(call,
               [](bool here) -> std::string_view { return here ? "last_node" : "not_a_member"; });
}

void Management::grow_replicas(const CallPtr& call) {
    if (!may_change_replicas(call)) return;
    // What can be on this node is.
    call->at(0) == node_name() ? call->done() : call->bad("node_not_running");
}

void Management::shrink_replicas(const CallPtr& call) {
    if (!may_change_replicas(call)) return;
    // The last ones stay, and on other nodes there are none.
    call->done();
}

void Management::rebalance_queues(const CallPtr& call) {
    call->done();
}

}  // namespace tern::admin::rabbitmq
