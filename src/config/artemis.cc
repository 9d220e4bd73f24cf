#include "config/artemis.h"

#include "broker/api/destination.h"
#include "config/artemis_acceptors.h"
#include "config/artemis_names.h"
#include "config/artemis_schema.h"
#include "config/artemis_security.h"

#include <algorithm>

namespace tern::config::artemis {
namespace {

using broker::Domain;

constexpr std::string_view kQueueOf = "::";  ///< between an address and a queue of it

/// Puts together what the parts of a document say.
class Translation {
public:
    Translation(const Values& values, const Sources& sources, Loaded& loaded)
        : values_(values), sources_(sources), report_(loaded.report), broker_(loaded.broker) {}

    void read(const XmlElement& configuration) {
        report_.add(configuration.place, Finding::Kind::applied, "configuration");
        const XmlElement* core = nullptr;
        for (const XmlElement& child : configuration.children) {
            if (child.name == "core" && core == nullptr) {
                core = &child;
            } else if (child.name == "core") {
                reject(child.place, "core", "is given twice");
            } else if (child.name == "jms") {
                read_jms(child);
            } else {
                reject(child.place, child.name, "there is no such element");
            }
        }
        if (core == nullptr) return reject(configuration.place, "configuration", "holds no <core>");
        read_core(*core);
        // In the document's order, though its parts were read in another one.
        std::ranges::stable_sort(report_.findings, [](const Finding& a, const Finding& b) {
            return std::pair(a.place.line, a.place.column) <
                   std::pair(b.place.line, b.place.column);
        });
    }

private:
    struct Setting {
        std::string pattern;
        const XmlElement* element;
    };

    void reject(Place place, std::string what, std::string why) {
        report_.add(place, Finding::Kind::rejected, std::move(what), std::move(why));
    }

    /// Whether nothing of it was rejected.
    bool read(const XmlElement& element, const Element& schema, void* object,
              const std::string& path) {
        const std::size_t before = report_.count(Finding::Kind::rejected);
        report_.add(element.place, Finding::Kind::applied, path);
        read_element(element, schema, object, values_, path, report_);
        return report_.count(Finding::Kind::rejected) == before;
    }

    /// Calls `use` for the children of that name of a part that is there; others are rejected.
    template <class Use>
    void for_each(const XmlElement& parent, std::string_view part, std::string_view child,
                  const Use& use) {
        for (const XmlElement& list : parent.children) {
            if (list.name != part) continue;
            for (const XmlElement& one : list.children) {
                if (one.name == child) {
                    use(one);
                } else {
                    reject(one.place, path_of(part, one.name),
                           "there is no such element: only <" + std::string(child) + ">");
                }
            }
        }
    }
    static std::string path_of(std::string_view part, std::string_view child) {
        return "core/" + std::string(part) + "/" + std::string(child);
    }

    void read_jms(const XmlElement& jms) {
        report_.add(jms.place, Finding::Kind::applied, jms.name);
        for (const XmlElement& child : jms.children) {
            StartupDestination made;
            if (child.name == "topic") made.domain = Domain::topic;
            if (child.name != "queue" && child.name != "topic") {
                reject(child.place, "jms/" + child.name, "there is no such element");
            } else if (read(child, jms_destination_schema(), &made, "jms/" + child.name)) {
                broker_.destinations.push_back(std::move(made));
            }
        }
    }

    void read_core(const XmlElement& element) {
        Core core;
        core.plugins.runtime_configuration.emplace().check_period_ms = kRefreshMs;
        core.wildcards.emplace();
        core.qualified_queue_names = true;
        core.destinations = std::move(broker_.destinations);
        read(element, core_schema(), &core, "core");
        const bool secured = core.security_enabled;
        broker_ = std::move(core);
        names_ = *broker_.wildcards;
        for_each(element, "acceptors", "acceptor", [this](const XmlElement& one) {
            Acceptor acceptor;
            const std::string path = path_of("acceptors", one.name);
            if (!read(one, acceptor_schema(), &acceptor, path)) return;
            add_acceptor(acceptor, one.place, path, broker_, report_);
        });
        if (secured) read_security(element);
        for_each(element, "address-settings", "address-setting", [this](const XmlElement& one) {
            const auto pattern = pattern_of(one, kSetting, one.attribute("match"));
            if (pattern) settings_.push_back({*pattern, &one});
        });
        // Each goes before those that are about more.
        std::ranges::stable_sort(settings_, [](const Setting& a, const Setting& b) {
            return depth(a.pattern) < depth(b.pattern);
        });
        for (const Setting& one : settings_) add_setting(one);
        for_each(element, "addresses", "address",
                 [this](const XmlElement& one) { read_address(one); });
        for_each(element, "diverts", "divert", [this](const XmlElement& one) { read_divert(one); });
        for_each(element, "resource-limit-settings", "resource-limit-setting",
                 [this](const XmlElement& one) { read_resource_limit(one); });
        std::ranges::stable_sort(broker_.destinations, {}, &StartupDestination::domain);
    }

    void read_resource_limit(const XmlElement& one) {
        ResourceLimit limit;
        const std::string path = path_of("resource-limit-settings", one.name);
        if (!read(one, resource_limit_schema(), &limit, path)) return;
        broker_.resource_limits.push_back(std::move(limit));
    }

    void read_security(const XmlElement& core) {
        Security security;
        for_each(core, "security-settings", "security-setting", [&](const XmlElement& one) {
            SecuritySetting setting;
            const std::string path = path_of("security-settings", one.name);
            if (!read(one, security_setting_schema(), &setting, path)) return;
            const auto pattern = pattern_of(one, path, setting.match);
            if (pattern) security.add(setting, *pattern, one, path, report_);
        });
        broker_.plugins.authorization.emplace().map = security.map();
        broker_.plugins.jaas_authentication.emplace().entry = login_entry(core.place);
    }

    /// The entry of `login.config`, as `bootstrap.xml` says.
    std::string login_entry(Place place) {
        constexpr const char* kDefault = "activemq";
        constexpr const char* kFile = "bootstrap.xml";
        const auto text = sources_.read_file ? sources_.read_file("classpath:" + std::string(kFile))
                                             : std::nullopt;
        if (!text) return kDefault;
        const auto root = parse_xml(*text);
        if (!root) {
            reject(place, kFile, root.error().text);
            return kDefault;
        }
        const XmlElement* const security = root->child("jaas-security");
        const std::string_view domain =
            security == nullptr ? std::string_view() : security->attribute("domain");
        report_.add(place, Finding::Kind::applied, std::string(kFile));
        return domain.empty() ? kDefault : std::string(domain);
    }

    /// In ActiveMQ's language; nothing, and a finding, if that has no such pattern.
    std::optional<std::string> pattern_of(const XmlElement& element, std::string path,
                                          std::string_view match) {
        auto pattern = plain_value(std::string(match), values_);
        if (pattern) pattern = plain_pattern(*pattern, names_);
        if (pattern) return *pattern;
        reject(element.place, std::move(path), pattern.error());
        return {};
    }

    /// How special a pattern is: one that stands for all that another stands for has less.
    static int depth(std::string_view pattern) {
        constexpr int kName = 4;
        constexpr int kAnyLevel = 2;
        constexpr int kRest = -1;
        int points = 0;
        for (;;) {
            const std::size_t end = pattern.find('.');
            const std::string_view level = pattern.substr(0, end);
            points += level == ">" ? kRest : level == "*" ? kAnyLevel : kName;
            if (end == std::string_view::npos) return points;
            pattern.remove_prefix(end + 1);
        }
    }

    /// What all settings say that are for this name or pattern, from general to specific.
    AddressSetting merged(std::string_view name) const {
        AddressSetting all;
        all.browsed_max = 0;
        for (const Setting& one : settings_) {
            const bool around =
                depth(one.pattern) < depth(name) && broker::matches(one.pattern, name);
            if (one.pattern != name && !around) continue;
            Report ignored;
            read_element(*one.element, address_setting_schema(), &all, values_, {}, ignored);
        }
        return all;
    }

    void add_setting(const Setting& one) {
        AddressSetting own;
        if (!read(*one.element, address_setting_schema(), &own, kSetting)) return;
        add_policy(Domain::queue, one.pattern, merged(one.pattern));
        add_policy(Domain::topic, one.pattern, merged(one.pattern));
    }

    void add_policy(Domain domain, std::string pattern, const PolicyEntry& says) {
        PolicyEntry& entry = broker_.policy_entries.emplace_back(says);
        (domain == Domain::queue ? entry.queue : entry.topic) = std::move(pattern);
    }

    void read_address(const XmlElement& element) {
        Address address;
        const std::string path = path_of("addresses", element.name);
        if (!read(element, address_schema(), &address, path)) return;
        const auto name = pattern_of(element, path, address.name);
        if (!name) return;
        for (const XmlElement& routing : element.children) {
            const bool topic = routing.name == "multicast";
            if (topic) broker_.destinations.push_back({.domain = Domain::topic, .name = *name});
            if (!topic && routing.children.empty()) add_queue(*name);
            for (const XmlElement& queue : routing.children) {
                const std::string inner = path + "/" + routing.name + "/" + queue.name;
                if (queue.name != "queue") {
                    reject(queue.place, inner, "there is no such element: only <queue>");
                } else {
                    read_queue(queue, *name, topic, inner);
                }
            }
        }
    }

    void add_queue(const std::string& name) {
        broker_.destinations.push_back({.domain = Domain::queue, .name = name});
    }

    void read_queue(const XmlElement& element, const std::string& address, bool of_topic,
                    const std::string& path) {
        AddressSetting queue = merged(address);
        const AddressSetting otherwise = queue;
        if (!read(element, queue_schema(), &queue, path)) return;
        std::string name = queue.name;
        if (of_topic) {
            name.insert(0, address + std::string(kQueueOf));
        } else if (plain_pattern(name, names_) != address) {
            return reject(element.place, path,
                          "messages sent to an address wait on the queue of its name here: call "
                          "it '" +
                              address + "', or use a <multicast> queue");
        } else {
            name = address;
        }
        add_queue(name);
        queue.auto_delete = false;
        if (static_cast<const PolicyEntry&>(queue) == otherwise) return;
        add_policy(Domain::queue, std::move(name), queue);
    }

    void read_divert(const XmlElement& element) {
        Divert divert;
        const std::string path = path_of("diverts", element.name);
        if (!read(element, divert_schema(), &divert, path)) return;
        const auto from = pattern_of(element, path, divert.address);
        if (!from) return;
        divert.address = *from;
        broker_.diverts.push_back(std::move(divert));
    }

    static constexpr std::int64_t kRefreshMs = 5000;
    static constexpr const char* kSetting = "core/address-settings/address-setting";

    const Values& values_;
    const Sources& sources_;
    Report& report_;
    Broker& broker_;
    WildcardAddresses names_;
    std::vector<Setting> settings_;
};

}  // namespace

void load(const XmlElement& configuration, const Values& values, const Sources& sources,
          Loaded& loaded) {
    Translation(values, sources, loaded).read(configuration);
}

}  // namespace tern::config::artemis
