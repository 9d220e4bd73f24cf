#pragma once

#include "cli/options.h"
#include "client/error.h"

#include <cstdio>
#include <mutex>

namespace tern::cli {

/// Messages as lines of a file, for several workers. Errors are those of the file; once there was
/// one, everything fails.
class Printer {
public:
    Printer(Print what, std::FILE* out, FieldGroups fields = {})
        : what_(what), fields_(fields), out_(out) {}

    [[nodiscard]] client::Result<void> print(const client::Message& message);
    /// What was printed has left this process when this returns.
    [[nodiscard]] client::Result<void> flush();

private:
    [[nodiscard]] client::Result<void> check(bool good);

    const Print what_;
    const FieldGroups fields_;
    std::FILE* const out_;
    std::mutex mutex_;
    std::optional<client::Error> error_;
};

/// The line without its end, for each way to print.
[[nodiscard]] std::string line_of(Print what, const client::Message& message,
                                  const FieldGroups& fields = {});

/// Bytes of a body, as far as they are known.
[[nodiscard]] std::uint64_t body_bytes(const client::Message& message);

}  // namespace tern::cli
