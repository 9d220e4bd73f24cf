#pragma once

#include "base/result.h"
#include "broker/api/scheduled_job.h"
#include "broker/schedule/cron.h"
#include "message/formats.h"

#include <optional>
#include <string_view>

namespace tern::broker {

/// Where jobs wait: a queue for nobody but the scheduler.
inline constexpr std::string_view kScheduleQueue = "$schedule";
[[nodiscard]] inline DestinationView schedule_queue() {
    return {Domain::queue, false, kScheduleQueue};
}
[[nodiscard]] inline bool is_schedule(const DestinationView& destination) {
    return destination.domain == Domain::queue && !destination.temporary &&
           destination.name == kScheduleQueue;
}
/// Messages sent there are questions and orders to the scheduler.
[[nodiscard]] bool is_schedule_management(const DestinationView& destination);

/// What the message asks for by its properties (AMQ_SCHEDULED_DELAY and so on; or the time itself,
/// _AMQ_SCHED_DELIVERY, as Artemis's clients do), if it does.
/// Errors: invalid_schedule, also when it is to be repeated more than `repeat_max` times.
[[nodiscard]] Result<std::optional<Schedule>> requested_schedule(const Message& message,
                                                                 const message::Formats& formats,
                                                                 std::int32_t repeat_max,
                                                                 std::int64_t now_ms);
/// When it is due the first time, if it is accepted now. Nothing: its calendar has no such time.
[[nodiscard]] std::optional<std::int64_t> first_due(const Schedule& schedule, std::int64_t now_ms,
                                                    WallOffset wall);

/// What comes of a job that is due.
struct Firing {
    MessagePtr message = {};                  ///< to be delivered now, if any
    std::optional<ScheduledJob> again = {};   ///< takes the job's place, if anything does
    std::optional<ScheduledJob> series = {};  ///< a job of its own that begins now
};
/// `new_id`: for a new job or another copy of the message. Errors: those of the message's format.
[[nodiscard]] Result<Firing> fire(const ScheduledJob& job, std::int64_t now_ms,
                                  const std::string& new_id, WallOffset wall,
                                  const message::Formats& formats);

/// A job as a message of its own, durable, which expires when the job is due; and back.
/// docs/formats/message.md. Errors: malformed; those of Message::decode.
[[nodiscard]] MessagePtr pack(const ScheduledJob& job);
[[nodiscard]] Result<ScheduledJob> unpack(const Message& packed);

/// What a message to the scheduler wants.
struct JobOrder {
    enum class What : std::uint8_t { nothing, browse, remove };

    What what = What::nothing;
    JobSelection jobs = {};
    std::optional<Destination> reply_to = {};
};
[[nodiscard]] JobOrder read_order(const Message& message, const message::Formats& formats);
/// A copy of a job's message for who asked for it. Errors: those of the message's format.
[[nodiscard]] Result<MessagePtr> show(const ScheduledJob& job, const message::Formats& formats);

}  // namespace tern::broker
