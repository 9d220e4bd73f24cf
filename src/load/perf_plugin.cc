#include "load/perf_plugin.h"

#include "load/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <optional>
#include <utility>

namespace tern::load {
namespace {

using std::chrono::milliseconds;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank(" \t\r\f");
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// Takes properties out one by one; what is left in the end nobody asked for.
class Reader {
public:
    explicit Reader(Properties& properties) : properties_(properties) {}

    std::string text(std::string_view name, std::string_view otherwise) {
        const auto found = properties_.find(name);
        if (found == properties_.end()) return std::string(otherwise);
        std::string value = std::move(found->second);
        properties_.erase(found);
        return value;
    }
    std::int64_t number(std::string_view name, std::int64_t otherwise, std::int64_t least = 0) {
        const std::string value = text(name, std::to_string(otherwise));
        std::int64_t parsed = 0;
        const char* const end = value.data() + value.size();
        const auto [stop, error] = std::from_chars(value.data(), end, parsed);
        if (error == std::errc() && stop == end && parsed >= least) return parsed;
        wrong(fmt::format("{}: '{}' is not a number from {} on", name, value, least));
        return otherwise;
    }
    std::string one_of(std::string_view name, const std::vector<std::string>& choices) {
        std::string value = text(name, choices.front());
        if (std::ranges::find(choices, value) == choices.end()) {
            wrong(fmt::format("{}: '{}' is not {}", name, value, fmt::join(choices, " or ")));
        }
        return value;
    }
    bool flag(std::string_view name, bool otherwise) {
        const std::string value = text(name, otherwise ? "true" : "false");
        if (value != "true" && value != "false") {
            wrong(fmt::format("{}: '{}' is not true or false", name, value));
        }
        return value == "true";
    }
    void wrong(std::string what) {
        if (!wrong_) wrong_ = std::move(what);
    }
    [[nodiscard]] const std::optional<std::string>& wrong() const { return wrong_; }

private:
    Properties& properties_;
    std::optional<std::string> wrong_;
};

void read_destination(Reader& in, std::string_view name, Settings& settings) {
    std::string to = in.text(name, "queue://TEST.FOO");
    constexpr std::string_view kQueue("queue://");
    constexpr std::string_view kTopic("topic://");
    settings.topic = to.starts_with(kTopic);
    if (settings.topic || to.starts_with(kQueue)) to.erase(0, kQueue.size());
    if (to.empty() || to.find("://") != std::string::npos) {
        in.wrong(fmt::format("{}: no name of a queue or topic", name));
    }
    settings.destination = std::move(to);
}

void read_producer(Reader& in, Settings& settings) {
    settings.subscribers = 0;
    settings.publishers = static_cast<int>(in.number("sysTest.numClients", 1, 1));
    read_destination(in, "producer.destName", settings);
    settings.persistent =
        in.one_of("producer.deliveryMode", {"nonpersistent", "persistent"}) == "persistent";
    settings.size = static_cast<std::size_t>(in.number("producer.messageSize", 1024));
    settings.duration = milliseconds(in.number("producer.sendDuration", 300'000, 1));
    const auto count = static_cast<std::uint64_t>(in.number("producer.sendCount", 1'000'000, 1));
    if (in.one_of("producer.sendType", {"time", "count"}) == "count") {
        settings.count = count * static_cast<std::uint64_t>(settings.publishers);
    }
    // Each client sends, waits for the broker, and pauses.
    const std::int64_t delay = in.number("producer.sendDelay", 0);
    if (delay > 0) settings.rate = 1000.0 * settings.publishers / static_cast<double>(delay);
    const bool asynchronous = in.flag("factory.useAsyncSend", false);
    settings.confirmed = settings.persistent && !asynchronous;
    settings.window = 1;
    const std::int64_t batch = in.number("producer.commitAfterXMsgs", 1, 1);
    const bool transacted = in.flag("producer.sessTransacted", false) ||
                            in.text("producer.sessAckMode", "autoAck") == "transacted";
    if (transacted) settings.transacted = batch;
}

void read_consumer(Reader& in, Settings& settings) {
    settings.publishers = 0;
    settings.subscribers = static_cast<int>(in.number("sysTest.numClients", 1, 1));
    read_destination(in, "consumer.destName", settings);
    settings.duration = milliseconds(in.number("consumer.recvDuration", 300'000, 1));
    const auto count = static_cast<std::uint64_t>(in.number("consumer.recvCount", 1'000'000, 1));
    if (in.one_of("consumer.recvType", {"time", "count"}) == "count") {
        settings.count = count * static_cast<std::uint64_t>(settings.subscribers);
    }
    settings.durable = in.flag("consumer.durable", false);
    if (in.flag("consumer.sessTransacted", false)) {
        in.wrong("consumer.sessTransacted: the load's consumers have no transactions");
    }
}

/// What stands behind the address of one broker is for the client library of Java; one of these
/// options means something to this load.
void read_url_options(PerfPlan& plan, Properties& properties) {
    const std::size_t mark = plan.url.find('?');
    if (!plan.url.starts_with("tcp://") || mark == std::string::npos) return;
    std::string_view options = std::string_view(plan.url).substr(mark + 1);
    while (!options.empty()) {
        const std::string_view option = options.substr(0, options.find('&'));
        options.remove_prefix(std::min(options.size(), option.size() + 1));
        if (option.starts_with("jms.useAsyncSend=")) {
            properties.insert_or_assign("factory.useAsyncSend",
                                        option.substr(option.find('=') + 1));
        } else {
            plan.without_effect.push_back("factory.brokerURL?" + std::string(option));
        }
    }
    plan.url.resize(mark);
}

/// Of one client: in each interval.
using Samples = std::vector<std::uint64_t>;

double mean(double sum, const Samples& samples) {
    return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}
double sum_of(const Samples& samples) {
    return std::accumulate(samples.begin(), samples.end(), 0.0);
}
/// The plugin takes the least and the most out of the sum, and divides by as many as before.
double sum_without_extremes(const Samples& samples) {
    if (samples.empty()) return 0;
    const auto [least, most] = std::ranges::minmax(samples);
    return std::max(0.0, sum_of(samples) - static_cast<double>(least) - static_cast<double>(most));
}

struct Line {
    std::string key;  ///< in the report
    std::string label;
    std::string value;
};

std::vector<Samples> clients_of(const PerfPlan& plan, const Result& result) {
    const std::size_t count = static_cast<std::size_t>(plan.settings.publishers) +
                              static_cast<std::size_t>(plan.settings.subscribers);
    std::vector<Samples> all(count);
    for (const auto& row : result.client_samples) {
        for (std::size_t i = 0; i < count && i < row.size(); ++i) all[i].push_back(row[i]);
    }
    return all;
}

std::string named(const PerfPlan& plan, std::size_t client, double value) {
    return fmt::format("clientName={}{}, value={}", plan.client_prefix, client, value);
}

std::vector<Line> lines_of(const PerfPlan& plan, const Result& result) {
    const std::vector<Samples> clients = clients_of(plan, result);
    double total = 0;
    double average = 0;
    double without = 0;
    for (const Samples& one : clients) {
        total += sum_of(one);
        average += mean(sum_of(one), one);
        without += mean(sum_without_extremes(one), one);
    }
    const auto count = static_cast<double>(clients.size());
    std::vector<Line> lines{
        {"SysTotalTP", "System Total Throughput", fmt::format("{:.0f}", total)},
        {"SysTotalClients", "System Total Clients", fmt::format("{}", clients.size())},
        {"SysAveTP", "System Average Throughput", fmt::format("{}", average)},
        {"SysAveEMMTP", "System Average Throughput Excluding Min/Max", fmt::format("{}", without)},
        {"SysAveClientTP", "System Average Client Throughput", fmt::format("{}", average / count)},
        {"SysAveClientEMMTP", "System Average Client Throughput Excluding Min/Max",
         fmt::format("{}", without / count)}};
    const auto add = [&](const char* least_key, const char* most_key, const char* what,
                         auto least_of, auto most_of) {
        std::size_t least = 0;
        std::size_t most = 0;
        for (std::size_t i = 1; i < clients.size(); ++i) {
            if (least_of(clients[i]) < least_of(clients[least])) least = i;
            if (most_of(clients[i]) > most_of(clients[most])) most = i;
        }
        lines.push_back(
            {least_key, fmt::format("Min {}", what), named(plan, least, least_of(clients[least]))});
        lines.push_back(
            {most_key, fmt::format("Max {}", what), named(plan, most, most_of(clients[most]))});
    };
    const auto total_of = [](const Samples& one) { return sum_of(one); };
    const auto average_of = [](const Samples& one) { return mean(sum_of(one), one); };
    const auto without_of = [](const Samples& one) { return mean(sum_without_extremes(one), one); };
    add(
        "MinClientTP", "MaxClientTP", "Client Throughput Per Sample",
        [](const Samples& one) {
            return one.empty() ? 0.0 : static_cast<double>(std::ranges::min(one));
        },
        [](const Samples& one) {
            return one.empty() ? 0.0 : static_cast<double>(std::ranges::max(one));
        });
    add("MinClientTotalTP", "MaxClientTotalTP", "Client Total Throughput", total_of, total_of);
    add("MinClientAveTP", "MaxClientAveTP", "Average Client Throughput", average_of, average_of);
    add("MinClientAveEMMTP", "MaxClientAveEMMTP", "Average Client Throughput Excluding Min/Max",
        without_of, without_of);
    return lines;
}

/// What the plugin makes of vmstat.
std::vector<Line> machine_lines_of(const Result& result) {
    struct Kind {
        const char* key;
        const char* label;
        std::uint64_t MachineUse::* value;
    };
    constexpr std::array<Kind, 7> kKinds{
        {{"BlocksReceived", "Blocks Received", &MachineUse::blocks_in},
         {"BlocksSent", "Blocks Sent", &MachineUse::blocks_out},
         {"ContextSwitches", "Context Switches", &MachineUse::switches},
         {"UserTime", "User Time", &MachineUse::user},
         {"SystemTime", "System Time", &MachineUse::system},
         {"IdleTime", "Idle Time", &MachineUse::idle},
         {"WaitingTime", "Waiting Time", &MachineUse::waiting}}};
    std::vector<Line> lines;
    if (result.machine_samples.empty()) return lines;
    for (const Kind& kind : kKinds) {
        std::uint64_t total = 0;
        for (const MachineUse& one : result.machine_samples) total += one.*kind.value;
        const auto count = static_cast<double>(result.machine_samples.size());
        lines.push_back({kind.key, fmt::format("Total {}", kind.label), fmt::format("{}", total)});
        lines.push_back({fmt::format("Ave{}", kind.key), fmt::format("Ave {}", kind.label),
                         fmt::format("{}", static_cast<double>(total) / count)});
    }
    return lines;
}

/// Lines of the summary that the plugin prints, under a heading.
std::string block(std::string_view heading, const std::vector<Line>& lines) {
    if (lines.empty()) return {};
    const std::string rule(heading.size() + 16, '#');
    std::string text = fmt::format("{0}\n####    {1}    ####\n{0}\n", rule, heading);
    for (const Line& line : lines) text += fmt::format("{}: {}\n", line.label, line.value);
    return text + rule + "\n";
}

}  // namespace

void read_properties(std::string_view text, Properties& into) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line[0] == '#' || line[0] == '!') continue;
        const std::size_t sign = line.find_first_of("=:");
        const std::string_view name = trimmed(line.substr(0, sign));
        const std::string_view value =
            sign == std::string_view::npos ? "" : trimmed(line.substr(sign + 1));
        into.insert_or_assign(std::string(name), std::string(value));
    }
}

std::expected<PerfPlan, std::string> perf_plan(PerfGoal goal, Properties properties) {
    PerfPlan plan;
    Reader in(properties);
    const bool produces = goal == PerfGoal::producer;
    Settings& settings = plan.settings;
    settings.warm_up = milliseconds(0);
    // One client of the plugin has one connection of OpenWire.
    plan.url = in.text("factory.brokerURL", "");
    read_url_options(plan, properties);
    settings.user = in.text("factory.userName", "");
    settings.password = in.text("factory.password", "");
    const std::string samplers = in.text("sysTest.samplers", "tp");
    settings.machine_by_interval = samplers.find("cpu") != std::string::npos;
    const std::int64_t destinations = in.number("sysTest.totalDests", 1, 1);
    if (destinations != 1) in.wrong("sysTest.totalDests: the load has one destination");
    in.text("sysTest.destDistro", "all");  // of one, all are the same
    plan.client_prefix = in.text("sysTest.clientPrefix", produces ? "JmsProducer" : "JmsConsumer");
    if (produces) {
        read_producer(in, settings);
    } else {
        read_consumer(in, settings);
    }
    settings.sample_interval = milliseconds(in.number("tpSampler.interval", 1000, 1));
    const int clients = settings.publishers + settings.subscribers;
    const std::string folder = in.text("sysTest.reportDir", "./");
    const std::string name =
        in.text("sysTest.reportName",
                fmt::format("{}_numClients{}_numDests1_all", plan.client_prefix, clients));
    const bool slash = folder.empty() || folder.ends_with('/');
    plan.report = folder + (slash ? "" : "/") + name + (name.ends_with(".xml") ? "" : ".xml");
    if (in.wrong()) return std::unexpected(*in.wrong());
    if (auto wrong = complete(settings)) return std::unexpected(*wrong);
    for (const auto& [left, value] : properties) plan.without_effect.push_back(left);
    return plan;
}

std::string perf_summary(const PerfPlan& plan, const Result& result) {
    return block("SYSTEM THROUGHPUT SUMMARY", lines_of(plan, result)) +
           block("SYSTEM CPU USAGE SUMMARY", machine_lines_of(result));
}

std::string perf_report(const PerfPlan& plan, const Result& result) {
    std::string xml = "<testResult>\n<property name='performanceData'>\n<list>\n";
    const std::vector<Samples> clients = clients_of(plan, result);
    for (std::size_t index = 0; index < result.client_samples.size(); ++index) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            xml += fmt::format("<value index='{}' clientName='{}{}'>{}</value>\n", index,
                               escaped(plan.client_prefix), i, clients[i][index]);
        }
    }
    xml += "</list>\n</property>\n<property name='perfSummary'>\n<props>\n";
    for (const Line& line : lines_of(plan, result)) {
        xml += fmt::format("<prop key='{}'>{}</prop>\n", line.key, escaped(line.value));
    }
    for (const Line& line : machine_lines_of(result)) {
        xml += fmt::format("<prop key='{}'>{}</prop>\n", line.key, line.value);
    }
    return xml + "</props>\n</property>\n</testResult>\n";
}

}  // namespace tern::load
