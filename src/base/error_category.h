#pragma once

#include <string>
#include <system_error>

namespace tern {

/// The category of a module's error codes, from its name and what says each code in words.
template <class Errc>
class ErrorCategory final : public std::error_category {
public:
    using Text = const char* (*)(Errc);

    ErrorCategory(const char* name, Text text) : name_(name), text_(text) {}

    [[nodiscard]] const char* name() const noexcept override { return name_; }
    [[nodiscard]] std::string message(int code) const override {
        return text_(static_cast<Errc>(code));
    }

private:
    const char* name_;
    Text text_;
};

}  // namespace tern
