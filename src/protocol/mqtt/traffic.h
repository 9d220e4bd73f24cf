#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

namespace tern::mqtt {

/// What was received from clients and sent to them.
struct Figures {
    std::uint64_t bytes_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t packets_received = 0;
    std::uint64_t packets_sent = 0;
    std::uint64_t publishes_received = 0;
    std::uint64_t publishes_sent = 0;
    std::uint64_t publish_bytes_received = 0;  ///< payloads only
    std::uint64_t publish_bytes_sent = 0;
    std::uint64_t publishes_dropped = 0;  ///< larger than their clients take

    static constexpr std::array kAll{&Figures::bytes_received,         &Figures::bytes_sent,
                                     &Figures::packets_received,       &Figures::packets_sent,
                                     &Figures::publishes_received,     &Figures::publishes_sent,
                                     &Figures::publish_bytes_received, &Figures::publish_bytes_sent,
                                     &Figures::publishes_dropped};
};

/// All sessions together, on any shard.
class Traffic {
public:
    void add(const Figures& figures) {
        for (std::size_t i = 0; i < figures_.size(); ++i) {
            const std::uint64_t more = figures.*Figures::kAll[i];
            if (more != 0) figures_[i].fetch_add(more, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] Figures figures() const {
        Figures sum;
        for (std::size_t i = 0; i < figures_.size(); ++i) sum.*Figures::kAll[i] = figures_[i];
        return sum;
    }

    std::atomic<std::uint64_t> connected{0};      ///< clients at the moment
    std::atomic<std::uint64_t> connections{0};    ///< ever made
    std::atomic<std::uint64_t> expired{0};        ///< sessions
    std::atomic<std::uint64_t> subscriptions{0};  ///< of connected clients
    std::atomic<std::uint64_t> shared{0};         ///< of these, those to a group

private:
    std::array<std::atomic<std::uint64_t>, Figures::kAll.size()> figures_{};
};

/// One session's part, which it adds now and then.
class Count : public Figures {
public:
    explicit Count(Traffic& all) : all_(all) {}
    ~Count() {
        flush();
        disconnected();
    }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;

    void flush() { all_.add(std::exchange(static_cast<Figures&>(*this), {})); }
    void connected() {
        if (std::exchange(connected_, true)) return;
        ++all_.connected;
        ++all_.connections;
    }
    void disconnected() {
        if (!std::exchange(connected_, false)) return;
        --all_.connected;
        all_.subscriptions -= std::exchange(subscriptions_, 0);
        all_.shared -= std::exchange(shared_, 0);
    }
    void expired() { ++all_.expired; }
    void subscribed(bool shared) {
        ++all_.subscriptions;
        ++subscriptions_;
        if (!shared) return;
        ++all_.shared;
        ++shared_;
    }
    void unsubscribed(bool shared) {
        --all_.subscriptions;
        --subscriptions_;
        if (!shared) return;
        --all_.shared;
        --shared_;
    }

private:
    Traffic& all_;
    bool connected_ = false;
    std::uint64_t subscriptions_ = 0;
    std::uint64_t shared_ = 0;
};

}  // namespace tern::mqtt
