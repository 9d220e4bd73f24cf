// Whatever a client sends, what it gets is a stream of frames, and the session never asks the
// broker for what makes no sense.

#include "protocol/fuzz_peers.h"
#include "protocol/stomp/codec/decoder.h"
#include "protocol/stomp/room.h"

namespace tern::stomp {
namespace {

class Story {
public:
    Story() {
        queue_.id = broker::QueueId{1};
        queue_.bindings = {{broker::Domain::queue, false, "q"}};
    }

    void run(Bytes input) {
        std::string rest;
        while (!input.empty() && !wire_.closed()) {
            // The first byte of a piece says how long it is, and what happens behind it.
            const std::uint8_t control = input[0];
            const Bytes piece = input.subspan(1, std::min<std::size_t>(control, input.size() - 1));
            input = input.subspan(1 + piece.size());
            rest.append(as_text(piece));
            const std::size_t taken = session_->receive(as_bytes(rest), nullptr);
            TERN_ASSERT(taken <= rest.size());
            rest.erase(0, taken);
            broker_.answer_all(*session_);
            broker_.deliver(*session_, queue_);
            wire_.pass(control);
            std::ignore = session_->tick(wire_.now_ms());
            check_output();
        }
        session_->ended();
    }

private:
    static Options options() {
        Options made;
        made.broker_id = "ID:fuzz";
        return made;
    }
    void check_output() {
        const std::string text = wire_.take();
        Decoder decoder(Limits{.headers = SIZE_MAX});
        for (Bytes left = as_bytes(text); !left.empty();) {
            if (left.front() == '\n') {
                left = left.subspan(1);
                continue;
            }
            const auto end = decoder.find_end(left);
            TERN_ASSERT(end && *end > 0);
            const std::string_view command =
                decoder.decode(left.first(*end), Version::v1_2).command;
            TERN_ASSERT(command == "CONNECTED" || command == "MESSAGE" || command == "RECEIPT" ||
                        command == "ERROR");
            left = left.subspan(*end);
        }
    }

    message::Formats formats_;
    Room room_{options(), formats_};
    protocol::FuzzWire wire_;
    protocol::FuzzBroker broker_;
    broker::QueueInfo queue_;
    std::unique_ptr<protocol::Session> session_ = room_.make_session(wire_, broker_);
};

}  // namespace
}  // namespace tern::stomp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::stomp::Story().run({data, size});
    return 0;
}
