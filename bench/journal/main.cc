// Appends to a journal in an empty folder for some time and says how often it was durable, as lines
// of `name value`: what the disk itself allows, `store.py` asks fio.
#include "base/log.h"
#include "journal/journal.h"
#include "runtime/posix_disk.h"
#include "runtime/sealed/sealed_disk.h"
#include "runtime/system_random.h"
#include "runtime/thread_lane.h"

#include <CLI/CLI.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>

namespace {

using namespace tern;  // NOLINT(google-build-using-namespace): a program
using Clock = std::chrono::steady_clock;

struct Options {
    std::string folder;
    std::size_t bytes = 1024;
    std::size_t depth = 1;
    double seconds = 3;
    double warm_up = 1;
    bool sealed = false;
};

/// So many batches are under way at a time.
class Load {
public:
    Load(journal::Journal& journal, const Options& options)
        : journal_(journal), options_(options), body_(body(options.bytes)) {}

    void run(double seconds) {
        const auto end = Clock::now() + std::chrono::duration<double>(seconds);
        std::unique_lock lock(mutex_);
        while (Clock::now() < end) {
            done_.wait(lock, [this] { return under_way_ < options_.depth; });
            ++under_way_;
            lock.unlock();
            append();
            lock.lock();
        }
        done_.wait(lock, [this] { return under_way_ == 0; });
    }
    [[nodiscard]] std::uint64_t durable() const { return durable_; }

private:
    /// Nothing that a disk could make smaller.
    static Buffer body(std::size_t bytes) {
        SystemRandom random;
        MutableBuffer made(bytes);
        for (std::size_t at = 0; at < bytes; ++at) {
            made.data()[at] = static_cast<std::uint8_t>(random.next());
        }
        return std::move(made).freeze(bytes);
    }

    void append() {
        journal::Batch batch;
        // Nobody holds it: its file is used again.
        batch.records.push_back({.type = 1, .holds = 0, .parts = {body_}});
        batch.done = [this](const auto& result) {
            if (!result) {
                std::fprintf(stderr, "%s\n", result.error().message().c_str());
                std::_Exit(1);
            }
            const std::lock_guard lock(mutex_);
            ++durable_;
            --under_way_;
            done_.notify_one();
        };
        journal_.append(std::move(batch));
    }

    journal::Journal& journal_;
    const Options& options_;
    const Buffer body_;
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t under_way_ = 0;
    std::uint64_t durable_ = 0;
};

KeyRing new_ring(Random& random) {
    KeyRing ring;
    ring.add(random);
    return ring;
}

int measure(const Options& options) {
    auto plain = PosixDisk::open(options.folder);
    if (!plain) return 1;
    SystemRandom random;
    SealedDisk sealed(**plain, new_ring(random), random);
    Disk& disk = options.sealed ? static_cast<Disk&>(sealed) : **plain;
    ThreadLane writer("journal");
    ThreadLane helper("helper");
    writer.start();
    helper.start();
    journal::Journal journal(disk, writer, helper, {});
    if (!journal.replay([](const auto&, auto, auto) {}) || !journal.start({})) return 1;
    journal.allow_reuse(journal::FileNumber(UINT64_MAX));
    Load(journal, options).run(options.warm_up);

    const auto before = journal.stats();
    const auto began = Clock::now();
    Load load(journal, options);
    load.run(options.seconds);
    const std::chrono::duration<double> took = Clock::now() - began;
    const auto after = journal.stats();
    const auto batches = static_cast<double>(load.durable());
    std::printf("batches_per_s %.0f\n", batches / took.count());
    std::printf("syncs_per_s %.0f\n",
                static_cast<double>(after.syncs - before.syncs) / took.count());
    std::printf("mib_per_s %.1f\n",
                batches * static_cast<double>(options.bytes) / took.count() / 1024 / 1024);

    std::promise<void> closed;
    journal.close([&closed] { closed.set_value(); });
    closed.get_future().wait();
    writer.stop();
    helper.stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("Appends to a journal as fast as it can.");
    app.add_option("FOLDER", options.folder)->required();
    app.add_option("--bytes", options.bytes, "of a batch");
    app.add_option("--depth", options.depth, "batches under way at a time");
    app.add_option("--seconds", options.seconds);
    app.add_option("--warm-up", options.warm_up, "seconds before that");
    app.add_flag("--sealed", options.sealed, "the journal is encrypted");
    CLI11_PARSE(app, argc, argv);
    return measure(options);
}
