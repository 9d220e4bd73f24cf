#include "client/fake_broker_fixture.h"

#include "client/frame_buffer.h"
#include "protocol/openwire/codec/negotiation.h"
#include "protocol/openwire/codec/own.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <unistd.h>

namespace tern::client::testing {

using openwire::DataType;

FakeBroker::FakeBroker(Options options) : options_(std::move(options)) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    client_ = ends[0];
    own_ = ends[1];
    thread_ = std::thread([this] { run(); });
}

FakeBroker::~FakeBroker() {
    hang_up();
    thread_.join();
    ::close(own_);
    if (client_ >= 0) ::close(client_);
}

void FakeBroker::refuse(DataType type, std::string exception_class, std::string text) {
    const std::lock_guard lock(mutex_);
    manners_[type] = {Manner::refuses, std::move(exception_class), std::move(text)};
}

void FakeBroker::ignore(DataType type) {
    const std::lock_guard lock(mutex_);
    manners_[type] = {Manner::ignores, {}, {}};
}

void FakeBroker::send(const openwire::Command& command) {
    const std::lock_guard lock(mutex_);
    write(command);
}

void FakeBroker::hang_up() {
    ::shutdown(own_, SHUT_RDWR);
}

void FakeBroker::run() {
    if (!options_.greeting.empty()) return write(as_bytes(options_.greeting));
    ByteWriter hello;
    EXPECT_TRUE(openwire::encode_wire_format_info(
        {.tight_encoding_enabled = true, .max_inactivity_duration = options_.inactivity}, hello));
    write(hello.bytes());

    FrameBuffer inbox;
    bool introduced = false;
    for (;;) {
        const auto space = inbox.prepare();
        const ssize_t count = ::recv(own_, space.data(), space.size(), 0);
        if (count <= 0) return;
        inbox.commit(static_cast<std::size_t>(count));
        for (auto frame = inbox.next(); frame && !frame->empty(); frame = inbox.next()) {
            if (introduced) {
                on_frame(*frame);
            } else {
                const openwire::WireFormat format{.tight = true};
                decoder_ = openwire::Decoder(format);
                const std::lock_guard lock(mutex_);
                encoder_ = openwire::Encoder(format);
                introduced = true;
            }
        }
    }
}

void FakeBroker::on_frame(Bytes frame) {
    auto command = decoder_.decode(frame);
    ASSERT_TRUE(command) << command.error().message();
    const auto [type, id, wanted] = std::visit(
        []<class T>(const T& plain) {
            if constexpr (requires { plain.response_required; }) {
                return std::tuple(type_of(plain), plain.command_id, plain.response_required);
            } else {
                return std::tuple(type_of(plain), 0, false);
            }
        },
        *command);
    Buffer texts = own(*command);
    const std::lock_guard lock(mutex_);
    received_.emplace_back(std::move(*command), std::move(texts));
    arrived_.notify_all();
    if (wanted && type != DataType::keep_alive_info) answer(type, id);
}

void FakeBroker::answer(DataType type, std::int32_t command_id) {
    const auto found = manners_.find(type);
    if (found == manners_.end()) {
        write(openwire::Response{.correlation_id = command_id});
    } else if (found->second.manner == Manner::refuses) {
        write(openwire::ExceptionResponse{
            .correlation_id = command_id,
            .exception = openwire::Throwable{.class_name = found->second.exception_class,
                                             .message = found->second.text}});
    }
}

template <class T>
void FakeBroker::write(const T& command) {
    ByteWriter out;
    EXPECT_TRUE(encoder_.encode(command, out));
    write(out.bytes());
}

void FakeBroker::write(Bytes bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(own_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

}  // namespace tern::client::testing
