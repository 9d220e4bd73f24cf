#include "admin/rabbitmq/rates.h"

namespace tern::admin::rabbitmq {

double Rates::rate(const std::string& name, std::uint64_t value, std::int64_t now_ms) {
    forget(now_ms);
    const auto [found, is_new] = samples_.try_emplace(
        name, Sample{.before = value, .before_ms = now_ms, .value = value, .at_ms = now_ms});
    Sample& sample = found->second;
    if (!is_new && now_ms - sample.at_ms >= kPeriodMs) {
        sample = {
            .before = sample.value, .before_ms = sample.at_ms, .value = value, .at_ms = now_ms};
    }
    // What went down began anew.
    if (sample.at_ms <= sample.before_ms || sample.value < sample.before) return 0;
    constexpr double kSecondMs = 1000;
    return static_cast<double>(sample.value - sample.before) * kSecondMs /
           static_cast<double>(sample.at_ms - sample.before_ms);
}

void Rates::add(json::object& object, std::string_view name, const std::string& of,
                std::uint64_t value, std::int64_t now_ms) {
    object[name] = value;
    object[std::string(name) + "_details"] =
        json::object{{"rate", rate(of + '\0' + std::string(name), value, now_ms)}};
}

void Rates::forget(std::int64_t now_ms) {
    if (now_ms - looked_ms_ < kForgetMs) return;
    looked_ms_ = now_ms;
    std::erase_if(samples_,
                  [now_ms](const auto& one) { return now_ms - one.second.at_ms > kForgetMs; });
}

}  // namespace tern::admin::rabbitmq
