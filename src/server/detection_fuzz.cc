// Byte by byte, what a connection's first bytes say of its protocol: no two rooms claim it, and
// nobody who has said yes or no takes that back.

#include "base/assert.h"
#include "gateway/detect.h"
#include "server/rooms.h"

namespace tern::server {
namespace {

using protocol::Detection;

constexpr std::size_t kFirstBytesMax = 300;

void detect(Bytes input) {
    static const Options options;
    static message::Formats formats;
    static const Rooms rooms = make_rooms(options, formats);
    const auto all = rooms_for(kEveryProtocol, rooms);
    std::vector<Detection> before(all.size(), Detection::unknown);
    for (std::size_t size = 0; size <= std::min(input.size(), kFirstBytesMax); ++size) {
        const Bytes first = input.first(size);
        std::size_t claims = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const Detection now = all[i]->detect(first);
            TERN_ASSERT(before[i] == Detection::unknown || now == before[i]);
            before[i] = now;
            if (now == Detection::yes) ++claims;
        }
        TERN_ASSERT(claims <= 1);
        const gateway::Detected found = gateway::detect(all, first);
        TERN_ASSERT((found.room != nullptr) == (claims == 1));
    }
}

}  // namespace
}  // namespace tern::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::server::detect({data, size});
    return 0;
}
