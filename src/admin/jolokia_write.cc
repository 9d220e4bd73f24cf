#include "admin/jolokia.h"

// Attributes that can be written.

namespace tern::admin {

bool Jolokia::is_writable(const MBean& bean, std::string_view attribute) {
    return std::holds_alternative<QueueBean>(bean.about) && attribute == "DLQ";
}

void Jolokia::write(const json::object& request, const Snapshot& now, Done done) {
    const std::string text = jolokia_text(request, "mbean");
    const std::string attribute = jolokia_text(request, "attribute");
    const auto name = parse_object_name(text);
    const MBeans beans(about_, now);
    const MBean* const bean = name ? beans.find(*name) : nullptr;
    if (bean == nullptr) {
        return done(jolokia_error(404, "javax.management.InstanceNotFoundException", text));
    }
    const json::object attributes = beans.attributes(*bean);
    const json::value* const before = attributes.if_contains(attribute);
    if (before == nullptr) {
        return done(jolokia_error(404, "javax.management.AttributeNotFoundException",
                                  "no attribute " + attribute));
    }
    if (!is_writable(*bean, attribute)) {
        return done(jolokia_error(403, "java.lang.SecurityException",
                                  attribute + " cannot be written: change the configuration"));
    }
    const json::value* const value = request.if_contains("value");
    if (value == nullptr || !value->is_bool()) {
        return done(jolokia_error(400, "javax.management.InvalidAttributeValueException",
                                  "the value has to be true or false"));
    }
    const broker::QueueStatus& queue = *std::get<QueueBean>(bean->about).queue;
    broker_.mark_dead_letters(
        queue.info->bindings.front(), value->get_bool(),
        [done = std::move(done), before = *before](std::error_code error) mutable {
            if (error) {
                return done(jolokia_error(500, "javax.management.MBeanException", error.message()));
            }
            // What it was, as Jolokia says.
            done(jolokia_value(std::move(before)));
        });
}

}  // namespace tern::admin
