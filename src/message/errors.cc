#include "message/errors.h"

namespace tern::message {
namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "message"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::malformed:
                return "stored message is malformed";
            case Errc::unknown_version:
                return "stored message has an unknown version";
            case Errc::unknown_format:
                return "message is in a format that nobody here reads";
        }
        return "unknown";
    }
};

}  // namespace

const std::error_category& category() noexcept {
    static const Category instance;
    return instance;
}

}  // namespace tern::message
