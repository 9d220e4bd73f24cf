#include "admin/jolokia_execution.h"
#include "admin/message_json.h"
#include "broker/api/errors.h"

#include <algorithm>

namespace tern::admin {
namespace {

using broker::Destination;
using broker::Domain;
using broker::MessageAction;
using What = MessageAction::What;

constexpr std::size_t kBroker = 0;
constexpr std::size_t kHealth = 1;
constexpr std::size_t kQueue = 2;
constexpr std::size_t kTopic = 3;
constexpr std::size_t kSubscription = 4;
constexpr std::size_t kConnector = 5;
constexpr std::size_t kConnection = 6;
constexpr std::size_t kScheduler = 7;
constexpr std::size_t kStore = 8;
constexpr std::size_t kLog = 9;
constexpr std::size_t kBranch = 10;

/// The name before the parenthesis of a signature.
std::string_view plain_name(std::string_view operation) {
    return operation.substr(0, operation.find('('));
}

std::size_t count_types(std::string_view list) {
    if (list.empty()) return 0;
    return static_cast<std::size_t>(std::ranges::count(list, ',')) + 1;
}

/// `headers` as `sendTextMessage` takes them: JMS headers by their names, all else properties.
std::expected<message::HubMessage, std::string> text_message(const json::value& headers,
                                                             const std::string& body,
                                                             std::int64_t now_ms) {
    json::object wanted{{"body", json_text(body)}};
    json::object properties;
    if (headers.is_object()) {
        static const std::map<std::string, const char*, std::less<>> names{
            {"JMSCorrelationID", "correlation_id"},
            {"JMSReplyTo", "reply_to"},
            {"JMSType", "type"},
            {"JMSXGroupID", "group"}};
        for (const auto& [name, value] : headers.get_object()) {
            const auto header = names.find(std::string_view(name));
            if (header != names.end()) {
                wanted[header->second] = json_text(argument_text(value));
            } else if (name == "JMSPriority" || name == "JMSXGroupSeq" || name == "TimeToLive") {
                const auto number = parse_number(argument_text(value));
                if (!number) return std::unexpected(std::string(name) + " has to be a number");
                wanted[name == "JMSPriority"    ? "priority"
                       : name == "JMSXGroupSeq" ? "group_sequence"
                                                : "ttl_ms"] = *number;
            } else if (name == "JMSDeliveryMode") {
                const std::string mode = argument_text(value);
                wanted["durable"] = mode == "2" || mode == "PERSISTENT";
            } else {
                properties[name] = value;
            }
        }
    }
    wanted["properties"] = std::move(properties);
    return parse_message(wanted, now_ms);
}

}  // namespace

std::string id_selector(std::string_view id) {
    std::string selector = "JMSMessageID = '";
    for (const char c : id) {
        selector += c;
        if (c == '\'') selector += c;
    }
    return selector + "'";
}

std::string argument_text(const json::value& value) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_null()) return {};
    return json::serialize(value);
}

struct Jolokia::Operation {
    std::size_t bean;  ///< index of MBean::about
    std::string_view name;
    std::string_view arguments;  ///< their types, separated by commas
    std::string_view result;
    void (Jolokia::*run)(const ExecutionPtr& call);
};

std::span<const Jolokia::Operation> Jolokia::operations() {
    static constexpr std::string_view kText = "java.lang.String";
    static constexpr std::string_view kTwoTexts = "java.lang.String,java.lang.String";
    static constexpr std::string_view kThreeTexts =
        "java.lang.String,java.lang.String,java.lang.String";
    static constexpr std::string_view kFourTexts =
        "java.lang.String,java.lang.String,java.lang.String,java.lang.String";
    static constexpr std::string_view kMapAndThreeTexts =
        "java.util.Map,java.lang.String,java.lang.String,java.lang.String";
    static constexpr std::string_view kVoid = "void";
    static constexpr std::string_view kRows = "[Ljavax.management.openmbean.CompositeData;";
    static constexpr std::string_view kTable = "javax.management.openmbean.TabularData";
    static constexpr std::array kAll{
        Operation{kBroker, "start", "", kVoid, &Jolokia::do_nothing},
        Operation{kBroker, "stop", "", kVoid, &Jolokia::stop},
        Operation{kBroker, "restart", "", kVoid, &Jolokia::restart},
        Operation{kBroker, "resetStatistics", "", kVoid, &Jolokia::reset_statistics},
        Operation{kBroker, "enableStatistics", "", kVoid, &Jolokia::enable_statistics},
        Operation{kBroker, "disableStatistics", "", kVoid, &Jolokia::disable_statistics},
        Operation{kBroker, "queryQueues", "java.lang.String,int,int", kText,
                  &Jolokia::query_destinations},
        Operation{kBroker, "queryTopics", "java.lang.String,int,int", kText,
                  &Jolokia::query_destinations},
        Operation{kBroker, "getTransportConnectorByType", kText, kText, &Jolokia::find_connector},
        Operation{kBroker, "addConnector", kText, kText, &Jolokia::add_connector},
        Operation{kBroker, "removeConnector", kText, "boolean", &Jolokia::remove_connector},
        Operation{kBroker, "removeTopic", kText, kVoid, &Jolokia::remove_topic},
        Operation{kBroker, "createDurableSubscriber", kFourTexts, "javax.management.ObjectName",
                  &Jolokia::make_subscriber},
        Operation{kBroker, "addQueue", kText, kVoid, &Jolokia::add_queue},
        Operation{kBroker, "removeQueue", kText, kVoid, &Jolokia::remove_queue},
        Operation{kBroker, "addTopic", kText, kVoid, &Jolokia::do_nothing},
        Operation{kBroker, "gc", "", kVoid, &Jolokia::do_nothing},
        Operation{kBroker, "browseQueue", kText, kRows, &Jolokia::browse},
        Operation{kBroker, "destroyDurableSubscriber", kTwoTexts, kVoid,
                  &Jolokia::forget_subscriber},
        Operation{kHealth, "health", "", kTable, &Jolokia::list_health},
        Operation{kHealth, "healthStatus", "", kText, &Jolokia::health},
        Operation{kHealth, "healthList", "", "java.util.List", &Jolokia::list_health},
        Operation{kBranch, "heuristicCommit", "", kVoid, &Jolokia::decide_branch},
        Operation{kBranch, "heuristicRollback", "", kVoid, &Jolokia::decide_branch},
        Operation{kBranch, "forget", "", kVoid, &Jolokia::decide_branch},
        Operation{kLog, "getLogLevel", kText, kText, &Jolokia::get_log_level},
        Operation{kLog, "setLogLevel", kTwoTexts, kVoid, &Jolokia::set_log_level},
        Operation{kQueue, "purge", "", kVoid, &Jolokia::purge},
        Operation{kQueue, "purge", "long", kVoid, &Jolokia::act_on_matching},
        Operation{kQueue, "resetStatistics", "", kVoid, &Jolokia::reset_statistics},
        Operation{kQueue, "cursorSize", "", "int", &Jolokia::look_at_cursor},
        Operation{kQueue, "doesCursorHaveSpace", "", "boolean", &Jolokia::look_at_cursor},
        Operation{kQueue, "doesCursorHaveMessagesBuffered", "", "boolean",
                  &Jolokia::look_at_cursor},
        Operation{kQueue, "pause", "", kVoid, &Jolokia::pause},
        Operation{kQueue, "resume", "", kVoid, &Jolokia::resume},
        Operation{kQueue, "removeMessageGroup", kText, kVoid, &Jolokia::release_groups},
        Operation{kQueue, "removeAllMessageGroups", "", kVoid, &Jolokia::release_groups},
        Operation{kQueue, "browse", "", kRows, &Jolokia::browse},
        Operation{kQueue, "browse", kText, kRows, &Jolokia::browse},
        Operation{kQueue, "browseAsTable", "", kTable, &Jolokia::browse},
        Operation{kQueue, "browseAsTable", kText, kTable, &Jolokia::browse},
        Operation{kQueue, "browseMessages", "", kRows, &Jolokia::browse},
        Operation{kQueue, "browseMessages", kText, kRows, &Jolokia::browse},
        Operation{kQueue, "getMessage", kText, "javax.management.openmbean.CompositeData",
                  &Jolokia::browse_one},
        Operation{kQueue, "removeMessage", kText, "boolean", &Jolokia::act_on_one},
        Operation{kQueue, "moveMessageTo", kTwoTexts, "boolean", &Jolokia::act_on_one},
        Operation{kQueue, "copyMessageTo", kTwoTexts, "boolean", &Jolokia::act_on_one},
        Operation{kQueue, "retryMessage", kText, "boolean", &Jolokia::act_on_one},
        Operation{kQueue, "retryMessages", "", "int", &Jolokia::act_on_matching},
        Operation{kQueue, "removeMatchingMessages", kText, "int", &Jolokia::act_on_matching},
        Operation{kQueue, "removeMatchingMessages", "java.lang.String,int", "int",
                  &Jolokia::act_on_matching},
        Operation{kQueue, "moveMatchingMessagesTo", kTwoTexts, "int", &Jolokia::act_on_matching},
        Operation{kQueue, "moveMatchingMessagesTo", "java.lang.String,java.lang.String,int", "int",
                  &Jolokia::act_on_matching},
        Operation{kQueue, "copyMatchingMessagesTo", kTwoTexts, "int", &Jolokia::act_on_matching},
        Operation{kQueue, "copyMatchingMessagesTo", "java.lang.String,java.lang.String,int", "int",
                  &Jolokia::act_on_matching},
        Operation{kQueue, "sendTextMessage", kText, kText, &Jolokia::send_text},
        Operation{kQueue, "sendTextMessage", "java.util.Map,java.lang.String", kText,
                  &Jolokia::send_text},
        Operation{kQueue, "sendTextMessage", kThreeTexts, kText, &Jolokia::send_text},
        Operation{kQueue, "sendTextMessage", kMapAndThreeTexts, kText, &Jolokia::send_text},
        Operation{kQueue, "sendTextMessageWithProperties", kText, kText,
                  &Jolokia::send_with_properties},
        Operation{kQueue, "sendTextMessageWithProperties", kTwoTexts, kText,
                  &Jolokia::send_with_properties},
        Operation{kTopic, "resetStatistics", "", kVoid, &Jolokia::reset_statistics},
        Operation{kTopic, "sendTextMessage", kThreeTexts, kText, &Jolokia::send_text},
        Operation{kTopic, "sendTextMessage", kMapAndThreeTexts, kText, &Jolokia::send_text},
        Operation{kTopic, "sendTextMessageWithProperties", kText, kText,
                  &Jolokia::send_with_properties},
        Operation{kTopic, "sendTextMessageWithProperties", kTwoTexts, kText,
                  &Jolokia::send_with_properties},
        Operation{kTopic, "sendTextMessage", kText, kText, &Jolokia::send_text},
        Operation{kTopic, "sendTextMessage", "java.util.Map,java.lang.String", kText,
                  &Jolokia::send_text},
        Operation{kSubscription, "destroy", "", kVoid, &Jolokia::forget_subscriber},
        Operation{kSubscription, "resetStatistics", "", kVoid, &Jolokia::reset_statistics},
        Operation{kSubscription, "isMatchingQueue", kText, "boolean", &Jolokia::match_name},
        Operation{kSubscription, "isMatchingTopic", kText, "boolean", &Jolokia::match_name},
        Operation{kSubscription, "browse", "", kRows, &Jolokia::browse},
        Operation{kSubscription, "browseAsTable", "", kTable, &Jolokia::browse},
        Operation{kSubscription, "removeMessage", kText, kVoid, &Jolokia::act_on_one},
        Operation{kSubscription, "cursorSize", "", "int", &Jolokia::look_at_cursor},
        Operation{kSubscription, "doesCursorHaveSpace", "", "boolean", &Jolokia::look_at_cursor},
        Operation{kSubscription, "doesCursorHaveMessagesBuffered", "", "boolean",
                  &Jolokia::look_at_cursor},
        Operation{kConnector, "resetStatistics", "", kVoid, &Jolokia::reset_statistics},
        Operation{kConnector, "start", "", kVoid, &Jolokia::do_nothing},
        Operation{kConnector, "stop", "", kVoid, &Jolokia::stop_connector},
        Operation{kConnector, "connectionCount", "", "int", &Jolokia::count_connections},
        Operation{kConnection, "start", "", kVoid, &Jolokia::do_nothing},
        Operation{kConnection, "stop", "", kVoid, &Jolokia::close},
        Operation{kConnection, "resetStatistics", "", kVoid, &Jolokia::reset_statistics},
        Operation{kStore, "resetStatistics", "", kVoid, &Jolokia::reset_statistics},
        Operation{kScheduler, "getNextScheduleJobs", "", kTable, &Jolokia::list_jobs},
        Operation{kScheduler, "getAllJobs", "", kTable, &Jolokia::list_jobs},
        Operation{kScheduler, "getAllJobs", kTwoTexts, kTable, &Jolokia::list_jobs},
        Operation{kScheduler, "getExecutionCount", kText, "int", &Jolokia::list_jobs},
        Operation{kScheduler, "removeJob", kText, kVoid, &Jolokia::remove_jobs},
        Operation{kScheduler, "removeAllJobs", "", kVoid, &Jolokia::remove_jobs},
        Operation{kScheduler, "removeAllJobs", kTwoTexts, kVoid, &Jolokia::remove_jobs},
        Operation{kScheduler, "removeAllJobsAtScheduledTime", kText, kVoid, &Jolokia::remove_jobs},
    };
    return kAll;
}

json::object Jolokia::describe_operations(const MBean& bean) {
    json::object all;
    for (const Operation& one : operations()) {
        if (one.bean != bean.about.index()) continue;
        json::array arguments;
        for (std::string_view types = one.arguments; !types.empty();) {
            const std::size_t end = std::min(types.find(','), types.size());
            arguments.push_back({{"name", "p" + std::to_string(arguments.size() + 1)},
                                 {"type", types.substr(0, end)},
                                 {"desc", ""}});
            types.remove_prefix(std::min(end + 1, types.size()));
        }
        json::object form{{"args", std::move(arguments)}, {"ret", one.result}, {"desc", one.name}};
        json::value& there = all[one.name];
        if (there.is_null()) {
            there = std::move(form);
        } else if (there.is_array()) {
            there.get_array().push_back(std::move(form));
        } else {
            there = json::array{there, std::move(form)};
        }
    }
    return all;
}

void Jolokia::execute(const json::object& request, const std::shared_ptr<const Snapshot>& now,
                      Done done) {
    const std::string text = jolokia_text(request, "mbean");
    const auto name = parse_object_name(text);
    const MBeans beans(about_, *now);
    const MBean* const bean = name ? beans.find(*name) : nullptr;
    if (bean == nullptr) {
        return done(jolokia_error(404, "javax.management.InstanceNotFoundException", text));
    }
    const auto call = std::make_shared<Execution>();
    call->done = std::move(done);
    call->now = now;
    call->bean = bean->name;
    const std::string operation = jolokia_text(request, "operation");
    call->operation = plain_name(operation);
    if (const json::value* const given = request.if_contains("arguments")) {
        if (!given->is_array()) return call->fail(kWrong, "'arguments' has to be a list");
        call->arguments = given->get_array();
    }
    const auto found = std::ranges::find_if(operations(), [&](const Operation& one) {
        return one.bean == bean->about.index() && one.name == call->operation &&
               count_types(one.arguments) == call->arguments.size();
    });
    if (found == operations().end()) {
        return call->done(jolokia_error(400, kWrong,
                                        "no operation " + operation + " with " +
                                            std::to_string(call->arguments.size()) +
                                            " arguments on " + text));
    }
    if (const auto* const queue = std::get_if<QueueBean>(&bean->about)) {
        call->queue = queue->queue->info->bindings.front();
        call->dead_letters = queue->queue->dead_letters;
    } else if (const auto* const topic = std::get_if<TopicBean>(&bean->about)) {
        call->topic = topic->topic;
    } else if (const auto* const branch = std::get_if<BranchBean>(&bean->about)) {
        call->branch = branch->branch->name;
    } else if (const auto* const connector = std::get_if<ConnectorBean>(&bean->about)) {
        call->connector = connector->name;
    } else if (const auto* const connection = std::get_if<ConnectionBean>(&bean->about)) {
        call->connection = connection->connection->ref;
    } else if (const auto* const one = std::get_if<SubscriptionBean>(&bean->about)) {
        call->bindings =
            topics_of(one->consumer != nullptr ? *one->consumer->queue : *one->subscription->info);
        if (one->subscription != nullptr && one->subscription->info->subscription) {
            call->subscription = one->subscription->info->subscription->key;
            call->queue = *call->subscription;
        }
    }
    if (bean->about.index() == kHealth) {
        call->health = json::serialize(beans.attributes(*bean).at("CurrentStatus"));
    }
    (this->*found->run)(call);
}

void Jolokia::add_queue(const ExecutionPtr& call) {
    const auto queue = parse_destination(call->text(0));
    if (!queue || queue->domain != Domain::queue || broker::is_pattern(queue->name)) {
        return call->fail(kWrong, "'" + call->text(0) + "' is no queue's name");
    }
    broker_.declare(*queue, Execution::finish(call));
}

void Jolokia::remove_queue(const ExecutionPtr& call) {
    broker_.remove(Destination(Domain::queue, false, call->text(0)), Execution::finish(call));
}

void Jolokia::forget_subscriber(const ExecutionPtr& call) {
    if (call->operation == "destroyDurableSubscriber") {
        call->subscription = broker::SubscriptionKey{call->text(0), call->text(1)};
    }
    if (!call->subscription) return call->fail(kWrong, "this is no durable subscription");
    broker_.remove(*call->subscription, Execution::finish(call));
}

void Jolokia::do_nothing(const ExecutionPtr& call) {
    call->succeed();
}

void Jolokia::purge(const ExecutionPtr& call) {
    broker_.purge(call->queue, [call](const Result<std::size_t>& count) {
        if (!count) return call->fail(kFailed, count.error().message());
        call->succeed();
    });
}

void Jolokia::pause(const ExecutionPtr& call) {
    broker_.pause(call->queue, true, Execution::finish(call));
}

void Jolokia::resume(const ExecutionPtr& call) {
    broker_.pause(call->queue, false, Execution::finish(call));
}

void Jolokia::release_groups(const ExecutionPtr& call) {
    std::optional<std::string> group;
    if (!call->arguments.empty()) group = call->text(0);
    broker_.release_groups(call->queue, std::move(group), Execution::finish(call));
}

namespace {

What what_of(std::string_view operation) {
    if (operation.starts_with("remove") || operation == "purge") return What::remove;
    if (operation.starts_with("move")) return What::move;
    return operation.starts_with("copy") ? What::copy : What::retry;
}

}  // namespace

bool Jolokia::may_act(const ExecutionPtr& call) {
    if (what_of(call->operation) != What::retry || call->dead_letters) return true;
    call->fail(kFailed, "Retry of message is only possible on Dead Letter Queues!");
    return false;
}

void Jolokia::act_on_one(const ExecutionPtr& call) {
    if (!may_act(call)) return;
    if (call->is_no_queue()) return;
    MessageAction action{.what = what_of(call->operation),
                         .queue = call->queue,
                         .selector = id_selector(call->text(0)),
                         .limit = 1};
    if (action.what == What::move || action.what == What::copy) {
        const auto to = parse_destination(call->text(1));
        if (!to) return call->fail(kWrong, "'" + call->text(1) + "' is no destination");
        action.to = *to;
    }
    broker_.act(std::move(action), [call](const Result<std::size_t>& count) {
        if (!count) return call->fail(kFailed, count.error().message());
        if (call->subscription) return call->succeed();
        call->succeed(*count > 0);
    });
}

void Jolokia::act_on_matching(const ExecutionPtr& call) {
    if (!may_act(call)) return;
    MessageAction action{.what = what_of(call->operation), .queue = call->queue};
    std::size_t used = 0;
    if (call->operation != "purge") action.selector = call->text(used++);
    if (action.what == What::move || action.what == What::copy) {
        const auto to = parse_destination(call->text(used++));
        if (!to) return call->fail(kWrong, "'" + call->text(1) + "' is no destination");
        action.to = *to;
    }
    if (used < call->arguments.size()) {
        const auto limit = parse_number(call->text(used));
        if (!limit) return call->fail(kWrong, "the last argument has to be a number");
        action.limit = *limit;
    }
    broker_.act(std::move(action), [call](const Result<std::size_t>& count) {
        if (!count) return call->fail(kFailed, count.error().message());
        if (call->operation == "purge") return call->succeed();
        call->succeed(*count);
    });
}

// A user and a password behind these are of no use here: who calls has shown who they are.
void Jolokia::send_text(const ExecutionPtr& call) {
    const bool with_headers = call->arguments.size() % 2 == 0;
    send(call, with_headers ? call->arguments[0] : json::value(nullptr),
         call->text(with_headers ? 1 : 0));
}

void Jolokia::send_with_properties(const ExecutionPtr& call) {
    const std::string delimiter = call->arguments.size() > 1 ? call->text(1) : ",";
    json::object headers;
    std::string body;
    const std::string all = call->text(0);
    for (std::string_view rest = all; !rest.empty();) {
        const std::size_t end = delimiter.empty() ? rest.size() : rest.find(delimiter);
        const std::string_view one = rest.substr(0, end);
        rest.remove_prefix(one.size() == rest.size() ? rest.size() : end + delimiter.size());
        const std::size_t equals = one.find('=');
        if (equals == std::string_view::npos) continue;
        if (one.substr(0, equals) == "body") {
            body = one.substr(equals + 1);
        } else {
            headers[json_text(one.substr(0, equals))] = json_text(one.substr(equals + 1));
        }
    }
    send(call, headers, body);
}

void Jolokia::send(const ExecutionPtr& call, const json::value& headers, const std::string& body) {
    auto hub = text_message(headers, body, surroundings_.wall_ms());
    if (!hub) return call->fail(kWrong, hub.error());
    Destination to(Domain::topic, false, call->topic);
    if (call->topic.empty()) to = std::get<Destination>(call->queue);
    hub->to = message::HubDestination{
        .topic = to.domain == Domain::topic, .temporary = to.temporary, .name = to.name};
    auto message = surroundings_.make_message(*hub);
    if (!message) return call->fail(kFailed, message.error().message());
    json::string id = json_text(message_id(**message, formats_));
    broker_.send(std::move(to), std::move(*message),
                 [call, id = std::move(id)](std::error_code error) {
                     if (error) return call->fail(kFailed, error.message());
                     call->succeed(id);
                 });
}

void Jolokia::close(const ExecutionPtr& call) {
    broker_.close_connection(*call->connection, [call](bool) { call->succeed(); });
}

void Jolokia::health(const ExecutionPtr& call) {
    call->succeed(json::parse(call->health));
}

}  // namespace tern::admin
