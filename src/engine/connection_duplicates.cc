#include "base/log.h"
#include "engine/connection.h"
#include "engine/readable.h"
#include "engine/shard_broker.h"

#include <utility>

// Messages that their senders gave an id, so that they can send them again: Artemis's
// `_AMQ_DUPL_ID`. Shard 0 knows which ones were sent.

namespace tern::engine {

using broker::Errc;
using broker::Origin;
using broker::Token;
using broker::TransactionNumber;

namespace {

constexpr std::string_view kProperty = "_AMQ_DUPL_ID";
constexpr std::uint32_t kDuplicatesNoted = 10;  // of a connection, in the log

/// FNV-1a: on disk, never to be changed.
std::uint64_t hash(std::string_view text) {
    std::uint64_t value = 0xcbf29ce484222325;
    for (const char c : text) {
        value ^= static_cast<std::uint8_t>(c);
        value *= 0x100000001b3;
    }
    return value;
}

template <class T>
std::string text_of(const T& value) {
    if constexpr (std::is_same_v<T, std::string_view>) {
        return std::string(value);
    } else if constexpr (std::is_arithmetic_v<T>) {
        return std::to_string(value);
    } else {
        return {};
    }
}

}  // namespace

Origin Connection::message_id(const broker::Publish& command) const {
    // What a protocol keeps for itself is none of ours. Rooms have the names of properties as they
    // are among the bytes of these.
    if (!command.detect_duplicates || command.to.name.starts_with('$')) return {};
    const Bytes properties = command.message->properties();
    if (!as_text(properties).contains(kProperty)) return {};
    std::string scratch;
    const message::ScalarView found = shard_.formats().find(*command.message, kProperty, scratch);
    const std::string id = std::visit([](const auto& value) { return text_of(value); }, found);
    if (id.empty()) return {};
    std::uint64_t address = hash(broker::to_text(command.to));
    if (address == 0) address = 1;  // 0 stands for nothing
    return {address, hash(id) | Origin::kMessageId};
}

void Connection::claim(std::vector<Origin> ids, std::move_only_function<void(bool)> claimed,
                       std::move_only_function<void(ShardBroker&)> orphaned) {
    ++claims_;
    ShardBroker* const owner = shard_.peers().front();
    const auto answer =
        [shard = &shard_, owner, number = number_, ids,
         claimed = std::make_shared<std::move_only_function<void(bool)>>(std::move(claimed)),
         orphaned = std::make_shared<std::move_only_function<void(ShardBroker&)>>(
             std::move(orphaned))](bool fresh) {
            Connection* const self = shard->find(number);
            if (self != nullptr && !self->closed_) {
                --self->claims_;
                (*claimed)(fresh);
                return self->resume();
            }
            // They were for nothing: who sends them again means them.
            if (fresh) {
                shard->loop().post(owner->id(), [owner, ids] { owner->message_ids().forget(ids); });
            }
            if (*orphaned) (*orphaned)(*shard);
        };
    if (owner == &shard_) return answer(shard_.message_ids().claim(ids));
    shard_.loop().post(owner->id(), [owner, back = shard_.id(), ids = std::move(ids), answer] {
        owner->loop().post(back,
                           [answer, fresh = owner->message_ids().claim(ids)] { answer(fresh); });
    });
}

void Connection::send_once(const broker::Publish& command) {
    claim({command.origin},
          [this, to = broker::Destination(command.to),
           copy = broker::Publish(command)](bool fresh) mutable {
              copy.to = to.view();
              if (!fresh) {
                  note_duplicate(copy.to);
                  // The first copy may still be on its way to the journal.
                  return add_unconfirmed(shard_.turn(), copy.token, 0);
              }
              const Publisher self = publisher();
              std::vector<broker::QueueInfoPtr> found;
              const auto queues = shard_.find_queues(copy.to, *copy.message, found);
              send_now(std::move(copy), queues, route(*copy.message, queues, &self));
          },
          {});
}

void Connection::commit_once(std::vector<Origin> ids, Transaction work, Token token) {
    auto kept = std::make_shared<Transaction>(std::move(work));
    claim(
        std::move(ids),
        [this, kept, token](bool fresh) {
            if (fresh) return commit_work(std::move(*kept), token);
            note_duplicate(kept->publishes.front().to.view());
            unstaged(kept->accepts);
            shard_.rollback(*kept);
            complete(token, make_error_code(Errc::duplicate));
        },
        [kept](ShardBroker& shard) { shard.rollback(*kept); });
}

void Connection::note_duplicate(const broker::DestinationView& to) {
    if (++duplicates_ > kDuplicatesNoted) return;
    log::warning("engine", "{} sent a message for {} again, which is dropped", peer_, readable(to));
}

}  // namespace tern::engine
