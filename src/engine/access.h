#pragma once

#include "security/permissions.h"
#include "security/rights.h"

#include <memory>
#include <unordered_map>

namespace tern::engine {

/// Who a client is, and what was found of what it may do: asked for once for each destination.
class Access {
public:
    /// Null: nobody knows yet.
    [[nodiscard]] const security::IdentityPtr& identity() const { return identity_; }
    void set_identity(security::IdentityPtr identity);

    /// By these rights, or permissions; what was decided by others is forgotten.
    [[nodiscard]] bool allows(const security::RightsPtr& rights, security::Right right,
                              const broker::DestinationView& destination);
    [[nodiscard]] bool allows(const security::PermissionsPtr& permissions, security::Right right,
                              const broker::DestinationView& destination);
    /// The topic is there: nobody has to make it.
    void found(const broker::DestinationView& topic);
    [[nodiscard]] bool is_found(const broker::DestinationView& topic) const;

private:
    static constexpr std::size_t kDestinationsMax = 1000;

    struct Known {
        std::uint8_t decided = 0;  ///< a bit for each right
        std::uint8_t allowed = 0;
        bool found = false;
    };

    Known& known(const broker::DestinationView& destination);
    /// What was decided before, or what `decide()` says.
    template <class By, class Decide>
    [[nodiscard]] bool decided(const By& by, security::Right right,
                               const broker::DestinationView& destination, Decide decide);

    security::IdentityPtr identity_;
    std::shared_ptr<const void> decided_by_;
    std::unordered_map<broker::Destination, Known, broker::DestinationHash,
                       broker::DestinationEqual>
        known_;
};

}  // namespace tern::engine
