#pragma once

#include "base/result.h"
#include "broker/api/queue_info.h"
#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"
#include "message/message.h"

#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace tern::store {

/// What a journal record says. docs/formats/records.md; numbers are never reused.
enum class RecordType : std::uint8_t {
    publish = 1,
    settle = 2,
    mark = 3,
    define = 4,
    remove = 5,
    define_subscription = 6,
    put = 7,
    erase = 8,
    producers = 9,
};

/// A message and one queue it goes to.
struct Route {
    broker::QueueId queue;
    ShardId owner;           ///< not stored: decided anew at each start
    bool announced = false;  ///< may have been delivered as soon as it was durable
};

/// A message is no longer needed by a queue.
struct Settled {
    broker::QueueId queue;
    std::uint64_t lsn = 0;

    bool operator==(const Settled&) const = default;
};

/// All messages of a queue up to `lsn` may have been delivered.
struct Marked {
    broker::QueueId queue;
    std::uint64_t lsn = 0;
};

/// A durable queue.
struct Definition {
    broker::QueueId queue;
    std::vector<broker::Destination> bindings;
    /// For a durable subscription.
    std::optional<broker::NamedSubscription> subscription = {};
    std::string options = {};  ///< broker::encode(QueueOptions); empty: as JMS queues are
};

/// Something else that is kept by name, such as an exchange. Numbers of kinds are on disk, too.
enum class DocumentKind : std::uint8_t { exchange = 1, binding = 2, branch = 3, selector = 4 };

struct DocumentKey {
    DocumentKind kind = DocumentKind::exchange;
    std::string name;  ///< any bytes

    auto operator<=>(const DocumentKey&) const = default;
};

struct Document {
    DocumentKey key;
    std::string value;
};

/// A prepared branch of a distributed transaction, as its document says it: what its commit
/// publishes and which messages it takes off their queues.
struct Branch {
    struct Publish {
        broker::Destination to;
        broker::Origin origin;
        MessagePtr message;
    };

    /// What one connection did in it.
    struct Part {
        std::string client_id;
        std::vector<Settled> accepts;
        std::vector<Publish> publishes;
    };

    /// How an operator has ended it: then it has no parts any more.
    enum class Decision : std::uint8_t { none = 0, committed = 1, rolled_back = 2 };

    std::vector<Part> parts;
    Decision decision = Decision::none;
};

// Encoders append a record's body; decoders read a whole body, and nothing is left behind it or the
// reader has failed.
void encode_routes(ByteWriter& out, std::span<const Route> routes);
void encode_origin(ByteWriter& out, const broker::Origin& origin);
void encode_settled(ByteWriter& out, std::span<const Settled> settled);
void encode_marked(ByteWriter& out, const Marked& marked);
/// A queue's.
void encode_definition(ByteWriter& out, const Definition& definition);
/// A subscription's: that of its queue, and what makes it one.
void encode_subscription(ByteWriter& out, const Definition& definition);
void encode_removed(ByteWriter& out, broker::QueueId queue);
void encode_producers(ByteWriter& out, std::span<const broker::Origin> producers);
void encode_document(ByteWriter& out, const Document& document);
void encode_erased(ByteWriter& out, const DocumentKey& key);
/// The value of a branch's document.
void encode_branch(ByteWriter& out, const Branch& branch);

/// The routes at the front of a publish record; the origin and the stored message follow.
[[nodiscard]] std::vector<Route> decode_routes(ByteReader& in);
[[nodiscard]] broker::Origin decode_origin(ByteReader& in);
[[nodiscard]] std::vector<Settled> decode_settled(ByteReader& in);
[[nodiscard]] Marked decode_marked(ByteReader& in);
[[nodiscard]] Definition decode_definition(ByteReader& in);
[[nodiscard]] Definition decode_subscription(ByteReader& in);
[[nodiscard]] broker::QueueId decode_removed(ByteReader& in);
[[nodiscard]] std::vector<broker::Origin> decode_producers(ByteReader& in);
[[nodiscard]] Document decode_document(ByteReader& in);
[[nodiscard]] DocumentKey decode_erased(ByteReader& in);
/// `bodies` as for Message::decode; a publish whose body is gone is left out.
[[nodiscard]] Branch decode_branch(ByteReader& in, const LargeBodyFinder* bodies = nullptr);

}  // namespace tern::store
