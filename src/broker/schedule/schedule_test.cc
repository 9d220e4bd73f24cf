#include "broker/schedule/schedule.h"

#include "broker/api/errors.h"

#include <gtest/gtest.h>

#include <map>

namespace tern::broker {
namespace {

using message::Amendment;

constexpr std::int64_t kNow = 1'000'000;

std::int64_t utc(std::int64_t) {
    return 0;
}

/// Properties are known beforehand; changes are noted.
class Reader final : public message::FormatReader {
public:
    [[nodiscard]] Result<message::HubMessage> read(const Message&) const override { return {}; }
    [[nodiscard]] message::ScalarView find(const Message&, std::string_view name,
                                           std::string&) const override {
        const auto found = values.find(std::string(name));
        return found == values.end() ? message::ScalarView() : found->second;
    }
    [[nodiscard]] Result<MessagePtr> amend(const Message& stored,
                                           const Amendment& change) const override {
        id = change.id;
        return FormatReader::amend(stored, change);
    }

    std::map<std::string, message::ScalarView> values;
    mutable std::string id;
};

class ScheduleTest : public testing::Test {
protected:
    ScheduleTest() { formats.add(Format::openwire, reader); }

    Result<std::optional<Schedule>> requested() {
        const MessagePtr asks = message("AMQ_SCHEDULED_DELAY");
        return requested_schedule(*asks, formats, 1000, kNow);
    }
    static MessagePtr message(std::string_view properties, std::int64_t expires_at_ms = 0) {
        MessageHeader header;
        header.timestamp_ms = kNow;
        header.expires_at_ms = expires_at_ms;
        return Message::create(header, {}, as_bytes(properties), as_bytes("body"), nullptr);
    }
    ScheduledJob job(Schedule schedule) {
        ScheduledJob made{.id = "ID:1",
                          .to = {Domain::topic, false, "T"},
                          .schedule = std::move(schedule),
                          .accepted_ms = kNow,
                          .message = message("")};
        made.due_ms = first_due(made.schedule, kNow, utc).value();
        return made;
    }
    Firing fired(const ScheduledJob& job, std::int64_t now) {
        return fire(job, now, "ID:new", utc, formats).value();
    }

    Reader reader;
    message::Formats formats;
};

TEST_F(ScheduleTest, is_what_the_properties_say) {
    EXPECT_EQ(requested().value(), std::nullopt);
    reader.values["AMQ_SCHEDULED_REPEAT"] = std::int32_t{3};
    EXPECT_EQ(requested().value(), std::nullopt) << "repeats of nothing";
    reader.values["AMQ_SCHEDULED_DELAY"] = std::int64_t{5000};
    EXPECT_EQ(requested().value(), (Schedule{.delay_ms = 5000, .repeat = 3}));
    reader.values["AMQ_SCHEDULED_PERIOD"] = std::string_view("200");
    EXPECT_EQ(requested().value()->period_ms, 200);
    reader.values["AMQ_SCHEDULED_CRON"] = std::string_view("0 * * * *");
    EXPECT_EQ(requested().value()->cron, "0 * * * *");
    reader.values["scheduledJobId"] = std::string_view("ID:1");
    EXPECT_EQ(requested().value(), std::nullopt) << "comes from another broker";
}

TEST_F(ScheduleTest, may_be_a_time_that_has_not_come) {
    reader.values["_AMQ_SCHED_DELIVERY"] = kNow + 700;
    EXPECT_EQ(requested().value(), (Schedule{.delay_ms = 700}));
    reader.values["_AMQ_SCHED_DELIVERY"] = kNow;
    EXPECT_EQ(requested().value(), std::nullopt);
    reader.values["AMQ_SCHEDULED_DELAY"] = std::int64_t{5000};
    EXPECT_EQ(requested().value(), (Schedule{.delay_ms = 5000}));
}

TEST_F(ScheduleTest, what_makes_no_sense_is_refused) {
    reader.values["AMQ_SCHEDULED_DELAY"] = std::string_view("soon");
    EXPECT_EQ(requested().error(), Errc::invalid_schedule);
    reader.values["AMQ_SCHEDULED_DELAY"] = std::int64_t{1};
    reader.values["AMQ_SCHEDULED_REPEAT"] = std::int32_t{1001};
    EXPECT_EQ(requested().error(), Errc::invalid_schedule);
    reader.values["AMQ_SCHEDULED_REPEAT"] = std::int32_t{1000};
    EXPECT_TRUE(requested());
    reader.values["AMQ_SCHEDULED_CRON"] = std::string_view("every day");
    EXPECT_EQ(requested().error(), Errc::invalid_schedule);
}

TEST_F(ScheduleTest, a_delay_is_over_once) {
    const ScheduledJob once = job({.delay_ms = 5000});
    EXPECT_EQ(once.due_ms, kNow + 5000);
    const Firing firing = fired(once, kNow + 5003);
    EXPECT_NE(firing.message, nullptr);
    EXPECT_FALSE(firing.again || firing.series);
    EXPECT_EQ(reader.id, "") << "it is still the message that was sent";
    EXPECT_EQ(job({.delay_ms = INT64_MAX}).due_ms, INT64_MAX);
}

TEST_F(ScheduleTest, repeats_come_in_step_and_each_is_another_message) {
    ScheduledJob periodic = job({.period_ms = 1000, .repeat = 2});
    EXPECT_EQ(periodic.due_ms, kNow + 1000);
    for (int i = 1; i <= 3; ++i) {
        ASSERT_EQ(periodic.due_ms, kNow + 1000 * i);
        const Firing firing = fired(periodic, periodic.due_ms + 30);
        EXPECT_EQ(reader.id, "ID:new");
        ASSERT_EQ(firing.again.has_value(), i < 3);
        if (firing.again) periodic = *firing.again;
    }
}

TEST_F(ScheduleTest, after_a_pause_repeats_go_on_from_there) {
    const Firing firing = fired(job({.period_ms = 1000, .repeat = 5}), kNow + 60'000);
    EXPECT_EQ(firing.again->due_ms, kNow + 61'000);
    EXPECT_EQ(firing.again->schedule.repeat, 4);
    EXPECT_EQ(fired(job({.period_ms = 1, .repeat = -1}), kNow + 2).again->schedule.repeat, -1);
}

TEST_F(ScheduleTest, a_calendar_goes_on_and_may_begin_series) {
    const Firing plain = fired(job({.cron = "* * * * *"}), kNow + 60'000);
    EXPECT_NE(plain.message, nullptr);
    EXPECT_EQ(plain.again->due_ms % 60'000, 0);
    EXPECT_GT(plain.again->due_ms, kNow + 60'000);
    const Firing series =
        fired(job({.delay_ms = 10, .period_ms = 20, .repeat = 3, .cron = "* * * * *"}), kNow);
    EXPECT_EQ(series.message, nullptr);
    EXPECT_TRUE(series.again);
    EXPECT_EQ(series.series->id, "ID:new");
    EXPECT_EQ(series.series->due_ms, kNow + 10);
    EXPECT_EQ(series.series->schedule, (Schedule{.delay_ms = 10, .period_ms = 20, .repeat = 3}));
}

TEST_F(ScheduleTest, life_begins_with_the_delivery) {
    ScheduledJob lives = job({.delay_ms = 5000});
    lives.message = message("", kNow + 2000);
    const Firing firing = fired(lives, kNow + 5000);
    EXPECT_EQ(firing.message->header().expires_at_ms, kNow + 7000);
    EXPECT_EQ(firing.message->header().timestamp_ms, kNow + 5000);
}

TEST_F(ScheduleTest, jobs_are_packed_and_unpacked) {
    ScheduledJob original = job({.delay_ms = 1, .period_ms = 2, .repeat = 3, .cron = "0 0 * * *"});
    original.deliveries = 4;
    const MessagePtr packed = pack(original);
    EXPECT_EQ(packed->header().durable, Durable::yes);
    const ScheduledJob same = unpack(*packed).value();
    EXPECT_EQ(same.id, original.id);
    EXPECT_EQ(same.to, original.to);
    EXPECT_EQ(same.schedule, original.schedule);
    EXPECT_EQ(same.due_ms, original.due_ms);
    EXPECT_EQ(same.accepted_ms, kNow);
    EXPECT_EQ(same.deliveries, 4U);
    EXPECT_EQ(as_text(same.message->body().bytes()), "body");
    EXPECT_FALSE(unpack(*message("")));
}

TEST_F(ScheduleTest, orders_name_the_jobs_they_are_about) {
    const MessagePtr any = message("");
    EXPECT_EQ(read_order(*any, formats).what, JobOrder::What::nothing);
    reader.values["AMQ_SCHEDULER_ACTION"] = std::string_view("REMOVE");
    EXPECT_EQ(read_order(*any, formats).what, JobOrder::What::nothing) << "of which job?";
    reader.values["scheduledJobId"] = std::string_view("ID:1");
    EXPECT_EQ(read_order(*any, formats).jobs.id, "ID:1");
    reader.values["AMQ_SCHEDULER_ACTION"] = std::string_view("BROWSE");
    reader.values["JMSReplyTo"] = std::string_view("temp-topic://ID:2");
    reader.values["ACTION_START_TIME"] = std::string_view("10");
    reader.values["ACTION_END_TIME"] = std::int64_t{20};
    const JobOrder order = read_order(*any, formats);
    EXPECT_EQ(order.what, JobOrder::What::browse);
    EXPECT_EQ(order.reply_to, Destination(Domain::topic, true, "ID:2"));
    EXPECT_TRUE(order.jobs.takes({.due_ms = 10}) && order.jobs.takes({.due_ms = 20}));
    EXPECT_FALSE(order.jobs.takes({.due_ms = 9}) || order.jobs.takes({.due_ms = 21}));
    EXPECT_TRUE(is_schedule_management({Domain::topic, false, "ActiveMQ.Scheduler.Management"}));
    EXPECT_TRUE(is_schedule_management({Domain::queue, false, "ACTIVEMQ.scheduler.management.x"}));
    EXPECT_FALSE(is_schedule_management({Domain::topic, false, "ActiveMQ.Scheduler"}));
}

}  // namespace
}  // namespace tern::broker
