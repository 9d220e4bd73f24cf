#include "gateway/proxy_header.h"

#include "bytes/crc32c.h"
#include "gateway/networks.h"
#include "gateway/places.h"

#include <gtest/gtest.h>

namespace tern::gateway {
namespace {

std::expected<ProxyHeader, std::string> read(std::string_view text) {
    return read_proxy_header(as_bytes(text));
}

/// A header of version 2.
std::string binary(char command, char family, const std::string& rest) {
    std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
    header += command;
    header += family;
    header += static_cast<char>(rest.size() >> 8);
    header += static_cast<char>(rest.size() & 0xFF);
    return header + rest;
}

const std::string kAddresses4("\x0A\x00\x00\x07\x0A\x00\x00\x01\x30\x39\x07\x5B", 12);

TEST(ProxyHeader, a_line_names_the_client) {
    const std::string line = "PROXY TCP4 10.0.0.7 10.0.0.1 12345 1883\r\n";
    EXPECT_EQ(read(line + "more"), (ProxyHeader{line.size(), Endpoint{"10.0.0.7", 12345}}));
    EXPECT_EQ(read("PROXY TCP6 2001:DB8::7 ::1 1 2\r\n")->source, (Endpoint{"2001:db8::7", 1}));
    EXPECT_EQ(read("PROXY UNKNOWN\r\n"), (ProxyHeader{15, {}}));
    EXPECT_EQ(read("PROXY UNKNOWN ffff::1 some thing 1 2\r\n")->source, std::nullopt);
}

TEST(ProxyHeader, binary_names_the_client) {
    const std::string header = binary(0x21, 0x11, kAddresses4);
    EXPECT_EQ(read(header + "more"), (ProxyHeader{28, Endpoint{"10.0.0.7", 12345}}));
    const std::string six =
        std::string(15, '\0') + "\x01" + std::string(16, '\0') + std::string("\x00\x09\x00\x0A", 4);
    EXPECT_EQ(read(binary(0x21, 0x21, six)), (ProxyHeader{52, Endpoint{"::1", 9}}));
    // The proxy looks whether the broker is there, and what is not TCP.
    EXPECT_EQ(read(binary(0x20, 0x11, kAddresses4)), (ProxyHeader{28, {}}));
    EXPECT_EQ(read(binary(0x20, 0x00, "")), (ProxyHeader{16, {}}));
    EXPECT_EQ(read(binary(0x21, 0x31, std::string(216, 'x'))), (ProxyHeader{232, {}}));
}

TEST(ProxyHeader, may_come_in_pieces) {
    for (const std::string& header :
         {std::string("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n"), binary(0x21, 0x11, kAddresses4)}) {
        for (std::size_t size = 0; size < header.size(); ++size) {
            const auto part = read(header.substr(0, size));
            ASSERT_TRUE(part.has_value()) << size;
            EXPECT_EQ(part->size, 0U) << size;
        }
        EXPECT_EQ(read(header)->size, header.size());
    }
}

TEST(ProxyHeader, extensions_are_passed_over_and_a_checksum_is_checked) {
    const std::string unknown("\xEA\x00\x02no", 5);
    EXPECT_EQ(read(binary(0x21, 0x11, kAddresses4 + unknown))->size, 33U);
    std::string header =
        binary(0x21, 0x11, kAddresses4 + unknown + std::string("\x03\x00\x04\0\0\0\0", 7));
    const std::uint32_t checksum = crc32c(as_bytes(header));
    for (int i = 0; i < 4; ++i) {
        header[header.size() - 4 + static_cast<std::size_t>(i)] =
            static_cast<char>(checksum >> (24 - 8 * i));
    }
    EXPECT_EQ(read(header)->size, header.size());
    header[20] ^= 1;
    EXPECT_FALSE(read(header).has_value());
}

TEST(ProxyHeader, what_is_none_is_told) {
    for (const std::string& wrong :
         {std::string("GET / HTTP/1.1\r\n"), std::string("PROXY TCP4 1.2.3.4\r\n"),
          std::string("PROXY TCP4 ::1 ::1 1 2\r\n"),
          std::string("PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n"),
          std::string("PROXY TCP4 1.2.3.4 5.6.7.8 9 65536\r\n"), "PROXY " + std::string(120, 'x'),
          binary(0x11, 0x11, kAddresses4), binary(0x22, 0x11, kAddresses4),
          binary(0x21, 0x11, "short"), binary(0x21, 0x11, std::string(4097, 'x')),
          binary(0x21, 0x11, kAddresses4 + "\xEA")}) {
        EXPECT_FALSE(read(wrong).has_value()) << wrong;
    }
}

TEST(Networks, hold_addresses) {
    const auto networks = Networks::parse("10.0.0.0/8,192.168.1.7,fd00::/8,::1");
    ASSERT_TRUE(networks.has_value());
    const auto contain = [&](const char* address) {
        return networks->contain(boost::asio::ip::make_address(address));
    };
    for (const char* inside : {"10.1.2.3", "192.168.1.7", "fd12::1", "::1", "::ffff:10.0.0.1"}) {
        EXPECT_TRUE(contain(inside)) << inside;
    }
    for (const char* outside : {"11.0.0.1", "192.168.1.8", "fe80::1", "::2"}) {
        EXPECT_FALSE(contain(outside)) << outside;
    }
    EXPECT_TRUE(Networks::parse("")->empty());
    for (const char* wrong : {"10.0.0.0/33", "ten", "fd00::/129", "1.2.3.4,"}) {
        EXPECT_EQ(Networks::parse(wrong).has_value(), std::string_view(wrong) == "1.2.3.4,")
            << wrong;
    }
}

TEST(Places, are_given_back) {
    Places places(2);
    Places::Place first = places.take();
    const Places::Place second = places.take();
    EXPECT_NE(first, nullptr);
    EXPECT_NE(second, nullptr);
    EXPECT_EQ(places.take(), nullptr);
    EXPECT_EQ(places.take(), nullptr);
    first.reset();
    EXPECT_NE(places.take(), nullptr);
    Places endless(0);
    EXPECT_NE(endless.take(), nullptr);
}

}  // namespace
}  // namespace tern::gateway
