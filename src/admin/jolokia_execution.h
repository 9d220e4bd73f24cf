#pragma once

#include "admin/jolokia.h"

namespace tern::admin {

inline constexpr std::string_view kFailed = "javax.management.MBeanException";
inline constexpr std::string_view kWrong = "java.lang.IllegalArgumentException";

/// An argument as text, whatever it came as.
[[nodiscard]] std::string argument_text(const json::value& value);

/// One call of an operation.
struct Jolokia::Execution {
    std::string operation;
    json::array arguments;
    broker::QueueName queue;
    bool dead_letters = false;  ///< the queue keeps them
    std::optional<broker::ConnectionRef> connection;
    std::optional<broker::SubscriptionKey> subscription;
    std::string topic;
    std::string health;
    Done done;

    [[nodiscard]] std::string text(std::size_t index) const {
        return index < arguments.size() ? argument_text(arguments[index]) : std::string();
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
