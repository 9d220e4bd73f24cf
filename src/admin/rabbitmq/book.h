#pragma once

#include "admin/json.h"

#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::admin::rabbitmq {

/// What a book has entries of.
enum class Section : std::uint8_t {
    users,
    vhosts,
    permissions,
    topic_permissions,
    parameters,
    global_parameters,
    policies,
};

/// An operators' policy that virtual hosts have from their beginning.
struct DefaultPolicy {
    std::string name;
    std::function<bool(std::string_view)> matches;  ///< the name of a virtual host
    json::object value;                             ///< as the parameter `operator_policy` has it
};

/// What RabbitMQ's definitions say of users, virtual hosts and policies, as far as it can be
/// changed while the broker runs: what was read from a file, and the changes since, which are kept
/// apart from it. So a file that is read again counts again, but for what was changed.
///
/// A value: who changes one does that to a copy.
class Book {
public:
    static constexpr std::size_t kSections = 7;
    /// The members that tell an entry from the others of its section, in their order: of a
    /// permission user and virtual host, of a parameter component, virtual host and name.
    using Key = std::vector<std::string>;
    using Entries = std::map<Key, json::object>;

    /// `definitions`: a whole export, empty: what a new server has, which is the user `guest` with
    /// that password and the virtual host `/`. `changes`: what `changes()` was, or empty. The error
    /// is a text for the user.
    [[nodiscard]] static std::expected<Book, std::string> read(
        std::string_view definitions, std::string_view changes,
        std::vector<DefaultPolicy> default_policies = {});

    [[nodiscard]] const Entries& all(Section section) const { return entries_[at(section)]; }
    /// Null: there is none.
    [[nodiscard]] const json::object* find(Section section, const Key& key) const;
    [[nodiscard]] bool has(Section section, const Key& key) const {
        return find(section, key) != nullptr;
    }
    /// Adds an entry, which has all members of its key, or puts it in the other's place; a virtual
    /// host that was not there gets the default policies that match it.
    void put(Section section, json::object entry);
    /// With the entries that are about it: permissions of a user, all of a virtual host.
    void remove(Section section, const Key& key);

    /// A whole export, with the exchanges, queues and bindings of the file.
    [[nodiscard]] std::string definitions() const;
    [[nodiscard]] std::string changes() const;

    [[nodiscard]] static std::string_view name_of(Section section);
    /// The members of a key.
    [[nodiscard]] static std::vector<std::string_view> members_of(Section section);
    /// Nothing: a member is missing, or is no text.
    [[nodiscard]] static std::optional<Key> key_of(Section section, const json::object& entry);

private:
    using Changes = std::map<Key, std::optional<json::object>>;  ///< nothing: it is gone

    /// Those of a virtual host, as entries of parameters.
    [[nodiscard]] std::vector<json::object> default_policies_of(const std::string& vhost) const;
    void set(Section section, json::object entry);
    static constexpr std::size_t at(Section section) { return static_cast<std::size_t>(section); }
    void erase(Section section, const Key& key);

    std::vector<DefaultPolicy> default_policies_;
    json::object file_;  ///< what it says of exchanges, queues and bindings
    std::array<Entries, kSections> read_;
    std::array<Changes, kSections> changes_;
    std::array<Entries, kSections> entries_;  ///< what holds
};

}  // namespace tern::admin::rabbitmq
