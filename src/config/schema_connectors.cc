#include "config/connector_uri.h"
#include "config/model.h"
#include "config/schema_of.h"
#include "config/schema_tables.h"

namespace tern::config {
namespace {

std::optional<std::string> set_uri(TransportConnector& connector, const std::string& text) {
    const auto uri = parse_connector_uri(text);
    if (!uri) return uri.error();
    connector.uri = text;
    return {};
}

const Element& transport_connector_schema() {
    static const Element element =
        SchemaOf<TransportConnector>()
            .attribute("name", &TransportConnector::name)
            .text("uri", set_uri,
                  [](const TransportConnector& connector) { return std::optional(connector.uri); })
            .required()
            .parts(note_connector_options)
            .attribute("discoveryUri", &TransportConnector::discovery_uri, kNoNetwork)
            .attribute("autoStart", &TransportConnector::auto_start)
            .attribute("allowLinkStealing", &TransportConnector::allow_link_stealing)
            .attribute("maximumProducersAllowedPerConnection", &TransportConnector::producers_max,
                       kApplied, kLimit)
            .attribute("maximumConsumersAllowedPerConnection", &TransportConnector::consumers_max,
                       kApplied, kLimit)
            .attribute("updateClusterClients", &TransportConnector::update_cluster_clients,
                       kNoNetwork)
            .attribute("rebalanceClusterClients", &TransportConnector::rebalance_cluster_clients,
                       kNoNetwork)
            .attribute("updateClusterClientsOnRemove",
                       &TransportConnector::update_cluster_clients_on_remove, kNoNetwork)
            .attribute("updateClusterFilter", &TransportConnector::update_cluster_filter,
                       kNoNetwork)
            .known<bool>({"enableStatusMonitor", "disableAsyncDispatch", "auditNetworkProducers",
                          "warnOnRemoteClose", "displayStackTrace"},
                         kHint)
            .opaque({"publishedAddressPolicy"}, kNoNetwork)
            .opaque({"messageAuthorizationPolicy"},
                    rejected("Java classes cannot decide here who may read a message"))
            .done();
    return element;
}

}  // namespace

const Element& transport_connectors_schema() {
    static const Element element =
        SchemaOf<Broker>()
            .many("transportConnector", &Broker::transport_connectors, transport_connector_schema)
            .done();
    return element;
}

}  // namespace tern::config
