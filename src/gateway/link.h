#pragma once

#include "engine/connection.h"
#include "engine/shard_broker.h"
#include "gateway/ears.h"
#include "protocol/room.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace tern::gateway {

/// The other side of a link, as `protocol::Wire` has it.
struct Peer {
    std::string address;
    std::string certificate = {};
    std::string listener = {};         ///< by its name
    std::string security_domain = {};  ///< of the listener
    protocol::ConnectionLimits limits = {};
};

/// One connection between its bytes and its session: puts frames together that come in pieces,
/// gathers what is to be sent, and tells when to stop reading. Knows no socket; a pump drives it.
///
/// Runs on: the connection's shard.
class Link final : private protocol::Wire {
public:
    /// `flush` is called at the end of a turn in which there was something to send or the link was
    /// closed; `resume` when reading may go on.
    /// `tick_by` asks for a call of `tick` at that time (milliseconds, as `tick` returns them).
    /// `resident`: there is no peer, but one of the room's sessions of that name.
    Link(engine::ShardBroker& shard, const protocol::Room& room, Peer peer, Task flush, Task resume,
         std::move_only_function<void(std::int64_t)> tick_by, const std::string& resident = {});
    ~Link() override;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void start();

    /// Where to read to when a frame is being put together; empty: read anywhere and hand the bytes
    /// to `received`.
    [[nodiscard]] std::span<std::uint8_t> space();
    /// That many bytes were read into `space()`.
    void filled(std::size_t count);
    void received(Bytes bytes);
    /// False: stop reading until `resume`.
    [[nodiscard]] bool readable();
    /// Others are read first.
    void hold(bool held) { held_ = held; }
    [[nodiscard]] bool only_sends() const { return connection_->only_sends(); }

    [[nodiscard]] Output& pending() { return output_; }
    /// Some of the pending output was written.
    void written(std::size_t count);

    /// Something came that the peer has to know of (`Wire::gather`), unless it is written to. Asked
    /// once.
    [[nodiscard]] bool takes_acknowledgement() { return std::exchange(unacknowledged_, false); }

    /// True once the session has closed: write what is pending, then end.
    [[nodiscard]] bool closing() const { return closing_; }
    [[nodiscard]] std::string_view close_reason() const { return close_reason_; }
    /// As `engine::Connection::admitted`, before the end.
    [[nodiscard]] bool admitted() const { return connection_->admitted(); }
    [[nodiscard]] std::string_view peer() const override { return peer_.address; }
    [[nodiscard]] std::string_view certificate() const override { return peer_.certificate; }
    [[nodiscard]] protocol::ConnectionLimits limits() const override { return peer_.limits; }
    void gather() override { gathers_ = true; }
    void will_answer() override { unacknowledged_ = false; }
    [[nodiscard]] bool is_read() const override;

    [[nodiscard]] std::int64_t tick() { return session_->tick(now_ms()); }
    /// The broker stops.
    void shut_down();
    /// The peer is gone. True when the session goes on without it, as long as it is `lingering`:
    /// then `resume` is called when that ends.
    [[nodiscard]] bool lingers();
    [[nodiscard]] bool lingering() const { return lingering_; }
    /// The end. Call once, outside of any call of the broker's; nothing may follow.
    void end();

private:
    // protocol::Wire
    [[nodiscard]] Output& output() override;
    void close(std::string_view reason) override;
    void tick_by(std::int64_t at_ms) override { tick_by_(at_ms); }
    [[nodiscard]] std::int64_t now_ms() const override;

    void schedule_flush();
    /// Something came.
    void note_received();
    /// Nobody knows where the frame ends: shows the session what has come of it, and keeps the
    /// block while there is room in it, so that a long frame is not copied for every piece.
    void offer_partial();
    void take(Bytes bytes, const Buffer* owner);
    /// What the peer says reaches the session, which says how much of it that was.
    [[nodiscard]] std::size_t hear(Bytes bytes, const Buffer* owner);
    void keep(Bytes rest);
    /// Closes if that is more than a client may have kept that has not logged in.
    [[nodiscard]] bool is_too_much(std::size_t bytes);

    engine::ShardBroker& shard_;
    engine::Connection* connection_ = nullptr;
    Peer peer_;
    Task flush_;
    Task resume_;
    std::move_only_function<void(std::int64_t)> tick_by_;
    /// Alive while the link is: for tasks that may run when it is not.
    std::shared_ptr<Link*> self_ = std::make_shared<Link*>(this);
    Output output_;
    bool flush_scheduled_ = false;
    bool output_was_high_ = false;
    bool closing_ = false;
    bool lingering_ = false;
    bool held_ = false;
    bool gathers_ = false;
    bool unacknowledged_ = false;
    std::string close_reason_;

    /// The beginning of a frame that has not come whole.
    MutableBuffer partial_;
    std::size_t partial_bytes_ = 0;

    std::unique_ptr<protocol::Session> session_;
    Ears ears_;
};

}  // namespace tern::gateway
