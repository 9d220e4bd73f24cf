// The part of the API that is about the broker's configuration.
#include "admin/api.h"

namespace tern::admin {

void Api::show_configuration(const CallPtr& call) {
    const Configuration now = surroundings_.configuration();
    json::array report;
    for (const Configuration::Finding& one : now.report) {
        json::object row{{"place", json_text(one.place)},
                         {"what", json_text(one.what)},
                         {"outcome", one.outcome}};
        if (!one.why.empty()) row["why"] = json_text(one.why);
        report.push_back(std::move(row));
    }
    call->reply(200, json::object{{"document", json_text(now.document)},
                                  {"source", json_text(now.source)},
                                  {"restart_needed", now.restart_needed},
                                  {"report", std::move(report)}});
}

void Api::reload_configuration(const CallPtr& call) {
    surroundings_.reload([call](const Reload& outcome) {
        if (outcome.taken) {
            return call->reply(200, json::object{{"restart_needed", outcome.restart_needed}});
        }
        std::string text = "nothing was taken over";
        json::array problems;
        for (const std::string& one : outcome.problems) {
            text += "\n" + one;
            problems.push_back(json_text(one));
        }
        call->reply(409, json::object{{"error",
                                       {{"code", "invalid_configuration"},
                                        {"text", json_text(text)},
                                        {"problems", std::move(problems)}}}});
    });
}

}  // namespace tern::admin
