#include "config/artemis_security.h"

#include "config/values.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>

namespace tern::config::artemis {
namespace {

using Roles = std::set<std::string>;

constexpr std::array<std::string_view, 6> kKnown{
    "send", "consume", "createAddress", "createDurableQueue", "createNonDurableQueue", "browse"};
constexpr std::array<std::string_view, 3> kDeletes{"deleteAddress", "deleteDurableQueue",
                                                   "deleteNonDurableQueue"};
constexpr std::array<std::string_view, 3> kManages{"manage", "view", "edit"};

Roles both(const Roles& a, const Roles& b) {
    Roles all;
    std::ranges::set_intersection(a, b, std::inserter(all, all.end()));
    return all;
}

Roles either(const Roles& a, const Roles& b) {
    Roles all = a;
    all.insert(b.begin(), b.end());
    return all;
}

std::string to_text(const Roles& roles) {
    std::string text;
    for (const std::string& role : roles) text += (text.empty() ? "" : ",") + role;
    return text;
}

}  // namespace

Security::Security() {
    map_.closest_entry_only = true;
    map_.temporary.emplace();
}

void Security::add(const SecuritySetting& setting, const std::string& pattern,
                   const XmlElement& element, const std::string& path, Report& report) {
    using Kind = Finding::Kind;
    std::map<std::string, Roles, std::less<>> who;
    for (std::size_t i = 0; i < setting.permissions.size(); ++i) {
        const Permission& one = setting.permissions[i];
        const Place place = element.children[i].place;
        const std::string what = path + "/permission[" + one.type + "]";
        const auto is_in = [&one](const auto& names) {
            return std::ranges::find(names, one.type) != names.end();
        };
        if (is_in(kDeletes)) {
            report.add(place, Kind::no_effect, what,
                       "who may create a destination may remove it, when nobody uses it");
        } else if (is_in(kManages)) {
            report.add(place, Kind::no_effect, what,
                       "which groups operators are of, the daemon's settings http.…_groups say");
        } else if (one.type == "browse") {
            report.add(place, Kind::no_effect, what, "who may consume may browse, and nobody else");
        } else if (!is_in(kKnown)) {
            report.add(place, Kind::rejected, what, "there is no such permission");
        }
        const auto roles = split(one.roles, ',');
        who[one.type].insert(roles.begin(), roles.end());
    }
    const AccessEntry common{
        .read = to_text(who["consume"]), .write = to_text(who["send"]), .admin = {}};
    AuthorizationEntry& queue = map_.entries.emplace_back();
    static_cast<AccessEntry&>(queue) = common;
    queue.queue = pattern;
    queue.admin = to_text(both(who["createAddress"], who["createDurableQueue"]));
    AuthorizationEntry& topic = map_.entries.emplace_back();
    static_cast<AccessEntry&>(topic) = common;
    topic.topic = pattern;
    topic.read = to_text(
        both(who["consume"], either(who["createDurableQueue"], who["createNonDurableQueue"])));
    topic.admin = to_text(who["createAddress"]);
    if (pattern != ">") return;
    map_.temporary = common;
    map_.temporary->admin = to_text(both(who["createAddress"], who["createNonDurableQueue"]));
}

}  // namespace tern::config::artemis
