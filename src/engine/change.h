#pragma once

#include "broker/address/address_table.h"
#include "broker/api/queue_info.h"
#include "broker/route/exchange.h"
#include "engine/interests.h"

#include <string>

namespace tern::engine {

/// A change of what exists. Decided by the catalog, applied by every shard in the same order.
struct Change {
    enum class What : std::uint8_t {
        add_queue,
        remove_queue,
        add_temporary,
        remove_temporary,
        add_exchange,
        remove_exchange,
        remove_vhost,
        bind,
        unbind,
        want,
        want_no_more
    };

    What what = What::add_queue;
    broker::QueueInfoPtr queue = {};     ///< add_queue, remove_queue
    broker::StoredAt defined_at = {};    ///< remove_queue of a durable one
    broker::Destination temporary = {};  ///< add_temporary, remove_temporary
    broker::TemporaryOwner owner = {};   ///< add_temporary
    broker::Exchange exchange = {};      ///< add_exchange, remove_exchange
    broker::Binding binding = {};        ///< bind, unbind
    std::string vhost = {};              ///< remove_vhost
    std::string address = {};            ///< want, want_no_more: a queue's name
    Interest interest = {};              ///< want, want_no_more
    std::string connection = {};  ///< add_temporary, remove_temporary: the client's name for it
};

}  // namespace tern::engine
