#pragma once

#include "admin/api.h"
#include "broker/api/callers.h"

namespace tern::admin {

/// The messages of ActiveMQ Classic's REST servlet: a POST to `/api/message/NAME` sends one, a GET
/// or DELETE receives one.
///
/// Runs on: the thread that `Operations` reply on.
class Rest {
public:
    static constexpr std::string_view kPath = "/api/message";
    static constexpr std::size_t kBodyBytesMax = 100'000;
    static constexpr std::size_t kWaitMsMax = 20'000;

    /// All that is referred to outlives this object.
    Rest(broker::Operations& broker, const message::Formats& formats,
         const Surroundings& surroundings)
        : broker_(broker), formats_(formats), surroundings_(surroundings) {}

    /// Whether the path is this one's.
    [[nodiscard]] static bool knows(std::string_view path);
    void handle(Request request, Respond respond);

private:
    struct Call;
    using CallPtr = std::shared_ptr<Call>;

    void send(const CallPtr& call);
    void receive(const CallPtr& call);
    void dismiss(const CallPtr& call);

    broker::Operations& broker_;
    const message::Formats& formats_;
    const Surroundings& surroundings_;
};

/// A property as a header of the answer. Nothing: its name means something to browsers and proxies,
/// or it is none that a header may have.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> header_of(
    std::string_view name, const message::HubValue& value);

}  // namespace tern::admin
