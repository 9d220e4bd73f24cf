#include "journal/errc.h"

#include <string>

namespace tern::journal {
namespace {

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "journal"; }
    [[nodiscard]] std::string message(int code) const override {
        switch (static_cast<Errc>(code)) {
            case Errc::corrupt:
                return "the journal is damaged";
            case Errc::wrong_version:
                return "the journal was written by another version";
            case Errc::file_missing:
                return "a file of the journal is missing";
            case Errc::closed:
                return "the journal is closed";
        }
        return "unknown";
    }
};

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
    static const Category category;
    return {static_cast<int>(code), category};
}

}  // namespace tern::journal
