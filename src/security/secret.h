#pragma once

#include <string>
#include <string_view>

namespace tern::security {

/// A text that is not to be seen: nothing prints it, and its memory is overwritten in the end.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view text) : text_(text) {}
    ~Secret() { wipe(); }
    Secret(const Secret&) = default;
    Secret& operator=(const Secret& other);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;

    /// For whoever checks it, and nobody else.
    [[nodiscard]] std::string_view reveal() const { return text_; }
    [[nodiscard]] bool empty() const { return text_.empty(); }

private:
    void wipe();

    std::string text_;
};

/// Takes as long wherever the texts differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view one, std::string_view other);

}  // namespace tern::security
