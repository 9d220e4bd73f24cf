#include "engine/engine_story.h"

#include "broker/route/exchange_broker.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

namespace tern::engine {
namespace {

/// Otherwise the journal draws one, and no run would be like the other.
constexpr std::uint64_t kJournalId = 4711;

/// Of one whose body lies in a file, the native bytes are the name.
std::string_view name_of(const Message& message) {
    return as_text(message.large() == nullptr ? message.body().bytes() : message.native());
}

/// What a body in a file consists of.
std::uint8_t body_byte(std::uint64_t offset) {
    return static_cast<std::uint8_t>(offset * 7 + offset / 65'536);
}

std::string text_of(const broker::Delivery& delivery) {
    std::string name(name_of(*delivery.message));
    return delivery.failures > 0 ? name + "!" : name;
}

MessagePtr message_named(const std::string& name, Durable durable) {
    MessageHeader header;
    header.durable = durable;
    return Message::create(header, {}, {}, as_bytes(name), nullptr);
}

using What = broker::Notice::What;

/// Says its name and how many last; `text` makes the name what is said.
class StorySubject final : public broker::NoticeSubject {
public:
    using Text = std::function<std::string(What, const std::string& name)>;

    StorySubject(std::string topic, std::string name, Text text, broker::Destination consumes = {})
        : topic_(std::move(topic)),
          name_(std::move(name)),
          text_(std::move(text)),
          consumes_(std::move(consumes)) {}

    [[nodiscard]] std::string topic() const override { return topic_; }
    [[nodiscard]] std::string key() const override { return name_; }
    [[nodiscard]] MessagePtr message(What what, std::size_t lasting) const override {
        return message_named(text_(what, name_) + " of " + std::to_string(lasting), Durable::no);
    }
    [[nodiscard]] std::vector<broker::Destination> consumes() const override {
        if (consumes_.name.empty()) return {};
        return {consumes_};
    }
    [[nodiscard]] broker::NoticeSubjectPtr demand(
        const broker::Destination& source) const override {
        return std::make_shared<const StorySubject>("demand." + source.name, name_, text_);
    }

private:
    std::string topic_;
    std::string name_;
    Text text_;
    broker::Destination consumes_;  ///< without a name: nowhere
};

}  // namespace

// ---- StoryClient

StoryClient::StoryClient(SimWorld& world, ShardBroker& shard)
    : world_(world), shard_(shard), connection_(&shard.connect(*this)) {}

StoryClient::~StoryClient() {
    if (connection_ != nullptr) shard_.disconnect(connection_->number());
}

void StoryClient::run(Task task) {
    world_.loop(shard_.id()).post(shard_.id(), std::move(task));
}

broker::Destination StoryClient::destination(const std::string& text) {
    for (const auto& [prefix, domain, temporary] :
         {std::tuple{"temp topic ", broker::Domain::topic, true},
          std::tuple{"temp ", broker::Domain::queue, true},
          std::tuple{"topic ", broker::Domain::topic, false}}) {
        if (text.starts_with(prefix)) {
            return {domain, temporary, text.substr(std::string_view(prefix).size())};
        }
    }
    return {broker::Domain::queue, false, text};
}

broker::Token StoryClient::token(const std::string& what) {
    const std::uint64_t number = tokens_.size() + 1;
    tokens_[number] = what;
    return broker::Token{number};
}

broker::ConsumerNumber StoryClient::number(const std::string& consumer) {
    const auto next = static_cast<std::uint32_t>(consumers_.size() + 1);
    return broker::ConsumerNumber{consumers_.try_emplace(consumer, next).first->second};
}

void StoryClient::publish(const std::string& to, const std::string& name, Durable durable) {
    run([this, to, name, durable] {
        const broker::Destination target = destination(to);
        connection_->publish(
            {.to = target.view(), .message = message_named(name, durable), .token = token(name)});
    });
}

void StoryClient::publish_in(std::uint64_t transaction, const std::string& to,
                             const std::string& name) {
    run([this, transaction, to, name] {
        const broker::Destination target = destination(to);
        connection_->publish({.to = target.view(),
                              .message = message_named(name, Durable::yes),
                              .transaction = broker::TransactionNumber{transaction},
                              .token = token(name)});
    });
}

void StoryClient::publish_expiring(const std::string& to, const std::string& name, Millis in) {
    run([this, to, name, in] {
        const broker::Destination target = destination(to);
        MessageHeader header;
        header.durable = Durable::yes;
        header.expires_at_ms = connection_->wall_ms() + in.count();
        connection_->publish({.to = target.view(),
                              .message = Message::create(header, {}, {}, as_bytes(name), nullptr),
                              .token = token(name)});
    });
}

void StoryClient::publish_with(const std::string& to, const std::string& name,
                               const std::string& properties, Durable durable, Millis lives,
                               std::uint64_t transaction) {
    run([this, to, name, properties, durable, lives, transaction] {
        const broker::Destination target = destination(to);
        MessageHeader header;
        header.durable = durable;
        header.timestamp_ms = connection_->wall_ms();
        if (lives != Millis()) header.expires_at_ms = connection_->wall_ms() + lives.count();
        connection_->publish(
            {.to = target.view(),
             .message = Message::create(header, {}, as_bytes(properties), as_bytes(name), nullptr),
             .transaction = broker::TransactionNumber{transaction},
             .token = token(name)});
    });
}

void StoryClient::list_scheduled(const broker::JobSelection& which) {
    run([this, which] {
        connection_->list_scheduled(
            which, [this](std::vector<broker::ScheduledJob> jobs) { jobs_ = std::move(jobs); });
    });
}

std::vector<std::string> StoryClient::scheduled(std::int64_t base_ms) const {
    std::vector<std::string> all;
    for (const broker::ScheduledJob& job : jobs_) {
        all.push_back(std::string(as_text(job.message->body().bytes())) + " at +" +
                      std::to_string(job.due_ms - base_ms));
    }
    return all;
}

void StoryClient::remove_scheduled(const broker::JobSelection& which) {
    run([this, which] { connection_->remove_scheduled(which, token("remove jobs")); });
}

void StoryClient::publish_large(const std::string& to, std::size_t bytes) {
    publish(to, std::string(bytes, 'x'));
}

void StoryClient::begin_body(std::size_t bytes) {
    run([this, bytes] {
        writer_ = connection_->large_bodies()->write();
        std::vector<std::uint8_t> body(bytes);
        for (std::size_t i = 0; i < bytes; ++i) body[i] = body_byte(i);
        // In pieces of no particular size.
        constexpr std::size_t kPiece = 10'000;
        for (Bytes rest(body); !rest.empty(); rest = rest.subspan(std::min(kPiece, rest.size()))) {
            writer_->append(rest.first(std::min(kPiece, rest.size())));
        }
    });
}

void StoryClient::drop_body() {
    run([this] { writer_.reset(); });
}

void StoryClient::publish_body(const std::string& to, const std::string& name,
                               std::uint64_t transaction, const std::string& properties) {
    run([this, to, name, transaction, properties] {
        const broker::Destination target = destination(to);
        MessageHeader header;
        header.durable = Durable::yes;
        header.timestamp_ms = connection_->wall_ms();
        connection_->publish({.to = target.view(),
                              .message = Message::create_large(
                                  header, as_bytes(name), as_bytes(properties), writer_->finish()),
                              .transaction = broker::TransactionNumber{transaction},
                              .token = token(name)});
        writer_.reset();
    });
}

void StoryClient::read(const std::string& name) {
    run([this, name] {
        const LargeBodyPtr body = bodies_.at(name);
        if (read_[name] == body->size()) return;
        const auto came = [this, name](const Result<std::vector<Buffer>>& pieces) {
            if (!pieces) return;
            std::uint64_t& at = read_[name];
            for (const Buffer& piece : *pieces) {
                for (const std::uint8_t byte : piece.bytes()) {
                    if (byte != body_byte(at)) return;
                    ++at;
                }
            }
            read(name);
        };
        connection_->large_bodies()->read(body, read_[name], came);
    });
}

void StoryClient::subscribe(const std::string& consumer, const std::string& to,
                            std::uint32_t credit) {
    run([this, consumer, to, credit] {
        connection_->subscribe({.consumer = number(consumer),
                                .destinations = {destination(to)},
                                .credit = credit,
                                .token = token("subscribe " + consumer)});
    });
}

void StoryClient::subscribe_as(const std::string& consumer, const std::string& to,
                               std::function<void(broker::Subscribe&)> adjust) {
    run([this, consumer, to, adjust = std::move(adjust)] {
        broker::Subscribe command{.consumer = number(consumer),
                                  .destinations = {},
                                  .credit = 100,
                                  .token = token("subscribe " + consumer)};
        std::istringstream names(to);
        for (std::string name; std::getline(names, name, ',');) {
            command.destinations.push_back(destination(name));
        }
        adjust(command);
        connection_->subscribe(std::move(command));
    });
}

void StoryClient::subscribe_named(const std::string& consumer, const std::string& topic,
                                  const broker::NamedSubscription& subscription, bool transient) {
    subscribe_as(consumer, topic, [subscription, transient](broker::Subscribe& command) {
        command.subscription = subscription;
        command.selector = subscription.selector;
        command.no_local = subscription.no_local;
        command.transient = transient;
    });
}

void StoryClient::forget(const broker::SubscriptionKey& key) {
    run([this, key] { connection_->forget_subscription(key, token("forget " + key.name)); });
}

void StoryClient::drain(const std::string& consumer) {
    run([this, consumer] { connection_->drain(number(consumer), token("drain " + consumer)); });
}

void StoryClient::browse(const std::string& consumer, const std::string& queue,
                         std::uint32_t credit) {
    subscribe_as(consumer, queue, [credit](broker::Subscribe& command) {
        command.mode = broker::Subscribe::Mode::browse;
        command.credit = credit;
    });
}

void StoryClient::unsubscribe(const std::string& consumer, std::vector<std::string> failed) {
    run([this, consumer, failed] {
        std::vector<broker::DeliveryTag> tags;
        for (const std::string& name : failed) tags.push_back(received_.at(name).tag);
        connection_->unsubscribe(number(consumer), tags, token("unsubscribe " + consumer));
    });
}

void StoryClient::grant(const std::string& consumer, std::uint32_t credit) {
    run([this, consumer, credit] { connection_->grant(number(consumer), credit); });
}

void StoryClient::settle(const std::string& name, broker::Outcome outcome) {
    run([this, name, outcome] {
        const Received& one = received_.at(name);
        connection_->settle(one.consumer, {&one.tag, 1}, outcome, {});
    });
}

void StoryClient::pass_over(const std::string& name) {
    run([this, name] {
        const Received& one = received_.at(name);
        connection_->pass_over(one.consumer, one.tag, "it cannot be shown");
    });
}

void StoryClient::settle_in(std::uint64_t transaction, const std::vector<std::string>& names) {
    run([this, transaction, names] {
        for (const std::string& name : names) {
            const Received& one = received_.at(name);
            connection_->settle(one.consumer, {&one.tag, 1}, broker::Outcome::accept,
                                broker::TransactionNumber{transaction});
        }
    });
}

void StoryClient::begin(std::uint64_t transaction) {
    run([this, transaction] { connection_->begin(broker::TransactionNumber{transaction}); });
}

void StoryClient::commit(std::uint64_t transaction) {
    run([this, transaction] {
        connection_->commit(broker::TransactionNumber{transaction},
                            token("commit " + std::to_string(transaction)));
    });
}

void StoryClient::rollback(std::uint64_t transaction) {
    run([this, transaction] {
        connection_->rollback(broker::TransactionNumber{transaction},
                              token("rollback " + std::to_string(transaction)));
    });
}

void StoryClient::join(std::uint64_t transaction, const std::string& branch) {
    run([this, transaction, branch] {
        connection_->join_branch(branch, broker::TransactionNumber{transaction},
                                 token("join " + branch));
    });
}

void StoryClient::prepare(const std::string& branch) {
    run([this, branch] { connection_->prepare_branch(branch, token("prepare " + branch)); });
}

void StoryClient::finish(const std::string& branch, broker::BranchEnd end) {
    run([this, branch, end] {
        connection_->finish_branch(branch, end, token("finish " + branch));
    });
}

std::string StoryClient::ended(std::uint64_t transaction) const {
    const auto found = ended_.find(transaction);
    return found == ended_.end() ? std::string() : found->second;
}

void StoryClient::list_branches() {
    run([this] {
        connection_->list_branches(
            [this](std::vector<std::string> names) { branches_ = std::move(names); });
    });
}

void StoryClient::announce(broker::Notice::What what, const std::string& topic,
                           const std::string& key) {
    run([this, what, topic, key] {
        const auto plain = [](What, const std::string& name) { return name; };
        connection_->announce({.what = what,
                               .about = std::make_shared<const StorySubject>(topic, key, plain),
                               .token = token("announce " + key)});
    });
}

void StoryClient::introduce(const std::string& client_id) {
    run([this, client_id] { connection_->introduce(client_id); });
}

void StoryClient::add_producer(std::uint32_t number, const std::string& to) {
    run([this, number, to] { connection_->add_producer(number, destination(to)); });
}

void StoryClient::remove_producer(std::uint32_t number) {
    run([this, number] { connection_->remove_producer(number); });
}

void StoryClient::list_notices(const std::string& pattern) {
    run([this, pattern] {
        connection_->list_notices({pattern}, [this](const std::vector<MessagePtr>& messages) {
            notices_.clear();
            for (const MessagePtr& one : messages) {
                notices_.emplace_back(as_text(one->body().bytes()));
            }
        });
    });
}

void StoryClient::report_queues(const std::string& pattern) {
    run([this, pattern] {
        connection_->report_queues(pattern, [this](std::vector<broker::QueueReport> reports) {
            reports_ = std::move(reports);
        });
    });
}

void StoryClient::log_in(const std::string& user, const std::string& password) {
    run([this, user, password] {
        connection_->log_in({.user = user, .password = password}, token("login"));
    });
}

void StoryClient::declare(const std::string& text) {
    run([this, text] { connection_->declare(destination(text), token("declare " + text)); });
}

void StoryClient::declare_queue(const std::string& name, const broker::QueueOptions& options) {
    run([this, name, options] {
        connection_->exchanges().declare_queue(name, options, token("declare " + name));
    });
}

void StoryClient::remove(const std::string& text) {
    run([this, text] { connection_->remove(destination(text), token("remove " + text)); });
}

void StoryClient::identify(const std::string& client_id, const std::string& instance,
                           broker::Takeover takeover) {
    run([this, client_id, instance, takeover] {
        connection_->identify(client_id, instance, takeover, token("identify " + client_id));
    });
}

void StoryClient::leave() {
    run([this] { connection_->leave(token("leave")); });
}

void StoryClient::disconnect() {
    run([this] { shard_.disconnect(std::exchange(connection_, nullptr)->number()); });
}

std::error_code StoryClient::answer(const std::string& what) const {
    const auto found = answers_.find(what);
    EXPECT_NE(found, answers_.end()) << what << " is not answered";
    return found == answers_.end() ? std::error_code() : found->second;
}

std::vector<std::string> StoryClient::got(const std::string& consumer) {
    return std::exchange(got_[number(consumer).value], {});
}

void StoryClient::completed(broker::Token token, std::error_code error) {
    answers_[tokens_.at(token.value)] = error;
}

void StoryClient::deliver(broker::ConsumerNumber consumer, const broker::QueueInfo&,
                          std::span<const broker::Delivery> deliveries) {
    for (const broker::Delivery& one : deliveries) note(consumer, one);
}

void StoryClient::browsed(broker::ConsumerNumber consumer, const broker::QueueInfo&,
                          std::span<const broker::Delivery> content, bool last) {
    for (const broker::Delivery& one : content) got_[consumer.value].push_back(text_of(one));
    if (last) got_[consumer.value].emplace_back("(end)");
}

message::ScalarView StoryReader::find(const Message& stored, std::string_view name,
                                      std::string&) const {
    const std::string_view text = name_of(stored);
    if (name == "name") return text;
    if (name == "kind") return text.substr(0, 1);
    std::int32_t count = 1;
    std::string_view rest = as_text(stored.properties());
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find('|'));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        const std::size_t equals = one.find('=');
        if (one.substr(0, equals) == name) return one.substr(equals + 1);
        if (name == "JMSXDeliveryCount" && one.starts_with("failures=")) {
            count = static_cast<std::int32_t>(one.size() - equals);
        }
    }
    if (name == "JMSXDeliveryCount") return count;
    return {};
}

Result<MessagePtr> StoryReader::amend(const Message& stored,
                                      const message::Amendment& change) const {
    const MessagePtr changed = FormatReader::amend(stored, change).value();
    if (!change.failures && change.set.empty()) return changed;
    std::string properties(as_text(stored.properties()));
    for (const auto& [name, value] : change.set) properties += "|" + std::string(name) + "=set";
    if (change.failures) {
        properties += "|failures=" + std::string(static_cast<std::size_t>(*change.failures), '+');
    }
    return Message::create_like(stored, changed->header(), stored.native(), as_bytes(properties));
}

void StoryClient::cancelled(broker::ConsumerNumber consumer) {
    for (const auto& [name, number] : consumers_) {
        if (number == consumer.value) closed_.push_back(name);
    }
}

void StoryClient::note(broker::ConsumerNumber consumer, const broker::Delivery& delivery) {
    got_[consumer.value].push_back(text_of(delivery));
    const std::string name(name_of(*delivery.message));
    received_[name] = {consumer, delivery.tag};
    if (const LargeBodyPtr& body = delivery.message->large(); body != nullptr) bodies_[name] = body;
}

// ---- EngineStory

void StoryLoop::deliver(Task task) {
    if (gate_.open_for == 0) {
        gate_.held.emplace_back(&loop_, std::move(task));
        return;
    }
    if (gate_.open_for != SIZE_MAX) --gate_.open_for;
    loop_.deliver(std::move(task));
}

void EngineStory::let_all_through() {
    gate_.open_for = SIZE_MAX;
    for (auto& [loop, task] : std::exchange(gate_.held, {})) loop->deliver(std::move(task));
}

void EngineStory::start() {
    journal_options_.id = kJournalId;
    world_ = std::make_unique<SimWorld>(++seed_, shards_, clock_);
    Lane& writer = world_->make_lane();
    journal_ =
        std::make_unique<journal::Journal>(disk_, writer, world_->make_lane(), journal_options_);
    segments_ = std::make_unique<store::Segments>(disk_, world_->make_lane(), segment_options_);
    large_files_ = std::make_unique<store::LargeFiles>(
        disk_, world_->make_lane(), store::LargeOptions{.first_id = seed_ * 1000});
    store_ = std::make_unique<store::Store>(*journal_, *segments_, large_files_.get());
    std::vector<Loop*> loops;
    for (std::uint16_t id = 0; id < shards_; ++id) {
        loops_.push_back(std::make_unique<StoryLoop>(world_->loop(ShardId{id}), gate_));
        loops.push_back(loops_.back().get());
    }
    engine_ = std::make_unique<Engine>(
        std::move(loops), *store_, formats_, static_cast<broker::Observer*>(this),
        [this] { ++storage_failures_; }, engine_options_);
    engine_->configure(settings_);
    const auto recovered = engine_->recover();
    ASSERT_TRUE(recovered) << recovered.error().message();
    world_->loop(ShardId{0}).deliver([this] { engine_->start(); });
}

void EngineStory::throw_away() {
    if (world_ == nullptr) return;
    gate_ = {};
    world_->drop_tasks();
    clients_.clear();
    world_->drop_tasks();
    engine_.reset();
    store_.reset();
    large_files_.reset();
    segments_.reset();
    journal_.reset();
    loops_.clear();
    world_.reset();
}

void EngineStory::crash() {
    SeededRandom luck(++seed_);
    disk_.crash(luck);
    throw_away();
    start();
}

void EngineStory::restart() {
    idle();
    crash();
}

StoryClient& EngineStory::connect() {
    const ShardId shard{static_cast<std::uint16_t>(next_shard_++ % shards_)};
    clients_.push_back(std::make_unique<StoryClient>(*world_, engine_->shard(shard)));
    return *clients_.back();
}

broker::QueueInfoPtr EngineStory::find(const std::string& queue) {
    const broker::Destination name = StoryClient::destination(queue);
    const auto route = engine_->shard(ShardId{0}).table().route(name.view());
    return route.empty() ? nullptr : route.front();
}

bool EngineStory::exists(const std::string& queue) {
    idle();
    return find(queue) != nullptr;
}

std::vector<std::string> EngineStory::on(const std::string& queue) {
    idle();
    std::vector<std::string> content;
    const broker::QueueInfoPtr info = find(queue);
    if (info == nullptr) return content;
    engine_->shard(info->owner).on_queue(*info, [&](broker::Queue& q) {
        const auto read = [this](const broker::PageIn& one) {
            return segments_->set().get({&one, 1}, 1).at(0);
        };
        std::ranges::transform(q.content(read), std::back_inserter(content), text_of);
    });
    return content;
}

void EngineStory::observe(const broker::Event& event, broker::EventSink&) {
    const bool added = event.what == broker::Event::What::destination_added;
    ++told_[(added ? "+" : "-") + broker::to_text(event.destination.view())];
}

broker::NoticeSubjectPtr EngineStory::subject(const broker::PartyPtr& party) {
    static constexpr std::array<const char*, 3> kKinds{"connections", "consumers", "producers"};
    std::string key = party->connection;
    std::string topic = std::string("who.") + kKinds[static_cast<std::size_t>(party->what)];
    if (party->what != broker::Party::What::connection) {
        key += ":" + std::to_string(party->number);
        topic += "." + party->destination.name;
    }
    return std::make_shared<const StorySubject>(
        std::move(topic), std::move(key),
        [id = party->client_id](What what, const std::string& name) {
            if (what == What::ends) return "-" + name;
            return "+" + name + (id.empty() ? "" : " " + id);
        },
        party->what == broker::Party::What::consumer ? party->destination : broker::Destination());
}

}  // namespace tern::engine
