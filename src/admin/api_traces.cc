#include "admin/api.h"

#include <array>
#include <cmath>

// Messages that are followed on their way through the broker.

namespace tern::admin {
namespace {

constexpr std::size_t kTracesMax = 1000;

std::string_view name_of(broker::TraceEvent::What what) {
    static constexpr std::array<std::string_view, 18> kNames{
        "received",  "sent_on",    "unwanted",   "stored",    "confirmed", "refused",
        "queued",    "dispatched", "accepted",   "returned",  "failed",    "rejected",
        "exhausted", "expired",    "overflowed", "discarded", "due",       "removed"};
    return kNames.at(static_cast<std::size_t>(what));
}

json::object event_json(const broker::TraceEvent& event, std::int64_t began_us) {
    json::object view{{"event", name_of(event.what)},
                      {"at_ms", event.at_us / 1000},
                      {"after_us", event.at_us - began_us}};
    if (!event.at.empty()) view["destination"] = json_text(event.at);
    if (event.who) {
        view["connection"] =
            to_text(broker::ConnectionRef{event.who->shard, event.who->connection});
        if (event.who->consumer != broker::ConsumerNumber()) {
            view["consumer"] = to_text(*event.who);
        }
    }
    if (!event.detail.empty()) {
        const bool id = event.what == broker::TraceEvent::What::received;
        view[id ? "message_id" : "detail"] = json_text(event.detail);
    }
    return view;
}

json::object trace_json(const broker::Trace& trace) {
    json::array events;
    const std::int64_t began_us = trace.events.front().at_us;
    for (const broker::TraceEvent& one : trace.events) events.push_back(event_json(one, began_us));
    return {{"id", trace.message}, {"events", std::move(events)}};
}

}  // namespace

void Api::list_traces(const CallPtr& call) {
    const auto limit = call->number("limit", 100, kTracesMax);
    if (!limit) return;
    broker_.list_traces(
        {.search = std::string(call->target.parameter("search")), .limit = *limit},
        [call](const broker::TracePage& page) {
            json::array items;
            for (const broker::Trace& one : page.traces) items.push_back(trace_json(one));
            call->reply(200, json::object{{"share", page.share}, {"items", std::move(items)}});
        });
}

void Api::follow_messages(const CallPtr& call) {
    const auto body = call->body();
    if (!body) return;
    const json::value* const share = body->if_contains("share");
    const double wanted = share != nullptr && share->is_number() ? share->to_number<double>() : -1;
    if (!(wanted >= 0 && wanted <= 1)) {
        return call->fail(400, "malformed", "share has to be a number from 0 to 1");
    }
    broker_.follow_messages(wanted, [call, wanted](std::error_code error) {
        if (error) return call->fail(error);
        call->reply(200, json::object{{"share", wanted}});
    });
}

}  // namespace tern::admin
