#include "admin/api.h"
#include "admin/why.h"

// Why something does not get on.

namespace tern::admin {
namespace {

broker::Destination queue_named(const std::string& name) {
    return {broker::Domain::queue, false, name};
}

}  // namespace

void Api::answer_why(const CallPtr& call, std::expected<json::object, NotThere> answer) {
    if (answer) return call->reply(200, *answer);
    call->fail(404, answer.error().code, answer.error().text);
}

void Api::why_queue(const CallPtr& call) {
    why_->of_queue(queue_named(call->arguments[0]),
                   [call](auto answer) { answer_why(call, std::move(answer)); });
}

void Api::why_subscription(const CallPtr& call) {
    why_->of_queue(broker::SubscriptionKey{call->arguments[0], call->arguments[1]},
                   [call](auto answer) { answer_why(call, std::move(answer)); });
}

void Api::why_message(const CallPtr& call) {
    why_->of_message(queue_named(call->arguments[0]), call->arguments[1],
                     [call](auto answer) { answer_why(call, std::move(answer)); });
}

void Api::why_connection(const CallPtr& call) {
    const auto ref = parse_connection(call->arguments.front());
    if (!ref) return call->fail(404, "no_such_connection", "there is no such connection");
    why_->of_connection(*ref, [call](auto answer) { answer_why(call, std::move(answer)); });
}

}  // namespace tern::admin
