// What is read does not depend on what follows or on where it is cut; what it says, said in the
// other version, is read as the same.

#include "base/assert.h"
#include "gateway/proxy_header.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace tern::gateway {
namespace {

std::string version_1(const Endpoint& source) {
    const bool is_v6 = source.host.find(':') != std::string::npos;
    return (is_v6 ? "PROXY TCP6 " : "PROXY TCP4 ") + source.host + (is_v6 ? " :: " : " 0.0.0.0 ") +
           std::to_string(source.port) + " 1\r\n";
}

std::string version_2(const Endpoint& source) {
    std::string header("\r\n\r\n\0\r\nQUIT\n\x21", 13);
    const auto add = [&header](const auto& address, char family) {
        const auto bytes = address.to_bytes();
        header += family;
        header += '\0';
        header += static_cast<char>(2 * bytes.size() + 4);
        header.append(bytes.begin(), bytes.end()).append(bytes.begin(), bytes.end());
    };
    const auto address = boost::asio::ip::make_address(source.host);
    if (address.is_v4()) {
        add(address.to_v4(), '\x11');
    } else {
        add(address.to_v6(), '\x21');
    }
    header += static_cast<char>(source.port >> 8);
    header += static_cast<char>(source.port & 0xFF);
    return header + std::string(2, '\0');
}

void check(Bytes input) {
    const auto header = read_proxy_header(input);
    if (!header || header->size == 0) return;
    TERN_ASSERT(header->size <= input.size());
    TERN_ASSERT(read_proxy_header(input.first(header->size)) == header);
    for (std::size_t size = 0; size < header->size; ++size) {
        const auto part = read_proxy_header(input.first(size));
        TERN_ASSERT(part && part->size == 0);
    }
    // A zone is this machine's own word for an interface; version 2 has no place for it.
    if (!header->source || header->source->host.find('%') != std::string::npos) return;
    for (const std::string& same : {version_1(*header->source), version_2(*header->source)}) {
        const auto again = read_proxy_header(as_bytes(same));
        TERN_ASSERT(again && again->size == same.size() && again->source == header->source);
    }
}

}  // namespace
}  // namespace tern::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tern::gateway::check({data, size});
    return 0;
}
