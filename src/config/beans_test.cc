// Java objects of a Spring document that its broker refers to.
#include "config/load.h"
#include "config/writer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tern::config {
namespace {

using broker::DeadLetters;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kPolicy = "org.apache.activemq.broker.region.policy.";

/// A Spring document with these beans and a broker of this content.
Loaded load_document(const std::string& beans, const std::string& broker) {
    Sources sources;
    sources.document = "test.xml";
    return load(fmt::format(R"(<beans xmlns="http://www.springframework.org/schema/beans"
       xmlns:p="http://www.springframework.org/schema/p"
       xmlns:amq="http://activemq.apache.org/schema/core">
{}
<amq:broker xmlns="http://activemq.apache.org/schema/core">{}</amq:broker>
</beans>)",
                            beans, broker),
                sources);
}

/// Of one policy.
std::string policy(const std::string& attributes, const std::string& content = {}) {
    return fmt::format(
        "<destinationPolicy><policyMap><policyEntries><policyEntry queue='a' {}>{}</policyEntry>"
        "</policyEntries></policyMap></destinationPolicy>",
        attributes, content);
}

std::vector<std::string> rejected(const Loaded& loaded) {
    std::vector<std::string> found;
    for (const Finding& finding : loaded.report.findings) {
        if (finding.kind == Finding::Kind::rejected) {
            found.push_back(to_line(loaded.report, finding));
        }
    }
    return found;
}

const broker::Policy& only_policy(const Loaded& loaded) {
    EXPECT_THAT(rejected(loaded), IsEmpty());
    return loaded.broker.policy_entries.at(0);
}

TEST(Beans, an_attribute_refers_to_a_bean_by_its_id) {
    const std::string bean = fmt::format(
        "<bean id='letters' class='{}IndividualDeadLetterStrategy'>"
        "<property name='queuePrefix' value='DLQ.'/>"
        "<property name='processExpired'><value>false</value></property></bean>",
        kPolicy);
    const Loaded loaded = load_document(bean, policy("deadLetterStrategy='#letters'"));
    const DeadLetters& letters = only_policy(loaded).dead_letters;
    EXPECT_EQ(letters.strategy, DeadLetters::Strategy::individual);
    EXPECT_EQ(letters.queue_prefix, "DLQ.");
    EXPECT_FALSE(letters.expired);
    EXPECT_THAT(to_table(loaded.report), HasSubstr("applied    bean[letters]"));
    // Written, it is an element as any.
    const std::string written = to_xml(loaded.broker);
    EXPECT_THAT(written, HasSubstr("<individualDeadLetterStrategy"));
    EXPECT_THAT(written, Not(HasSubstr("bean")));
}

TEST(Beans, beans_stand_within_the_broker_or_are_referred_to_there) {
    const std::string bean = fmt::format(
        "<bean name='limit' class='{}ConstantPendingMessageLimitStrategy' "
        "p:limit='7'/>",
        kPolicy);
    const std::string within = fmt::format(
        "<pendingMessageLimitStrategy><ref bean='limit'/></pendingMessageLimitStrategy>"
        "<pendingQueuePolicy><bean class='{}VMPendingQueueMessageStoragePolicy'/>"
        "</pendingQueuePolicy>",
        kPolicy);
    const Loaded loaded = load_document(bean, policy("", within));
    EXPECT_EQ(only_policy(loaded).pending_limit.limit, 7);
    EXPECT_EQ(only_policy(loaded).queue_cursor.kind, broker::Cursor::Kind::memory);
}

TEST(Beans, an_element_with_an_id_is_referred_to_as_well) {
    const Loaded loaded = load_document(
        "<amq:sharedDeadLetterStrategy id='letters'><amq:deadLetterQueue>"
        "<amq:queue physicalName='D'/></amq:deadLetterQueue>"
        "</amq:sharedDeadLetterStrategy>",
        policy("deadLetterStrategy='#letters'"));
    EXPECT_EQ(only_policy(loaded).dead_letters.shared_queue, "D");
}

TEST(Beans, beans_refer_to_beans) {
    const std::string beans = fmt::format(
        "<bean id='queue' class='org.apache.activemq.command.ActiveMQQueue'>"
        "<constructor-arg value='D'/></bean>"
        "<bean id='letters' class='{}SharedDeadLetterStrategy' p:deadLetterQueue-ref='queue'/>"
        "<bean id='entry' class='{}PolicyEntry'><property name='queue' value='a'/>"
        "<property name='deadLetterStrategy' ref='letters'/></bean>"
        "<bean id='map' class='{}PolicyMap'><property name='policyEntries'>"
        "<list><ref bean='entry'/></list></property></bean>",
        kPolicy, kPolicy, kPolicy);
    const Loaded loaded = load_document(beans,
                                        "<destinationPolicy><ref bean='map'/>"
                                        "</destinationPolicy>");
    EXPECT_EQ(only_policy(loaded).dead_letters.shared_queue, "D");
}

TEST(Beans, an_object_on_which_nothing_depends_has_no_effect_either) {
    const Loaded loaded =
        load_document("<bean id='mine' class='com.example.Query'/>",
                      policy("",
                             "<subscriptionRecoveryPolicy><queryBasedSubscriptionRecoveryPolicy "
                             "query='#mine'/></subscriptionRecoveryPolicy>"));
    EXPECT_THAT(rejected(loaded), IsEmpty());
}

TEST(Beans, what_is_wrong_with_a_bean_is_said_where_it_stands) {
    const Loaded loaded = load_document(
        fmt::format("<bean id='limit' class='{}ConstantPendingMessageLimitStrategy'>\n"
                    "  <property name='limit' value='many'/></bean>",
                    kPolicy),
        policy("pendingMessageLimitStrategy='#limit'"));
    EXPECT_THAT(rejected(loaded), ElementsAre(HasSubstr("test.xml:5:")));
}

TEST(Beans, other_java_classes_are_refused_where_they_would_be_used) {
    const Loaded loaded =
        load_document("<bean id='mine' class='com.example.Letters'/>",
                      policy("deadLetterStrategy='#mine'") +
                          "<plugins><bean class='com.example.Plugin'/></plugins>");
    EXPECT_THAT(rejected(loaded),
                ElementsAre(HasSubstr("'com.example.Letters' cannot run here"),
                            HasSubstr("plugins/bean: Java classes cannot be plugins here")));
    EXPECT_THAT(to_table(loaded.report), HasSubstr("no effect  bean[mine]"));
}

TEST(Beans, what_refers_to_nothing_or_to_itself_is_refused) {
    const std::string ring = fmt::format(
        "<bean id='ring' class='{}SharedDeadLetterStrategy' p:deadLetterQueue-ref='ring'/>",
        kPolicy);
    EXPECT_THAT(rejected(load_document(ring, policy("deadLetterStrategy='#ring'"))),
                testing::Contains(HasSubstr("bean[ring]: refers to itself")));
    EXPECT_THAT(rejected(load_document("", policy("deadLetterStrategy='#none'"))),
                ElementsAre(HasSubstr("@deadLetterStrategy: is an element, or '#ID' of a bean")));
    EXPECT_THAT(rejected(load_document("", policy("",
                                                  "<deadLetterStrategy><ref bean='none'/>"
                                                  "</deadLetterStrategy>"))),
                ElementsAre(HasSubstr("bean[none]: there is no bean of this id")));
}

TEST(Beans, references_that_multiply_are_refused_before_they_take_memory) {
    std::string beans;
    for (int i = 0; i < 15; ++i) {
        beans += fmt::format("<bean id='b{}' class='{}X'>", i, kPolicy);
        for (const char* const name : {"l", "m", "n", "o"}) {
            beans += fmt::format("<property name='{}' ref='b{}'/>", name, i + 1);
        }
        beans += "</bean>";
    }
    EXPECT_THAT(rejected(load_document(beans, policy("deadLetterStrategy='#b0'"))),
                testing::Contains(HasSubstr("refers to beans too often")));
}

}  // namespace
}  // namespace tern::config
