#include "protocol/openwire/session.h"
#include "protocol/openwire/statistics.h"

namespace tern::openwire {

bool Session::answer_statistics(const Message& message, const broker::DestinationView& to) {
    if (!options_.statistics || !message.reply_to || broker_.operations() == nullptr) return false;
    const auto question = statistics_question(message, to);
    if (!question) return false;
    const auto request = std::make_shared<const KeptCommand>(Command(message));
    const auto back = broker::Destination(to_broker(*message.reply_to));
    const broker::Token made = then([this, reply = reply_to(message), request, question,
                                     back](std::error_code error) {
        if (error) return answer(reply, error, broker::to_text(back.view()));
        const auto& asked = std::get<Message>(request->command());
        // What came before the login was answered could not be judged then.
        for (const broker::DestinationView& one : {to_broker(*asked.destination), back.view()}) {
            if (const auto denied = broker_.may_publish(one)) {
                return answer(reply, denied, broker::to_text(one));
            }
        }
        statistics_.answer(*broker_.operations(), *question, asked);
        answer(reply);
    });
    broker_.declare(back, made);
    return true;
}

}  // namespace tern::openwire
