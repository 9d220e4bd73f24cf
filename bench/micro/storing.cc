// What lies between a shard and the disk, or another shard: frames of the journal, their checksum,
// and the rings.

#include "bytes/crc32c.h"
#include "journal/frame_builder.h"
#include "runtime/lane.h"
#include "runtime/spsc_ring.h"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

namespace tern {
namespace {

void checksum(benchmark::State& state) {
    const std::vector<std::uint8_t> bytes(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum)->ArgName("bytes")->RangeMultiplier(8)->Range(64, 32 << 10);

/// A frame of so many batches, each a message of 1 KiB.
void journal_encode(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const std::vector<std::uint8_t> body(1024, 'x');
    journal::Batch batch;
    batch.records.push_back({.type = 1, .parts = {Buffer::copy_of(body)}});
    journal::FrameBuilder frame;
    for (auto _ : state) {
        frame.begin(1, journal::FileNumber{1}, journal::kFileHeaderBytes, journal::Lsn{1},
                    journal::Lsn{0});
        for (std::size_t i = 0; i < count; ++i) frame.add(batch);
        benchmark::DoNotOptimize(frame.finish().data());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * state.range(0) * 1024);
}
BENCHMARK(journal_encode)->ArgName("messages")->RangeMultiplier(8)->Range(1, 512);

/// Tasks handed through a ring by one thread, so many at a time.
void ring_alone(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    SpscRing<Task> ring(1024);
    std::vector<Task> in(count);
    std::vector<Task> out;
    int done = 0;
    for (auto _ : state) {
        for (Task& task : in) task = [&done] { ++done; };
        if (ring.push(in) != count || ring.pop(out, count) != count) std::abort();
        for (Task& task : out) task();
        out.clear();
    }
    benchmark::DoNotOptimize(done);
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ring_alone)->ArgName("together")->RangeMultiplier(8)->Range(1, 512);

/// The same from one thread to another, which both are never asleep.
void ring_across(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    SpscRing<std::uint64_t> ring(1024);
    std::atomic<bool> ended{false};
    std::thread taker([&] {
        std::vector<std::uint64_t> out;
        while (!ended || !ring.empty()) {
            out.clear();
            if (ring.pop(out, 1024) == 0) std::this_thread::yield();
        }
    });
    std::vector<std::uint64_t> in(count);
    for (auto _ : state) {
        for (std::span<std::uint64_t> rest(in); !rest.empty();) {
            const std::size_t pushed = ring.push(rest);
            rest = rest.subspan(pushed);
            if (pushed == 0) std::this_thread::yield();
        }
    }
    ended = true;
    taker.join();
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ring_across)->ArgName("together")->RangeMultiplier(8)->Range(1, 512)->UseRealTime();

}  // namespace
}  // namespace tern
