#pragma once

#include <expected>
#include <string>
#include <system_error>

namespace tern::client {

/// Why a call of this library failed.
enum class Errc {
    /// A URL, a destination or an option that makes no sense; nothing was sent.
    bad_argument = 1,
    /// Nobody answered at the address, or not in time.
    unreachable,
    /// The peer speaks something else than OpenWire, or breaks its rules.
    protocol_error,
    /// The connection broke. What was under way may or may not have happened.
    connection_lost,
    /// The object, or its session or connection, was closed.
    closed,
    /// The broker said no: see Error::exception_class and Error::text.
    refused,
    /// The broker did not answer in time. What was asked may or may not have happened.
    timed_out,
    /// Connection::interrupt was called.
    interrupted,
    /// The message fits neither the protocol nor the size that the broker accepts.
    unsendable,
    /// The call does not fit the acknowledge mode, or a session with listeners.
    wrong_mode,
    /// The broker's certificate or ours was not good enough for the other side.
    tls_failed,
    /// A commit was under way when a connection with failover was lost: it has happened, or all of
    /// it has been rolled back, and then what was received comes again. The session goes on.
    in_doubt,
    /// The transaction was rolled back because a connection with failover was lost meanwhile; what
    /// was received comes again. The session goes on.
    rolled_back,
};

std::error_code make_error_code(Errc code) noexcept;

/// What went wrong, for programs (`code`) and for people (`message()`).
struct Error {
    std::error_code code{};
    /// The Java class of the broker's exception, such as `javax.jms.InvalidClientIDException`;
    /// empty when the error was found on this side.
    std::string exception_class{};
    std::string text{};

    /// One line that says it all.
    [[nodiscard]] std::string message() const;
    [[nodiscard]] bool operator==(Errc other) const { return code == make_error_code(other); }
};

/// A value, or what went wrong. No function of this library throws.
template <class T>
using Result = std::expected<T, Error>;

/// The unexpected half: `return failure(Errc::closed, "the session is closed");`
[[nodiscard]] std::unexpected<Error> failure(Errc code, std::string text = {});

}  // namespace tern::client

template <>
struct std::is_error_code_enum<tern::client::Errc> : std::true_type {};
