#pragma once

#include "client/connection.h"
#include "protocol/openwire/codec/commands.h"
#include "protocol/openwire/codec/decoder.h"
#include "protocol/openwire/codec/encoder.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace tern::client::testing {

/// The other end of a connection: a thread that answers politely unless it is told to behave
/// otherwise, and remembers what it was sent.
class FakeBroker {
public:
    struct Options {
        milliseconds inactivity{0};
        /// Says this instead of a WireFormatInfo.
        std::string greeting{};
    };

    FakeBroker() : FakeBroker(Options()) {}
    explicit FakeBroker(Options options);
    ~FakeBroker();

    /// The end for the client; to be asked for once.
    [[nodiscard]] int client_socket() { return std::exchange(client_, -1); }

    // How to behave.

    /// Requests of this type get an exception.
    void refuse(openwire::DataType type, std::string exception_class, std::string text);
    /// Requests of this type get no answer.
    void ignore(openwire::DataType type);
    void send(const openwire::Command& command);
    /// Closes the socket without a word.
    void hang_up();

    // What was received.

    /// Waits for the next command of this type and drops those before it.
    template <class T>
    [[nodiscard]] T expect() {
        std::unique_lock lock(mutex_);
        for (;;) {
            const bool came = arrived_.wait_for(lock, std::chrono::minutes(1),
                                                [this] { return !received_.empty(); });
            if (!came) throw std::runtime_error("the client did not send what was expected");
            auto first = std::move(received_.front());
            received_.pop_front();
            if (auto* const command = std::get_if<T>(&first.first)) {
                texts_.push_back(std::move(first.second));
                return std::move(*command);
            }
        }
    }

private:
    enum class Manner { refuses, ignores };
    struct Refusal {
        Manner manner;
        std::string exception_class;
        std::string text;
    };

    void run();
    void on_frame(Bytes frame);
    void answer(openwire::DataType type, std::int32_t command_id);
    template <class T>
    void write(const T& command);
    void write(Bytes bytes);

    const Options options_;
    int client_ = -1;
    int own_ = -1;
    openwire::Decoder decoder_;

    std::mutex mutex_;
    std::condition_variable arrived_;
    openwire::Encoder encoder_;
    std::map<openwire::DataType, Refusal> manners_;
    std::deque<std::pair<openwire::Command, Buffer>> received_;
    std::vector<Buffer> texts_;
    std::thread thread_;
};

}  // namespace tern::client::testing
