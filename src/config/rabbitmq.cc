#include "config/rabbitmq.h"

#include "broker/api/destination.h"
#include "config/rabbitmq_keys.h"
#include "config/reader.h"
#include "config/xml.h"

#include <algorithm>
#include <set>

namespace tern::config::rabbitmq {
namespace {

constexpr std::size_t kBytesMax = std::size_t{1} << 20;
constexpr const char* kGroup = "admins";  ///< of the default user

struct Line {
    Place place;  ///< of the key
    std::string key;
    std::string value;
};

/// Columns count bytes: keys and values of these files are ASCII.
std::uint32_t column(std::string_view line, std::string_view part) {
    return static_cast<std::uint32_t>(part.data() - line.data()) + 1;
}

std::string unquoted(std::string_view value) {
    const bool quoted = value.size() >= 2 && value.front() == '\'' && value.back() == '\'';
    return std::string(quoted ? value.substr(1, value.size() - 2) : value);
}

class Loader {
public:
    Loader(const Values& values, Loaded& loaded) : values_(values), loaded_(loaded) {}

    void load(std::string_view text) {
        if (text.size() > kBytesMax) return reject({1, 1}, "document", "more than 1 MiB");
        if (const auto problem = check_characters(text)) {
            return reject(problem->place, "document", problem->text);
        }
        std::uint32_t number = 0;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            read_line(text.substr(0, end), ++number);
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        if (loaded_.report.findings.empty()) {
            loaded_.report.add({1, 1}, Finding::Kind::applied, "document");
        }
        finish();
    }

private:
    void reject(Place place, std::string what, std::string why) {
        loaded_.report.add(place, Finding::Kind::rejected, std::move(what), std::move(why));
    }

    void read_line(std::string_view line, std::uint32_t number) {
        const std::string_view said = trim(line);
        if (said.empty() || said.front() == '#') return;
        const Place place{number, column(line, said)};
        const std::size_t equals = said.find('=');
        const std::string_view key = trim(said.substr(0, equals));
        const bool plain = !key.empty() && std::ranges::all_of(key, [](char c) {
            return c == '.' || c == '_' || c == '-' || c == '$' || (c >= '0' && c <= '9') ||
                   (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        });
        if (equals == std::string_view::npos || !plain) {
            return reject(place, "line", "should be key = value");
        }
        std::string_view value = trim(said.substr(equals + 1));
        // A comment may stand behind a value.
        if (!value.starts_with('\'')) value = trim(value.substr(0, value.find(" #")));
        take({place, std::string(key), unquoted(value)});
    }

    void take(const Line& line) {
        if (!seen_.insert(line.key).second) return reject(line.place, line.key, "is given twice");
        const auto known = std::ranges::find_if(keys(), [&line](const Key& key) {
            return key.name == line.key || broker::matches(key.name, line.key);
        });
        if (known == keys().end()) return reject_unknown(line);
        const auto value = plain_value(line.value, values_);
        if (!value) return reject(line.place, line.key, value.error());
        if (known->set) {
            if (const auto wanted = known->set(file_, line.key, *value)) {
                return reject(line.place, line.key, "'" + *value + "' should be " + *wanted);
            }
        }
        Finding::Kind kind = Finding::Kind::applied;
        if (known->support.kind == Support::Kind::no_effect) kind = Finding::Kind::no_effect;
        if (known->support.kind == Support::Kind::rejected) kind = Finding::Kind::rejected;
        loaded_.report.add(line.place, kind, line.key, std::string(known->support.why));
        if (line.key.starts_with("default_user") || line.key == "default_pass") user_ = line.place;
    }

    void reject_unknown(const Line& line) {
        std::vector<std::string_view> names;
        for (const Key& key : keys()) names.push_back(key.name);
        const std::string near = nearest(line.key, names);
        reject(line.place, line.key,
               "there is no such key" + (near.empty() ? "" : ": did you mean '" + near + "'?"));
    }

    void finish() {
        Broker& broker = file_.broker;
        const auto add = [this](const Listeners& listeners, const std::string& scheme) {
            for (const auto& [name, at] : listeners) add_connector(scheme, name, at);
        };
        add(file_.plain, "amqp");
        add(file_.encrypted, "amqp+ssl");
        add(file_.stomp, "stomp");
        add(file_.stomp_encrypted, "stomp+ssl");
        add(file_.mqtt, "mqtt");
        add(file_.mqtt_encrypted, "mqtt+ssl");
        if (file_.user.empty() != file_.password.empty()) {
            reject(user_, "default_user", "needs both default_user and default_pass");
        } else if (!file_.user.empty()) {
            broker.plugins.simple_authentication.emplace().users.push_back(
                {file_.user, file_.password, kGroup});
        }
        if (loaded_.report.accepted()) loaded_.broker = std::move(broker);
    }

    void add_connector(const std::string& scheme, const std::string& name, const std::string& at) {
        std::string options;
        const auto say = [&options](const std::string& option) {
            options += (options.empty() ? "?" : "&") + option;
        };
        if (file_.proxied) say("proxyProtocolEnabled=true");
        if (file_.connections_max)
            say("maximumConnections=" + std::to_string(*file_.connections_max));
        if (scheme.ends_with("ssl") && file_.verifies_clients) {
            say(file_.needs_certificates ? "needClientAuth=true" : "wantClientAuth=true");
        }
        TransportConnector& made = file_.broker.transport_connectors.emplace_back();
        made.name = scheme + "." + name;
        made.uri = scheme + "://" + at + options;
    }

    const Values& values_;
    Loaded& loaded_;
    File file_;
    std::set<std::string> seen_;
    Place user_{1, 1};
};

}  // namespace

void load(std::string_view text, const Values& values, Loaded& loaded) {
    Loader(values, loaded).load(text);
}

}  // namespace tern::config::rabbitmq
