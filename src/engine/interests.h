#pragma once

#include "base/hash.h"
#include "broker/api/ids.h"
#include "broker/filter/filter.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tern::engine {

/// What somebody takes of a queue.
struct Interest {
    /// Nothing: somebody who was there once, and may come back.
    std::optional<broker::ConsumerRef> consumer = {};
    broker::FilterPtr filter = {};  ///< null: everything

    [[nodiscard]] std::string_view selector() const {
        return filter == nullptr ? std::string_view() : std::string_view(filter->text());
    }
};

/// What is taken of queues that get only what somebody takes, by their names. All shards know the
/// same.
class Interests {
public:
    /// Nothing happens if it is known.
    void add(const std::string& queue, Interest interest);
    void remove(const std::string& queue, const broker::ConsumerRef& consumer);
    [[nodiscard]] bool knows(std::string_view queue, const Interest& interest) const;
    [[nodiscard]] bool takes(std::string_view queue, const Message& message) const;

private:
    std::unordered_map<std::string, std::vector<Interest>, StringHash, std::equal_to<>> queues_;
};

}  // namespace tern::engine
