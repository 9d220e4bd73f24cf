#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace tern::admin {

inline constexpr std::string_view kGauge = "gauge";
inline constexpr std::string_view kCounter = "counter";

/// How a page of metrics is written: as Prometheus always has, or as the standard has it that came
/// of that, where the names of counters have no `_total` but in their samples, and the end is
/// marked.
enum class MetricsFormat : std::uint8_t { prometheus, open_metrics };

/// A page of metrics.
class MetricsPage {
public:
    explicit MetricsPage(MetricsFormat format = MetricsFormat::prometheus) : format_(format) {}

    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        if (is_open() && type == kCounter) name.remove_suffix(std::string_view("_total").size());
        fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                       type);
    }
    template <class Number>
    void sample(std::string_view labels, Number number, std::string_view suffix = {}) {
        text_ += name_;
        text_ += suffix;
        if (!labels.empty()) fmt::format_to(std::back_inserter(text_), "{{{}}}", labels);
        fmt::format_to(std::back_inserter(text_), " {}\n", number);
    }
    template <class Number>
    void single(std::string_view name, std::string_view type, std::string_view help,
                Number number) {
        family(name, type, help);
        sample({}, number);
    }
    [[nodiscard]] std::string take() {
        if (is_open()) text_ += "# EOF\n";
        return std::move(text_);
    }

private:
    [[nodiscard]] bool is_open() const { return format_ == MetricsFormat::open_metrics; }

    MetricsFormat format_;
    std::string_view name_;
    std::string text_;
};

}  // namespace tern::admin
