#include "engine/forwards.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tern::engine {
namespace {

using broker::Destination;
using broker::Domain;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// A message's only property is `kind`, its body.
class KindReader final : public message::FormatReader {
public:
    Result<message::HubMessage> read(const Message&) const override { return {}; }
    message::ScalarView find(const Message& stored, std::string_view name,
                             std::string&) const override {
        if (name == "kind") return as_text(stored.body().bytes());
        return {};
    }
};

Destination queue(std::string name) {
    return {Domain::queue, false, std::move(name)};
}
Destination topic(std::string name) {
    return {Domain::topic, false, std::move(name)};
}

class ForwardsTest : public testing::Test {
protected:
    ForwardsTest() { formats_.add(Format::openwire, reader_); }

    std::vector<std::string> takers(const Destination& to, std::string_view kind = "a") {
        const Forwards forwards(composites_, mirror_, formats_);
        const auto message = Message::create({}, {}, {}, as_bytes(kind), nullptr);
        return names(forwards.follow(to.view(), message.get()));
    }
    std::vector<std::string> possible(const Destination& to) {
        return names(Forwards(composites_, mirror_, formats_).follow(to.view(), nullptr));
    }
    static std::vector<std::string> names(const std::vector<Destination>& all) {
        std::vector<std::string> names;
        for (const Destination& one : all) names.push_back(broker::to_text(one.view()));
        return names;
    }

    KindReader reader_;
    message::Formats formats_;
    std::vector<Composite> composites_;
    std::optional<Mirror> mirror_;
};

TEST_F(ForwardsTest, without_rules_only_the_destination_itself) {
    EXPECT_TRUE(Forwards().empty());
    EXPECT_THAT(takers(queue("q")), ElementsAre("queue://q"));
}

TEST_F(ForwardsTest, a_composite_alone_or_besides) {
    composites_ = {{queue("q"), {{queue("a")}, {topic("b")}}}};
    EXPECT_THAT(takers(queue("q")), UnorderedElementsAre("queue://a", "topic://b"));
    EXPECT_THAT(takers(topic("q")), ElementsAre("topic://q")) << "another domain";
    composites_.front().forward_only = false;
    EXPECT_THAT(takers(queue("q")), UnorderedElementsAre("queue://q", "queue://a", "topic://b"));
}

TEST_F(ForwardsTest, selectors_choose_and_what_nobody_takes_may_stay) {
    composites_ = {{queue("q"), {{queue("a"), "kind = 'a'"}, {queue("b"), "kind = 'b'"}}}};
    EXPECT_THAT(takers(queue("q"), "a"), ElementsAre("queue://a"));
    EXPECT_THAT(takers(queue("q"), "c"), ElementsAre());
    composites_.front().keep_unmatched = true;
    EXPECT_THAT(takers(queue("q"), "b"), ElementsAre("queue://b"));
    EXPECT_THAT(takers(queue("q"), "c"), ElementsAre("queue://q"));
    EXPECT_THAT(possible(queue("q")), UnorderedElementsAre("queue://q", "queue://a", "queue://b"));
}

TEST_F(ForwardsTest, patterns_chains_and_circles) {
    composites_ = {{queue("in.>"), {{queue("a")}}}, {queue("a"), {{queue("in.b")}, {queue("c")}}}};
    EXPECT_THAT(takers(queue("in.x")), UnorderedElementsAre("queue://c"));
}

TEST_F(ForwardsTest, a_mirror_shows_what_queues_get) {
    mirror_ = Mirror{.prefix = "Mirror.", .postfix = ".x", .temporary = false};
    EXPECT_THAT(takers(queue("q")), UnorderedElementsAre("queue://q", "topic://Mirror.q.x"));
    EXPECT_THAT(takers(topic("t")), ElementsAre("topic://t"));
    EXPECT_THAT(takers({Domain::queue, true, "tmp"}), ElementsAre("temp-queue://tmp"));
}

}  // namespace
}  // namespace tern::engine
