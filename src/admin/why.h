#pragma once

#include "admin/json.h"
#include "broker/api/operations.h"
#include "message/formats.h"

#include <expected>
#include <string>

namespace tern::admin {

/// Where what is asked about cannot be found: the code and the text of an answer.
struct NotThere {
    std::string code = {};
    std::string text = {};
};

/// What is answered: a sentence that names the one reason, and all that holds, the reason first.
using WhyReply = std::move_only_function<void(std::expected<json::object, NotThere>)>;

/// Says why something does not get on, out of what the broker says of it.
///
/// Runs on: the thread that `Operations` reply on. All that is referred to outlives the answers.
class Why {
public:
    Why(broker::Operations& broker, const message::Formats& formats,
        std::function<std::int64_t()> wall_ms)
        : broker_(broker), formats_(formats), wall_ms_(std::move(wall_ms)) {}

    /// Why its messages are not delivered or not acknowledged, or why senders to it wait.
    void of_queue(broker::QueueName queue, WhyReply reply);
    /// `message`: its number on the queue, or its JMSMessageID.
    void of_message(broker::QueueName queue, const std::string& message, WhyReply reply);
    /// Why it is blocked, or gets nothing.
    void of_connection(broker::ConnectionRef connection, WhyReply reply);

private:
    struct Asked;
    using AskedPtr = std::shared_ptr<Asked>;

    void explain_message(const AskedPtr& asked, std::uint64_t ordinal);
    /// Those that wait for their time on the way to the queue.
    void add_jobs(const AskedPtr& asked, std::move_only_function<void()> then);
    /// Who the clients are that the reasons name.
    void add_clients(const AskedPtr& asked, std::move_only_function<void()> then);
    void add_consumers(const AskedPtr& asked, std::size_t next);

    broker::Operations& broker_;
    const message::Formats& formats_;
    std::function<std::int64_t()> wall_ms_;
};

}  // namespace tern::admin
