// Selectors, and the trees that find who wants a topic: what one message takes among 1 to 10,000
// patterns.

#include "broker/address/pattern_tree.h"
#include "broker/route/topic_trie.h"
#include "broker/selector/selector.h"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tern {
namespace {

/// A message with a few properties.
class Message final : public selector::PropertySource {
public:
    selector::Value find(std::string_view name) override {
        for (const auto& [known, value] : kProperties) {
            if (known == name) return value;
        }
        return {};
    }

private:
    using Property = std::pair<std::string_view, selector::Value>;
    static constexpr std::array<Property, 4> kProperties{
        {{"country", "DE"}, {"weight", 12.5}, {"color", "light blue"}, {"stock", 17}}};
};

constexpr std::array<std::string_view, 4> kSelectors{
    "country = 'DE'", "weight > 10 AND weight < 20 AND stock >= 17",
    "color LIKE '%blue' AND country IN ('AT', 'CH', 'DE')",
    "missing IS NULL AND (stock * 2 + 1) BETWEEN 30 AND 40 OR country = 'FR'"};

std::string_view chosen(const benchmark::State& state) {
    return kSelectors.at(static_cast<std::size_t>(state.range(0)));
}

void selector_evaluate(benchmark::State& state) {
    const auto parsed = selector::Selector::parse(chosen(state));
    Message message;
    if (!parsed || !parsed->matches(message)) std::abort();
    for (auto _ : state) benchmark::DoNotOptimize(parsed->matches(message));
    state.SetItemsProcessed(state.iterations());
    state.SetLabel(std::string(chosen(state)));
}
BENCHMARK(selector_evaluate)->DenseRange(0, kSelectors.size() - 1);

void selector_parse(benchmark::State& state) {
    for (auto _ : state) {
        auto parsed = selector::Selector::parse(chosen(state));
        if (!parsed) std::abort();
        benchmark::DoNotOptimize(*parsed);
    }
    state.SetLabel(std::string(chosen(state)));
}
BENCHMARK(selector_parse)->DenseRange(0, kSelectors.size() - 1);

/// Every tenth has a wildcard for one word, every hundredth one for the rest.
std::string pattern(int number, std::string_view one, std::string_view rest) {
    const std::string plant = std::to_string(number);
    if (number % 100 == 1) return "plant." + plant + "." + std::string(rest);
    const std::string line = number % 10 == 2 ? std::string(one) : "line";
    return "plant." + plant + "." + line + ".temperature";
}

void topic_trie_match(benchmark::State& state) {
    broker::TopicTrie trie;
    const auto count = static_cast<int>(state.range(0));
    for (int i = 0; i < count; ++i) trie.add(pattern(i, "*", "#"), static_cast<std::uint32_t>(i));
    std::vector<std::uint32_t> found;
    for (auto _ : state) {
        found.clear();
        trie.match("plant.0.line.temperature", found);
        benchmark::DoNotOptimize(found.data());
    }
    if (found.size() != 1) std::abort();
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(topic_trie_match)->ArgName("patterns")->RangeMultiplier(10)->Range(1, 10'000);

void pattern_tree_collect(benchmark::State& state) {
    broker::PatternTree tree;
    const auto count = static_cast<int>(state.range(0));
    const auto queue = std::make_shared<broker::QueueInfo>();
    for (int i = 0; i < count; ++i) tree.add(pattern(i, "*", ">"), queue);
    std::vector<broker::QueueInfoPtr> found;
    for (auto _ : state) {
        found.clear();
        tree.collect("plant.0.line.temperature", found);
        benchmark::DoNotOptimize(found.data());
    }
    if (found.size() != 1) std::abort();
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(pattern_tree_collect)->ArgName("patterns")->RangeMultiplier(10)->Range(1, 10'000);

}  // namespace
}  // namespace tern
