#pragma once

#include "base/temporary_folder_fixture.h"
#include "realms/properties_file.h"
#include "security/realm.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

namespace tern::realms {

/// A folder of its own with files in it.
class Files : public testing::Test {
protected:
    /// Writes a file; one that was there looks changed afterwards, however fast that was.
    std::string write(const std::string& name, const std::string& text) {
        const std::filesystem::path path = folder_ / name;
        std::ofstream(path) << text;
        age_ += std::chrono::seconds(1);
        std::filesystem::last_write_time(path, start_ + age_);
        return path.string();
    }
    [[nodiscard]] PropertiesFile::Options file(const std::string& name, const std::string& text) {
        return {.path = write(name, text)};
    }
    [[nodiscard]] std::string folder() const { return folder_.string(); }

private:
    TemporaryFolder made_;
    const std::filesystem::path folder_ = made_.path();
    std::filesystem::file_time_type start_ = std::filesystem::file_time_type::clock::now();
    std::chrono::seconds age_{0};
};

[[nodiscard]] inline security::Credentials login(std::string user, std::string_view password) {
    return {.user = std::move(user), .password = security::Secret(password)};
}

/// `user: group,group`, or the reason why not.
[[nodiscard]] inline std::string outcome(const security::Verdict& verdict) {
    using Why = security::Refusal::Why;
    if (!verdict) {
        const auto& [why, reason] = verdict.error();
        const char* const kind = why == Why::abstains  ? "abstains: "
                                 : why == Why::unknown ? "unknown: "
                                 : why == Why::wrong   ? "wrong: "
                                                       : "unavailable: ";
        return kind + reason;
    }
    std::string text = (*verdict)->user() + ":";
    for (const std::string& group : (*verdict)->groups()) text += " " + group;
    return text;
}

}  // namespace tern::realms
