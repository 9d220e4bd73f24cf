#pragma once

#include "admin/rabbitmq/book.h"

#include <re2/re2.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tern::admin::rabbitmq {

/// Which of a book's policies holds where, for those who look. Immutable.
class Policies {
public:
    /// `book` outlives it.
    explicit Policies(const Book& book);

    /// What holds of something of that kind (`classic_queues`, `quorum_queues`, `exchanges`): the
    /// members of its view.
    void add_to(json::object& view, std::string_view kind, std::string_view vhost,
                std::string_view name) const;

private:
    struct One {
        std::string vhost;
        std::string name;
        std::string apply_to;
        std::int64_t priority = 0;
        std::unique_ptr<const RE2> pattern;
        json::object definition;
    };
    using Ordered = std::vector<One>;  ///< the highest priority first

    static void add(Ordered& to, std::string vhost, std::string name, const json::object& policy);
    [[nodiscard]] static const One* find(const Ordered& policies, std::string_view kind,
                                         std::string_view vhost, std::string_view name);

    Ordered policies_;
    Ordered of_operators_;
};

/// What is wrong with a policy, as RabbitMQ words it; empty: nothing.
[[nodiscard]] std::string problem_of(const json::object& policy, bool of_operators);

/// Whether queues of that type know all that a policy says; otherwise it is not for them.
[[nodiscard]] bool policy_fits(const json::object& definition, bool quorum);

}  // namespace tern::admin::rabbitmq
