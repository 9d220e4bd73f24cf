#pragma once

#include "bytes/byte_writer.h"

#include <algorithm>

namespace tern::openwire {

/// Appends fields to a ByteWriter through a window of room taken in advance: per field it costs one
/// comparison. The ByteWriter is right again after `finish`.
class FrameWriter {
public:
    explicit FrameWriter(ByteWriter& out) : out_(out) {}

    template <class T>
    void number(T value) {
        store_big_endian(room(sizeof value), value);
    }
    void append(Bytes bytes) {
        if (!bytes.empty()) std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    }
    /// A length in two bytes and what it counts, at most 65535 bytes.
    void short_text(std::string_view text) {
        std::uint8_t* const at = room(sizeof(std::uint16_t) + text.size());
        store_big_endian(at, static_cast<std::uint16_t>(text.size()));
        if (!text.empty()) std::memcpy(at + sizeof(std::uint16_t), text.data(), text.size());
    }

    /// What the ByteWriter will hold, what was there before included.
    [[nodiscard]] std::size_t size() const {
        return out_.size() - static_cast<std::size_t>(end_ - at_);
    }
    void finish() {
        out_.truncate(size());
        end_ = at_;
    }

private:
    static constexpr std::size_t kWindowBytes = 512;

    std::uint8_t* room(std::size_t count) {
        if (static_cast<std::size_t>(end_ - at_) < count) [[unlikely]]
            grow(count);
        return std::exchange(at_, at_ + count);
    }
    [[gnu::noinline]] void grow(std::size_t count) {
        finish();
        const std::size_t window = std::max(count, kWindowBytes);
        at_ = out_.room(window);
        end_ = at_ + window;
    }

    ByteWriter& out_;
    std::uint8_t* at_ = nullptr;
    std::uint8_t* end_ = nullptr;
};

}  // namespace tern::openwire
