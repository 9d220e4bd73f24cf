#pragma once

#include "client/connection.h"
#include "client/fake_broker_fixture.h"

#include <gtest/gtest.h>

#include <future>

namespace tern::client::testing {

/// Two brokers, one after the other, and a connection that survives the first. A short language:
/// what each hears is asked with `first.expect<T>()`, and `lose()` is the end of the first.
class FailoverTest : public ::testing::Test {
protected:
    static constexpr milliseconds kLong{60'000};
    static constexpr openwire::Destination kQueue{openwire::DataType::queue, "Q"};

    template <class T>
    static T good(Result<T> result) {
        if (!result) throw std::runtime_error(result.error().message());
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }

    Connection connect(const std::string& query = {}, ConnectionOptions options = {}) {
        options.url =
            "failover:(tcp://one,tcp://two)?randomize=false&initialReconnectDelay=1" + query;
        options.redelivery.delay = {};
        options.open_socket = [this](const std::string& host, std::uint16_t) -> Result<int> {
            const std::lock_guard lock(mutex_);
            tried_.push_back(host);
            if (next_ == open_.size()) return failure(Errc::unreachable, "nobody there");
            return open_[next_++]->client_socket();
        };
        return good(Connection::connect(std::move(options)));
    }

    /// Its order, and not before that is another broker there.
    void lose() {
        first.hang_up();
        let_in(second);
    }
    void let_in(FakeBroker& broker) {
        const std::lock_guard lock(mutex_);
        open_.push_back(&broker);
    }
    /// The hosts that were tried since the last call.
    std::vector<std::string> tried() {
        const std::lock_guard lock(mutex_);
        return std::exchange(tried_, {});
    }

    static void dispatch(FakeBroker& broker, const openwire::ConsumerId& consumer, int number,
                         int redelivered = 0) {
        broker.send(openwire::MessageDispatch{
            .consumer_id = consumer,
            .destination = kQueue,
            .message = openwire::Message{.destination = kQueue,
                                         .message_id =
                                             openwire::MessageId{
                                                 .producer_id = openwire::ProducerId{"other", 1, 1},
                                                 .producer_sequence_id = number,
                                                 .broker_sequence_id = number}},
            .redelivery_counter = redelivered});
    }
    static std::string id(int number) { return "other:1:1:" + std::to_string(number); }

    const Destination queue = Destination::queue("Q");
    FakeBroker first;
    FakeBroker second;

private:
    std::mutex mutex_;
    std::vector<FakeBroker*> open_{&first};
    std::size_t next_ = 0;
    std::vector<std::string> tried_;
};

}  // namespace tern::client::testing
