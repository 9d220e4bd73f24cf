#pragma once

#include "bytes/byte_reader.h"
#include "bytes/crc32c.h"
#include "runtime/sealed/key_file.h"
#include "runtime/sealed/sealed_disk.h"
#include "runtime/seeded_random.h"
#include "runtime/sim/sim_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace tern {

inline SecretKey key(std::uint8_t byte) {
    std::array<std::uint8_t, kKeyBytes> bytes{};
    bytes.fill(byte);
    return SecretKey(bytes);
}

/// A simulated disk whose files are encrypted, and what each sees of it.
class SealedFixture : public testing::Test {
protected:
    SealedFixture() { restart(); }

    /// A process begins: it knows what is on the disk.
    void restart() {
        auto disk = unseal(base_, &provider_, NewKeys::allowed, random_);
        ASSERT_TRUE(disk) << disk.error();
        disk_ = std::move(*disk);
    }
    std::unique_ptr<File> open(const std::string& name = "f", Disk::Open how = Disk::Open::create) {
        auto file = disk_->open(name, how);
        if (file) return std::move(*file);
        ADD_FAILURE() << name << ": " << file.error().message();
        return nullptr;
    }
    static void write(File& file, std::uint64_t at, std::string_view text) {
        ASSERT_TRUE(file.write_at(at, std::array{as_bytes(text)}));
    }
    static std::string read(File& file, std::uint64_t at, std::size_t count) {
        std::string text(count, '?');
        const auto got =
            file.read_at(at, std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
        EXPECT_TRUE(got);
        text.resize(got.value_or(0));
        return text;
    }
    static std::string all(File& file) { return read(file, 0, file.size().value()); }
    std::string raw(const std::string& name) {
        const auto file = base_.open(name, Disk::Open::existing).value();
        return all(*file);
    }

    SimDisk base_;
    SeededRandom random_{7};
    KeyFile provider_{key(1), random_};
    std::unique_ptr<SealedDisk> disk_;
};

}  // namespace tern
