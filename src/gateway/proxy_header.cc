#include "gateway/proxy_header.h"

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace tern::gateway {
namespace {

namespace ip = boost::asio::ip;
using Read = std::expected<ProxyHeader, std::string>;

constexpr std::string_view kSignature1("PROXY ");
constexpr std::size_t kLineBytesMax = 107;
constexpr std::string_view kSignature2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedBytes = 16;
constexpr std::size_t kRestBytesMax = 4096;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;
constexpr std::uint8_t kChecksum = 0x03;

Read malformed() {
    return std::unexpected("malformed PROXY header");
}

std::optional<std::uint16_t> port_of(std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size()) return {};
    return port;
}

/// `PROXY TCP4 FROM TO FROM-PORT TO-PORT`, or `PROXY UNKNOWN` and whatever.
Read read_line(std::string_view line, std::size_t size) {
    std::array<std::string_view, 6> words;
    std::size_t count = 0;
    for (std::string_view rest = line; count < words.size(); ++count) {
        const std::size_t blank = count + 1 < words.size() ? rest.find(' ') : rest.size();
        words[count] = rest.substr(0, blank);
        if (blank == std::string_view::npos) break;
        rest = rest.substr(std::min(blank + 1, rest.size()));
    }
    if (words[1] == "UNKNOWN") return ProxyHeader{size, {}};
    const bool is_v6 = words[1] == "TCP6";
    if (count != words.size() || (!is_v6 && words[1] != "TCP4")) return malformed();
    boost::system::error_code error;
    const auto source = ip::make_address(words[2], error);
    if (error || source.is_v6() != is_v6) return malformed();
    const auto destination = ip::make_address(words[3], error);
    if (error || destination.is_v6() != is_v6) return malformed();
    const auto port = port_of(words[4]);
    if (!port || !port_of(words[5])) return malformed();
    return ProxyHeader{size, Endpoint{source.to_string(), *port}};
}

Read read_version_1(std::string_view first) {
    const std::size_t end = first.find("\r\n");
    if (end == std::string_view::npos) {
        return first.size() < kLineBytesMax ? Read() : malformed();
    }
    return end + 2 > kLineBytesMax ? malformed() : read_line(first.substr(0, end), end + 2);
}

/// Whether the header's checksum, if there is one among what follows the addresses, is its own.
bool is_whole(Bytes header, Bytes extensions) {
    ByteReader in(extensions);
    while (in.remaining() > 0) {
        const std::uint8_t type = in.u8();
        const Bytes value = in.take(in.u16());
        if (in.failed() || (type == kChecksum && value.size() != 4)) return false;
        if (type != kChecksum) continue;
        const std::uint32_t said = ByteReader(value).u32();
        const auto at = static_cast<std::size_t>(value.data() - header.data());
        constexpr std::array<std::uint8_t, 4> kZeros{};
        const std::uint32_t before = crc32c(header.first(at));
        if (crc32c(header.subspan(at + 4), crc32c(kZeros, before)) != said) return false;
    }
    return true;
}

template <class Address>
std::string address_text(Bytes bytes) {
    typename Address::bytes_type own;
    std::ranges::copy(bytes, own.begin());
    return Address(own).to_string();
}

Read read_version_2(Bytes first) {
    if (first.size() < kFixedBytes) return ProxyHeader{};
    ByteReader in(first.subspan(kSignature2.size()));
    const std::uint8_t version_command = in.u8();
    const std::uint8_t family = in.u8();
    const std::size_t rest_bytes = in.u16();
    if (version_command != 0x20 && version_command != 0x21) return malformed();
    if (rest_bytes > kRestBytesMax) return malformed();
    const std::size_t size = kFixedBytes + rest_bytes;
    if (first.size() < size) return ProxyHeader{};
    ByteReader rest(first.subspan(kFixedBytes, rest_bytes));
    const bool proxied = version_command == 0x21;
    if (!proxied || (family != kTcp4 && family != kTcp6)) return ProxyHeader{size, {}};
    const std::size_t address_bytes = family == kTcp4 ? 4 : 16;
    const Bytes source = rest.take(address_bytes);
    std::ignore = rest.take(address_bytes);
    const std::uint16_t port = rest.u16();
    std::ignore = rest.u16();
    if (rest.failed() || !is_whole(first.first(size), rest.take(rest.remaining()))) {
        return malformed();
    }
    return ProxyHeader{size, Endpoint{family == kTcp4 ? address_text<ip::address_v4>(source)
                                                      : address_text<ip::address_v6>(source),
                                      port}};
}

}  // namespace

std::expected<ProxyHeader, std::string> read_proxy_header(Bytes first) {
    const std::string_view text = as_text(first);
    if (text.starts_with(kSignature1)) return read_version_1(text);
    if (text.starts_with(kSignature2)) return read_version_2(first);
    if (kSignature1.starts_with(text) || kSignature2.starts_with(text)) return ProxyHeader{};
    return std::unexpected("no PROXY header, which this listener asks for");
}

}  // namespace tern::gateway
