#include "uploader.h"

#include "payload.h"
#include "protocol/openwire/convert.h"
#include "protocol/openwire/message_key.h"

namespace tern::simulation {
namespace {

broker::DestinationView view_of(const Place& place) {
    return {place.is_topic() ? broker::Domain::topic : broker::Domain::queue, place.is_temporary(),
            place.name};
}

}  // namespace

Uploader::Uploader(std::size_t number, Dice& dice, Oracle& oracle, Trace& trace,
                   const Places& places)
    : number_(number),
      name_(fmt::format("ID:uploader-{}:1", number)),
      dice_(dice),
      oracle_(oracle),
      trace_(trace),
      places_(places) {}

Uploader::~Uploader() {
    TERN_ASSERT(connection_ == nullptr);
}

void Uploader::connect(Machine& machine, ShardId shard, std::function<void()> before_taking) {
    machine_ = &machine;
    shard_ = shard;
    before_taking_ = std::move(before_taking);
    known_as_ = oracle_.connect();
    connection_ = &machine.shard(shard).connect(*this);
    trace_.note("uploader {} opens connection {} on shard {}", number_, known_as_, shard.value);
}

void Uploader::act() {
    if (connection_ == nullptr || std::exchange(posted_, true)) return;
    machine_->world().loop(shard_).post(shard_, [this] {
        posted_ = false;
        if (connection_ != nullptr) act_now();
    });
}

void Uploader::leave() {
    if (connection_ == nullptr) return;
    machine_->world().loop(shard_).post(shard_, [this] {
        if (connection_ != nullptr) disconnect();
    });
}

void Uploader::abandon() {
    body_.reset();
    transaction_.reset();
    unanswered_.clear();
    posted_ = false;
    connection_ = nullptr;
}

void Uploader::act_now() {
    before_taking_();
    // It is not read then.
    if (connection_->blocked()) return;
    const std::size_t what = dice_.below(100);
    if (what < 2) return disconnect();
    if (what < 12) return change_transaction();
    if (!body_) return begin_body();
    if (body_->appended < body_->content.size()) return what < 95 ? append() : body_.reset();
    publish();
}

void Uploader::begin_body() {
    const Number number = oracle_.next_number();
    const std::size_t bytes = dice_.below(dice_.chance(80) ? 5000 : 600'000);
    body_ = Body{.number = number,
                 .content = Payload(number, bytes).content,
                 .writer = connection_->large_bodies()->write()};
}

void Uploader::append() {
    const Bytes rest = Bytes(body_->content).subspan(body_->appended);
    const std::size_t count = dice_.chance(50) ? rest.size() : 1 + dice_.below(rest.size());
    body_->writer->append(rest.first(count));
    body_->appended += count;
}

MessagePtr Uploader::message(const Oracle::Sending& sending, LargeBodyPtr body) const {
    const Payload payload(sending.number, 0);
    const std::string number = fmt::format("{}", sending.number);
    openwire::Message message;
    payload.put_into(message);
    message.producer_id = openwire::ProducerId{.connection_id = name_, .value = 1, .session_id = 1};
    message.message_id = openwire::MessageId{.producer_id = message.producer_id,
                                             .producer_sequence_id = sending.sequence};
    message.destination = wire_destination(sending.to);
    message.persistent = sending.durable;
    message.priority = 4;
    message.timestamp = 1'700'000'000'000;
    message.jms_type = number;
    const auto stored = openwire::MessageConverter().store(message, nullptr);
    TERN_ASSERT(stored.has_value());
    return Message::create_large((*stored)->header(), (*stored)->native(), (*stored)->properties(),
                                 std::move(body));
}

void Uploader::publish() {
    Body body = *std::exchange(body_, std::nullopt);
    const Oracle::Sending sending{
        .number = body.number,
        .client = number_,
        .to = dice_.pick(dice_.chance(80) ? places_.queues : places_.topics),
        .durable = dice_.chance(80),
        .producer = number_ * 1000,
        .sequence = ++last_sequence_,
        .transaction = transaction_};
    trace_.note(
        "uploader {} sends message {} of {} bytes to {}{}{}", number_, sending.number,
        body.content.size(), sending.to.text(), sending.durable ? "" : ", transient",
        transaction_ == nullptr ? "" : fmt::format(", in transaction {}", transaction_->id));
    oracle_.took_send(known_as_, sending);
    const openwire::MessageId id{
        .producer_id = openwire::ProducerId{.connection_id = name_, .value = 1, .session_id = 1},
        .producer_sequence_id = sending.sequence};
    connection_->publish(
        {.to = view_of(sending.to),
         .message = message(sending, body.writer->finish()),
         .transaction = broker::TransactionNumber{transaction_ == nullptr ? 0 : last_transaction_},
         .token = token([this, sending](bool refused) { oracle_.said_sent(sending, refused); }),
         .origin = openwire::origin_of(id)});
}

void Uploader::change_transaction() {
    if (transaction_ == nullptr) {
        transaction_ = oracle_.new_transaction();
        oracle_.took_begin(known_as_, transaction_);
        return connection_->begin(broker::TransactionNumber{++last_transaction_});
    }
    const TransactionPtr ending = std::exchange(transaction_, nullptr);
    const broker::TransactionNumber number{last_transaction_};
    const bool commits = dice_.chance(75);
    trace_.note("uploader {} {} transaction {}", number_, commits ? "commits" : "rolls back",
                ending->id);
    if (!commits) {
        oracle_.took_rollback(ending);
        return connection_->rollback(number, token([](bool) {}));
    }
    oracle_.took_commit(known_as_, ending);
    connection_->commit(
        number, token([this, ending](bool refused) { oracle_.said_committed(ending, refused); }));
}

void Uploader::disconnect() {
    trace_.note("uploader {} leaves", number_);
    oracle_.lost(known_as_);
    machine_->shard(shard_).disconnect(connection_->number());
    abandon();
}

broker::Token Uploader::token(std::function<void(bool refused)> said) {
    unanswered_[++last_token_] = std::move(said);
    return broker::Token{last_token_};
}

void Uploader::completed(broker::Token token, std::error_code error) {
    before_taking_();
    auto answer = unanswered_.extract(token.value);
    if (answer.empty()) return;
    if (error) trace_.note("uploader {} is refused: {}", number_, error.message());
    answer.mapped()(static_cast<bool>(error));
    if (unanswered_.empty()) oracle_.caught_up(known_as_);
}

}  // namespace tern::simulation
