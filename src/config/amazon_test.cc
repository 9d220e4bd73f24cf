// What Amazon MQ takes out of documents: each line of its tables, by documents that go in and come
// out.

#include "config/amazon.h"

#include "config/amazon_rules.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace tern::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kSpace = R"( xmlns="http://activemq.apache.org/schema/core")";
constexpr const char* kDeclaration =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

std::string broker(const std::string& attributes, const std::string& content) {
    return "<broker" + std::string(kSpace) + attributes + ">" + content + "</broker>";
}

std::vector<std::string> warnings(const AmazonDocument& document) {
    std::vector<std::string> all;
    for (const AmazonWarning& one : document.warnings) {
        std::string text = std::to_string(one.place.line) + " " + one.element;
        if (!one.attribute.empty()) text += "@" + one.attribute;
        all.push_back(text + " " + std::string(to_text(one.reason)));
    }
    return all;
}

std::string problems(const AmazonDocument& document) {
    std::string all;
    for (const Problem& one : document.problems) {
        all += std::to_string(one.place.line) + ":" + std::to_string(one.place.column) + ": " +
               one.text + "\n";
    }
    return all;
}

struct Golden {
    std::string name;
    std::string in;
    std::string out;
    std::vector<std::string> warnings;
};

TEST(Amazon, stores_what_is_left) {
    const std::vector<Golden> all{
        {"its own default",
         broker(" schedulePeriodForDestinationPurge=\"10000\"",
                "\n <destinationPolicy><policyMap><policyEntries>\n"
                "  <policyEntry topic=\">\" gcInactiveDestinations=\"true\" "
                "inactiveTimoutBeforeGC=\"600000\"><pendingMessageLimitStrategy>"
                "<constantPendingMessageLimitStrategy limit=\"1000\"/>"
                "</pendingMessageLimitStrategy></policyEntry>\n"
                " </policyEntries></policyMap></destinationPolicy>\n <plugins/>\n"),
         "=",
         {}},
        {"comments and blanks stay",
         broker("", "\n  <!-- nothing -->\n  <plugins> </plugins>"),
         "=",
         {}},
        {"attributes go",
         broker(" brokerName=\"b\" start=\"false\" persistent=\"true\"", "<plugins/>"),
         broker(" persistent=\"true\"", "<plugins/>"),
         {"1 broker@brokerName DISALLOWED_ATTRIBUTE_REMOVED",
          "1 broker@start DISALLOWED_ATTRIBUTE_REMOVED"}},
        {"values go",
         broker(" advisorySupport=\"${a}\" persistent=\"#{true}\" schedulerSupport=\"#x\"",
                "<plugins/>"),
         broker("", "<plugins/>"),
         {"1 broker@advisorySupport INVALID_ATTRIBUTE_VALUE_REMOVED",
          "1 broker@persistent INVALID_ATTRIBUTE_VALUE_REMOVED",
          "1 broker@schedulerSupport INVALID_ATTRIBUTE_VALUE_REMOVED"}},
        {"elements go with all they hold",
         broker("",
                "\n<managementContext><managementContext/></managementContext>\n<plugins>"
                "<simpleAuthenticationPlugin><users/></simpleAuthenticationPlugin>"
                "<statisticsBrokerPlugin/></plugins>"),
         broker("", "\n\n<plugins><statisticsBrokerPlugin/></plugins>"),
         {"2 managementContext DISALLOWED_ELEMENT_REMOVED",
          "3 simpleAuthenticationPlugin DISALLOWED_ELEMENT_REMOVED"}},
        {"memory has a most",
         broker("",
                "<systemUsage><systemUsage sendFailIfNoSpace=\"true\"><memoryUsage>"
                "<memoryUsage percentOfJvmHeap=\"90\"/></memoryUsage><storeUsage/></systemUsage>"
                "</systemUsage>"),
         broker("",
                "<systemUsage><systemUsage sendFailIfNoSpace=\"true\"><memoryUsage>"
                "<memoryUsage/></memoryUsage></systemUsage></systemUsage>"),
         {"1 memoryUsage@percentOfJvmHeap INVALID_ATTRIBUTE_VALUE_REMOVED",
          "1 storeUsage DISALLOWED_ELEMENT_REMOVED"}},
        {"connectors keep their place",
         broker("",
                "<transportConnectors><transportConnector name=\"openwire\" "
                "updateClusterClients=\"true\" uri=\"tcp://0.0.0.0:1\"/></transportConnectors>"),
         broker("",
                "<transportConnectors><transportConnector name=\"openwire\" "
                "updateClusterClients=\"true\"/></transportConnectors>"),
         {"1 transportConnector@uri DISALLOWED_ATTRIBUTE_REMOVED"}},
        {"rights of temporary destinations",
         broker("",
                "<plugins><authorizationPlugin><map><authorizationMap>"
                "<tempDestinationAuthorizationEntry><tempDestinationAuthorizationEntry read=\"a\" "
                "write=\"a\" admin=\"a\" groupClass=\"x\"/></tempDestinationAuthorizationEntry>"
                "</authorizationMap></map></authorizationPlugin></plugins>"),
         broker("",
                "<plugins><authorizationPlugin><map><authorizationMap>"
                "<tempDestinationAuthorizationEntry><tempDestinationAuthorizationEntry read=\"a\" "
                "write=\"a\" admin=\"a\"/></tempDestinationAuthorizationEntry>"
                "</authorizationMap></map></authorizationPlugin></plugins>"),
         {"1 tempDestinationAuthorizationEntry@groupClass DISALLOWED_ATTRIBUTE_REMOVED"}},
    };
    for (const Golden& one : all) {
        SCOPED_TRACE(one.name);
        const AmazonDocument stored = sanitize_for_amazon(one.in);
        EXPECT_THAT(stored.problems, IsEmpty()) << problems(stored);
        EXPECT_EQ(warnings(stored), one.warnings);
        const std::string& wanted = one.out == "=" ? one.in : one.out;
        EXPECT_EQ(stored.text, kDeclaration + wanted);
        const AmazonDocument again = sanitize_for_amazon(stored.text);
        EXPECT_EQ(again.text, stored.text) << "stored is what stays";
        EXPECT_THAT(again.warnings, IsEmpty());
    }
}

TEST(Amazon, refuses_what_is_no_document_of_a_broker) {
    const auto refused = [](const std::string& text) {
        const AmazonDocument document = sanitize_for_amazon(text);
        EXPECT_TRUE(document.text.empty()) << document.text;
        return problems(document);
    };
    EXPECT_THAT(refused("<broker"), HasSubstr("1:"));
    EXPECT_THAT(refused("<beans/>"), HasSubstr("the outermost element should be broker"));
    EXPECT_THAT(refused("<!DOCTYPE broker><broker/>"), HasSubstr("document type"));
    EXPECT_THAT(refused("<broker><?php x?></broker>"), HasSubstr("processing instructions"));
    EXPECT_THAT(refused(broker(" schedulePeriodForDestinationPurge=\"often\"", "")),
                HasSubstr("'often' should be a whole number"));
    EXPECT_THAT(refused(broker("",
                               "<transportConnectors><transportConnector name=\"extra\"/>"
                               "</transportConnectors>")),
                HasSubstr("there is no transportConnector 'extra'"));
}

TEST(Amazon, every_rule_is_about_something_that_a_document_may_have) {
    for (const amazon::CollectionRule& rule : amazon::collection_rules()) {
        std::string_view rest = rule.children;
        while (!rest.empty()) {
            const std::string_view name = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(name.size() + 1, rest.size()));
            EXPECT_TRUE(std::ranges::any_of(
                amazon::element_rules(),
                [name](const amazon::ElementRule& one) { return one.name == name; }))
                << name;
        }
    }
}

}  // namespace
}  // namespace tern::config
