#include "config/beans.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tern::config {
namespace {

// Each reference puts another copy in place, and copies may refer to others.
constexpr std::size_t kCopiedMax = std::size_t{4} * 1024 * 1024;
constexpr std::size_t kDepthMax = 16;

constexpr std::string_view kPackage = "org.apache.activemq.";
constexpr std::string_view kDestinations = "org.apache.activemq.command.ActiveMQ";

/// Classes of which the element has another name than the class.
constexpr std::array<std::pair<std::string_view, std::string_view>, 23> kNames{{
    {"ActiveMQQueue", "queue"},
    {"ActiveMQTempQueue", "tempQueue"},
    {"ActiveMQTempTopic", "tempTopic"},
    {"ActiveMQTopic", "topic"},
    {"DestinationPathSeparatorBroker", "destinationPathSeparatorPlugin"},
    {"DiscardingDeadLetterStrategy", "discarding"},
    {"FilePendingDurableSubscriberMessageStoragePolicy", "fileDurableSubscriberCursor"},
    {"FilePendingQueueMessageStoragePolicy", "fileQueueCursor"},
    {"FilePendingSubscriberMessageStoragePolicy", "fileCursor"},
    {"FilteredKahaDBPersistenceAdapter", "filteredKahaDB"},
    {"JDBCPersistenceAdapter", "jdbcPersistenceAdapter"},
    {"KahaDBPersistenceAdapter", "kahaDB"},
    {"MultiKahaDBPersistenceAdapter", "mKahaDB"},
    {"SpringSslContext", "sslContext"},
    {"StorePendingDurableSubscriberMessageStoragePolicy", "storeDurableSubscriberCursor"},
    {"StorePendingQueueMessageStoragePolicy", "storeCursor"},
    {"SubQueueSelectorCacheBrokerPlugin", "virtualSelectorCacheBrokerPlugin"},
    {"UDPTraceBrokerPlugin", "udpTraceBrokerPlugin"},
    {"VMPendingDurableSubscriberMessageStoragePolicy", "vmDurableCursor"},
    {"VMPendingQueueMessageStoragePolicy", "vmQueueCursor"},
    {"VMPendingSubscriberMessageStoragePolicy", "vmCursor"},
    {"XBeanAuthorizationEntry", "authorizationEntry"},
    {"XBeanAuthorizationMap", "authorizationMap"},
}};

/// What the element is called that says what an object of the class does; empty: there is none.
std::string element_of(std::string_view java_class) {
    if (!java_class.starts_with(kPackage)) return {};
    const std::string_view name = java_class.substr(java_class.rfind('.') + 1);
    const auto* const other =
        std::ranges::find(kNames, name, &std::pair<std::string_view, std::string_view>::first);
    if (other != kNames.end()) return std::string(other->second);
    std::string made(name);
    if (!made.empty() && made[0] >= 'A' && made[0] <= 'Z') made[0] += 'a' - 'A';
    return made;
}

bool is_collection(const XmlElement& element) {
    return element.name == "list" || element.name == "set" || element.name == "array";
}

}  // namespace

Beans::Beans(const XmlElement& document) {
    define(document);
}

void Beans::define(const XmlElement& element) {
    for (const char* const attribute : {"id", "name"}) {
        const bool names_it = attribute == std::string_view("id") || element.name == "bean";
        const std::string_view id = element.attribute(attribute);
        if (names_it && !id.empty()) defined_.emplace(id, &element);
    }
    for (const XmlElement& child : element.children) define(child);
}

const XmlElement* Beans::find(std::string_view id) const {
    const auto found = defined_.find(id);
    return found == defined_.end() ? nullptr : found->second;
}

void Beans::weigh(const XmlElement& element) {
    if (within_.empty()) return;
    copied_ += sizeof(XmlElement) + element.text.size();
    for (const XmlAttribute& one : element.attributes)
        copied_ += one.name.size() + one.value.size();
}

XmlElement Beans::inlined(const XmlElement& element, Report& report) {
    weigh(element);
    XmlElement made{
        .name = element.name, .space = element.space, .text = element.text, .place = element.place};
    for (const XmlAttribute& attribute : element.attributes) {
        const std::string_view value = attribute.value;
        if (value.starts_with('#') && find(value.substr(1)) != nullptr) {
            XmlElement holder{.name = attribute.name, .place = attribute.place};
            add_referred(holder.children, value.substr(1), attribute.place, report);
            made.children.push_back(std::move(holder));
        } else {
            made.attributes.push_back(attribute);
        }
    }
    for (const XmlElement& child : element.children) add_child(made.children, child, report);
    return made;
}

void Beans::add_child(Elements& children, const XmlElement& child, Report& report) {
    if (is_collection(child)) {
        for (const XmlElement& one : child.children) add_child(children, one, report);
    } else if (child.name == "ref") {
        const std::string_view bean = child.attribute("bean");
        add_referred(children, bean.empty() ? child.attribute("local") : bean, child.place, report);
    } else if (child.name == "bean") {
        children.push_back(from_bean(child, report));
    } else {
        children.push_back(inlined(child, report));
    }
}

void Beans::add_referred(Elements& children, std::string_view id, Place place, Report& report) {
    const auto reject = [&](std::string why) {
        report.add(place, Finding::Kind::rejected, "bean[" + std::string(id) + "]", std::move(why));
    };
    const XmlElement* const definition = find(id);
    if (definition == nullptr) return reject("there is no bean of this id in the document");
    if (std::ranges::find(within_, definition) != within_.end()) return reject("refers to itself");
    if (within_.size() >= kDepthMax) return reject("is referred to by too long a chain of beans");
    if (copied_ > kCopiedMax) return reject("the document refers to beans too often");
    within_.push_back(definition);
    children.push_back(definition->name == "bean" ? from_bean(*definition, report)
                                                  : inlined(*definition, report));
    within_.pop_back();
    if (children.back().name != "bean") used_.insert(definition);
}

XmlElement Beans::from_bean(const XmlElement& bean, Report& report) {
    XmlElement made{.name = element_of(bean.attribute("class")), .place = bean.place};
    weigh(bean);
    if (made.name.empty()) {
        return {.name = bean.name, .place = bean.place, .attributes = bean.attributes};
    }
    constexpr std::string_view kShort = "p:";
    constexpr std::string_view kReference = "-ref";
    for (const XmlAttribute& attribute : bean.attributes) {
        std::string_view name = attribute.name;
        if (!name.starts_with(kShort)) continue;
        name.remove_prefix(kShort.size());
        XmlElement property{.name = "property", .place = attribute.place};
        const bool refers = name.ends_with(kReference);
        if (refers) name.remove_suffix(kReference.size());
        property.attributes.push_back({refers ? "ref" : "value", attribute.value, attribute.place});
        add_property(made, std::string(name), property, report);
    }
    const bool is_destination = bean.attribute("class").starts_with(kDestinations);
    for (const XmlElement& child : bean.children) {
        if (child.name == "property") {
            add_property(made, std::string(child.attribute("name")), child, report);
        } else if (child.name == "constructor-arg" && is_destination) {
            add_property(made, "physicalName", child, report);
        } else {
            // What it says is not known here: the reader refuses it.
            made.children.push_back({.name = child.name, .place = child.place});
        }
    }
    return made;
}

void Beans::add_property(XmlElement& made, std::string name, const XmlElement& property,
                         Report& report) {
    weigh(property);
    const std::string_view referred = property.attribute("ref");
    const XmlElement* const value = property.child("value");
    if (referred.empty() && (value != nullptr || property.children.empty())) {
        made.attributes.push_back(
            {std::move(name),
             value != nullptr ? value->text : std::string(property.attribute("value")),
             property.place});
        return;
    }
    XmlElement holder{.name = std::move(name), .place = property.place};
    if (!referred.empty()) add_referred(holder.children, referred, property.place, report);
    for (const XmlElement& child : property.children) add_child(holder.children, child, report);
    made.children.push_back(std::move(holder));
}

}  // namespace tern::config
