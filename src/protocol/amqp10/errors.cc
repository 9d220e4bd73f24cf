#include "protocol/amqp10/errors.h"

#include "broker/api/errors.h"

namespace tern::amqp10 {

std::string_view condition_of(std::error_code error) {
    if (error.category() != broker::category()) return kInternalError;
    switch (static_cast<broker::Errc>(error.value())) {
        case broker::Errc::no_such_destination:
            return kNotFound;
        case broker::Errc::not_the_owner:
        case broker::Errc::duplicate:
        case broker::Errc::durable_refused:
            return kNotAllowed;
        case broker::Errc::has_consumers:
            return kResourceLocked;
        case broker::Errc::no_such_consumer:
            return kNotFound;
        case broker::Errc::no_such_transaction:
            return kUnknownTransaction;
        case broker::Errc::client_id_in_use:
        case broker::Errc::invalid_selector:
        case broker::Errc::invalid_schedule:
            return kInvalidField;
        case broker::Errc::subscription_in_use:
        case broker::Errc::subscription_differs:
            return kResourceLocked;
        case broker::Errc::no_such_subscription:
            return kNotFound;
        case broker::Errc::nothing_to_prepare:
        case broker::Errc::branch_prepared:
        case broker::Errc::branch_not_prepared:
        case broker::Errc::branch_committed:
        case broker::Errc::branch_rolled_back:
        case broker::Errc::dead_before:
        case broker::Errc::storage_failed:
            return kInternalError;
        case broker::Errc::not_authenticated:
        case broker::Errc::may_not_read:
        case broker::Errc::may_not_write:
        case broker::Errc::may_not_create:
        case broker::Errc::may_not_remove:
            return kUnauthorized;
        case broker::Errc::no_space:
        case broker::Errc::too_many_destinations:
        case broker::Errc::too_many_sessions:
        case broker::Errc::connection_full:
        case broker::Errc::transaction_too_large:
        case broker::Errc::too_many_consumers:
            return kResourceLimit;
        case broker::Errc::stopping:
            return kConnectionForced;
    }
    return kInternalError;
}

}  // namespace tern::amqp10
