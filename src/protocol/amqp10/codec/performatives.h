#pragma once

#include "protocol/amqp10/codec/delivery_state.h"
#include "protocol/amqp10/codec/terminus.h"

#include <variant>

namespace tern::amqp10 {

// Part 2, 2.7. All views hold as long as the frame. Fields that this broker neither reads nor sends
// (locales, unsettled maps) are not here. Maps are kept as they were encoded; empty: none.

struct Open {
    std::string_view container_id{};
    std::string_view hostname{};
    std::uint32_t frame_bytes_max = UINT32_MAX;
    std::uint16_t channel_max = UINT16_MAX;
    std::uint32_t idle_timeout_ms = 0;  ///< 0: none
    Symbols offered{};
    Symbols desired{};
    Bytes properties{};

    bool operator==(const Open& other) const;
};

struct Begin {
    std::optional<std::uint16_t> remote_channel{};
    std::uint32_t next_outgoing_id = 0;
    std::uint32_t incoming_window = 0;
    std::uint32_t outgoing_window = 0;
    std::uint32_t handle_max = UINT32_MAX;

    bool operator==(const Begin&) const = default;
};

enum class Role : bool { sender = false, receiver = true };
enum class SenderSettles : std::uint8_t { unsettled, settled, mixed };

struct Attach {
    std::string_view name{};
    std::uint32_t handle = 0;
    Role role = Role::sender;
    SenderSettles sender_settles = SenderSettles::mixed;
    std::uint8_t receiver_settles = 0;  ///< 0 first, 1 second
    std::optional<Terminus> source{};
    std::optional<Terminus> target{};
    bool coordinator = false;  ///< the target is one, with capabilities of its own
    Symbols coordinator_capabilities{};
    std::optional<std::uint32_t> initial_delivery_count{};
    std::uint64_t message_bytes_max = 0;  ///< 0: no limit
    Symbols offered{};
    Symbols desired{};
    Bytes properties{};

    bool operator==(const Attach& other) const;
};

struct Flow {
    std::optional<std::uint32_t> next_incoming_id{};
    std::uint32_t incoming_window = 0;
    std::uint32_t next_outgoing_id = 0;
    std::uint32_t outgoing_window = 0;
    std::optional<std::uint32_t> handle{};
    std::optional<std::uint32_t> delivery_count{};
    std::optional<std::uint32_t> link_credit{};
    std::optional<std::uint32_t> available{};
    bool drain = false;
    bool echo = false;

    bool operator==(const Flow&) const = default;
};

struct Transfer {
    std::uint32_t handle = 0;
    std::optional<std::uint32_t> delivery_id{};
    std::optional<Bytes> delivery_tag{};
    std::optional<std::uint32_t> message_format{};
    std::optional<bool> settled{};
    bool more = false;
    Bytes state{};  ///< as encoded; empty: none
    bool aborted = false;
    Bytes payload{};  ///< what follows the performative; not written by `encode`

    bool operator==(const Transfer& other) const;
};

struct Disposition {
    Role role = Role::sender;
    std::uint32_t first = 0;
    std::optional<std::uint32_t> last{};
    bool settled = false;
    Bytes state{};  ///< as encoded; empty: none

    bool operator==(const Disposition& other) const;
};

struct Detach {
    std::uint32_t handle = 0;
    bool closed = false;
    std::optional<Error> error{};

    bool operator==(const Detach&) const = default;
};

struct End {
    std::optional<Error> error{};

    bool operator==(const End&) const = default;
};

struct Close {
    std::optional<Error> error{};

    bool operator==(const Close&) const = default;
};

using Performative =
    std::variant<Open, Begin, Attach, Flow, Transfer, Disposition, Detach, End, Close>;

/// Part 5, 5.3.3.
struct SaslMechanisms {
    Symbols mechanisms{};

    bool operator==(const SaslMechanisms&) const = default;
};

struct SaslInit {
    std::string_view mechanism{};
    std::optional<Bytes> initial_response{};

    bool operator==(const SaslInit& other) const;
};

struct SaslChallenge {
    Bytes challenge{};

    bool operator==(const SaslChallenge& other) const;
};

struct SaslResponse {
    Bytes response{};

    bool operator==(const SaslResponse& other) const;
};

enum class SaslCode : std::uint8_t { ok, auth, sys, sys_perm, sys_temp };

struct SaslOutcome {
    SaslCode code = SaslCode::ok;
    std::optional<Bytes> additional_data{};

    bool operator==(const SaslOutcome& other) const;
};

using SaslFrame = std::variant<SaslMechanisms, SaslInit, SaslChallenge, SaslResponse, SaslOutcome>;

}  // namespace tern::amqp10
