#pragma once

#include "config/properties.h"
#include "realms/parsed_file.h"

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tern::realms {

/// Reads what stands in `ENC(…)`, or says why it cannot be read.
using Decrypt = std::function<std::expected<std::string, std::string>(std::string_view secret)>;

/// A file of users or groups that ActiveMQ keeps.
class PropertiesFile : public ParsedFile<config::Properties> {
public:
    struct Options {
        std::string path;
        bool reload = false;
        Decrypt decrypt = {};  ///< none: values are taken as they are
    };

    explicit PropertiesFile(Options options);
};

/// The groups that a file of groups, `group = user,user`, puts somebody in.
[[nodiscard]] std::vector<std::string> groups_of(const config::Properties& groups,
                                                 std::string_view user);

/// A value, decrypted if it is `ENC(…)` and there is something to decrypt it with.
[[nodiscard]] std::expected<std::string, std::string> clear_value(std::string_view value,
                                                                  const Decrypt& decrypt);

}  // namespace tern::realms
