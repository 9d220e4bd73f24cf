#include "admin/api.h"

#include <algorithm>

namespace tern::admin {
namespace {

constexpr std::size_t kRowsMax = 1000;

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

template <class Rows, class ToJson>
json::object page_json(const Rows& rows, std::size_t offset, std::size_t limit, ToJson to_json) {
    json::array items;
    for (std::size_t i = offset; i < rows.size() && i - offset < limit; ++i) {
        items.push_back(to_json(rows[i]));
    }
    return {{"total", rows.size()}, {"offset", offset}, {"items", std::move(items)}};
}

}  // namespace

void Api::list_connections(const CallPtr& call) {
    const auto offset = call->number("offset", 0, SIZE_MAX);
    if (!offset) return;
    const auto limit = call->number("limit", 100, kRowsMax);
    if (!limit) return;
    broker_.list_connections(
        [call, offset = *offset, limit = *limit](std::vector<broker::ConnectionStatus> all) {
            const std::string_view search = call->target.parameter("search");
            std::erase_if(all, [search](const broker::ConnectionStatus& one) {
                return !contains(one.client_id, search) && !contains(one.peer, search) &&
                       !contains(one.protocol, search);
            });
            call->reply(200, page_json(all, offset, limit, connection_json));
        });
}

void Api::show_connection(const CallPtr& call) {
    const auto ref = parse_connection(call->arguments.front());
    if (!ref) return call->fail(404, "no_such_connection", "there is no such connection");
    broker_.list_connections(
        [this, call, ref = *ref](const std::vector<broker::ConnectionStatus>& all) {
            const auto found = std::ranges::find(all, ref, &broker::ConnectionStatus::ref);
            if (found == all.end()) {
                return call->fail(404, "no_such_connection", "there is no such connection");
            }
            broker_.list_consumers(std::nullopt, [call, view = connection_json(*found),
                                                  ref](const auto& consumers) mutable {
                json::array rows;
                for (const broker::ConsumerStatus& one : consumers) {
                    if (broker::ConnectionRef{one.ref.shard, one.ref.connection} != ref) continue;
                    rows.push_back(consumer_json(one));
                }
                view["consumer_list"] = std::move(rows);
                call->reply(200, view);
            });
        });
}

void Api::close_connection(const CallPtr& call) {
    const auto ref = parse_connection(call->arguments.front());
    if (!ref) return call->fail(404, "no_such_connection", "there is no such connection");
    broker_.close_connection(*ref, [call](bool closed) {
        if (!closed) return call->fail(404, "no_such_connection", "there is no such connection");
        call->reply(200, json::object{{"closed", call->arguments.front()}});
    });
}

void Api::list_consumers(const CallPtr& call) {
    const auto offset = call->number("offset", 0, SIZE_MAX);
    if (!offset) return;
    const auto limit = call->number("limit", 100, kRowsMax);
    if (!limit) return;
    broker_.list_consumers(std::nullopt, [call, offset = *offset,
                                          limit = *limit](std::vector<broker::ConsumerStatus> all) {
        const std::string_view search = call->target.parameter("search");
        std::erase_if(all, [search](const broker::ConsumerStatus& one) {
            return !contains(one.client_id, search) && !contains(one.peer, search) &&
                   !contains(topics_of(*one.queue), search);
        });
        std::ranges::sort(all, {}, [](const broker::ConsumerStatus& one) {
            return std::tuple(one.ref.shard, one.ref.connection, one.ref.consumer, one.queue->id);
        });
        call->reply(200, page_json(all, offset, limit, consumer_json));
    });
}

}  // namespace tern::admin
