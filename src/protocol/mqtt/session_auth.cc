#include "protocol/mqtt/session.h"

namespace tern::mqtt {

using Verdict = Authentication::Verdict;

bool Session::begin_authentication(const Properties& properties) {
    if (!properties.authentication_method) {
        if (!properties.authentication_data) return true;
        refuse(Reason::protocol_error, "authentication data without a method");
        return false;
    }
    method_ = *properties.authentication_method;
    authentication_ = authenticator_.begin(method_, client_id_);
    if (authentication_ != nullptr) return true;
    refuse(Reason::bad_authentication_method, "no such authentication method: " + method_);
    return false;
}

/// One step of it, with what the client said last.
void Session::authenticate(std::string_view data) {
    const bool again = phase_ == Phase::connected;
    auto [verdict, answer] = authentication_->next(data);
    if (verdict != Verdict::go_on) authentication_.reset();
    if (verdict == Verdict::refused) {
        if (again) return fail(Reason::not_authorized, "the client could not show anew who it is");
        return refuse(Reason::not_authorized, "the client could not show who it is");
    }
    if (verdict == Verdict::accepted && !again) {
        authentication_data_ = std::move(answer);
        return take_place();
    }
    Auth auth{.reason =
                  verdict == Verdict::go_on ? Reason::continue_authentication : Reason::success};
    auth.properties.authentication_method = method_;
    if (!answer.empty()) auth.properties.authentication_data = answer;
    if (!again) phase_ = Phase::authenticating;
    send(auth);
}

void Session::on(const Auth& auth) {
    const bool begins = auth.reason == Reason::reauthenticate && phase_ == Phase::connected;
    const bool goes_on = auth.reason == Reason::continue_authentication;
    if (method_.empty() || auth.properties.authentication_method != method_ ||
        (begins ? authentication_ != nullptr : !goes_on || authentication_ == nullptr)) {
        const auto why = "an AUTH that does not belong here";
        return phase_ == Phase::authenticating ? refuse(Reason::protocol_error, why)
                                               : fail(Reason::protocol_error, why);
    }
    if (begins) authentication_ = authenticator_.begin(method_, client_id_);
    if (authentication_ == nullptr) {
        return fail(Reason::bad_authentication_method, "no such authentication method any more");
    }
    authenticate(auth.properties.authentication_data.value_or(""));
}

}  // namespace tern::mqtt
