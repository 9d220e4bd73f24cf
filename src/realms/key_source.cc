#include "realms/key_source.h"

#include "base/log.h"
#include "realms/parsed_file.h"

#include <condition_variable>
#include <mutex>
#include <optional>

namespace tern::realms {
namespace {

using Keys = KeySource::Keys;
using Time = std::chrono::steady_clock::time_point;

/// Between two requests that strangers' tokens lead to, and after one that failed.
constexpr std::chrono::seconds kPause{30};
constexpr std::chrono::seconds kRetry{10};
/// Keys that nobody has confirmed for so long may have been withdrawn.
constexpr std::chrono::hours kHoldMax{24};

class KeyFile final : public KeySource {
public:
    explicit KeyFile(std::string path) : file_(std::move(path), true, TokenKeys::parse) {}

    [[nodiscard]] std::expected<Keys, std::string> get() override { return file_.get(); }
    [[nodiscard]] Keys newer_than(const Keys&) override { return nullptr; }

private:
    ParsedFile<TokenKeys> file_;
};

class KeyUrl final : public KeySource {
public:
    explicit KeyUrl(KeyUrlOptions options) : options_(std::move(options)) {
        if (!options_.fetch) options_.fetch = fetch;
        if (!options_.clock) options_.clock = std::chrono::steady_clock::now;
    }

    [[nodiscard]] std::expected<Keys, std::string> get() override;
    [[nodiscard]] Keys newer_than(const Keys& known) override;

private:
    using Lock = std::unique_lock<std::mutex>;

    /// Gets them, or waits for whoever does already. Not locked meanwhile.
    void refresh(Lock& lock);
    void take(const std::expected<std::string, std::string>& text, Time now);

    KeyUrlOptions options_;
    std::mutex mutex_;
    std::condition_variable fetched_;
    bool fetching_ = false;
    Keys keys_;
    std::string problem_;
    std::optional<Time> asked_at_;
    Time got_at_;
    Time not_before_;  ///< when to ask again after a failure
};

std::expected<Keys, std::string> KeyUrl::get() {
    Lock lock(mutex_);
    const Time now = options_.clock();
    const bool fresh = keys_ != nullptr && now - got_at_ < options_.refresh;
    const bool may_ask = now >= not_before_;
    // Whoever comes while others' keys are being got goes on with those from before.
    if (!fresh && may_ask && (keys_ == nullptr || !fetching_)) refresh(lock);
    if (keys_ == nullptr) return std::unexpected(problem_);
    if (options_.clock() - got_at_ > kHoldMax) return std::unexpected(problem_);
    return keys_;
}

Keys KeyUrl::newer_than(const Keys& known) {
    Lock lock(mutex_);
    if (keys_ == known) {
        const Time now = options_.clock();
        if (now < not_before_ || (asked_at_ && now - *asked_at_ < kPause)) return nullptr;
        refresh(lock);
    }
    return keys_ == known ? nullptr : keys_;
}

void KeyUrl::refresh(Lock& lock) {
    if (fetching_) return fetched_.wait(lock, [this] { return !fetching_; });
    fetching_ = true;
    asked_at_ = options_.clock();
    lock.unlock();
    const auto text = options_.fetch(options_.from);
    lock.lock();
    take(text, options_.clock());
    fetching_ = false;
    fetched_.notify_all();
}

void KeyUrl::take(const std::expected<std::string, std::string>& text, Time now) {
    auto parsed = text ? TokenKeys::parse(*text) : std::unexpected(text.error());
    if (parsed) {
        if (!problem_.empty()) log::info("realms", "{} has keys again", options_.from.url);
        problem_.clear();
        keys_ = std::make_shared<const TokenKeys>(std::move(*parsed));
        got_at_ = now;
        return;
    }
    not_before_ = now + kRetry;
    std::string problem =
        text ? "cannot use " + options_.from.url + ": " + parsed.error() : parsed.error();
    if (problem != problem_) {
        log::error("realms", "{}{}", problem,
                   keys_ == nullptr ? "" : "; the keys from before hold for now");
    }
    problem_ = std::move(problem);
}

}  // namespace

std::unique_ptr<KeySource> key_file(std::string path) {
    return std::make_unique<KeyFile>(std::move(path));
}

std::unique_ptr<KeySource> key_url(KeyUrlOptions options) {
    return std::make_unique<KeyUrl>(std::move(options));
}

}  // namespace tern::realms
