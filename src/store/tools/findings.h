#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace tern::store::tools {

/// Something about a file that is not as it should be.
struct Finding {
    enum class Kind : std::uint8_t {
        note,    ///< a start takes care of it, and nothing is lost
        damage,  ///< something that had been durable is not there, or not right
    };
    Kind kind = Kind::damage;
    std::string file{};
    std::uint64_t offset = 0;
    std::string what{};

    bool operator==(const Finding&) const = default;
};

/// What was found, each once.
class Findings {
public:
    void damage(std::string file, std::uint64_t offset, std::string what) {
        add({Finding::Kind::damage, std::move(file), offset, std::move(what)});
    }
    void note(std::string file, std::uint64_t offset, std::string what) {
        add({Finding::Kind::note, std::move(file), offset, std::move(what)});
    }
    [[nodiscard]] const std::vector<Finding>& all() const { return all_; }
    [[nodiscard]] std::size_t damages() const { return damages_; }

private:
    /// So many are remembered; the rest is counted only.
    static constexpr std::size_t kKept = 10'000;

    void add(Finding finding) {
        if (std::ranges::find(all_, finding) != all_.end()) return;
        if (finding.kind == Finding::Kind::damage) ++damages_;
        if (all_.size() < kKept) all_.push_back(std::move(finding));
    }

    std::vector<Finding> all_;
    std::size_t damages_ = 0;
};

}  // namespace tern::store::tools
