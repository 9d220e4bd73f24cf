// Which statements with `co_await` gcc 12 compiles correctly, and which it does not:
//
//   In one statement with co_await                                  gcc 12.2
//   a named variable moved in; a temporary with a constructor       fine
//   a temporary lambda that captures, or aggregate `Options{...}`   destroyed twice
//   `if` or `switch` over it, with a temporary with a destructor    crashes or goes on wrongly
//   an initializer list, `f({a, b})` for a vector parameter         does not compile
//
// The fine forms have to stay fine. The broken ones are pinned for gcc 12 alone: should one of
// those tests fail, then that compiler was repaired and the table can shrink.
#include <gtest/gtest.h>

#include <coroutine>
#include <cstdlib>
#include <exception>
#include <utility>

namespace tern {
namespace {

/// The least coroutine that can be awaited: starts when awaited, hands over one number.
class Task {
public:
    struct promise_type {
        int value = 0;
        std::coroutine_handle<> waiter = std::noop_coroutine();

        Task get_return_object() {
            return Task(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept { return Last{}; }
        void return_value(int result) { value = result; }
        void unhandled_exception() { std::terminate(); }
    };

    explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task() { handle_.destroy(); }

    bool await_ready() { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) {
        handle_.promise().waiter = waiter;
        return handle_;
    }
    int await_resume() { return handle_.promise().value; }

    int run() {
        handle_.resume();
        return handle_.promise().value;
    }

private:
    struct Last {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> done) noexcept {
            return done.promise().waiter;
        }
        void await_resume() noexcept {}
    };

    std::coroutine_handle<promise_type> handle_;
};

int g_alive = 0;

/// Stands for memory that something owns: the count ends at zero, unless it is freed twice.
struct Owner {
    Owner() { ++g_alive; }
    Owner(const Owner&) { ++g_alive; }
    Owner(Owner&&) noexcept { ++g_alive; }
    Owner& operator=(const Owner&) = default;
    Owner& operator=(Owner&&) = default;
    ~Owner() { --g_alive; }
};

struct Class {
    explicit Class(int start) : number(start) {}
    int number;
    Owner owner;
};

struct Aggregate {
    int number = 0;
    Owner owner;
};

Task by_value(Class object) {
    co_return object.number;
}
Task by_value(Aggregate object) {
    co_return object.number;
}
template <class Function>
Task call(Function function) {
    co_return function();
}

Task moves_a_named_variable() {
    Class object(1);
    const int result = co_await by_value(std::move(object));
    co_return result;
}
Task passes_a_temporary_of_a_class() {
    const int result = co_await by_value(Class(1));
    co_return result;
}
Task moves_a_named_aggregate() {
    Aggregate object{1, {}};
    const int result = co_await by_value(std::move(object));
    co_return result;
}
Task decides_afterwards() {
    const int result = co_await by_value(Class(1));
    if (result == 1) co_return 1;
    co_return 2;
}

struct Outcome {
    int result;
    int alive;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(Task (*form)()) {
    g_alive = 0;
    const int result = form().run();
    return {result, g_alive};
}

TEST(CoroutineForms, a_named_variable_moved_in) {
    EXPECT_EQ(outcome_of(&moves_a_named_variable), (Outcome{1, 0}));
    EXPECT_EQ(outcome_of(&moves_a_named_aggregate), (Outcome{1, 0}));
}

TEST(CoroutineForms, a_temporary_of_a_class_with_a_constructor) {
    EXPECT_EQ(outcome_of(&passes_a_temporary_of_a_class), (Outcome{1, 0}));
}

TEST(CoroutineForms, the_result_named_first_and_judged_afterwards) {
    EXPECT_EQ(outcome_of(&decides_afterwards), (Outcome{1, 0}));
}

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12

Task passes_a_temporary_aggregate() {
    const int result = co_await by_value(Aggregate{1, {}});
    co_return result;
}
Task passes_a_temporary_lambda() {
    const Owner owner;
    const int result = co_await call([owner] { return 1; });
    co_return result;
}
Task decides_in_the_statement() {
    if (co_await by_value(Class(1)) == 1) co_return 1;
    co_return 2;
}

TEST(BrokenCoroutineForms, temporaries_destroyed_twice) {
    EXPECT_EQ(outcome_of(&passes_a_temporary_aggregate), (Outcome{1, -1}));
    EXPECT_EQ(outcome_of(&passes_a_temporary_lambda), (Outcome{1, -1}));
}

TEST(BrokenCoroutineFormsDeathTest, a_co_return_lost) {
    // It either crashes or goes on behind the co_return, depending on the level of optimisation.
    const auto fail = [] {
        if (outcome_of(&decides_in_the_statement).result != 1) std::abort();
    };
    EXPECT_DEATH(fail(), "");
}

#endif

}  // namespace
}  // namespace tern
