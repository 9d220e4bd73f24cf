#include "admin/rabbitmq/book.h"

#include <algorithm>
#include <utility>

namespace tern::admin::rabbitmq {
namespace {

constexpr std::array<Section, Book::kSections> kAll{
    Section::users,       Section::vhosts,
    Section::permissions, Section::topic_permissions,
    Section::parameters,  Section::global_parameters,
    Section::policies};
constexpr std::array<const char*, 3> kTopology{"exchanges", "queues", "bindings"};

/// What a new server of RabbitMQ's has. The hash is that of `guest`, salted with "tern".
constexpr std::string_view kNew = R"({
  "users": [{"name": "guest", "password_hash": "dGVybmcvn4ZrtMzTkGoTcozVDAI/FhpJFhXRBotdE5KLuLW9",
             "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"],
             "limits": {}}],
  "vhosts": [{"name": "/", "description": "Default virtual host", "tags": []}],
  "permissions": [{"user": "guest", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}]
})";

std::expected<json::object, std::string> parse(std::string_view text) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    json::value value = json::parse(text, error, {}, options);
    if (error) return std::unexpected("it is no JSON: " + error.message());
    if (!value.is_object()) return std::unexpected("it is no object");
    return std::move(value.get_object());
}

/// The objects of a list; the error: it is none.
std::expected<std::vector<json::object>, std::string> objects_of(const json::object& whole,
                                                                 std::string_view name) {
    std::vector<json::object> all;
    const json::value* const list = whole.if_contains(name);
    if (list == nullptr) return all;
    if (!list->is_array()) return std::unexpected(std::string(name) + " is no list");
    for (const json::value& one : list->get_array()) {
        if (!one.is_object()) return std::unexpected(std::string(name) + " has what is no object");
        all.push_back(one.get_object());
    }
    return all;
}

bool names(const json::object& entry, std::string_view member, std::string_view value) {
    const json::value* const found = entry.if_contains(member);
    return found != nullptr && found->is_string() && found->get_string() == value;
}

/// A member of an entry's key that is not there.
std::string missing(Section section, const json::object& entry) {
    for (const std::string_view member : Book::members_of(section)) {
        const json::value* const value = entry.if_contains(member);
        if (value == nullptr || !value->is_string()) return std::string(member);
    }
    return {};
}

}  // namespace

std::string_view Book::name_of(Section section) {
    switch (section) {
        case Section::users:
            return "users";
        case Section::vhosts:
            return "vhosts";
        case Section::permissions:
            return "permissions";
        case Section::topic_permissions:
            return "topic_permissions";
        case Section::parameters:
            return "parameters";
        case Section::global_parameters:
            return "global_parameters";
        case Section::policies:
            break;
    }
    return "policies";
}

std::vector<std::string_view> Book::members_of(Section section) {
    switch (section) {
        case Section::permissions:
            return {"user", "vhost"};
        case Section::topic_permissions:
            return {"user", "vhost", "exchange"};
        case Section::parameters:
            return {"component", "vhost", "name"};
        case Section::policies:
            return {"vhost", "name"};
        case Section::users:
        case Section::vhosts:
        case Section::global_parameters:
            break;
    }
    return {"name"};
}

std::optional<Book::Key> Book::key_of(Section section, const json::object& entry) {
    Key key;
    for (const std::string_view member : members_of(section)) {
        const json::value* const value = entry.if_contains(member);
        if (value == nullptr || !value->is_string()) return std::nullopt;
        key.emplace_back(value->get_string());
    }
    return key;
}

std::expected<Book, std::string> Book::read(std::string_view definitions, std::string_view changes,
                                            std::vector<DefaultPolicy> default_policies) {
    auto file = parse(definitions.empty() ? kNew : definitions);
    if (!file) return std::unexpected(std::move(file.error()));
    Book book;
    book.default_policies_ = std::move(default_policies);
    for (const Section section : kAll) {
        const std::string name(name_of(section));
        auto entries = objects_of(*file, name);
        if (!entries) return std::unexpected(std::move(entries.error()));
        for (json::object& entry : *entries) {
            auto key = key_of(section, entry);
            if (!key)
                return std::unexpected(name + ": there is no text " + missing(section, entry));
            book.read_[at(section)].insert_or_assign(std::move(*key), std::move(entry));
        }
    }
    for (const char* const name : kTopology) {
        json::value* const list = file->if_contains(name);
        if (list == nullptr) continue;
        if (!list->is_array()) return std::unexpected(std::string(name) + " is no list");
        book.file_[name] = std::move(*list);
    }
    for (const auto& [key, vhost] : book.read_[at(Section::vhosts)]) {
        for (json::object& policy : book.default_policies_of(key.front())) {
            const Key name = key_of(Section::parameters, policy).value_or(Key());
            book.read_[at(Section::parameters)].try_emplace(name, std::move(policy));
        }
    }
    book.entries_ = book.read_;
    if (changes.empty()) return book;
    const auto changed = parse(changes);
    if (!changed) return std::unexpected(changed.error());
    for (const Section section : kAll) {
        const std::string name(name_of(section));
        const auto entries = objects_of(*changed, name);
        if (!entries) return std::unexpected(entries.error());
        for (const json::object& one : *entries) {
            const auto key = key_of(section, one);
            if (!key) return std::unexpected(name + ": there is no text " + missing(section, one));
            const json::value* const entry = one.if_contains("is");
            if (entry != nullptr && entry->is_object()) {
                book.set(section, entry->get_object());
            } else {
                book.erase(section, *key);
            }
        }
    }
    return book;
}

const json::object* Book::find(Section section, const Key& key) const {
    const Entries& entries = all(section);
    const auto found = entries.find(key);
    return found == entries.end() ? nullptr : &found->second;
}

std::vector<json::object> Book::default_policies_of(const std::string& vhost) const {
    std::vector<json::object> all;
    for (const DefaultPolicy& one : default_policies_) {
        if (!one.matches(vhost)) continue;
        all.push_back({{"component", "operator_policy"},
                       {"vhost", vhost},
                       {"name", one.name},
                       {"value", one.value}});
    }
    return all;
}

void Book::put(Section section, json::object entry) {
    const Key key = key_of(section, entry).value_or(Key());
    const bool is_new = section == Section::vhosts && !has(section, key);
    set(section, std::move(entry));
    if (!is_new) return;
    for (json::object& policy : default_policies_of(key.front())) {
        set(Section::parameters, std::move(policy));
    }
}

void Book::set(Section section, json::object entry) {
    const Key key = key_of(section, entry).value_or(Key());
    changes_[at(section)][key] = entry;
    entries_[at(section)].insert_or_assign(key, std::move(entry));
}

void Book::erase(Section section, const Key& key) {
    entries_[at(section)].erase(key);
    if (read_[at(section)].contains(key)) {
        changes_[at(section)][key] = std::nullopt;
    } else {
        changes_[at(section)].erase(key);
    }
}

void Book::remove(Section section, const Key& key) {
    erase(section, key);
    if (section != Section::users && section != Section::vhosts) return;
    const std::string_view member = section == Section::users ? "user" : "vhost";
    for (const Section other : kAll) {
        std::vector<Key> about_it;
        for (const auto& [name, entry] : all(other)) {
            if (names(entry, member, key.front())) about_it.push_back(name);
        }
        for (const Key& one : about_it) erase(other, one);
    }
}

std::string Book::definitions() const {
    json::object whole;
    for (const Section section : kAll) {
        json::array list;
        for (const auto& [key, entry] : all(section)) list.push_back(entry);
        whole[name_of(section)] = std::move(list);
    }
    for (const auto& member : file_) {
        json::array list;
        if (member.value().is_array()) {
            // What is of a virtual host that was deleted does not come back.
            std::ranges::copy_if(
                member.value().get_array(), std::back_inserter(list),
                [this](const json::value& one) {
                    const json::value* const vhost =
                        one.is_object() ? one.get_object().if_contains("vhost") : nullptr;
                    if (vhost == nullptr || !vhost->is_string()) return true;
                    const auto found =
                        changes_[at(Section::vhosts)].find({std::string(vhost->get_string())});
                    return found == changes_[at(Section::vhosts)].end() || found->second;
                });
        }
        whole[member.key()] = std::move(list);
    }
    return json::serialize(whole);
}

std::string Book::changes() const {
    json::object whole;
    for (const Section section : kAll) {
        json::array list;
        for (const auto& [key, entry] : changes_[at(section)]) {
            json::object one;
            const auto members = members_of(section);
            for (std::size_t i = 0; i < members.size(); ++i) one[members[i]] = key[i];
            if (entry) one["is"] = *entry;
            list.push_back(std::move(one));
        }
        if (!list.empty()) whole[name_of(section)] = std::move(list);
    }
    return json::serialize(whole);
}

}  // namespace tern::admin::rabbitmq
