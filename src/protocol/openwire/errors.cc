#include "protocol/openwire/errors.h"

#include "broker/api/errors.h"

namespace tern::openwire {
namespace {

std::string_view class_of(broker::Errc code) {
    using broker::Errc;
    switch (code) {
        case Errc::no_such_destination:
            return "org.apache.activemq.DestinationDoesNotExistException";
        case Errc::not_the_owner:
        case Errc::no_such_subscription:
            return kInvalidDestination;
        case Errc::invalid_selector:
            return kInvalidSelector;
        case Errc::client_id_in_use:
            return kInvalidClientId;
        case Errc::invalid_schedule:
            return kMessageFormat;
        case Errc::no_such_consumer:
            return "java.lang.IllegalArgumentException";
        case Errc::no_space:
        case Errc::transaction_too_large:
        case Errc::too_many_sessions:
            return kResourceAllocation;
        case Errc::not_authenticated:
        case Errc::may_not_read:
        case Errc::may_not_write:
        case Errc::may_not_create:
        case Errc::may_not_remove:
            return kSecurity;
        case Errc::too_many_destinations:
        case Errc::connection_full:
        case Errc::too_many_consumers:
            return kIllegalState;
        case Errc::duplicate:
            return "javax.jms.TransactionRolledBackException";
        case Errc::durable_refused:
        case Errc::dead_before:
        case Errc::has_consumers:
        case Errc::subscription_in_use:
        case Errc::subscription_differs:
        case Errc::no_such_transaction:
        case Errc::nothing_to_prepare:
        case Errc::branch_prepared:
        case Errc::branch_not_prepared:
        case Errc::branch_committed:
        case Errc::branch_rolled_back:
        case Errc::storage_failed:
        case Errc::stopping:
            return kJmsException;
    }
    return kJmsException;
}

}  // namespace

Refusal refuse(std::error_code error, std::string_view about, std::string_view user) {
    if (error.category() != broker::category()) return {kJmsException, error.message()};
    const auto code = static_cast<broker::Errc>(error.value());
    // Bridges test the message for the prefix `temp-`: it is the destination's name, nothing else.
    if (code == broker::Errc::no_such_destination) return {class_of(code), std::string(about)};
    std::string access = broker::access_text(error, user, about);
    if (!access.empty()) return {class_of(code), std::move(access)};
    std::string message = error.message();
    if (!about.empty()) message.append(": ").append(about);
    return {class_of(code), std::move(message)};
}

}  // namespace tern::openwire
