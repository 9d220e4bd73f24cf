#pragma once

#include "broker/queue/queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tern::broker {

/// A message's only property is its name, and that starts with its kind: `name`, `kind`. Those that
/// begin with a `?` are broken.
class NameReader final : public message::FormatReader {
public:
    Result<message::HubMessage> read(const Message&) const override { return {}; }
    message::ScalarView find(const Message& stored, std::string_view name,
                             std::string&) const override {
        ++looks;
        const std::string_view text = as_text(stored.body().bytes());
        if (text.starts_with('?')) return message::BrokenValue();
        if (name == "name") return text;
        if (name == "kind") return text.substr(0, 1);
        return {};
    }

    mutable int looks = 0;
};

/// A queue as a small language: messages are named, consumers are letters.
class QueueStory : public testing::Test, protected QueuePort {
protected:
    QueueStory() { formats_.add(Format::openwire, reader_); }

    void publish(const std::string& name, std::uint64_t lsn = 0, bool announced = true) {
        publish_as(name, {}, lsn, announced);
    }
    void publish_as(const std::string& name, const MessageHeader& header, std::uint64_t lsn = 0,
                    bool announced = true) {
        queue_.enqueue(Message::create(header, {}, {}, as_bytes(name), nullptr), {lsn}, announced);
    }
    void open(char consumer, std::uint64_t credit) { open(consumer, {.credit = credit}); }
    void open(char consumer, const ConsumerOptions& options, const std::string& selector = {}) {
        queue_.open(ref(consumer), options, selector.empty() ? nullptr : filter(selector));
    }
    FilterPtr filter(const std::string& selector) {
        return Filter::parse(selector, formats_).value();
    }
    void close(char consumer, std::vector<std::string> failed = {}) {
        queue_.close(ref(consumer), ordinals(failed));
    }
    void settle(char consumer, std::vector<std::string> names, Outcome outcome) {
        queue_.settle(ref(consumer), ordinals(names), outcome);
    }
    /// What `consumer` was handed out since the last look, redeliveries with a `!`.
    std::vector<std::string> got(char consumer) {
        dispatch();
        return std::exchange(received_[consumer], {});
    }

    void dispatch() {
        while (queue_.dispatch(now_ms_)) {
        }
    }

    std::vector<std::uint64_t> ordinals(const std::vector<std::string>& names) {
        std::vector<std::uint64_t> all;
        for (const std::string& name : names) all.push_back(tags_.at(name).ordinal);
        return all;
    }
    static ConsumerRef ref(char consumer) {
        return {ShardId{0}, ConnectionNumber{1},
                ConsumerNumber{static_cast<std::uint32_t>(consumer)}};
    }

    void deliver(const ConsumerRef& to, const QueueInfo&, std::vector<Delivery> all) override {
        for (const Delivery& one : all) {
            const std::string name(as_text(one.message->body().bytes()));
            tags_[name] = one.tag;
            received_[letter(to)].push_back(name + (one.failures > 0 ? "!" : "") +
                                            (one.first_of_group ? "*" : ""));
        }
    }
    std::int64_t returns_at_ms(const QueueInfo&, std::uint32_t) override { return back_at_ms_; }
    void show(const ConsumerRef& to, const QueueInfo& queue, std::vector<Delivery> content,
              bool last) override {
        deliver(to, queue, std::move(content));
        if (last) received_[letter(to)].push_back("(end)");
    }
    void died(const QueueInfo&, const Delivery& message, Place, const Death& death) override {
        const std::string name(as_text(message.message->body().bytes()));
        dead_.push_back(name + (death.why == Death::Why::expired ? " expired" : " rejected") +
                        std::string(death.cause));
    }
    std::uint32_t borrow(const ConsumerRef& consumer, const QueueInfo&) override {
        std::uint64_t& purse = purses_[letter(consumer)];
        if (purse == 0) return 0;
        --purse;
        return 1;
    }
    void give_back(const ConsumerRef& consumer, const QueueInfo&, std::uint64_t credit) override {
        purses_[letter(consumer)] += credit;
    }
    void settled(const QueueInfo&, StoredAt at, Place place) override {
        settled_.push_back(at.lsn);
        if (place) disk_.erase(place.slot);
    }
    void released(const QueueInfo&, StoredAt at, Place place) override {
        if (place) disk_.erase(place.slot);
        if (at && !place) released_.push_back(at.lsn);
    }
    void page_out(const QueueInfo&, std::vector<PageOut> messages) override {
        leaving_.push_back(std::move(messages));
    }
    void page_in(const QueueInfo&, std::vector<PageIn> places, std::size_t) override {
        coming_.push_back(std::move(places));
    }
    /// The disk does what it was asked for.
    void work_of_disk() {
        for (const std::vector<PageOut>& messages : std::exchange(leaving_, {})) {
            std::vector<Place> places;
            for (const PageOut& one : messages) {
                places.push_back({1, next_slot_});
                disk_[next_slot_++] = one;
            }
            queue_.paged_out(messages, places);
        }
        for (const std::vector<PageIn>& asked : std::exchange(coming_, {})) {
            std::vector<PagedIn> came;
            for (const PageIn& one : asked) {
                const PageOut& stored = disk_.at(one.place.slot);
                came.push_back({one.ordinal, stored.at.lsn, stored.message, stored.announced});
            }
            queue_.paged_in(asked, came);
        }
    }
    void mark(const QueueInfo&, std::uint64_t lsn) override { marks_.push_back(lsn); }
    void wake(const QueueInfo&, std::int64_t at_ms) override { wakes_.push_back(at_ms); }

    static char letter(const ConsumerRef& consumer) {
        return static_cast<char>(consumer.consumer.value);
    }
    static QueueInfoPtr make_info() {
        auto info = std::make_shared<QueueInfo>();
        info->id = QueueId{7};
        info->bindings = {Destination(Domain::queue, false, "q")};
        return info;
    }

    NameReader reader_;
    message::Formats formats_;
    std::int64_t now_ms_ = 1000;
    std::int64_t back_at_ms_ = 0;
    Memory memory_;
    Queue queue_{make_info(), *this, memory_};
    std::vector<std::vector<PageOut>> leaving_;
    std::vector<std::vector<PageIn>> coming_;
    std::map<std::uint32_t, PageOut> disk_;
    std::uint32_t next_slot_ = 0;
    std::vector<std::uint64_t> released_;
    std::map<std::string, DeliveryTag> tags_;
    std::map<char, std::vector<std::string>> received_;
    std::vector<std::uint64_t> settled_;
    std::vector<std::uint64_t> marks_;
    std::vector<std::int64_t> wakes_;
    std::vector<std::string> dead_;
    /// Credit to be borrowed.
    std::map<char, std::uint64_t> purses_;
};

}  // namespace tern::broker
