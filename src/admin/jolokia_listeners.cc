#include "admin/jolokia_execution.h"
#include "admin/listeners.h"

#include <algorithm>

// What ActiveMQ's BrokerView and ConnectorView do to connectors.

namespace tern::admin {

void Jolokia::find_connector(const ExecutionPtr& call) {
    // Its clients say tcp where the protocol is OpenWire.
    const std::string type = call->text(0) == "tcp" ? "openwire" : call->text(0);
    for (const OpenListener& one : listeners()) {
        if (one.scheme == type)
            return call->succeed(json_text(call->text(0) + "://" + one.address));
    }
    call->succeed();
}

void Jolokia::add_connector(const ExecutionPtr& call) {
    if (!surroundings_.add_listener) return call->fail(kFailed, "nothing can be added here");
    surroundings_.add_listener(call->text(0), [call](std::expected<std::string, std::string> name) {
        if (!name) return call->fail(kFailed, name.error());
        call->succeed(json_text(*name));
    });
}

void Jolokia::remove_connector(const ExecutionPtr& call) {
    remove_listener(broker_, about_, surroundings_, call->text(0),
                    [call](bool removed) { call->succeed(removed); });
}

/// One that was stopped is gone: who wants it again adds it.
void Jolokia::stop_connector(const ExecutionPtr& call) {
    remove_listener(broker_, about_, surroundings_, call->connector,
                    [call](bool) { call->succeed(); });
}

void Jolokia::count_connections(const ExecutionPtr& call) {
    call->succeed(std::ranges::count(call->now->connections, call->connector,
                                     &broker::ConnectionStatus::listener));
}

std::vector<OpenListener> Jolokia::listeners() const {
    return about_.listeners ? about_.listeners() : std::vector<OpenListener>();
}

}  // namespace tern::admin
