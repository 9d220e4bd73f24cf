#pragma once

#include "protocol/amqp091/codec/method_fields.h"

namespace tern::amqp091 {

// class exchange

struct ExchangeDeclare {
    static constexpr MethodId kId{40, 10};
    std::uint16_t ticket = 0;
    ShortText exchange = {};
    ShortText type = {};
    bool passive = false;
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    bool no_wait = false;
    TableView arguments = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.exchange, m.type, m.passive, m.durable, m.auto_delete, m.internal,
              m.no_wait, m.arguments);
    }
    bool operator==(const ExchangeDeclare&) const = default;
};

struct ExchangeDeclareOk {
    static constexpr MethodId kId{40, 11};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ExchangeDeclareOk&) const = default;
};

struct ExchangeDelete {
    static constexpr MethodId kId{40, 20};
    std::uint16_t ticket = 0;
    ShortText exchange = {};
    bool if_unused = false;
    bool no_wait = false;
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.exchange, m.if_unused, m.no_wait);
    }
    bool operator==(const ExchangeDelete&) const = default;
};

struct ExchangeDeleteOk {
    static constexpr MethodId kId{40, 21};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ExchangeDeleteOk&) const = default;
};

struct ExchangeBind {
    static constexpr MethodId kId{40, 30};
    std::uint16_t ticket = 0;
    ShortText destination = {};
    ShortText source = {};
    ShortText routing_key = {};
    bool no_wait = false;
    TableView arguments = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.destination, m.source, m.routing_key, m.no_wait, m.arguments);
    }
    bool operator==(const ExchangeBind&) const = default;
};

struct ExchangeBindOk {
    static constexpr MethodId kId{40, 31};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ExchangeBindOk&) const = default;
};

struct ExchangeUnbind {
    static constexpr MethodId kId{40, 40};
    std::uint16_t ticket = 0;
    ShortText destination = {};
    ShortText source = {};
    ShortText routing_key = {};
    bool no_wait = false;
    TableView arguments = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.destination, m.source, m.routing_key, m.no_wait, m.arguments);
    }
    bool operator==(const ExchangeUnbind&) const = default;
};

struct ExchangeUnbindOk {
    static constexpr MethodId kId{40, 51};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ExchangeUnbindOk&) const = default;
};

// class queue

struct QueueDeclare {
    static constexpr MethodId kId{50, 10};
    std::uint16_t ticket = 0;
    ShortText queue = {};
    bool passive = false;
    bool durable = false;
    bool exclusive = false;
    bool auto_delete = false;
    bool no_wait = false;
    TableView arguments = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.queue, m.passive, m.durable, m.exclusive, m.auto_delete, m.no_wait,
              m.arguments);
    }
    bool operator==(const QueueDeclare&) const = default;
};

struct QueueDeclareOk {
    static constexpr MethodId kId{50, 11};
    ShortText queue = {};
    std::uint32_t message_count = 0;
    std::uint32_t consumer_count = 0;
    static void fields(auto& m, auto&& visit) { visit(m.queue, m.message_count, m.consumer_count); }
    bool operator==(const QueueDeclareOk&) const = default;
};

struct QueueBind {
    static constexpr MethodId kId{50, 20};
    std::uint16_t ticket = 0;
    ShortText queue = {};
    ShortText exchange = {};
    ShortText routing_key = {};
    bool no_wait = false;
    TableView arguments = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.queue, m.exchange, m.routing_key, m.no_wait, m.arguments);
    }
    bool operator==(const QueueBind&) const = default;
};

struct QueueBindOk {
    static constexpr MethodId kId{50, 21};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const QueueBindOk&) const = default;
};

struct QueuePurge {
    static constexpr MethodId kId{50, 30};
    std::uint16_t ticket = 0;
    ShortText queue = {};
    bool no_wait = false;
    static void fields(auto& m, auto&& visit) { visit(m.ticket, m.queue, m.no_wait); }
    bool operator==(const QueuePurge&) const = default;
};

struct QueuePurgeOk {
    static constexpr MethodId kId{50, 31};
    std::uint32_t message_count = 0;
    static void fields(auto& m, auto&& visit) { visit(m.message_count); }
    bool operator==(const QueuePurgeOk&) const = default;
};

struct QueueDelete {
    static constexpr MethodId kId{50, 40};
    std::uint16_t ticket = 0;
    ShortText queue = {};
    bool if_unused = false;
    bool if_empty = false;
    bool no_wait = false;
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.queue, m.if_unused, m.if_empty, m.no_wait);
    }
    bool operator==(const QueueDelete&) const = default;
};

struct QueueDeleteOk {
    static constexpr MethodId kId{50, 41};
    std::uint32_t message_count = 0;
    static void fields(auto& m, auto&& visit) { visit(m.message_count); }
    bool operator==(const QueueDeleteOk&) const = default;
};

struct QueueUnbind {
    static constexpr MethodId kId{50, 50};
    std::uint16_t ticket = 0;
    ShortText queue = {};
    ShortText exchange = {};
    ShortText routing_key = {};
    TableView arguments = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.queue, m.exchange, m.routing_key, m.arguments);
    }
    bool operator==(const QueueUnbind&) const = default;
};

struct QueueUnbindOk {
    static constexpr MethodId kId{50, 51};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const QueueUnbindOk&) const = default;
};

// class basic

struct BasicQos {
    static constexpr MethodId kId{60, 10};
    std::uint32_t prefetch_size = 0;
    std::uint16_t prefetch_count = 0;
    bool global = false;
    static void fields(auto& m, auto&& visit) {
        visit(m.prefetch_size, m.prefetch_count, m.global);
    }
    bool operator==(const BasicQos&) const = default;
};

struct BasicQosOk {
    static constexpr MethodId kId{60, 11};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const BasicQosOk&) const = default;
};

struct BasicConsume {
    static constexpr MethodId kId{60, 20};
    std::uint16_t ticket = 0;
    ShortText queue = {};
    ShortText consumer_tag = {};
    bool no_local = false;
    bool no_ack = false;
    bool exclusive = false;
    bool no_wait = false;
    TableView arguments = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.queue, m.consumer_tag, m.no_local, m.no_ack, m.exclusive, m.no_wait,
              m.arguments);
    }
    bool operator==(const BasicConsume&) const = default;
};

struct BasicConsumeOk {
    static constexpr MethodId kId{60, 21};
    ShortText consumer_tag = {};
    static void fields(auto& m, auto&& visit) { visit(m.consumer_tag); }
    bool operator==(const BasicConsumeOk&) const = default;
};

struct BasicCancel {
    static constexpr MethodId kId{60, 30};
    ShortText consumer_tag = {};
    bool no_wait = false;
    static void fields(auto& m, auto&& visit) { visit(m.consumer_tag, m.no_wait); }
    bool operator==(const BasicCancel&) const = default;
};

struct BasicCancelOk {
    static constexpr MethodId kId{60, 31};
    ShortText consumer_tag = {};
    static void fields(auto& m, auto&& visit) { visit(m.consumer_tag); }
    bool operator==(const BasicCancelOk&) const = default;
};

struct BasicPublish {
    static constexpr MethodId kId{60, 40};
    std::uint16_t ticket = 0;
    ShortText exchange = {};
    ShortText routing_key = {};
    bool mandatory = false;
    bool immediate = false;
    static void fields(auto& m, auto&& visit) {
        visit(m.ticket, m.exchange, m.routing_key, m.mandatory, m.immediate);
    }
    bool operator==(const BasicPublish&) const = default;
};

struct BasicReturn {
    static constexpr MethodId kId{60, 50};
    std::uint16_t reply_code = 0;
    ShortText reply_text = {};
    ShortText exchange = {};
    ShortText routing_key = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.reply_code, m.reply_text, m.exchange, m.routing_key);
    }
    bool operator==(const BasicReturn&) const = default;
};

struct BasicDeliver {
    static constexpr MethodId kId{60, 60};
    ShortText consumer_tag = {};
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    ShortText exchange = {};
    ShortText routing_key = {};
    static void fields(auto& m, auto&& visit) {
        visit(m.consumer_tag, m.delivery_tag, m.redelivered, m.exchange, m.routing_key);
    }
    bool operator==(const BasicDeliver&) const = default;
};

struct BasicGet {
    static constexpr MethodId kId{60, 70};
    std::uint16_t ticket = 0;
    ShortText queue = {};
    bool no_ack = false;
    static void fields(auto& m, auto&& visit) { visit(m.ticket, m.queue, m.no_ack); }
    bool operator==(const BasicGet&) const = default;
};

struct BasicGetOk {
    static constexpr MethodId kId{60, 71};
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    ShortText exchange = {};
    ShortText routing_key = {};
    std::uint32_t message_count = 0;
    static void fields(auto& m, auto&& visit) {
        visit(m.delivery_tag, m.redelivered, m.exchange, m.routing_key, m.message_count);
    }
    bool operator==(const BasicGetOk&) const = default;
};

struct BasicGetEmpty {
    static constexpr MethodId kId{60, 72};
    ShortText cluster_id = {};
    static void fields(auto& m, auto&& visit) { visit(m.cluster_id); }
    bool operator==(const BasicGetEmpty&) const = default;
};

struct BasicAck {
    static constexpr MethodId kId{60, 80};
    std::uint64_t delivery_tag = 0;
    bool multiple = false;
    static void fields(auto& m, auto&& visit) { visit(m.delivery_tag, m.multiple); }
    bool operator==(const BasicAck&) const = default;
};

struct BasicReject {
    static constexpr MethodId kId{60, 90};
    std::uint64_t delivery_tag = 0;
    bool requeue = false;
    static void fields(auto& m, auto&& visit) { visit(m.delivery_tag, m.requeue); }
    bool operator==(const BasicReject&) const = default;
};

struct BasicRecoverAsync {
    static constexpr MethodId kId{60, 100};
    bool requeue = false;
    static void fields(auto& m, auto&& visit) { visit(m.requeue); }
    bool operator==(const BasicRecoverAsync&) const = default;
};

struct BasicRecover {
    static constexpr MethodId kId{60, 110};
    bool requeue = false;
    static void fields(auto& m, auto&& visit) { visit(m.requeue); }
    bool operator==(const BasicRecover&) const = default;
};

struct BasicRecoverOk {
    static constexpr MethodId kId{60, 111};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const BasicRecoverOk&) const = default;
};

struct BasicNack {
    static constexpr MethodId kId{60, 120};
    std::uint64_t delivery_tag = 0;
    bool multiple = false;
    bool requeue = false;
    static void fields(auto& m, auto&& visit) { visit(m.delivery_tag, m.multiple, m.requeue); }
    bool operator==(const BasicNack&) const = default;
};

// class confirm

struct ConfirmSelect {
    static constexpr MethodId kId{85, 10};
    bool no_wait = false;
    static void fields(auto& m, auto&& visit) { visit(m.no_wait); }
    bool operator==(const ConfirmSelect&) const = default;
};

struct ConfirmSelectOk {
    static constexpr MethodId kId{85, 11};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const ConfirmSelectOk&) const = default;
};

// class tx

struct TxSelect {
    static constexpr MethodId kId{90, 10};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const TxSelect&) const = default;
};

struct TxSelectOk {
    static constexpr MethodId kId{90, 11};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const TxSelectOk&) const = default;
};

struct TxCommit {
    static constexpr MethodId kId{90, 20};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const TxCommit&) const = default;
};

struct TxCommitOk {
    static constexpr MethodId kId{90, 21};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const TxCommitOk&) const = default;
};

struct TxRollback {
    static constexpr MethodId kId{90, 30};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const TxRollback&) const = default;
};

struct TxRollbackOk {
    static constexpr MethodId kId{90, 31};
    static void fields(auto&, auto&& visit) { visit(); }
    bool operator==(const TxRollbackOk&) const = default;
};

}  // namespace tern::amqp091
