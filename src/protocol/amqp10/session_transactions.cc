#include "protocol/amqp10/annotate.h"
#include "protocol/amqp10/codec/encode.h"
#include "protocol/amqp10/codec/field_reader.h"
#include "protocol/amqp10/codec/sections.h"
#include "protocol/amqp10/codec/value_writer.h"
#include "protocol/amqp10/errors.h"
#include "protocol/amqp10/session.h"

namespace tern::amqp10 {
namespace {

/// The described value in the body of a message to the coordinator.
std::optional<Described> request_of(Bytes message) {
    const auto sections = find_sections(message);
    if (!sections) return {};
    const auto body = describe(single(sections->body));
    if (!body || body->code != static_cast<std::uint64_t>(Descriptor::amqp_value)) return {};
    return describe(body->value);
}

/// Of a consumer that was closed meanwhile nothing is left to settle: it is back on its queue.
void settle_as(Connection& connection, const Staged& staged, broker::Outcome outcome) {
    if (!staged.tag.queue || connection.find_consumer(staged.consumer) == nullptr) return;
    if (!staged.annotations.empty() && outcome == staged.outcome) {
        connection.broker().revise(staged.consumer, staged.tag,
                                   [added = staged.annotations](const Message& message) {
                                       return annotated(message, as_bytes(added));
                                   });
    }
    if (outcome == broker::Outcome::reject) {
        connection.broker().reject(staged.consumer, {&staged.tag, 1}, "rejected by the consumer");
    } else {
        connection.broker().settle(staged.consumer, {&staged.tag, 1}, outcome, {});
    }
}

}  // namespace

void Session::on_coordinator(Producer& coordinator, Bytes message) {
    const std::uint32_t id = coordinator.delivery_id;
    const auto request = request_of(message);
    if (!request) return reject(coordinator, id, kDecodeError, "not a request to a coordinator");
    FieldReader fields(request->value);
    if (request->code == static_cast<std::uint64_t>(Descriptor::declare)) {
        if (!fields.next().is_null()) {
            return reject(coordinator, id, kNotImplemented, "transactions are local ones");
        }
        const Transaction& transaction =
            connection_.transactions().begin(serial_, coordinator.handle);
        broker_.begin(transaction.number);
        const std::string name = Transactions::id_of(transaction.number);
        DeliveryState declared;
        declared.type = DeliveryState::Type::declared;
        declared.transaction = as_bytes(name);
        settle_incoming(id, declared);
        return replenish(coordinator);
    }
    if (request->code != static_cast<std::uint64_t>(Descriptor::discharge)) {
        return reject(coordinator, id, kNotImplemented, "neither declare nor discharge");
    }
    const auto name = fields.maybe_binary();
    const bool fail = fields.boolean();
    Transaction* const transaction = name ? connection_.transactions().find(*name) : nullptr;
    if (fields.failed() || transaction == nullptr) {
        return reject(coordinator, id, kUnknownTransaction, "there is no such transaction");
    }
    discharge(coordinator, id, *transaction, fail);
}

void Session::discharge(Producer& coordinator, std::uint32_t delivery_id, Transaction& transaction,
                        bool fail) {
    const broker::TransactionNumber number = transaction.number;
    if (!fail && !transaction.broken) return commit(coordinator.handle, delivery_id, number);
    roll_back(number);
    if (!fail) {
        return reject(coordinator, delivery_id, kTransactionRollback,
                      "something within the transaction failed");
    }
    accept(delivery_id);
    replenish(coordinator);
}

void Session::commit(std::uint32_t handle, std::uint32_t delivery_id,
                     broker::TransactionNumber number) {
    connection_.flush_settlements();
    auto done = [&connection = connection_, serial = serial_, handle, delivery_id,
                 transaction = connection_.transactions().take(number)](std::error_code error) {
        Session* const self = connection.find_session(serial);
        if (self == nullptr) return;
        if (!error) self->committed(transaction);
        Producer* const coordinator = self->find_producer(handle);
        if (coordinator == nullptr) return;
        if (error) {
            return self->reject(*coordinator, delivery_id, kTransactionRollback, error.message());
        }
        self->accept(delivery_id);
        self->replenish(*coordinator);
    };
    broker_.commit(number, connection_.then(std::move(done)));
}

void Session::committed(const Transaction& transaction) {
    for (const Staged& staged : transaction.staged) {
        if (staged.outcome != broker::Outcome::accept) {
            settle_as(connection_, staged, staged.outcome);
        }
        if (staged.settled) continue;
        Session* const session = connection_.find_session(staged.session);
        if (session == nullptr || session->unsettled_.erase(staged.delivery_id) == 0) continue;
        session->send(Disposition{.role = Role::sender,
                                  .first = staged.delivery_id,
                                  .settled = true,
                                  .state = kAccepted});
    }
}

void Session::roll_back(broker::TransactionNumber number) {
    connection_.flush_settlements();
    const Transaction transaction = connection_.transactions().take(number);
    broker_.rollback(number, {});
    for (const Staged& staged : transaction.staged) {
        if (staged.settled) {
            // The peer has let go of it: a try that failed.
            settle_as(connection_, staged, broker::Outcome::fail);
            continue;
        }
        Session* const session = connection_.find_session(staged.session);
        if (session == nullptr) continue;
        const auto found = session->unsettled_.find(staged.delivery_id);
        if (found != session->unsettled_.end()) found->second.transaction = {};
    }
}

void Session::roll_back_all(std::uint32_t coordinator) {
    for (const auto number : connection_.transactions().of(serial_, coordinator)) {
        roll_back(number);
    }
}

}  // namespace tern::amqp10
