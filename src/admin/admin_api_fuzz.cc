#include "admin/api.h"
#include "admin/fake_operations.h"
#include "base/assert.h"

#include <cstddef>
#include <cstdint>
#include <string>

// A request of any words: the first line's are method and target, the rest is the body. It is
// answered once, and with a document unless that is a page or a stream.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string_view line = input.substr(0, input.find('\n'));
    const std::size_t blank = std::min(line.find(' '), line.size());
    const message::Formats formats;
    admin::FakeOperations broker;
    broker.add_queue("Q");
    broker.add_message("Q", Message::create({}, {}, {}, {}, nullptr));
    admin::FakeCallers callers;
    admin::Api api(broker, formats, {},
                   {.wall_ms = [] { return std::int64_t{5}; },
                    .make_message = [](const message::HubMessage&) -> Result<MessagePtr> {
                        return Message::create({}, {}, {}, {}, nullptr);
                    },
                    .configuration = [] { return admin::Configuration(); },
                    .reload = [](auto answer) { answer(admin::Reload()); },
                    .callers = &callers,
                    .rest = true,
                    .stop = [] {},
                    .restart = [] {}});
    int answers = 0;
    api.handle({.method = std::string(line.substr(0, blank)),
                .target = std::string(line.substr(std::min(blank + 1, line.size()))),
                .content_type = "application/json",
                .body = std::string(input.substr(std::min(line.size() + 1, input.size())))},
               [&answers](const admin::Response& response) {
                   ++answers;
                   if (response.content_type != "application/json") return;
                   boost::json::error_code error;
                   const std::string_view body =
                       response.fixed.empty() ? response.body : response.fixed;
                   std::ignore = admin::json::parse(body, error);
                   TERN_ASSERT(!error);
               });
    TERN_ASSERT(answers == 1);
    return 0;
}
