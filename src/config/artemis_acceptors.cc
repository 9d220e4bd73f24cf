#include "config/artemis_acceptors.h"

#include "config/connector_uri.h"
#include "config/uri.h"
#include "config/values.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tern::config::artemis {
namespace {

/// What an acceptor calls something that a connector has another name for.
struct Renamed {
    std::string_view there;
    std::string_view here;
};
constexpr std::array<Renamed, 3> kRenamed{
    {{"verifyHost", "transport.verifyHostName"},
     {"enabledProtocols", "transport.enabledProtocols"},
     {"enabledCipherSuites", "transport.enabledCipherSuites"}}};

/// What an acceptor says of certificates and the broker's `sslContext` says here.
struct OfTls {
    std::string_view name;
    std::string SslContext::* field;
};
constexpr std::array<OfTls, 5> kOfTls{{{"keyStorePath", &SslContext::key_store},
                                       {"keyStorePassword", &SslContext::key_store_password},
                                       {"trustStorePath", &SslContext::trust_store},
                                       {"trustStorePassword", &SslContext::trust_store_password},
                                       {"crlPath", &SslContext::revocations}}};

constexpr std::array<std::string_view, 6> kTlsHints{"keyStoreType",   "keyStoreProvider",
                                                    "trustStoreType", "trustStoreProvider",
                                                    "sslProvider",    "sslAutoReload"};

/// Builds one connector.
class Building {
public:
    Building(Place place, const std::string& path, Broker& broker, Report& report)
        : place_(place), path_(path), broker_(broker), report_(report) {}

    void build(const Acceptor& acceptor) {
        std::string text = acceptor.uri;
        std::ranges::replace(text, ';', '&');
        const auto uri = parse_uri(text);
        if (!uri) return reject("is no URI: " + uri.error());
        if (uri->scheme == "vm") {
            return note({}, Finding::Kind::no_effect, "nothing else runs within this broker");
        }
        if (uri->scheme != "tcp") return reject("should begin with tcp://");
        connector_.host = uri->host;
        connector_.port = uri->port;
        for (const UriOption& option : uri->options) take(option);
        connector_.scheme = encrypted_ ? "auto+ssl" : "auto";
        TransportConnector made;
        made.name = acceptor.name;
        made.uri = to_text(connector_);
        if (const auto problem = parse_connector_uri(made.uri); !problem) {
            return reject("should be " + problem.error());
        }
        note_connector_options(made.uri, [this](const std::string& option, Support::Kind kind,
                                                std::string why) {
            note(option,
                 kind == Support::Kind::applied ? Finding::Kind::applied : Finding::Kind::no_effect,
                 std::move(why));
        });
        broker_.transport_connectors.push_back(std::move(made));
    }

private:
    void note(const std::string& option, Finding::Kind kind, std::string why) {
        report_.add(place_, kind, path_ + (option.empty() ? "" : "?" + option), std::move(why));
    }
    void reject(std::string why) { note({}, Finding::Kind::rejected, std::move(why)); }

    void take(const UriOption& option) {
        if (option.name == "sslEnabled") return encrypt(option);
        const auto of_tls = std::ranges::find(kOfTls, option.name, &OfTls::name);
        if (of_tls != kOfTls.end()) return take_certificate(option, of_tls->field);
        if (std::ranges::find(kTlsHints, option.name) != kTlsHints.end()) {
            return note(option.name, Finding::Kind::no_effect,
                        "a key store says itself what it is");
        }
        const auto renamed = std::ranges::find(kRenamed, option.name, &Renamed::there);
        connector_.options.push_back(
            {renamed == kRenamed.end() ? option.name : std::string(renamed->here), option.value});
    }

    void encrypt(const UriOption& option) {
        const auto value = parse_bool(option.value);
        if (!value) {
            return note(option.name, Finding::Kind::rejected, "should be " + value.error());
        }
        encrypted_ = *value;
        note(option.name, Finding::Kind::applied, {});
    }

    /// There is one certificate for all listeners.
    void take_certificate(const UriOption& option, std::string SslContext::* field) {
        std::string& known = broker_.ssl_context.*field;
        if (!known.empty() && known != option.value) {
            return note(option.name, Finding::Kind::rejected,
                        "another acceptor has another one: name further certificates by the "
                        "setting tls.host_certificates");
        }
        known = option.value;
        note(option.name, Finding::Kind::applied, {});
    }

    Place place_;
    const std::string& path_;
    Broker& broker_;
    Report& report_;
    Uri connector_;
    bool encrypted_ = false;
};

}  // namespace

void add_acceptor(const Acceptor& acceptor, Place place, const std::string& path, Broker& broker,
                  Report& report) {
    Building(place, path, broker, report).build(acceptor);
}

}  // namespace tern::config::artemis
