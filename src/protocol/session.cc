#include "protocol/session.h"

namespace tern::protocol {
namespace {

// What clients of ActiveMQ take in one frame, with its headers.
constexpr std::uint64_t kWholeBodyMax = std::uint64_t{100} * 1024 * 1024 - 64 * 1024;

}  // namespace

std::optional<std::uint64_t> Session::whole_body_max() const {
    return kWholeBodyMax;
}

void Session::before_flush() {}

bool Session::lingers() {
    return false;
}

}  // namespace tern::protocol
