#include "message/errors.h"

#include "base/error_category.h"

namespace tern::message {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::malformed:
            return "stored message is malformed";
        case Errc::unknown_version:
            return "stored message has an unknown version";
        case Errc::unknown_format:
            return "message is in a format that nobody here reads";
        case Errc::no_body:
            return "the file with the body of a stored message is gone";
    }
    return "unknown";
}

}  // namespace

const std::error_category& category() noexcept {
    static const ErrorCategory<Errc> instance("message", text_of);
    return instance;
}

}  // namespace tern::message
