#include "admin/health.h"
#include "admin/jolokia_execution.h"
#include "admin/log4j.h"

// The operations of ActiveMQ's HealthView and Log4JConfigView.

namespace tern::admin {
void Jolokia::list_health(const ExecutionPtr& call) {
    look_at_health(broker_, about_, [call](const std::vector<HealthFinding>& findings) {
        json::array all;
        json::object table;  // by all of a row, from the outside in
        for (const HealthFinding& one : findings) {
            const json::string id = json_text(classic_id(one));
            const json::object row{{"healthId", id},
                                   {"level", "WARNING"},
                                   {"message", json_text(one.cause)},
                                   {"resource", json_text(one.about)}};
            json::value& same_id = table[id];
            if (same_id.is_null()) same_id.emplace_object()["WARNING"].emplace_object();
            json::value& same_text = same_id.at("WARNING").as_object()[json_text(one.cause)];
            if (same_text.is_null()) same_text.emplace_object();
            same_text.as_object()[json_text(one.about)] = row;
            all.push_back(row);
        }
        if (call->operation == "health") return call->succeed(std::move(table));
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
