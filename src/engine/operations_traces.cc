#include "engine/operations_gather.h"

#include <algorithm>
#include <map>

// Messages that are followed on their way.

namespace tern::engine {

using broker::Reply;
using broker::Trace;
using broker::TraceEvent;

namespace {

bool is_wanted(const Trace& trace, const std::string& search) {
    return search.empty() || std::ranges::any_of(trace.events, [&search](const TraceEvent& event) {
               const bool id = event.what == TraceEvent::What::received && event.detail == search;
               return id || event.at.find(search) != std::string::npos;
           });
}

}  // namespace

void Operations::follow_messages(double share, Reply<std::error_code> reply) {
    gather(
        [share](ShardBroker& shard) {
            shard.tracer().set_share(share);
            return true;
        },
        [reply = std::move(reply)](const std::vector<bool>&) mutable { reply({}); });
}

void Operations::list_traces(broker::TraceQuery query, Reply<broker::TracePage> reply) {
    using Part = std::pair<double, std::vector<TraceEvent>>;
    gather([](ShardBroker& shard) { return Part(shard.tracer().share(), shard.trace_events()); },
           [query = std::move(query), reply = std::move(reply)](std::vector<Part> parts) mutable {
               broker::TracePage page{.share = parts.front().first};
               std::map<std::uint64_t, std::vector<TraceEvent>> by_message;
               for (Part& part : parts) {
                   for (TraceEvent& event : part.second) {
                       by_message[event.message].push_back(std::move(event));
                   }
               }
               for (auto& [message, events] : by_message) {
                   // Each shard tells them in order; of what takes no time the order stays.
                   std::ranges::stable_sort(events, {}, &TraceEvent::at_us);
                   Trace trace{.message = message, .events = std::move(events)};
                   if (is_wanted(trace, query.search)) page.traces.push_back(std::move(trace));
               }
               std::ranges::stable_sort(page.traces, std::ranges::greater(),
                                        [](const Trace& one) { return one.events.front().at_us; });
               if (page.traces.size() > query.limit) page.traces.resize(query.limit);
               reply(std::move(page));
           });
}

}  // namespace tern::engine
