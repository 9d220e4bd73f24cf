// A client whose broker is killed at every step of its work, again and again. Whatever it is told,
// every message is somewhere in the end, and once.

#include "client_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace tern::client::testing {
namespace {

using Texts = std::vector<std::string>;

int number_from(const char* variable, int otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

/// Kills and starts the broker: one line asks, one answers.
class Control {
public:
    Control() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(number_from("CONTROL_PORT", 0)));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("there is nobody who could kill the broker");
        }
    }
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
    ~Control() { ::close(descriptor_); }

    void restart() {
        ask("kill\n");
        ask("start\n");
    }

private:
    void ask(std::string_view command) {
        std::string answer;
        bool good = ::write(descriptor_, command.data(), command.size()) > 0;
        for (char letter = 0; good && letter != '\n';) {
            good = ::read(descriptor_, &letter, 1) == 1;
            answer += letter;
        }
        if (answer != "ok\n") throw std::runtime_error("the broker: " + answer);
    }

    int descriptor_;
};

class Kills : public ClientTest {
protected:
    static ConnectionOptions failing_over() {
        ConnectionOptions with = options();
        with.url = "failover:(" + broker_url() + ")?initialReconnectDelay=5&maxReconnectDelay=20";
        with.redelivery.redeliveries_max = -1;
        return with;
    }
    void kill_if(bool wanted) {
        if (wanted) control_.restart();
    }
    /// Kills after so long, while `work` is being done.
    template <class Work>
    auto kill_during(milliseconds delay, Work work) {
        std::thread killer([&] {
            std::this_thread::sleep_for(delay);
            control_.restart();
        });
        auto result = work();
        killer.join();
        return result;
    }
    /// All that is in the queue, without taking it.
    std::vector<std::string> texts_in(const Destination& from) const {
        Texts texts;
        for (const Message& message : browse(from)) texts.push_back(text_of(message));
        return texts;
    }
    /// For comparison: in whatever order, but each once.
    static Texts sorted(Texts texts) {
        std::ranges::sort(texts);
        return texts;
    }

    const int kills = number_from("KILLS", 10);

private:
    Control control_;
};

/// Passes messages on, one in a transaction.
class Passing : public Kills {
protected:
    enum class Step { receive, send, commit, during_commit, between };
    static constexpr int kSteps = 5;

    void open(const ConnectionOptions& with) {
        connection_.emplace(connect(with));
        session_.emplace(good(connection_->create_session({.ack_mode = AckMode::transacted})));
        consumer_.emplace(good(session_->create_consumer(queue)));
        producer_.emplace(good(session_->create_producer(out)));
    }

    /// False if the client has reported that the transaction was rolled back, or may have been.
    bool pass_one(std::optional<Step> kill_at, int round) {
        kill_if(kill_at == Step::receive);
        const std::string text = next_text(*consumer_);
        kill_if(kill_at == Step::send);
        good(producer_->send({.body = text}));
        kill_if(kill_at == Step::commit);
        const auto committed =
            kill_at == Step::during_commit
                // At different moments.
                ? kill_during(milliseconds(round / kSteps % 4), [&] { return session_->commit(); })
                : session_->commit();
        if (committed) {
            kill_if(kill_at == Step::between);
            return true;
        }
        const Error& error = committed.error();
        EXPECT_EQ(error.exception_class, "javax.jms.TransactionRolledBackException")
            << error.message();
        if (error == Errc::in_doubt) {
            ++in_doubt;
        } else {
            EXPECT_EQ(error, Errc::rolled_back) << error.message();
            ++rolled_back;
        }
        return false;
    }

    const Destination out = Destination::queue(queue.name + ".OUT");
    int in_doubt = 0;
    int rolled_back = 0;

private:
    std::optional<Connection> connection_;
    std::optional<Session> session_;
    std::optional<Consumer> consumer_;
    std::optional<Producer> producer_;
};

TEST_F(Passing, ATransactedLoopLosesAndDoublesNothing) {
    // One that ends in doubt may have passed on its message before the next is taken.
    const Texts all = numbers(2 * kills + 10);
    send(all);
    open(failing_over());
    for (int round = 0; round < kills; ++round) {
        std::optional<Step> kill_at = Step(round % kSteps);
        // Once a round is enough.
        while (!pass_one(std::exchange(kill_at, std::nullopt), round)) {
        }
        if (HasFailure()) return;
    }
    Texts found = texts_in(queue);
    const Texts passed = texts_in(out);
    found.insert(found.end(), passed.begin(), passed.end());
    EXPECT_EQ(sorted(found), sorted(all));
    EXPECT_GE(passed.size(), static_cast<std::size_t>(kills));
    fmt::print(
        "     {} kills: {} messages passed; the client reported {} transactions in doubt, "
        "{} rolled back\n",
        kills, passed.size(), in_doubt, rolled_back);
}

TEST_F(Kills, WhatIsSentIsThereOnce) {
    auto connection = connect(failing_over());
    auto session = good(connection.create_session());
    auto producer = good(session.create_producer(queue));
    Texts sent;
    for (int round = 0; round < kills; ++round) {
        kill_during(milliseconds(round % 4), [&] {
            for (int i = 0; i < 20; ++i) {
                sent.push_back(std::to_string(sent.size()));
                if (i % 2 == 0) {
                    good(producer.send({.body = sent.back()}));
                } else {
                    good(producer.send_async({.body = sent.back()}));
                }
            }
            return 0;
        });
    }
    good(session.flush());
    EXPECT_EQ(texts_in(queue), sent);
}

/// An acknowledge mode, whose name is what the test is called.
class Acknowledging : public Kills, public ::testing::WithParamInterface<AckMode> {};

TEST_P(Acknowledging, WhatIsDoneIsNotSeenAgain) {
    const int count = 20 * kills;
    send(numbers(count));
    auto connection = connect(failing_over());
    auto session = good(connection.create_session({.ack_mode = GetParam()}));
    auto consumer = good(session.create_consumer(queue));
    std::map<std::string, int> done;
    const auto take_one = [&] {
        const Message message = next(consumer);
        ++done[text_of(message)];
        if (GetParam() == AckMode::client) good(session.acknowledge());
        if (GetParam() == AckMode::individual) good(consumer.acknowledge(message));
        return 0;
    };
    for (int round = 0; round < kills; ++round) {
        kill_during(milliseconds(round % 4), [&] {
            for (int i = 0; i < 10; ++i) take_one();
            return 0;
        });
    }
    while (static_cast<int>(done.size()) < count && !HasFailure()) take_one();
    for (const auto& [text, times] : done) EXPECT_EQ(times, 1) << text;
    good(connection.close());
    EXPECT_EQ(texts_in(queue), Texts());
}

INSTANTIATE_TEST_SUITE_P(Modes, Acknowledging,
                         ::testing::Values(AckMode::automatic, AckMode::client,
                                           AckMode::individual),
                         [](const auto& mode) {
                             switch (mode.param) {
                                 case AckMode::automatic:
                                     return "Automatic";
                                 case AckMode::client:
                                     return "Client";
                                 default:
                                     return "Individual";
                             }
                         });

TEST_F(Kills, AListenerGoesOn) {
    const int count = 10 * kills;
    std::mutex mutex;
    std::map<std::string, int> heard;
    std::atomic<int> interrupted{0};
    std::atomic<int> resumed{0};
    ConnectionOptions with = failing_over();
    with.on_interrupted = [&](const Error&) { ++interrupted; };
    with.on_resumed = [&](const std::string& url) {
        EXPECT_EQ(url, broker_url());
        ++resumed;
    };
    auto connection = connect(with);
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(queue));
    good(consumer.set_listener([&](const Message& message) {
        const std::lock_guard lock(mutex);
        ++heard[text_of(message)];
    }));
    auto sending = good(connection.create_session());
    auto producer = good(sending.create_producer(queue));
    for (int i = 0; i < count; ++i) {
        good(producer.send_async({.body = std::to_string(i)}));
        kill_if(i % 10 == 5);
    }
    good(sending.flush());
    const auto all_heard = [&] {
        const std::lock_guard lock(mutex);
        return static_cast<int>(heard.size()) == count;
    };
    while (!all_heard()) std::this_thread::sleep_for(milliseconds(1));
    for (const auto& [text, times] : heard) EXPECT_EQ(times, 1) << text;
    EXPECT_EQ(interrupted, kills);
    EXPECT_EQ(resumed, kills + 1);
}

TEST_F(Kills, TemporaryQueuesComeBack) {
    auto connection = connect(failing_over());
    auto serving = good(connection.create_session());
    auto replies = good(serving.create_producer());
    auto requests = good(serving.create_consumer(queue));
    good(requests.set_listener([&](const Message& request) {
        good(replies.send({.body = "re: " + text_of(request),
                           .correlation_id = request.correlation_id,
                           .destination = *request.reply_to}));
    }));
    auto session = good(connection.create_session());
    auto requester = good(Requester::create(session, queue));
    for (int round = 0; round < kills; ++round) {
        kill_if(true);
        const std::string text = std::to_string(round);
        const auto reply = good(requester.request({.body = text}, kLong));
        ASSERT_TRUE(reply);
        EXPECT_EQ(text_of(*reply), "re: " + text);
    }
}

TEST_F(Kills, ASubscriptionMissesNothing) {
    const Destination topic = Destination::topic(queue.name);
    ConnectionOptions with = failing_over();
    with.client_id = queue.name;
    auto connection = connect(with);
    auto session = good(connection.create_session());
    auto consumer = good(session.create_consumer(topic, {.subscription = "all"}));
    auto producer = good(session.create_producer(topic));
    Texts sent;
    Texts received;
    for (int round = 0; round < kills; ++round) {
        for (int i = 0; i < 5; ++i) {
            sent.push_back(std::to_string(sent.size()));
            good(producer.send({.body = sent.back()}));
        }
        kill_if(true);
        while (received.size() < sent.size() && !HasFailure()) {
            received.push_back(next_text(consumer));
        }
    }
    EXPECT_EQ(received, sent);
    good(consumer.close());
    good(session.unsubscribe("all"));
}

}  // namespace
}  // namespace tern::client::testing
