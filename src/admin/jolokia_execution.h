#pragma once

#include "admin/jolokia.h"

namespace tern::admin {

inline constexpr std::string_view kFailed = "javax.management.MBeanException";
inline constexpr std::string_view kWrong = "java.lang.IllegalArgumentException";

/// Takes the message of that JMSMessageID.
[[nodiscard]] std::string id_selector(std::string_view id);
/// An argument as text, whatever it came as.
[[nodiscard]] std::string argument_text(const json::value& value);

/// One call of an operation.
struct Jolokia::Execution {
    std::shared_ptr<const Snapshot> now;
    ObjectName bean;
    std::string operation;
    json::array arguments;
    broker::QueueName queue;
    bool dead_letters = false;  ///< the queue keeps them
    std::optional<broker::ConnectionRef> connection;
    std::optional<broker::SubscriptionKey> subscription;
    std::string bindings;  ///< of a subscription, separated by commas
    std::string topic;
    std::string branch;     ///< its name
    std::string connector;  ///< its name
    std::string health;
    Done done;

    [[nodiscard]] std::string text(std::size_t index) const {
        return index < arguments.size() ? argument_text(arguments[index]) : std::string();
    }
    /// Whether this is a subscription that has no queue of its own to look at; if so, that is
    /// answered.
    [[nodiscard]] bool is_no_queue() {
        const auto* const destination = std::get_if<broker::Destination>(&queue);
        if (destination == nullptr || !destination->name.empty()) return false;
        fail(kWrong, "this is no durable subscription");
        return true;
    }
    void fail(std::string_view type, std::string_view text) {
        done(jolokia_error(500, type, text));
    }
    void succeed(json::value value = nullptr) { done(jolokia_value(std::move(value))); }
    /// Answers nothing more than that it was done.
    [[nodiscard]] static broker::Reply<std::error_code> finish(const ExecutionPtr& call) {
        return [call](std::error_code error) {
            if (error) return call->fail(kFailed, error.message());
            call->succeed();
        };
    }
};

}  // namespace tern::admin
