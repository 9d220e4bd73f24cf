#pragma once

#include "config/model.h"
#include "config/schema.h"

#include <string>
#include <vector>

namespace tern::config::artemis {

// What the documents of ActiveMQ Artemis (`broker.xml`) say, as tables like those of activemq.xml.
// artemis.cc puts the parts together: there settings are merged and addresses hold queues, here one
// policy decides about a queue.

/// `core`, of which the parts that follow are read one by one.
struct Core : Broker {
    bool security_enabled = true;
};

struct Acceptor {
    std::string name;
    std::string uri;
};

struct Permission {
    std::string type;
    std::string roles;  ///< separated by commas
};

/// Who may do what with addresses.
struct SecuritySetting {
    std::string match;
    std::vector<Permission> permissions;
};

/// A policy with the defaults of Artemis: that of addresses, or of a queue of one.
struct AddressSetting : PolicyEntry {
    AddressSetting();

    std::string name;  ///< the queue's, or a pattern
};

/// The queues are read one by one.
struct Address {
    std::string name;
};

[[nodiscard]] const Element& core_schema();
[[nodiscard]] const Element& acceptor_schema();
[[nodiscard]] const Element& security_setting_schema();
[[nodiscard]] const Element& address_setting_schema();
[[nodiscard]] const Element& address_schema();
/// A queue of an address, about an `AddressSetting`.
[[nodiscard]] const Element& queue_schema();
/// About a `Divert`.
[[nodiscard]] const Element& divert_schema();
/// About a `ResourceLimit`.
[[nodiscard]] const Element& resource_limit_schema();
/// A queue or topic of the old section `jms`, about a `StartupDestination`.
[[nodiscard]] const Element& jms_destination_schema();

}  // namespace tern::config::artemis
