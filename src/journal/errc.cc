#include "journal/errc.h"

#include "base/error_category.h"

namespace tern::journal {
namespace {

const char* text_of(Errc code) {
    switch (code) {
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

}  // namespace

std::error_code make_error_code(Errc code) noexcept {
    static const ErrorCategory<Errc> category("journal", text_of);
    return {static_cast<int>(code), category};
}

}  // namespace tern::journal
