#include "store/recovery.h"

#include "base/log.h"
#include "message/errors.h"

#include <fmt/format.h>

#include <algorithm>

namespace tern::store {
namespace {

std::error_code malformed() {
    return std::make_error_code(std::errc::bad_message);
}

/// There is one subscription of a key. Of two the older one was removed, which was said where
/// damage has been left out. Takes those out of `queues`, which are in the order of their ids.
std::vector<RecoveredQueue> take_outlived(std::vector<RecoveredQueue>& queues) {
    std::set<std::pair<std::string, std::string>> known;
    const auto is_outlived = [&known](const RecoveredQueue& queue) {
        const auto& subscription = queue.definition.subscription;
        return subscription &&
               !known.insert({subscription->key.client_id, subscription->key.name}).second;
    };
    std::vector<RecoveredQueue> outlived;
    for (std::size_t i = queues.size(); i > 0; --i) {
        if (!is_outlived(queues[i - 1])) continue;
        outlived.push_back(std::move(queues[i - 1]));
        queues.erase(queues.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    return outlived;
}

}  // namespace

Result<void> Recovery::apply(const journal::Position& position, std::uint8_t type, Bytes body) {
    if (holds_.empty() || holds_.back().file != position.file) {
        holds_.push_back({position.file, position.lsn.value, 0});
    }
    ByteReader in(body);
    switch (static_cast<RecordType>(type)) {
        case RecordType::publish:
            return publish(position, in);
        case RecordType::settle:
            for (const Settled& one : decode_settled(in)) settle(one);
            break;
        case RecordType::mark:
            mark(decode_marked(in));
            break;
        case RecordType::define:
            define(position, decode_definition(in));
            break;
        case RecordType::define_subscription:
            define(position, decode_subscription(in));
            break;
        case RecordType::remove:
            remove(decode_removed(in));
            break;
        case RecordType::producers:
            for (const broker::Origin& one : decode_producers(in)) note(one);
            break;
        case RecordType::put:
            put(position, decode_document(in));
            break;
        case RecordType::erase:
            erase(decode_erased(in));
            break;
        default:
            return failure(malformed());
    }
    if (!in.done()) return failure(malformed());
    return {};
}

Result<void> Recovery::publish(const journal::Position& position, ByteReader& in) {
    const std::vector<Route> routes = decode_routes(in);
    const broker::Origin origin = decode_origin(in);
    if (in.failed()) return failure(malformed());
    auto message = Message::decode(in.take(in.remaining()), bodies_);
    note(origin);
    if (!message && message.error() == message::Errc::no_body) {
        for (const Route& route : routes) {
            if (!state(route.queue).removed) bodiless_.insert({route.queue, position.lsn.value});
        }
        return {};
    }
    if (!message) return failure(message.error());
    const broker::StoredAt at{position.lsn.value};
    for (const Route& route : routes) {
        QueueState& queue = state(route.queue);
        if (queue.removed) continue;
        queue.queue.messages.push_back({*message, at, route.announced});
        hold(at);
    }
    return {};
}

void Recovery::note(const broker::Origin& origin) {
    if (origin.producer == 0) return;
    if (origin.is_message_id()) return message_ids_.push_back(origin);
    std::uint64_t& last = producers_[origin.producer];
    last = std::max(last, origin.sequence);
}

Recovery::QueueState& Recovery::state(broker::QueueId queue) {
    last_queue_ = std::max(last_queue_, queue);
    return queues_[queue];
}

void Recovery::settle(const Settled& settled) {
    if (segments_ != nullptr && segments_->may_have(settled.queue, settled.lsn)) {
        settled_elsewhere_.push_back(settled);
    }
    if (!bodiless_.empty()) bodiless_.erase({settled.queue, settled.lsn});
    auto& messages = state(settled.queue).queue.messages;
    const auto one = std::ranges::lower_bound(messages, settled.lsn, {},
                                              [](const RecoveredMessage& m) { return m.at.lsn; });
    if (one == messages.end() || one->at.lsn != settled.lsn || one->message == nullptr) return;
    one->message.reset();
    release(one->at);
}

void Recovery::mark(const Marked& marked) {
    QueueState& queue = state(marked.queue);
    queue.marked = std::max(queue.marked, marked.lsn);
}

void Recovery::define(const journal::Position& position, Definition definition) {
    QueueState& queue = state(definition.queue);
    queue.removed = false;
    if (queue.queue.defined_at) release(queue.queue.defined_at);
    queue.queue.defined_at = {position.lsn.value};
    queue.queue.definition = std::move(definition);
    hold(queue.queue.defined_at);
}

void Recovery::remove(broker::QueueId queue) {
    QueueState& removed = state(queue);
    give_up(removed.queue);
    std::erase_if(bodiless_, [queue](const auto& one) { return one.first == queue; });
    removed = {.queue = {}, .marked = 0, .removed = true};
}

void Recovery::put(const journal::Position& position, Document document) {
    erase(document.key);
    const broker::StoredAt at{position.lsn.value};
    hold(at);
    const DocumentKey key = document.key;
    documents_[key] = {std::move(document), at};
}

void Recovery::erase(const DocumentKey& key) {
    const auto old = documents_.extract(key);
    if (!old.empty()) release(old.mapped().at);
}

std::vector<RecoveredDocument> Recovery::documents() const {
    std::vector<RecoveredDocument> all;
    all.reserve(documents_.size());
    for (const auto& [key, document] : documents_) all.push_back(document);
    return all;
}

void Recovery::give_up(const RecoveredQueue& queue) {
    if (queue.defined_at) release(queue.defined_at);
    for (const RecoveredMessage& one : queue.messages) {
        if (one.message != nullptr) release(one.at);
    }
}

bool Recovery::is_unknown(broker::QueueId queue) const {
    const auto found = queues_.find(queue);
    return found == queues_.end() || found->second.is_unknown();
}

std::vector<broker::QueueId> Recovery::unknown() const {
    std::vector<broker::QueueId> all;
    for (const auto& [id, state] : queues_) {
        const bool has_any =
            std::ranges::any_of(state.queue.messages,
                                [](const RecoveredMessage& one) { return one.message != nullptr; });
        if (has_any && state.is_unknown()) all.push_back(id);
    }
    std::ranges::sort(all);
    return all;
}

std::string Recovery::stand_in(broker::QueueId queue) {
    std::string name = fmt::format("TernMQ.Lost.{}", queue.value);
    const auto is_taken = [&name](const auto& entry) {
        return std::ranges::any_of(
            entry.second.queue.definition.bindings,
            [&](const broker::Destination& one) { return one.name == name; });
    };
    while (std::ranges::any_of(queues_, is_taken)) name += '+';
    QueueState& made = state(queue);
    made.stands_in = true;
    made.queue.definition = {.queue = queue, .bindings = {{broker::Domain::queue, false, name}}};
    return name;
}

std::vector<RecoveredQueue> Recovery::finish() {
    std::vector<RecoveredQueue> all;
    for (auto& [id, state] : queues_) {
        if (!state.queue.defined_at && !state.stands_in) {
            give_up(state.queue);
            continue;
        }
        auto& messages = state.queue.messages;
        std::erase_if(messages, [](const RecoveredMessage& m) { return m.message == nullptr; });
        for (RecoveredMessage& one : messages) {
            one.announced = one.announced || one.at.lsn <= state.marked;
        }
        state.queue.marked = state.marked;
        all.push_back(std::move(state.queue));
    }
    queues_.clear();
    if (!bodiless_.empty()) {
        log::warning("store",
                     "{} large messages are gone with their files: they were consumed right before "
                     "the last run ended, or somebody removed the files",
                     bodiless_.size());
    }
    std::ranges::sort(all, {}, [](const RecoveredQueue& q) { return q.definition.queue; });
    for (const RecoveredQueue& one : take_outlived(all)) give_up(one);
    return all;
}

std::vector<journal::Release> Recovery::holds() const {
    std::vector<journal::Release> left;
    for (const FileHolds& one : holds_) {
        if (one.count > 0) left.push_back({.lsn = journal::Lsn{one.first}, .count = one.count});
    }
    return left;
}

std::uint32_t& Recovery::holds(broker::StoredAt at) {
    return std::prev(std::ranges::upper_bound(holds_, at.lsn, {}, &FileHolds::first))->count;
}

}  // namespace tern::store
