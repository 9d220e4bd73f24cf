#pragma once

#include "realms/login_modules.h"
#include "realms/properties_file.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tern::realms {

/// The options of a login module, read one by one; knows which nobody has asked for.
class ModuleOptions {
public:
    ModuleOptions(const config::Properties& options, const LoginPlace& place)
        : options_(options), place_(place) {}

    [[nodiscard]] const LoginPlace& place() const { return place_; }
    [[nodiscard]] std::string text(const std::string& name, std::string otherwise = {});
    /// As Java reads it: whatever is not `true` is false.
    [[nodiscard]] bool flag(const std::string& name);
    /// Reads what was encrypted with the algorithm that the option names, and the password of the
    /// environment.
    [[nodiscard]] Decrypt decrypt(const std::string& algorithm_option);
    [[nodiscard]] std::vector<std::string> unread() const;

private:
    const config::Properties& options_;
    const LoginPlace& place_;
    std::set<std::string, std::less<>> read_;
};

}  // namespace tern::realms
