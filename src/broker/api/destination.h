#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tern::broker {

/// Queues and topics of one name are unrelated.
enum class Domain : std::uint8_t { queue, topic };

/// A destination as somebody names it, without owning the name.
struct DestinationView {
    Domain domain = Domain::queue;
    bool temporary = false;  ///< lives with the connection that made it
    std::string_view name;

    bool operator==(const DestinationView&) const = default;
};

/// What messages are sent to and consumed from: the key of an address.
struct Destination {
    Domain domain = Domain::queue;
    bool temporary = false;
    std::string name;

    Destination() = default;
    Destination(Domain d, bool temp, std::string n)
        : domain(d), temporary(temp), name(std::move(n)) {}
    explicit Destination(const DestinationView& view)
        : domain(view.domain), temporary(view.temporary), name(view.name) {}

    [[nodiscard]] DestinationView view() const { return {domain, temporary, name}; }
    bool operator==(const Destination&) const = default;
};

/// As in `queue://A`, `temp-topic://ID:…:1`.
[[nodiscard]] std::string to_text(const DestinationView& destination);

/// The destinations that a composite name stands for: its elements, separated by commas, each with
/// the type of the whole or the one its prefix names (`topic://…`). Blanks around them, empty ones
/// and repetitions do not count. One element for an ordinary name.
[[nodiscard]] std::vector<Destination> elements(const DestinationView& destination);

/// Whether the name is a pattern: consumers of it get what is sent to all names that it matches.
/// Elements of names are separated by `.`; in a pattern `*` stands for one element and `>`, as the
/// last one, for any number of them, none included.
[[nodiscard]] bool is_pattern(std::string_view name);
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

struct DestinationHash {
    using is_transparent = void;
    std::size_t operator()(const DestinationView& d) const noexcept;
    std::size_t operator()(const Destination& d) const noexcept { return (*this)(d.view()); }
};

struct DestinationEqual {
    using is_transparent = void;
    static DestinationView view(const DestinationView& d) { return d; }
    static DestinationView view(const Destination& d) { return d.view(); }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const noexcept {
        return view(a) == view(b);
    }
};

}  // namespace tern::broker
