#include "broker/api/errors.h"

#include "base/error_category.h"

namespace tern::broker {
namespace {

const char* text_of(Errc code) {
    switch (code) {
        case Errc::no_such_destination:
            return "the destination does not exist";
        case Errc::not_the_owner:
            return "only the connection that created a temporary destination may consume";
        case Errc::has_consumers:
            return "the destination still has consumers";
        case Errc::no_such_consumer:
            return "the consumer does not exist";
        case Errc::no_such_transaction:
            return "the transaction has not been started";
        case Errc::nothing_to_prepare:
            return "the transaction did nothing";
        case Errc::branch_prepared:
            return "the branch is prepared already";
        case Errc::branch_not_prepared:
            return "the branch is not prepared";
        case Errc::client_id_in_use:
            return "the client id is in use by another connection";
        case Errc::invalid_selector:
            return "the selector is not valid";
        case Errc::subscription_in_use:
            return "Durable consumer is in use";
        case Errc::subscription_differs:
            return "the shared subscription is in use with other topics or another selector";
        case Errc::no_such_subscription:
            return "No durable subscription exists for that client id and name";
        case Errc::invalid_schedule:
            return "the message cannot be scheduled as it asks for";
        case Errc::dead_before:
            return "the message became a dead letter before";
        case Errc::no_space:
            return "a limit is reached: there is no space for the message";
        case Errc::too_many_destinations:
            return "there are as many destinations as its policy allows (maxDestinations), or as "
                   "the user may have made (max-queues)";
        case Errc::too_many_sessions:
            return "the user has as many connections or sessions as it may";
        case Errc::connection_full:
            return "the connection has as many of these as it may";
        case Errc::transaction_too_large:
            return "the transaction is rolled back: it has more messages than may wait for a "
                   "commit (maxUncommittedCount, code 42900)";
        case Errc::too_many_consumers:
            return "the queue has as many consumers as its policy allows (maxConsumers)";
        case Errc::durable_refused:
            return "Durable subscriptions are not allowed here (rejectDurableConsumers)";
        case Errc::storage_failed:
            return "the journal failed: the broker stores nothing any more";
        case Errc::stopping:
            return "the broker is stopping";
        case Errc::not_authenticated:
            return "the user name or password is invalid";
        case Errc::may_not_read:
            return "not authorized to read from there";
        case Errc::may_not_write:
            return "not authorized to write there";
        case Errc::may_not_create:
            return "not authorized to create that";
        case Errc::may_not_remove:
            return "not authorized to remove that";
        case Errc::duplicate:
            return "a message with that _AMQ_DUPL_ID was sent before";
        case Errc::branch_committed:
            return "an operator has committed the branch";
        case Errc::branch_rolled_back:
            return "an operator has rolled back the branch";
    }
    return "unknown";
}

}  // namespace

const std::error_category& category() noexcept {
    static const ErrorCategory<Errc> instance("broker", text_of);
    return instance;
}

std::string access_text(std::error_code error, std::string_view user,
                        std::string_view destination) {
    if (error.category() != category()) return {};
    std::string_view what;
    switch (static_cast<Errc>(error.value())) {
        case Errc::not_authenticated:
            return "User is not authenticated.";
        case Errc::may_not_read:
            what = "read from";
            break;
        case Errc::may_not_write:
            what = "write to";
            break;
        case Errc::may_not_create:
            what = "create";
            break;
        case Errc::may_not_remove:
            what = "remove";
            break;
        default:
            return {};
    }
    std::string text("User ");
    text.append(user).append(" is not authorized to ").append(what).append(": ");
    return text.append(destination);
}

}  // namespace tern::broker
