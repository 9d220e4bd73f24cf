#include "admin/api.h"

#include <algorithm>
#include <map>

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

/// Channels, as their room tells of them; or the sessions in the names that OpenWire's clients
/// have for their consumers, CONNECTION:SESSION:NUMBER.
json::array sessions_json(const broker::ConnectionStatus& connection,
                          const std::vector<broker::ConsumerStatus>& consumers) {
    std::vector<std::pair<std::string, std::vector<broker::ConsumerNumber>>> all;
    if (connection.portrait != nullptr) {
        for (const broker::Portrait::Channel& one : connection.portrait->channels) {
            all.emplace_back(std::to_string(one.number), std::vector<broker::ConsumerNumber>());
            for (const auto& consumer : one.consumers) all.back().second.push_back(consumer.number);
        }
    } else if (connection.protocol.starts_with("openwire")) {
        std::map<std::string, std::vector<broker::ConsumerNumber>> found;
        for (const broker::ConsumerStatus& one : consumers) {
            if (one.party == nullptr) continue;
            const std::size_t end = one.party->name.rfind(':');
            if (end != std::string::npos) {
                found[one.party->name.substr(0, end)].push_back(one.ref.consumer);
            }
        }
        all.assign(found.begin(), found.end());
    }
    json::array rows;
    for (const auto& [name, numbers] : all) {
        json::array ids;
        for (const broker::ConsumerNumber number : numbers) {
            ids.emplace_back(to_text(
                broker::ConsumerRef{connection.ref.shard, connection.ref.connection, number}));
        }
        rows.push_back({{"name", json_text(name)}, {"consumers", std::move(ids)}});
    }
    return rows;
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
        [this, call, ref = *ref](const std::vector<broker::ConnectionStatus>& connections) {
            const auto found = std::ranges::find(connections, ref, &broker::ConnectionStatus::ref);
            if (found == connections.end()) {
                return call->fail(404, "no_such_connection", "there is no such connection");
            }
            broker_.list_consumers(
                std::nullopt, [call, connection = *found](std::vector<broker::ConsumerStatus> all) {
                    std::erase_if(all, [&connection](const broker::ConsumerStatus& one) {
                        return broker::ConnectionRef{one.ref.shard, one.ref.connection} !=
                               connection.ref;
                    });
                    json::object view = connection_json(connection);
                    json::array rows;
                    for (const broker::ConsumerStatus& one : all)
                        rows.push_back(consumer_json(one));
                    view["consumer_list"] = std::move(rows);
                    view["session_list"] = sessions_json(connection, all);
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
