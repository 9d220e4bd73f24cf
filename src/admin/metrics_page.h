#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace tern::admin {

inline constexpr std::string_view kGauge = "gauge";
inline constexpr std::string_view kCounter = "counter";

/// A page of metrics in the text format of Prometheus.
class MetricsPage {
public:
    void family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
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
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    std::string_view name_;
    std::string text_;
};

}  // namespace tern::admin
