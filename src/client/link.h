#pragma once

#include "client/convert.h"
#include "client/frame_buffer.h"
#include "client/inactivity.h"
#include "client/options.h"
#include "client/socket.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"
#include "protocol/openwire/codec/negotiation.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace tern::client {

/// What whoever still wants something hears after `Connection::close`.
[[nodiscard]] Error connection_closed();

/// A negotiated connection to a broker, as commands: one thread of its own reads the socket and
/// writes what is left over; whoever sends encodes into a bounded queue and, when it hurries and
/// nobody else is writing, writes to the socket itself.
class Link {
public:
    /// Its functions run on the link's thread, must not block, and may send.
    class Handler {
    public:
        /// What `command` views holds until this returns.
        virtual void on_command(openwire::Command& command) = 0;
        /// Nothing comes any more. Not called after `stop`.
        virtual void on_lost(const Error& error) = 0;

    protected:
        ~Handler() = default;
    };

    /// Exchanges WireFormatInfos, until `cancel` is signalled, if there is one.
    /// Errors: protocol_error; connection_lost; timed_out.
    [[nodiscard]] static Result<std::unique_ptr<Link>> open(Socket socket,
                                                            const ConnectionOptions& options,
                                                            std::string_view host,
                                                            Socket::Instant deadline,
                                                            const WakeUp* cancel = nullptr);
    ~Link();

    /// `handler` must live until `stop` has returned.
    /// Errors: unreachable (the system gives no more threads).
    [[nodiscard]] Result<void> start(Handler& handler);
    /// Nothing is sent or received after it. Not on the link's thread; from any other.
    void stop();

    /// Whether a command should leave at once, or may wait for the link's thread, which writes what
    /// has gathered meanwhile in one go.
    enum class Flush { now, soon };

    /// Waits while the queue is full, except on the link's thread.
    /// Errors: unsendable (this command, others may follow); connection_lost; closed.
    template <class T>
    [[nodiscard]] Result<void> send(const T& command, Flush flush);
    [[nodiscard]] Result<void> send(const WireMessage& message, Flush flush);

private:
    /// Bytes waiting for the socket; beyond it senders wait.
    static constexpr std::size_t kUnsentBytesMax = std::size_t{4} * 1024 * 1024;

    using Lock = std::unique_lock<std::mutex>;

    explicit Link(Socket socket) : socket_(std::move(socket)) {}
    [[nodiscard]] Result<void> negotiate(const ConnectionOptions& options, std::string_view host,
                                         Socket::Instant deadline, const WakeUp* cancel);
    [[nodiscard]] Result<Bytes> read_first_frame(Socket::Instant deadline, const WakeUp* cancel);
    [[nodiscard]] Result<void> wait_for_room(Lock& lock);
    [[nodiscard]] Result<void> take(const tern::Result<void>& encoded);
    void flush(Lock& lock, Flush flush);
    void write_out(Lock& lock);
    void wake();

    // Runs on: the link's thread.
    void run();
    [[nodiscard]] Error serve();
    [[nodiscard]] bool on_ready(Socket::Ready ready);
    [[nodiscard]] Result<void> receive();
    [[nodiscard]] Result<void> handle_frames();
    void handle(openwire::Command& command);
    [[nodiscard]] Result<void> watch_silence();
    void send_keep_alive(const openwire::KeepAliveInfo& info);

    Socket socket_;
    WakeUp wake_up_;
    Handler* handler_ = nullptr;
    std::mutex starting_;  ///< guards the next; several may want the end
    std::thread thread_;

    // Of the link's thread.
    FrameBuffer inbox_;
    openwire::Decoder decoder_;
    Inactivity inactivity_{{}, {}, {}};

    std::mutex mutex_;  // guards what follows
    std::condition_variable room_;
    std::thread::id own_thread_;
    openwire::Encoder encoder_;
    ByteWriter scratch_;
    Output queued_;
    Output sending_;  ///< of whoever is writing, without the mutex
    std::size_t sending_bytes_ = 0;
    bool writing_ = false;
    bool blocked_ = false;       ///< the socket takes no more: the link's thread goes on
    bool wake_pending_ = false;  ///< the link's thread will look at the queue
    bool wrote_ = false;         ///< since inactivity was watched last
    bool stopping_ = false;
    std::optional<Error> ended_;
};

template <class T>
Result<void> Link::send(const T& command, Flush how) {
    Lock lock(mutex_);
    if (auto room = wait_for_room(lock); !room) return room;
    if (auto taken = take(encoder_.encode(command, scratch_)); !taken) return taken;
    flush(lock, how);
    return {};
}

}  // namespace tern::client
