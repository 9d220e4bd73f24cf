#include "broker/schedule/schedule.h"

#include "broker/api/errors.h"
#include "bytes/byte_reader.h"
#include "bytes/byte_writer.h"
#include "message/errors.h"

#include <algorithm>
#include <charconv>

namespace tern::broker {
namespace {

using message::Formats;
using message::ScalarView;

constexpr std::string_view kDelay = "AMQ_SCHEDULED_DELAY";
constexpr std::string_view kPeriod = "AMQ_SCHEDULED_PERIOD";
constexpr std::string_view kRepeat = "AMQ_SCHEDULED_REPEAT";
constexpr std::string_view kCron = "AMQ_SCHEDULED_CRON";
constexpr std::string_view kTime = "_AMQ_SCHED_DELIVERY";
constexpr std::string_view kPrefix = "AMQ_SCHED";
constexpr std::string_view kAnnotationPrefix = "x-opt-delivery-";
constexpr std::string_view kJobId = "scheduledJobId";
constexpr std::string_view kManagement = "activemq.scheduler.management";

/// Wherever an addition goes beyond all times, it stays there.
std::int64_t later(std::int64_t at_ms, std::int64_t by_ms) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(at_ms, std::max<std::int64_t>(by_ms, 0), &sum)) {
        return std::numeric_limits<std::int64_t>::max();
    }
    return sum;
}

std::optional<std::int64_t> number_of(const ScalarView& value) {
    return std::visit(
        []<class T>(const T& plain) -> std::optional<std::int64_t> {
            if constexpr (std::is_same_v<T, std::string_view>) {
                std::int64_t number = 0;
                const auto [end, error] =
                    std::from_chars(plain.data(), plain.data() + plain.size(), number);
                if (error != std::errc() || end != plain.data() + plain.size()) return {};
                return number;
            } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
                return plain;
            } else {
                return {};
            }
        },
        value);
}

/// The body that a packed message refers to is its own.
class BodyOf final : public LargeBodyFinder {
public:
    explicit BodyOf(const Message& packed) : packed_(packed) {}

    [[nodiscard]] LargeBodyPtr find(std::uint64_t id, std::uint64_t size) const override {
        const LargeBodyPtr& body = packed_.large();
        return body == nullptr || body->id() != id || body->size() != size ? nullptr : body;
    }

private:
    const Message& packed_;
};

/// The properties of one message.
class Properties {
public:
    Properties(const Message& message, const Formats& formats)
        : message_(message), formats_(formats) {}

    [[nodiscard]] bool has(std::string_view name) {
        return !std::holds_alternative<std::monostate>(formats_.find(message_, name, scratch_));
    }
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) {
        return number_of(formats_.find(message_, name, scratch_));
    }
    [[nodiscard]] std::optional<std::string> text(std::string_view name) {
        const ScalarView found = formats_.find(message_, name, scratch_);
        const auto* const text = std::get_if<std::string_view>(&found);
        return text == nullptr ? std::nullopt : std::optional<std::string>(*text);
    }

private:
    const Message& message_;
    const Formats& formats_;
    std::string scratch_;
};

/// Most messages need not be looked at any closer: all formats keep names as they are.
bool may_ask(const Message& message) {
    if (as_text(message.properties()).find(kPrefix) != std::string_view::npos) return true;
    // AMQP 1.0 asks by annotations, which its room finds by the names of the properties.
    return message.header().format == Format::amqp10 &&
           as_text(message.native()).find(kAnnotationPrefix) != std::string_view::npos;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void put_text(ByteWriter& out, std::string_view text) {
    out.u32(static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

std::string take_text(ByteReader& in) {
    return std::string(as_text(in.take(in.u32())));
}

constexpr std::uint8_t kTopicFlag = 1;
constexpr std::uint8_t kTemporaryFlag = 2;

ScheduledJob advanced(const ScheduledJob& job, std::int64_t now_ms) {
    ScheduledJob again = job;
    ++again.deliveries;
    if (again.schedule.repeat > 0) --again.schedule.repeat;
    // In step with the first delivery, save after a time when nothing could be delivered.
    again.due_ms = later(job.due_ms, job.schedule.period_ms);
    if (again.due_ms <= now_ms) again.due_ms = later(now_ms, job.schedule.period_ms);
    return again;
}

}  // namespace

bool is_schedule_management(const DestinationView& destination) {
    return destination.name.size() >= kManagement.size() &&
           std::ranges::equal(destination.name.substr(0, kManagement.size()), kManagement, {},
                              lower);
}

Result<std::optional<Schedule>> requested_schedule(const Message& message, const Formats& formats,
                                                   std::int32_t repeat_max, std::int64_t now_ms) {
    if (!may_ask(message)) return std::nullopt;
    Properties properties(message, formats);
    const bool delayed = properties.has(kDelay);
    const bool periodic = properties.has(kPeriod);
    const auto cron = properties.text(kCron);
    if (!delayed && !periodic && (!cron || cron->empty())) {
        const auto time = properties.number(kTime);
        if (!time || *time <= now_ms) return std::nullopt;
        return Schedule{.delay_ms = *time - now_ms};
    }
    // One that was scheduled before and comes from another broker.
    if (properties.has(kJobId)) return std::nullopt;
    Schedule schedule;
    const auto delay = delayed ? properties.number(kDelay) : 0;
    const auto period = periodic ? properties.number(kPeriod) : 0;
    const auto repeat = properties.has(kRepeat) ? properties.number(kRepeat) : 0;
    if (!delay || !period || !repeat || *repeat > repeat_max) {
        return failure(Errc::invalid_schedule);
    }
    schedule.delay_ms = std::max<std::int64_t>(*delay, 0);
    schedule.period_ms = std::max<std::int64_t>(*period, 0);
    schedule.repeat = static_cast<std::int32_t>(std::max<std::int64_t>(*repeat, -1));
    schedule.cron = cron.value_or("");
    if (!schedule.cron.empty() && !Cron::parse(schedule.cron)) {
        return failure(Errc::invalid_schedule);
    }
    return schedule;
}

std::optional<std::int64_t> first_due(const Schedule& schedule, std::int64_t now_ms,
                                      WallOffset wall) {
    if (!schedule.cron.empty()) {
        const auto cron = Cron::parse(schedule.cron);
        return cron ? cron->next(now_ms, wall) : std::nullopt;
    }
    return later(now_ms, schedule.delay_ms > 0 ? schedule.delay_ms : schedule.period_ms);
}

Result<Firing> fire(const ScheduledJob& job, std::int64_t now_ms, const std::string& new_id,
                    WallOffset wall, const Formats& formats) {
    Firing firing;
    const Schedule& schedule = job.schedule;
    if (!schedule.cron.empty()) {
        if (const auto next = first_due(schedule, now_ms, wall)) {
            firing.again = job;
            firing.again->due_ms = *next;
            ++firing.again->deliveries;
        }
        if (schedule.repeat != 0) {
            firing.series = job;
            firing.series->id = new_id;
            firing.series->schedule.cron.clear();
            firing.series->accepted_ms = now_ms;
            firing.series->due_ms = *first_due(firing.series->schedule, now_ms, wall);
            firing.series->deliveries = 0;
            return firing;
        }
    } else if (schedule.repeat != 0) {
        firing.again = advanced(job, now_ms);
    }
    message::Amendment change;
    change.removed = {kDelay, kPeriod, kRepeat, kCron};
    change.set = {{kJobId, {job.id}}};
    const MessageHeader& header = job.message->header();
    if (header.expires_at_ms > 0 && header.timestamp_ms > 0) {
        // It has as long to live as if it were sent now.
        const std::int64_t lives_ms = header.expires_at_ms - header.timestamp_ms;
        change.timestamp_ms = std::max(now_ms, header.timestamp_ms);
        change.expires_at_ms = std::max(later(now_ms, lives_ms), header.expires_at_ms);
    }
    if (job.deliveries > 0 || firing.again) change.id = new_id;
    auto message = formats.amend(*job.message, change);
    if (!message) return failure(message.error());
    firing.message = std::move(*message);
    return firing;
}

MessagePtr pack(const ScheduledJob& job) {
    ByteWriter native;
    native.u8((job.to.domain == Domain::topic ? kTopicFlag : 0) |
              (job.to.temporary ? kTemporaryFlag : 0));
    put_text(native, job.to.name);
    put_text(native, job.id);
    put_text(native, job.schedule.cron);
    native.i64(job.schedule.delay_ms);
    native.i64(job.schedule.period_ms);
    native.i32(job.schedule.repeat);
    native.u32(job.deliveries);
    MessageHeader header;
    header.format = Format::scheduled;
    header.durable = Durable::yes;
    header.priority = job.message->header().priority;
    header.timestamp_ms = job.accepted_ms;
    header.expires_at_ms = job.due_ms;
    ByteWriter body;
    for (const Buffer& part : job.message->stored()) body.append(part.bytes());
    // The file has to stay as long as the job.
    if (const LargeBodyPtr& large = job.message->large(); large != nullptr) {
        return Message::create_large(header, native.bytes(), {}, large, body.bytes());
    }
    return Message::create(header, native.bytes(), {}, body.bytes(), nullptr);
}

Result<ScheduledJob> unpack(const Message& packed) {
    ByteReader in(packed.native());
    ScheduledJob job;
    const std::uint8_t flags = in.u8();
    job.to.domain = (flags & kTopicFlag) != 0 ? Domain::topic : Domain::queue;
    job.to.temporary = (flags & kTemporaryFlag) != 0;
    job.to.name = take_text(in);
    job.id = take_text(in);
    job.schedule.cron = take_text(in);
    job.schedule.delay_ms = in.i64();
    job.schedule.period_ms = in.i64();
    job.schedule.repeat = in.i32();
    job.deliveries = in.u32();
    const bool known = flags <= (kTopicFlag | kTemporaryFlag);
    if (!in.done() || !known) return failure(message::Errc::malformed);
    job.accepted_ms = packed.header().timestamp_ms;
    job.due_ms = packed.header().expires_at_ms;
    const BodyOf body(packed);
    auto message = Message::decode(packed.body().bytes(), &body);
    if (!message) return failure(message.error());
    job.message = std::move(*message);
    return job;
}

JobOrder read_order(const Message& message, const Formats& formats) {
    Properties properties(message, formats);
    JobOrder order;
    const std::string action = properties.text("AMQ_SCHEDULER_ACTION").value_or("");
    const auto from = properties.number("ACTION_START_TIME");
    const auto to = properties.number("ACTION_END_TIME");
    if (action == "BROWSE" || action == "REMOVEALL") {
        if (from) order.jobs.due_from_ms = *from;
        if (to) order.jobs.due_to_ms = *to;
    }
    if (action == "BROWSE") {
        order.what = JobOrder::What::browse;
        const auto reply =
            elements({Domain::queue, false, properties.text("JMSReplyTo").value_or("")});
        if (!reply.empty()) order.reply_to = reply.front();
    } else if (action == "REMOVE") {
        order.jobs.id = properties.text(kJobId).value_or("");
        if (!order.jobs.id.empty()) order.what = JobOrder::What::remove;
    } else if (action == "REMOVEALL") {
        order.what = JobOrder::What::remove;
    }
    return order;
}

Result<MessagePtr> show(const ScheduledJob& job, const Formats& formats) {
    message::Amendment change;
    change.set = {{kJobId, {job.id}}};
    change.durable = Durable::no;
    change.expires_at_ms = 0;
    return formats.amend(*job.message, change);
}

}  // namespace tern::broker
