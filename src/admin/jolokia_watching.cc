#include "admin/health.h"
#include "admin/jolokia_execution.h"
#include "admin/log4j.h"

// The operations of ActiveMQ's HealthView and Log4JConfigView.

namespace tern::admin {
namespace {

/// As ActiveMQ calls what it knows, too.
std::string health_id(const HealthFinding& finding) {
    const bool known = finding.id == "no_consumer";
    return "org.apache.activemq." + (known ? "noConsumer" : finding.id);
}

}  // namespace

void Jolokia::list_health(const ExecutionPtr& call) {
    look_at_health(broker_, [call](const std::vector<HealthFinding>& findings) {
        json::array all;
        for (const HealthFinding& one : findings) {
            all.push_back(json::object{{"healthId", json_text(health_id(one))},
                                       {"level", "WARNING"},
                                       {"message", json_text(one.cause)},
                                       {"resource", json_text(one.about)}});
        }
        call->succeed(std::move(all));
    });
}

void Jolokia::get_log_level(const ExecutionPtr& call) {
    const log::Levels levels = log::levels();
    const auto found = levels.modules.find(call->text(0));
    call->succeed(
        json_text(log4j_name(found == levels.modules.end() ? levels.all : found->second)));
}

void Jolokia::set_log_level(const ExecutionPtr& call) {
    const auto level = parse_log4j(call->text(1));
    if (!level) return call->fail(kWrong, "levels are DEBUG, INFO, WARN and ERROR");
    const std::string module = call->text(0) == "root" ? "" : call->text(0);
    if (!admin::set_log_level(module, *level)) return call->fail(kFailed, "too many loggers");
    call->succeed();
}

}  // namespace tern::admin
