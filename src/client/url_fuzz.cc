// What a broker may name as other brokers, and what users give. A URL that is good says the same
// when it was written by us.

#include "base/assert.h"
#include "client/brokers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::client;
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto endpoint = parse_endpoint(text)) {
        const auto again = parse_endpoint(endpoint->text());
        TERN_ASSERT(again && again->same_place(*endpoint));
    }
    const auto url = parse_url(text);
    TERN_ASSERT(!url || !url->brokers.empty());
    if (!url || !url->failover) return 0;
    Brokers brokers(*url, 1);
    std::ignore = brokers.learn(text);
    TERN_ASSERT(brokers.round().size() >= 1);
    return 0;
}
