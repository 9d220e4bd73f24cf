#pragma once

#include "config/model.h"
#include "config/schema.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::config::rabbitmq {

/// Where RabbitMQ listens, by what the keys call it.
using Listeners = std::map<std::string, std::string>;

/// What a file says, before the broker is made of it.
struct File {
    Broker broker;
    Listeners plain = {{"default", "0.0.0.0:5672"}};
    Listeners encrypted = {};
    Listeners stomp = {};
    Listeners stomp_encrypted = {};
    Listeners mqtt = {};
    Listeners mqtt_encrypted = {};
    bool proxied = false;
    std::optional<std::int64_t> connections_max = {};
    bool verifies_clients = false;
    bool needs_certificates = false;
    std::string user = {};
    std::string password = {};
};

/// A key, `*` in it standing for any word and `>` for the rest, and what becomes of it.
struct Key {
    std::string_view name;
    Support support;
    /// Sets what it is about; what the value should have been, if it is no such thing. `key` is
    /// the whole one. May be null: nothing is looked at.
    std::function<std::optional<std::string>(File&, std::string_view key, const std::string& value)>
        set;
};

/// The first that matches counts.
[[nodiscard]] const std::vector<Key>& keys();

}  // namespace tern::config::rabbitmq
