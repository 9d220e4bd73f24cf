// Clients of MQTT, STOMP, AMQP 1.0 or 0-9-1 that publish and receive as fast as a broker lets them.
// See docs/benchmarks.md.

#include "bench/wire/load.h"

#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
    CLI::App app("Loads a broker by MQTT, STOMP, AMQP 1.0 or 0-9-1", "wire_load");
    tern::load::Plan plan;
    std::string protocol = "mqtt";
    int qos = 0;
    std::size_t bytes = 100;
    bool settled = false;
    int links = 1;
    bool fan_out = false;
    app.add_option("--protocol", protocol)
        ->check(CLI::IsMember({"mqtt", "stomp", "amqp", "amqp091"}));
    app.add_option("--port", plan.port)->required();
    app.add_option("--broker-pid", plan.broker_pid)->required();
    app.add_option("--publishers", plan.publishers);
    app.add_option("--subscribers", plan.subscribers,
                   "of a topic; of a queue, which all but MQTT use");
    app.add_option("--idle", plan.idle, "connections that do nothing, instead of all else");
    app.add_option("--qos", qos)->check(CLI::Range(0, 2));
    app.add_option("--settled", settled, "AMQP: transient, sent settled or without confirms");
    app.add_option("--fan-out", fan_out, "AMQP 0-9-1: each subscriber has a queue, all get all");
    app.add_option("--links", links, "AMQP: that send, of each connection");
    app.add_option("--bytes", bytes, "of a message");
    app.add_option("--window", plan.window, "unconfirmed messages of a publisher");
    app.add_option("--ahead", plan.ahead, "messages on their way to each subscriber");
    app.add_option("--pace", plan.pace, "messages a second, and how long each takes is measured");
    app.add_option("--warmup", plan.warm_up_s, "seconds");
    app.add_option("--seconds", plan.seconds);
    CLI11_PARSE(app, argc, argv);
    plan.queue = protocol != "mqtt" && !fan_out;
    plan.confirmed = protocol == "mqtt" ? qos > 0 : !settled;
    plan.make_protocol = [=] {
        if (protocol == "amqp") return tern::load::make_amqp(bytes, settled, links);
        if (protocol == "amqp091") return tern::load::make_amqp091(bytes, settled, fan_out);
        return protocol == "stomp" ? tern::load::make_stomp(bytes)
                                   : tern::load::make_mqtt(qos, bytes);
    };
    tern::load::Load(std::move(plan)).run();
    return 0;
}
