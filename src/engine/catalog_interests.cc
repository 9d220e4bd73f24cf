#include "engine/catalog.h"
#include "engine/shard_broker.h"

namespace tern::engine {
namespace {

/// Names of queues have no such character.
constexpr char kBetween = '\0';

store::DocumentKey key_of(const std::string& queue, std::string_view selector) {
    return {store::DocumentKind::selector, queue + kBetween + std::string(selector)};
}

}  // namespace

void Catalog::want(const std::string& queue, const Interest& interest, CatalogAnswer answer) {
    const Interest later{.consumer = {}, .filter = interest.filter};
    if (home_.settings().selectors_remembered && !home_.interests().knows(queue, later)) {
        keep(key_of(queue, later.selector()), {});
        apply_everywhere({.what = Change::What::want, .address = queue, .interest = later},
                         [](std::error_code) {});
    }
    // What somebody said before is on its way at least: the answer comes behind it.
    apply_everywhere({.what = Change::What::want, .address = queue, .interest = interest},
                     std::move(answer));
}

void Catalog::want_no_more(const std::string& queue, const broker::ConsumerRef& consumer) {
    apply_everywhere({.what = Change::What::want_no_more,
                      .address = queue,
                      .interest = {.consumer = consumer, .filter = {}}},
                     [](std::error_code) {});
}

std::optional<std::pair<std::string, std::string>> Catalog::remembered(
    const store::DocumentKey& key) {
    const std::size_t end = key.name.find(kBetween);
    if (end == std::string::npos) return {};
    return std::pair(key.name.substr(0, end), key.name.substr(end + 1));
}

}  // namespace tern::engine
