#pragma once

#include "admin/api.h"
#include "admin/metrics_page.h"

#include <string>
#include <string_view>

namespace tern::admin {

/// The text format of Prometheus, version 0.0.4.
inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view kOpenMetricsType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Queues that have series of their own unless somebody asks for more: the first ones by name.
inline constexpr std::size_t kMetricQueues = 1000;
inline constexpr std::size_t kMetricQueuesMax = 100'000;

/// As who asks would like to have it, by the header Accept.
[[nodiscard]] MetricsFormat metrics_format(std::string_view accept);
[[nodiscard]] std::string metrics_page(const About& about, const broker::BrokerStatus& status,
                                       const broker::QueuePage& queues,
                                       MetricsFormat format = MetricsFormat::prometheus);

/// As it stands between the quotes of a label.
[[nodiscard]] std::string label_value(std::string_view text);

}  // namespace tern::admin
