#pragma once

#include "client/error.h"

#include <coroutine>
#include <exception>
#include <utility>

namespace tern::client {

/// A coroutine for Session::spawn: it waits with `co_await consumer.next()` and ends with
/// `co_return` of what went wrong, or of `{}`. It runs on the session's own thread. An exception
/// that leaves it ends the program, as with std::thread. gcc 12 wants each `co_await` in a
/// statement of its own, `const auto message = co_await consumer.next();`.
class Task {
public:
    struct promise_type;
    using Handle = std::coroutine_handle<promise_type>;

    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    // For the session.
    [[nodiscard]] Handle handle() const { return handle_; }
    [[nodiscard]] bool done() const { return handle_.done(); }
    [[nodiscard]] const Result<void>& result() const;

private:
    explicit Task(Handle handle) : handle_(handle) {}

    Handle handle_;
};

struct Task::promise_type {
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_value(Result<void> value) { result = std::move(value); }
    void unhandled_exception() noexcept { std::terminate(); }

    Result<void> result{};
};

inline const Result<void>& Task::result() const {
    return handle_.promise().result;
}

}  // namespace tern::client
