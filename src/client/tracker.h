#pragma once

#include "client/convert.h"
#include "protocol/openwire/codec/endpoint_commands.h"
#include "protocol/openwire/codec/own.h"

#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace tern::client {

struct SendWindow;

/// A command with the memory that it views.
template <class T>
struct Owned {
    explicit Owned(T original) : command(std::move(original)), texts(openwire::own(command)) {}
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;

    T command;
    Buffer texts;
};
template <class T>
using Kept = std::shared_ptr<const Owned<T>>;

/// A message that may have to be sent again. Its number and wish for an answer are set before
/// anybody else sees it.
struct KeptMessage {
    explicit KeptMessage(WireMessage original);

    WireMessage wire;
    Buffer texts;
    /// Of the session, of a message in a transaction: its confirmation is waited for.
    std::shared_ptr<SendWindow> window{};
};

/// What a connection has at its broker, so that it can be had again at another (OpenWire reference,
/// 17.2). A copy is cheap. Not synchronised.
class Tracker {
public:
    using Id = std::int64_t;
    using Message = std::shared_ptr<const KeptMessage>;
    struct Session {
        std::map<Id, Kept<openwire::ProducerInfo>> producers{};
        std::map<Id, Kept<openwire::ConsumerInfo>> consumers{};
    };

    /// Of messages whose sender does not wait it keeps the newest, up to so many bytes.
    explicit Tracker(std::size_t cache_bytes_max) : cache_bytes_max_(cache_bytes_max) {}

    void add_session(Id session) { sessions_[session]; }
    void remove_session(Id session) { sessions_.erase(session); }
    void add(Kept<openwire::ProducerInfo> producer);
    void remove(const openwire::ProducerId& producer);
    void add(Kept<openwire::ConsumerInfo> consumer);
    void remove(const openwire::ConsumerId& consumer);
    /// Adds or removes a temporary destination.
    void change(const Kept<openwire::DestinationInfo>& destination);

    void begin(Id transaction) { transactions_[transaction]; }
    /// A message sent in a transaction that is open.
    void record(Id transaction, Message message);
    void end(Id transaction) { transactions_.erase(transaction); }
    /// A message outside of transactions that nobody waits for.
    void record(Message message);

    [[nodiscard]] const auto& sessions() const { return sessions_; }
    [[nodiscard]] const auto& temporaries() const { return temporaries_; }
    [[nodiscard]] const auto& transactions() const { return transactions_; }
    [[nodiscard]] const auto& cached() const { return cache_; }
    /// Whether the producer is there, and not closed already.
    [[nodiscard]] bool has(const openwire::ProducerId& producer) const;

private:
    std::size_t cache_bytes_max_;
    std::map<Id, Session> sessions_;
    std::map<std::string, Kept<openwire::DestinationInfo>, std::less<>> temporaries_;
    std::map<Id, std::vector<Message>> transactions_;
    std::deque<Message> cache_;
    std::size_t cache_bytes_ = 0;
};

}  // namespace tern::client
