#include "scenario.h"

#include "payload.h"

#include <algorithm>

namespace tern::simulation {
namespace {

constexpr std::size_t kLivesMin = 4;
constexpr std::size_t kLivesMax = 14;
constexpr std::size_t kStartsMax = 10;
constexpr std::size_t kFileBytes[] = {2048, 8192, 65536, 1024 * 1024};

broker::DestinationView view_of(const Place& place) {
    return {place.is_topic() ? broker::Domain::topic : broker::Domain::queue, place.is_temporary(),
            place.name};
}

}  // namespace

Scenario::Scenario(std::uint64_t seed, Kind kind, Trace& trace)
    : trace_(trace),
      dice_(seed),
      file_bytes_(kFileBytes[dice_.below(std::size(kFileBytes))]),
      oracle_(trace, {.small_files = file_bytes_ < 1024 * 1024,
                      .large_bodies = kind.large,
                      .groups = kind.groups}),
      rot_(disk_, kind.sealed, dice_, trace) {
    const std::size_t queues = dice_.between(1, 4);
    for (std::size_t i = 0; i < queues; ++i) {
        places_.queues.push_back({Place::Kind::queue, fmt::format("q{}", i)});
    }
    for (std::size_t i = 0; i < dice_.between(1, 2); ++i) {
        places_.topics.push_back({Place::Kind::topic, fmt::format("t{}", i)});
    }
    options_.journal.file_bytes = file_bytes_;
    if (dice_.chance(30)) options_.journal.write_bytes_max = dice_.between(100, 5000);
    options_.segments = {.bytes = kFileBytes[dice_.below(std::size(kFileBytes))],
                         .shrink_bytes_min = dice_.between(100, 8192)};
    options_.engine.queue_memory_bytes = dice_.between(200, 20'000);
    options_.engine.memory_bytes = dice_.between(1000, 60'000);
    options_.journal.id = 1 + dice_.below(1'000'000);
    options_.sealed = kind.sealed;
    options_.large = kind.large;
    groups_ = kind.groups;
    options_.openwire.cache = dice_.chance(50);
    options_.openwire.tight_encoding = dice_.chance(80);
    options_.openwire.broker_id = "ID:broker:1";
    steps_max_ = dice_.chance(80) ? dice_.between(50, 1500) : dice_.between(1500, 5000);
    clients_max_ = dice_.between(1, 6);
    troubles_ = dice_.chance(40);
    if (dice_.chance(10)) body_bytes_max_ = 3000;
    rots_ = kind.rot;
    if (kind.rot && kind.large) oracle_.expect_dead_letters();
    for (std::size_t left = kind.durable ? dice_.between(1, 3) : 0; left > 0; --left) {
        places_.subscriptions.push_back(
            {Place::Kind::subscription,
             fmt::format("{}/durable-{}", dice_.pick(places_.topics).name, left)});
        oracle_.add_subscription(places_.subscriptions.back());
    }
    for (std::size_t left = kind.large ? dice_.between(1, 2) : 0; left > 0; --left) {
        uploaders_.push_back(
            std::make_unique<Uploader>(++last_client_, dice_, oracle_, trace_, places_));
    }
}

Scenario::~Scenario() {
    if (machine_ != nullptr) die();
}

void Scenario::run() {
    const std::size_t lives = dice_.between(kLivesMin, kLivesMax);
    for (std::size_t life = 0; life < lives && !trace_.violated(); ++life) {
        start();
        if (life == 0) {
            for (const Place& place : places_.subscriptions) add_client(place);
        }
        if (!trace_.violated()) live();
        if (!trace_.violated()) end_life();
    }
    if (trace_.violated()) return;
    start();
    if (!trace_.violated()) drain();
}

/// Recovery may be cut off by the next power failure; then it begins anew.
void Scenario::start() {
    options_.shards = static_cast<std::uint16_t>(dice_.between(1, 3));
    const bool rotten = rot_.is_there();
    if (rotten) rot_.leave_out_by_switch();
    for (std::size_t tries = 1;; ++tries) {
        options_.seed = dice_.seed();
        machine_ = std::make_unique<Machine>(disk_, clock_, options_);
        const bool disturbed = !rotten && tries < kStartsMax && dice_.chance(10);
        if (disturbed) disk_.cut_power_at(1 + dice_.below(6));
        const auto started = machine_->start();
        if (started && disk_.powered()) break;
        if (rotten && tries == 1) {
            machine_.reset();
            rot_.leave_out_when_refused(started.error());
            if (trace_.violated()) return;
            continue;
        }
        if (!disturbed) {
            return trace_.violation("the broker does not start: {}",
                                    started ? "no power" : started.error().message());
        }
        trace_.note("power fails during the start");
        disk_.crash(dice_.random());
        machine_.reset();
    }
    disk_.cut_power_at(0);
    trace_.note("the broker starts with {} shards", options_.shards);
    // First, as it reads what a start does not.
    const Ledger::Contents found = contents(false, nullptr);
    const bool damaged = rot_.was_said() || rot_.left_out();
    if (damaged) {
        oracle_.restarted_damaged(found, options_.shards, rot_.was_cut());
    } else {
        oracle_.restarted(found, options_.shards);
    }
    check_readable();
    rot_.pass();
    for (const Place& place : places_.subscriptions) {
        oracle_.found_subscription(place, content(place).exists, damaged);
    }
}

void Scenario::check_readable() {
    const bool excused = oracle_.disk_failed() || rot_.ever_said();
    if (std::exchange(unreadable_, false) && !excused) {
        trace_.violation("a message cannot be read from the disk");
    }
}

Machine::Content Scenario::content(const Place& place) {
    if (!place.is_subscription()) return machine_->content(view_of(place));
    return machine_->content(broker::SubscriptionKey{place.client_id(), kSubscriptionName});
}

Ledger::Contents Scenario::contents(bool temporary_too, std::map<std::string, std::size_t>* ready) {
    Ledger::Contents contents;
    for (const auto& [name, facts] : oracle_.ledger().queues()) {
        const Place place = Place::of(name);
        if (place.is_temporary() && !temporary_too) continue;
        const Machine::Content content = this->content(place);
        if (ready != nullptr) (*ready)[name] = content.ready;
        auto& found = contents[name];
        const bool is_dead_letter = place.name == "ActiveMQ.DLQ";
        openwire::MessageConverter converter;
        for (const broker::Delivery& one : content.messages) {
            if (one.message == nullptr) {
                unreadable_ = true;
                continue;
            }
            openwire::Message message;
            std::optional<Number> number;
            if (converter.load(*one.message, message)) {
                // What lies in a file is looked at when it is delivered.
                number = one.message->large() != nullptr ? uploaded_number(message)
                                                         : read_payload(message, is_dead_letter);
            }
            if (!number) {
                trace_.violation("a message on {} is not as it was sent", name);
                continue;
            }
            // Of two subscriptions' message that cannot be read there are two letters.
            const bool again =
                one.message->large() != nullptr && is_dead_letter &&
                std::ranges::find(found, *number, &Ledger::Found::number) != found.end();
            if (!again) found.push_back({*number, one.failures});
        }
    }
    return contents;
}

// ---- a life

void Scenario::live() {
    const std::size_t steps = dice_.between(1, steps_max_);
    const std::size_t trouble_at = troubles_ && dice_.chance(30) ? dice_.below(steps) : SIZE_MAX;
    for (std::size_t i = 0; i < steps && !trace_.violated(); ++i) {
        if (i == trouble_at) begin_disk_trouble();
        step();
    }
}

void Scenario::step() {
    const std::size_t what = dice_.below(1000);
    if (what < 550) {
        if (machine_->world().ready()) {
            machine_->world().step();
        } else {
            oracle_.ledger().at_rest();
        }
    } else if (what < 800) {
        std::vector<Socket*> busy;
        for (const auto& client : clients_) {
            if (client->conversation() == nullptr) continue;
            Socket& socket = client->conversation()->socket();
            if (socket.busy()) busy.push_back(&socket);
        }
        for (const auto& conversation : left_) {
            if (conversation->socket().busy()) busy.push_back(&conversation->socket());
        }
        if (!busy.empty()) dice_.pick(busy)->move(dice_);
    } else {
        act();
    }
    watch();
}

void Scenario::act() {
    if (!uploaders_.empty() && dice_.chance(20)) {
        Uploader& uploader = *dice_.pick(uploaders_);
        return uploader.connected() ? uploader.act() : connect(uploader);
    }
    const std::size_t what = dice_.below(200);
    if (clients_.empty() || (what < 10 && clients_.size() < clients_max_)) return add_client({});
    if (what < 11) return lose_connection();
    if (what < 13) {
        Client& client = *dice_.pick(clients_);
        if (client.ready()) {
            Socket& socket = client.conversation()->socket();
            socket.stall(!socket.stalled());
            if (socket.stalled()) oracle_.stalled(client.conversation()->connection());
        }
        return;
    }
    if (what < 17) {
        clock_.advance(Millis(dice_.below(2000)));
        return;
    }
    if (what < 18) return settle();
    Client& client = *dice_.pick(clients_);
    if (client.lost()) return reconnect(client);
    client.act();
}

void Scenario::add_client(const std::optional<Place>& subscription) {
    Client::Options options;
    options.number = ++last_client_;
    options.wire.version = static_cast<int>(dice_.chance(70) ? 12 : dice_.between(3, 12));
    options.wire.tight_encoding_enabled = dice_.chance(70);
    options.wire.cache_enabled = dice_.chance(70);
    options.wire.cache_size = dice_.chance(50) ? 1024 : 0;
    options.wire.max_frame_size = INT64_MAX;
    options.hasty = dice_.chance(30);
    options.fails_over = dice_.chance(50);
    options.body_bytes_max = body_bytes_max_;
    options.groups = groups_;
    options.sends_again = !rots_;
    options.subscription = subscription;
    if (subscription) options.fails_over = true;
    clients_.push_back(std::make_unique<Client>(options, dice_, oracle_, trace_, places_));
    connect(*clients_.back());
}

void Scenario::connect(Client& client) {
    const ShardId shard(static_cast<std::uint16_t>(dice_.below(machine_->shards())));
    client.connect(*machine_, shard, [this] { watch(); });
}

void Scenario::connect(Uploader& uploader) {
    const ShardId shard(static_cast<std::uint16_t>(dice_.below(machine_->shards())));
    uploader.connect(*machine_, shard, [this] { watch(); });
}

/// The client notices at once, later, or turns to a new connection by itself.
void Scenario::lose_connection() {
    Client& client = *dice_.pick(clients_);
    if (client.lost()) return reconnect(client);
    if (client.comes_back() && client.ready() && dice_.chance(50)) {
        trace_.note("a client does not hear from connection {} any more",
                    client.conversation()->connection());
        return reconnect(client);
    }
    trace_.note("connection {} is cut", client.conversation()->connection());
    client.conversation()->socket().cut();
}

void Scenario::reconnect(Client& client) {
    if (auto old = client.leave()) left_.push_back(std::move(old));
    if (client.comes_back()) return connect(client);
    const auto found =
        std::ranges::find_if(clients_, [&](const auto& one) { return one.get() == &client; });
    gone_.push_back(std::move(*found));
    clients_.erase(found);
}

void Scenario::begin_disk_trouble() {
    oracle_.disk_fails();
    const std::uint64_t nth = 1 + dice_.below(4);
    switch (dice_.below(3)) {
        case 0:
            trace_.note("write {} from now on will fail", nth);
            return disk_.fail_write(nth, std::errc::no_space_on_device);
        case 1:
            trace_.note("sync {} from now on will fail", nth);
            return disk_.fail_sync(nth, std::errc::io_error);
        default:
            trace_.note("power goes at change {} from now on", nth);
            return disk_.cut_power_at(nth);
    }
}

void Scenario::watch() {
    for (const auto& client : clients_) {
        if (client->conversation() != nullptr) client->conversation()->socket().watch();
    }
    for (const auto& conversation : left_) conversation->socket().watch();
}

void Scenario::settle() {
    trace_.note("everything under way comes to its end");
    machine_->world().run_until_idle();
    idle_check();
}

void Scenario::idle_check() {
    watch();
    std::map<std::string, std::size_t> ready;
    const Ledger::Contents found = contents(true, &ready);
    if (rot_.was_said()) oracle_.excuse(found);
    check_readable();
    oracle_.idle(found, ready);
    if (oracle_.disk_failed()) return;
    for (const auto& client : clients_) client->check_producer_windows();
}

// ---- the end of a life

void Scenario::end_life() {
    ++crashes_;
    const std::size_t how = dice_.below(100);
    if (how < 10 || (rots_ && how < 40)) {
        stop_cleanly();
        if (rots_ && dice_.chance(50)) rot_.set_in();
        return;
    }
    if (how < 25) settle();
    if (how < 35) {
        trace_.note("the process is killed");
        disk_.kill();
    } else {
        trace_.note("power fails");
        disk_.crash(dice_.random());
    }
    die();
    if (rots_ && dice_.chance(50)) rot_.set_in();
}

/// As the daemon does it on SIGTERM.
void Scenario::stop_cleanly() {
    trace_.note("the broker is stopped");
    for (std::uint16_t id = 0; id < machine_->shards(); ++id) {
        const auto say_goodbye = [this, id](Conversation& conversation) {
            Socket& socket = conversation.socket();
            if (socket.shard().value != id || socket.closed()) return;
            machine_->world().loop(ShardId(id)).post(ShardId(id), [&socket] {
                socket.shut_down();
            });
        };
        for (const auto& client : clients_) {
            if (client->conversation() != nullptr) say_goodbye(*client->conversation());
        }
        for (const auto& conversation : left_) say_goodbye(*conversation);
    }
    for (const auto& uploader : uploaders_) uploader->leave();
    machine_->world().run_until_idle();
    watch();
    machine_->world().run_until_idle();
    if (machine_->large_files() != nullptr) machine_->large_files()->close();
    bool segments_closed = false;
    machine_->segments().close([&segments_closed] { segments_closed = true; });
    machine_->world().run_until_idle();
    if (!segments_closed) trace_.violation("the segments do not close");
    bool closed = false;
    machine_->journal().close([&closed] { closed = true; });
    machine_->world().run_until_idle();
    if (!closed) trace_.violation("the journal does not close");
    idle_check();
    if (dice_.chance(50)) {
        disk_.crash(dice_.random());
    } else {
        disk_.kill();
    }
    die();
}

/// Takes the process away; the disk has had its crash before.
void Scenario::die() {
    for (const auto& client : clients_) {
        if (auto conversation = client->leave()) left_.push_back(std::move(conversation));
    }
    for (const auto& conversation : left_) conversation->socket().abandon();
    for (const auto& uploader : uploaders_) uploader->abandon();
    machine_->world().drop_tasks();
    left_.clear();
    gone_.clear();
    machine_.reset();
    std::erase_if(clients_, [](const auto& client) { return !client->comes_back(); });
    places_.temporaries.clear();
}

// ---- after the last one

/// Bytes and tasks move until there is nothing left to move.
void Scenario::exchange_everything() {
    for (bool moved = true; moved && !trace_.violated();) {
        machine_->world().run_until_idle();
        watch();
        moved = false;
        const auto move = [&](Conversation& conversation) {
            Socket& socket = conversation.socket();
            socket.stall(false);
            if (!socket.busy()) return;
            socket.move(dice_);
            moved = true;
        };
        for (const auto& client : clients_) {
            if (client->conversation() != nullptr) move(*client->conversation());
        }
        for (const auto& conversation : left_) move(*conversation);
    }
}

void Scenario::drain() {
    trace_.note("the rest is consumed");
    clients_.clear();
    add_client({});
    for (const Place& place : places_.subscriptions) add_client(place);
    exchange_everything();
    std::vector<std::string> queues;
    for (const auto& [name, facts] : oracle_.ledger().queues()) queues.push_back(name);
    for (const std::string& name : queues) {
        const Place place = Place::of(name);
        if (!place.is_subscription()) clients_.front()->consume(place);
    }
    for (std::size_t i = 0; i < places_.subscriptions.size(); ++i) {
        clients_[i + 1]->consume(places_.subscriptions[i]);
    }
    for (int quiet = 0; quiet < 3 && !trace_.violated(); ++quiet) {
        const std::size_t before = oracle_.ledger().copies().size();
        exchange_everything();
        for (const auto& client : clients_) client->acknowledge_all();
        exchange_everything();
        machine_->world().run_until_idle();
        idle_check();
        if (oracle_.ledger().copies().size() != before) quiet = 0;
    }
    for (const auto& [key, copy] : oracle_.ledger().copies()) {
        trace_.violation("message {} on {} cannot be consumed", key.first, key.second);
    }
    // What nobody needs any more is given up: the files, and those that only keep definitions.
    machine_->world().run_for(Millis(5000));
    if (trace_.violated()) return;
    if (const std::uint64_t files = machine_->journal().stats().files; files > 4) {
        trace_.violation("{} journal files are left for empty queues", files);
    }
    if (const std::uint64_t files = machine_->segments().stats().files;
        files > 0 && !rot_.ever_said()) {
        trace_.violation("{} segments are left for empty queues", files);
    }
    if (machine_->large_files() == nullptr) return;
    // A message in a segment that cannot be read keeps its body until the next start.
    if (const std::uint64_t files = machine_->large_files()->stats().files;
        files > 0 && !rot_.ever_said()) {
        trace_.violation("{} files of bodies are left for empty queues", files);
    }
}

}  // namespace tern::simulation
