#pragma once

#include "broker/api/destination.h"

#include <optional>
#include <string>

namespace tern::engine {

/// How clients write patterns, as in ActiveMQ Artemis.
struct Wildcards {
    std::string delimiter = ".";
    std::string any_words = "#";    ///< for `>`: any number of levels, at the end
    std::string single_word = "*";  ///< for `*`: one level

    bool operator==(const Wildcards&) const = default;
};

/// What else destinations may be called by clients.
struct Names {
    std::string separator = {};  ///< stands for `.`; empty: nothing does
    /// `ADDRESS::QUEUE` is a queue that gets what is sent to the topic ADDRESS, whichever of both
    /// somebody takes it for.
    bool qualified = false;
    std::optional<Wildcards> wildcards = {};

    /// The destination that `named` stands for; nothing: itself.
    [[nodiscard]] std::optional<broker::Destination> translate(
        const broker::DestinationView& named) const;

    bool operator==(const Names&) const = default;
};

}  // namespace tern::engine
