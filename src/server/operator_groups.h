#pragma once

#include <string>
#include <vector>

namespace tern::server {

/// The groups that make somebody an operator.
struct OperatorGroups {
    std::vector<std::string> view = {"viewers", "activemq-webconsole"};
    std::vector<std::string> operate = {"operators"};
    std::vector<std::string> admin = {"admins", "amazonmq-console-admins"};
};

}  // namespace tern::server
