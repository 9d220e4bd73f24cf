#include "config/load.h"

#include "config/artemis.h"
#include "config/beans.h"
#include "config/rabbitmq.h"
#include "config/schema_tables.h"
#include "config/uri.h"
#include "config/xml.h"

#include <algorithm>

namespace tern::config {
namespace {

constexpr std::string_view kCoreNamespace = "http://activemq.apache.org/schema/core";
constexpr Support kSpring = no_effect("a Java object of a Spring document");

bool is_broker(const XmlElement& element) {
    const bool ours = element.space.empty() || element.space == kCoreNamespace ||
                      element.space.starts_with("http://activemq.org/config/");
    return element.name == "broker" && ours;
}

bool is_configurer(const XmlElement& element) {
    if (element.name == "property-placeholder") return true;
    return element.name == "bean" &&
           element.attribute("class").find("PlaceholderConfigurer") != std::string_view::npos;
}

/// Whether the text is lines of `key = value`, not XML: what says something first decides.
bool has_keys(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t equals = line.find('=');
        return equals != std::string_view::npos &&
               line.substr(0, equals).find_first_of("<>\"'&") == std::string_view::npos;
    }
    return false;
}

/// Reads one document: first the files its placeholders come from, then the rest.
class Loader {
public:
    explicit Loader(const Sources& sources) : sources_(sources) {
        loaded_.report.document = sources.document;
        values_.decrypt = sources.decrypt;
        values_.lookup = [this](std::string_view name) -> std::optional<std::string> {
            const auto own = properties_.find(name);
            if (own != properties_.end()) return own->second;
            return sources_.lookup ? sources_.lookup(name) : std::nullopt;
        };
    }

    Loaded load(std::string_view text) {
        // One of which every line is a comment is known by its name alone.
        const bool empty = sources_.document.ends_with(".conf") && !text.contains('<');
        if (empty || has_keys(text)) {
            rabbitmq::load(text, values_, loaded_);
            return std::move(loaded_);
        }
        const auto root = parse_xml(text);
        if (!root) {
            reject(root.error().place, "document", root.error().text);
        } else if (is_broker(*root)) {
            read_broker(Beans(*root).inlined(*root, loaded_.report));
        } else if (root->name == "beans") {
            read_beans(*root);
        } else if (root->name == "configuration") {
            artemis::load(*root, values_, sources_, loaded_);
        } else {
            reject(root->place, root->name,
                   "the outermost element should be broker, beans or, of ActiveMQ Artemis, "
                   "configuration");
        }
        return std::move(loaded_);
    }

private:
    void reject(Place place, std::string what, std::string why) {
        loaded_.report.add(place, Finding::Kind::rejected, std::move(what), std::move(why));
    }

    void read_beans(const XmlElement& beans) {
        for (const XmlElement& child : beans.children) {
            if (is_configurer(child)) read_configurer(child);
        }
        Beans named(beans);
        int brokers = 0;
        for (const XmlElement& child : beans.children) {
            if (!is_broker(child)) continue;
            if (++brokers > 1) reject(child.place, "beans/broker", "is given twice");
            if (brokers == 1) read_broker(named.inlined(child, loaded_.report));
        }
        for (const XmlElement& child : beans.children) {
            if (is_broker(child) || is_configurer(child)) continue;
            const bool used = named.is_used(child);
            loaded_.report.add(child.place,
                               used ? Finding::Kind::applied : Finding::Kind::no_effect,
                               name_of(child), used ? std::string() : why_not(child));
        }
        // What a bean says was found where the broker refers to it.
        std::ranges::stable_sort(loaded_.report.findings, {}, &Finding::place);
        if (brokers == 0) reject(beans.place, "beans", "holds no <broker> of ActiveMQ's namespace");
    }

    static std::string name_of(const XmlElement& element) {
        for (const char* attribute : {"id", "class", "resource", "name"}) {
            const std::string_view value = element.attribute(attribute);
            if (!value.empty()) return element.name + "[" + std::string(value) + "]";
        }
        return element.name;
    }

    static std::string why_not(const XmlElement& element) {
        if (element.name == "import") return "another Spring document, such as that of the console";
        return std::string(kSpring.why);
    }

    void read_broker(const XmlElement& element) {
        loaded_.report.add(element.place, Finding::Kind::applied, "broker");
        read_element(element, broker_schema(), &loaded_.broker, values_, "broker", loaded_.report);
        // As they are written, so that a document read back gives an equal model.
        std::ranges::stable_sort(loaded_.broker.destinations, {}, &StartupDestination::domain);
        for (PolicyEntry& entry : loaded_.broker.policy_entries) forget_other_kinds(entry.groups);
        if (loaded_.broker.default_policy)
            forget_other_kinds(loaded_.broker.default_policy->groups);
        if (!loaded_.broker.interceptors) return;
        auto& composites = loaded_.broker.interceptors->composites;
        std::ranges::stable_sort(composites, {}, &CompositeDestination::domain);
        for (CompositeDestination& composite : composites) {
            std::ranges::stable_sort(composite.forward_to, {}, [](const ForwardTo& to) {
                return std::pair(!to.selector.empty(),
                                 to.selector.empty() ? to.domain : broker::Domain::queue);
            });
        }
    }

    /// What was said of kinds of maps that another one took the place of.
    static void forget_other_kinds(broker::GroupMap& groups) {
        using Kind = broker::GroupMap::Kind;
        broker::GroupMap only{.kind = groups.kind};
        if (groups.kind == Kind::cached) only.cache = groups.cache;
        if (groups.kind == Kind::bucket) {
            only.buckets = groups.buckets;
            only.bucket_cache = groups.bucket_cache;
        }
        groups = only;
    }

    void read_configurer(const XmlElement& configurer) {
        const std::size_t before = loaded_.report.findings.size();
        const std::string_view location = configurer.attribute("location");
        for (const std::string& part : split(location, ',')) read_properties(configurer, part);
        for (const XmlElement& property : configurer.children) {
            const std::string_view name = property.attribute("name");
            if (name == "properties") {
                read_values(property, [this](const XmlElement& value) {
                    merge(parse_properties(value.text));
                });
            } else if (name == "location" || name == "locations") {
                const std::string_view inline_value = property.attribute("value");
                if (!inline_value.empty()) read_properties(property, std::string(inline_value));
                read_values(property, [this](const XmlElement& value) {
                    read_properties(value, value.text);
                });
            }
        }
        if (loaded_.report.findings.size() == before) {
            loaded_.report.add(configurer.place, Finding::Kind::applied, name_of(configurer));
        }
    }

    template <class Use>
    static void read_values(const XmlElement& property, Use use) {
        for (const XmlElement& child : property.children) {
            if (child.name == "value") use(child);
            if (child.name == "list" || child.name == "array" || child.name == "set") {
                read_values(child, use);
            }
        }
    }

    void read_properties(const XmlElement& where, const std::string& location) {
        const auto path = plain_value(location, values_);
        if (!path) return reject(where.place, where.name, path.error());
        std::string_view file = trim(*path);
        if (file.starts_with("file:")) file.remove_prefix(5);
        if (file.starts_with("//")) file.remove_prefix(2);
        const auto text = sources_.read_file ? sources_.read_file(std::string(file)) : std::nullopt;
        if (!text) {
            return reject(where.place, where.name, "cannot read '" + std::string(file) + "'");
        }
        loaded_.report.add(where.place, Finding::Kind::applied,
                           "properties[" + std::string(file) + "]");
        merge(parse_properties(*text));
    }

    void merge(Properties properties) {
        for (auto& [name, value] : properties) properties_.insert_or_assign(name, std::move(value));
    }

    const Sources& sources_;
    Loaded loaded_;
    Properties properties_;
    Values values_;
};

}  // namespace

Loaded load(std::string_view text, const Sources& sources) {
    return Loader(sources).load(text);
}

Loaded load_uri(std::string_view text) {
    Loaded loaded;
    loaded.report.document = text;
    const auto reject = [&loaded](std::string what, std::string why) {
        loaded.report.add({1, 1}, Finding::Kind::rejected, std::move(what), std::move(why));
    };
    const auto uri = parse_uri(text);
    if (!uri || uri->scheme != "broker") {
        reject("broker", uri ? "the URI should begin with broker:" : uri.error());
        return loaded;
    }
    // The same as a document with one connector for each part and the options as attributes.
    XmlElement broker{.name = "broker", .place = {1, 1}};
    loaded.report.add(broker.place, Finding::Kind::applied, broker.name, {});
    if (!uri->host.empty()) {
        reject("broker", "connectors stand in parentheses, as in broker:(tcp://0.0.0.0:61616)");
        return loaded;
    }
    // As in broker:(tcp://0.0.0.0:61616)/NAME
    if (uri->path.size() > 1) {
        broker.attributes.push_back({"brokerName", uri->path.substr(1), broker.place});
    }
    for (const UriOption& option : uri->options) {
        broker.attributes.push_back({option.name, option.value, {1, 1}});
    }
    if (!uri->parts.empty()) {
        XmlElement& connectors = broker.children.emplace_back();
        connectors = {.name = "transportConnectors", .place = {1, 1}};
        for (const Uri& part : uri->parts) {
            XmlElement connector{.name = "transportConnector", .place = {1, 1}};
            connector.attributes.push_back({"uri", to_text(part), {1, 1}});
            connectors.children.push_back(std::move(connector));
        }
    }
    const Values values{.lookup = [](std::string_view) { return std::optional<std::string>(); }};
    read_element(broker, broker_schema(), &loaded.broker, values, "broker", loaded.report);
    return loaded;
}

std::string_view default_document() {
    return R"(<broker xmlns="http://activemq.apache.org/schema/core" dataDirectory="data">
  <transportConnectors>
    <transportConnector name="auto" uri="auto://127.0.0.1:61616"/>
    <transportConnector name="stomp" uri="stomp://127.0.0.1:61613"/>
    <transportConnector name="mqtt" uri="mqtt://127.0.0.1:1883"/>
    <transportConnector name="amqp" uri="amqp://127.0.0.1:5672"/>
    <transportConnector name="ws" uri="ws://127.0.0.1:61614"/>
    <transportConnector name="auto+ssl" uri="auto+ssl://127.0.0.1:61617"/>
    <transportConnector name="stomp+ssl" uri="stomp+ssl://127.0.0.1:61612"/>
    <transportConnector name="mqtt+ssl" uri="mqtt+ssl://127.0.0.1:8883"/>
    <transportConnector name="amqp+ssl" uri="amqp+ssl://127.0.0.1:5671"/>
    <transportConnector name="wss" uri="wss://127.0.0.1:61619"/>
  </transportConnectors>
</broker>
)";
}

}  // namespace tern::config
