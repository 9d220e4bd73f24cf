#include "admin/jolokia.h"

#include <algorithm>
#include <cctype>

namespace tern::admin {
namespace {

constexpr std::size_t kRequestsMax = 1000;
constexpr std::size_t kPrefixSegments = 2;  // api, jolokia

/// Segments as Jolokia means them: `!` takes the special meaning from what follows it.
std::vector<std::string> unescaped(std::span<const std::string> segments) {
    std::vector<std::string> parts;
    bool open = false;
    for (const std::string& segment : segments) {
        if (!open) parts.emplace_back();
        open = false;
        for (std::size_t i = 0; i < segment.size(); ++i) {
            if (segment[i] != '!') {
                parts.back() += segment[i];
            } else if (i + 1 < segment.size()) {
                parts.back() += segment[++i];
            } else {
                parts.back() += '/';
                open = true;  // the slash was no separator
            }
        }
    }
    return parts;
}

std::string joined(std::span<const std::string> parts) {
    std::string text;
    for (const std::string& one : parts) {
        if (!text.empty()) text += '/';
        for (const char c : one) {
            if (c == '/' || c == '!') text += '!';
            text += c;
        }
    }
    return text;
}

/// Whether it may be about the scheduler, whose messages are not looked at otherwise.
bool shows_jobs(const json::object& request) {
    const std::string name = jolokia_text(request, "mbean");
    return name.find("JobScheduler") != std::string::npos || name.find('*') != std::string::npos;
}

/// `READ` is `read`.
json::object with_small_type(json::object request) {
    std::string type = jolokia_text(request, "type");
    std::ranges::transform(type, type.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!type.empty()) request["type"] = json_text(type);
    return request;
}

/// Whether it may be about how long messages took.
bool shows_times(const json::object& request) {
    const json::value* const names = request.if_contains("attribute");
    const std::string type = jolokia_text(request, "type");
    if (type != "search" && type != "version" && names == nullptr) return true;
    return names != nullptr && json::serialize(*names).find("EnqueueTime") != std::string::npos;
}

}  // namespace

json::object jolokia_error(int status, std::string_view type, std::string_view text) {
    return {{"status", status},
            {"error_type", type},
            {"error", json_text(std::string(type) + " : " + std::string(text))},
            {"stacktrace", ""}};
}

json::object jolokia_value(json::value value) {
    return {{"status", 200}, {"value", std::move(value)}};
}

std::string jolokia_text(const json::object& request, std::string_view name) {
    const json::value* const found = request.if_contains(json::string_view(name));
    if (found == nullptr || !found->is_string()) return {};
    return std::string(found->get_string());
}

std::optional<json::object> jolokia_request(const Target& target) {
    if (target.path.size() < kPrefixSegments) return std::nullopt;
    const auto parts = unescaped(std::span(target.path).subspan(kPrefixSegments));
    if (parts.empty()) return json::object{{"type", "version"}};
    const std::string& type = parts.front();
    const auto rest = std::span(parts).subspan(1);
    json::object request{{"type", json_text(type)}};
    if (type == "list") {
        if (!rest.empty()) request["path"] = json_text(joined(rest));
        return request;
    }
    if (type == "version") return request;
    if (rest.empty()) return std::nullopt;
    request["mbean"] = json_text(rest[0]);
    if (type == "search") return request;
    if (type != "read") return std::nullopt;
    if (rest.size() > 1 && !rest[1].empty()) {
        json::array names;
        for (std::string_view names_left = rest[1]; !names_left.empty();) {
            const std::size_t end = std::min(names_left.find(','), names_left.size());
            names.emplace_back(json_text(names_left.substr(0, end)));
            names_left.remove_prefix(std::min(end + 1, names_left.size()));
        }
        request["attribute"] = names.size() == 1 ? names.front() : json::value(std::move(names));
    }
    if (rest.size() > 2) request["path"] = json_text(joined(rest.subspan(2)));
    return request;
}

void Jolokia::handle(const Request& request, Respond respond) {
    const auto batch = std::make_shared<Batch>();
    batch->respond = std::move(respond);
    const auto refuse = [&batch](std::string_view text) {
        const json::object answer = jolokia_error(400, "java.lang.IllegalArgumentException", text);
        batch->respond({.body = json::serialize(answer) + "\n"});
    };
    const auto target = parse_target(request.target);
    batch->ignore_errors = target && target->parameter("ignoreErrors") == "true";
    if (request.method == "GET" || request.method == "HEAD") {
        // A link on any page makes browsers send a GET: nothing may change by it.
        auto one = target ? jolokia_request(*target) : std::nullopt;
        if (!one) return refuse("by GET there are read, list, search and version; POST the others");
        batch->requests.push_back(std::move(*one));
    } else if (request.method == "POST") {
        boost::json::error_code error;
        json::parse_options options;
        options.max_depth = 16;
        const json::value body = json::parse(request.body, error, {}, options);
        if (error) return refuse("the body is no JSON");
        batch->is_list = body.is_array();
        const json::array list = batch->is_list ? body.get_array() : json::array{body};
        if (list.size() > kRequestsMax) return refuse("these are too many requests at once");
        for (const json::value& one : list) {
            if (!one.is_object()) return refuse("a request has to be an object");
            batch->requests.push_back(with_small_type(one.get_object()));
        }
    } else {
        return refuse("only GET and POST");
    }
    std::ranges::reverse(batch->requests);
    next(batch);
}

void Jolokia::next(const BatchPtr& batch) {
    if (batch->requests.empty()) {
        const json::value all =
            batch->is_list ? json::value(batch->answers) : batch->answers.front();
        return batch->respond({.body = json::serialize(all) + "\n"});
    }
    const auto go_on = [this, batch](const json::object& request) {
        run(request, batch->snapshot, batch->ignore_errors,
            [this, batch, request](json::object answer) {
                answer["request"] = request;
                answer["timestamp"] = surroundings_.wall_ms() / 1000;
                batch->answers.push_back(std::move(answer));
                // What it changed is seen by those behind it.
                const std::string type = jolokia_text(request, "type");
                if (type == "exec" || type == "write") batch->snapshot = nullptr;
                next(batch);
            });
    };
    json::object request = std::move(batch->requests.back());
    batch->requests.pop_back();
    if (batch->snapshot != nullptr) return go_on(request);
    const auto any = [&batch, &request](bool (*shows)(const json::object&)) {
        return shows(request) || std::ranges::any_of(batch->requests, shows);
    };
    const Wanted wanted{.jobs = any(shows_jobs), .latencies = any(shows_times)};
    take_snapshot(broker_, about_, surroundings_.wall_ms(), wanted,
                  [batch, go_on,
                   request = std::move(request)](std::shared_ptr<const Snapshot> snapshot) mutable {
                      batch->snapshot = std::move(snapshot);
                      go_on(request);
                  });
}

void Jolokia::run(const json::object& request, const std::shared_ptr<const Snapshot>& now,
                  bool ignore_errors, Done done) {
    const std::string type = jolokia_text(request, "type");
    if (type == "read") return done(read(request, *now, ignore_errors));
    if (type == "search") return done(search(request, *now));
    if (type == "list") return done(list(request, *now));
    if (type == "version") return done(version());
    if (type == "exec") return execute(request, now, std::move(done));
    if (type == "write") return write(request, *now, std::move(done));
    done(jolokia_error(400, "java.lang.IllegalArgumentException",
                       "there is no request of type '" + type + "'"));
}

}  // namespace tern::admin
