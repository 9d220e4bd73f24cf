#include "realms/directory_connection.h"

#include <sys/time.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <ldap.h>

namespace tern::realms {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

::timeval to_timeval(milliseconds time) {
    const auto whole = duration_cast<seconds>(time);
    return {.tv_sec = whole.count(), .tv_usec = duration_cast<microseconds>(time - whole).count()};
}

/// All that libldap says when GnuTLS refuses a server.
constexpr std::string_view kTlsFailed = "(unknown error code)";

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

std::string text_of(const ::berval& value) {
    return value.bv_val == nullptr ? "" : std::string(value.bv_val, value.bv_len);
}

/// Whether the server cannot be asked, rather than has answered.
bool is_out_of_reach(int code) {
    return LDAP_API_ERROR(code) || code == LDAP_BUSY || code == LDAP_UNAVAILABLE;
}

int to_scope(DirectorySearch::Scope scope) {
    switch (scope) {
        case DirectorySearch::Scope::entry:
            return LDAP_SCOPE_BASE;
        case DirectorySearch::Scope::one_level:
            return LDAP_SCOPE_ONELEVEL;
        case DirectorySearch::Scope::subtree:
            return LDAP_SCOPE_SUBTREE;
    }
    return LDAP_SCOPE_BASE;
}

std::vector<std::string> words_in(std::string_view text) {
    std::vector<std::string> words;
    constexpr std::string_view kBlanks = " \t";
    for (;;) {
        const std::size_t first = text.find_first_not_of(kBlanks);
        if (first == std::string_view::npos) return words;
        text.remove_prefix(first);
        const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
        words.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

/// `ldap://host:port`, without anything behind it.
bool is_url(std::string_view url) {
    for (const std::string_view scheme : {"ldap://", "ldaps://"}) {
        if (!url.starts_with(scheme)) continue;
        url.remove_prefix(scheme.size());
        if (url.ends_with('/')) url.remove_suffix(1);
        return url.find_first_of("/?#") == std::string_view::npos;
    }
    return false;
}

struct FreeMessage {
    void operator()(LDAPMessage* message) const { ::ldap_msgfree(message); }
};

}  // namespace

const std::vector<std::string>& DirectoryEntry::values(std::string_view name) const {
    static const std::vector<std::string> none;
    const auto found = attributes.find(lower(name));
    return found == attributes.end() ? none : found->second;
}

void DirectoryConnection::Close::operator()(::ldap* connection) const {
    ::ldap_unbind_ext_s(connection, nullptr, nullptr);
}

DirectoryError DirectoryConnection::error(std::string_view doing, int code) const {
    std::string text = std::string(doing) + ": " + ::ldap_err2string(code);
    char* detail = nullptr;
    ::ldap_get_option(connection_.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&detail));
    const std::string_view said = detail == nullptr ? "" : detail;
    if (said == kTlsFailed) {
        text += ": its certificate is none to trust, or is for another host";
    } else if (!said.empty()) {
        text.append(" (").append(said).append(")");
    }
    ::ldap_memfree(detail);
    return {std::move(text), is_out_of_reach(code), code == LDAP_NO_SUCH_OBJECT};
}

std::string DirectoryConnection::all_urls() const {
    std::string urls;
    for (const std::string& url : options_.urls) urls.append(urls.empty() ? "" : " ").append(url);
    return urls;
}

bool DirectoryConnection::set_options() {
    const auto set = [this](int option, const void* value) {
        return ::ldap_set_option(connection_.get(), option, value) == LDAP_OPT_SUCCESS;
    };
    const ::timeval timeout = to_timeval(options_.timeout);
    constexpr int kVersion = LDAP_VERSION3;
    constexpr int kDemand = LDAP_OPT_X_TLS_DEMAND;
    constexpr int kClient = 0;
    // A referral would have us log in to whatever server somebody names.
    if (!set(LDAP_OPT_PROTOCOL_VERSION, &kVersion) || !set(LDAP_OPT_REFERRALS, LDAP_OPT_OFF) ||
        !set(LDAP_OPT_NETWORK_TIMEOUT, &timeout) || !set(LDAP_OPT_TIMEOUT, &timeout) ||
        !set(LDAP_OPT_RESTART, LDAP_OPT_ON)) {
        return false;
    }
    const bool secure =
        options_.start_tls || std::ranges::any_of(options_.urls, [](const std::string& url) {
            return url.starts_with("ldaps:");
        });
    if (!secure) return true;
    return set(LDAP_OPT_X_TLS_REQUIRE_CERT, &kDemand) &&
           (options_.authorities.empty() ||
            set(LDAP_OPT_X_TLS_CACERTFILE, options_.authorities.c_str())) &&
           set(LDAP_OPT_X_TLS_NEWCTX, &kClient);
}

std::expected<void, DirectoryError> DirectoryConnection::connect() {
    const std::string urls = all_urls();
    ::ldap* made = nullptr;
    if (const int code = ::ldap_initialize(&made, urls.c_str()); code != LDAP_SUCCESS) {
        return std::unexpected(
            DirectoryError{"cannot use " + urls + ": " + ::ldap_err2string(code), true});
    }
    connection_.reset(made);
    if (!set_options()) {
        return std::unexpected(DirectoryError{
            "cannot set up TLS for " + urls +
                (options_.authorities.empty() ? "" : " with " + options_.authorities),
            true});
    }
    if (!options_.start_tls) return {};
    const int code = ::ldap_start_tls_s(made, nullptr, nullptr);
    if (code == LDAP_SUCCESS) return {};
    DirectoryError failed = error("cannot start TLS with " + urls, code);
    failed.broken = true;
    return std::unexpected(std::move(failed));
}

std::expected<std::unique_ptr<DirectoryConnection>, DirectoryError> DirectoryConnection::open(
    const DirectoryOptions& options) {
    std::unique_ptr<DirectoryConnection> made(new DirectoryConnection(options));
    if (auto done = made->connect(); !done) return std::unexpected(std::move(done.error()));
    if (auto done = made->bind_for_search(); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return made;
}

int DirectoryConnection::simple_bind(const std::string& dn, const security::Secret& password) {
    std::string text(password.reveal());
    ::berval credentials{text.size(), text.data()};
    const int code = ::ldap_sasl_bind_s(connection_.get(), dn.c_str(), LDAP_SASL_SIMPLE,
                                        &credentials, nullptr, nullptr, nullptr);
    ::explicit_bzero(text.data(), text.size());
    return code;
}

std::expected<bool, DirectoryError> DirectoryConnection::bind(const std::string& dn,
                                                              const security::Secret& password) {
    const int code = simple_bind(dn, password);
    if (is_out_of_reach(code)) return std::unexpected(error("no answer to a login", code));
    return code == LDAP_SUCCESS;
}

std::expected<void, DirectoryError> DirectoryConnection::bind_for_search() {
    const int code = simple_bind(options_.user, options_.password);
    if (code == LDAP_SUCCESS) return {};
    DirectoryError failed = is_out_of_reach(code)
                                ? error("cannot ask " + all_urls(), code)
                                : error("the directory does not let in " + options_.user, code);
    failed.broken = true;
    return std::unexpected(std::move(failed));
}

DirectoryEntry DirectoryConnection::read_entry(void* message) const {
    auto* const entry = static_cast<LDAPMessage*>(message);
    DirectoryEntry read;
    if (char* const dn = ::ldap_get_dn(connection_.get(), entry)) {
        read.dn = dn;
        ::ldap_memfree(dn);
    }
    ::BerElement* position = nullptr;
    for (char* name = ::ldap_first_attribute(connection_.get(), entry, &position); name != nullptr;
         name = ::ldap_next_attribute(connection_.get(), entry, position)) {
        std::vector<std::string>& values = read.attributes[lower(name)];
        ::berval** const all = ::ldap_get_values_len(connection_.get(), entry, name);
        for (int i = 0; all != nullptr && all[i] != nullptr; ++i)
            values.push_back(text_of(*all[i]));
        ::ldap_value_free_len(all);
        ::ldap_memfree(name);
    }
    ::ber_free(position, 0);
    return read;
}

std::expected<std::vector<DirectoryEntry>, DirectoryError> DirectoryConnection::search(
    const DirectorySearch& what) {
    // The library takes pointers that it does not write through.
    std::vector<std::string> names = what.attributes;
    // None: `1.1` asks for no attribute, while an empty list would ask for all.
    if (names.empty()) names.emplace_back(LDAP_NO_ATTRS);
    std::vector<char*> attributes;
    attributes.reserve(names.size() + 1);
    for (std::string& name : names) attributes.push_back(name.data());
    attributes.push_back(nullptr);
    ::timeval timeout = to_timeval(options_.timeout);
    LDAPMessage* answer = nullptr;
    const int code = ::ldap_search_ext_s(connection_.get(), what.base.c_str(), to_scope(what.scope),
                                         what.filter.c_str(), attributes.data(), 0, nullptr,
                                         nullptr, &timeout, what.entries_max, &answer);
    const std::unique_ptr<LDAPMessage, FreeMessage> owned(answer);
    if (code != LDAP_SUCCESS) {
        return std::unexpected(error("cannot search in " + what.base, code));
    }
    std::vector<DirectoryEntry> entries;
    for (LDAPMessage* entry = ::ldap_first_entry(connection_.get(), answer); entry != nullptr;
         entry = ::ldap_next_entry(connection_.get(), entry)) {
        entries.push_back(read_entry(entry));
    }
    return entries;
}

std::expected<std::vector<std::string>, std::string> parse_urls(std::string_view text,
                                                                std::string_view protocol) {
    std::vector<std::string> urls = words_in(text);
    for (std::string& url : urls) {
        if (!is_url(url)) {
            return std::unexpected(
                url +
                " is not of the form ldap://HOST:PORT or ldaps://HOST:PORT; what may follow "
                "belongs into the bases to search in");
        }
        if (protocol == "ssl" && url.starts_with("ldap://")) url.insert(url.begin() + 4, 's');
    }
    return urls;
}

std::string escaped_for_filter(std::string_view value) {
    std::string text(value);
    ::berval in{text.size(), text.data()};
    ::berval out{0, nullptr};
    if (text.empty() || ::ldap_bv2escaped_filter_value(&in, &out) != 0) return {};
    std::string escaped = text_of(out);
    if (out.bv_val != in.bv_val) ::ber_memfree(out.bv_val);
    return escaped;
}

std::vector<std::pair<std::string, std::string>> parts_of_dn(const std::string& dn) {
    ::LDAPDN parsed = nullptr;
    if (::ldap_str2dn(dn.c_str(), &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) return {};
    std::vector<std::pair<std::string, std::string>> parts;
    for (int i = 0; parsed != nullptr && parsed[i] != nullptr; ++i) {
        const ::LDAPRDN part = parsed[i];
        if (part[0] == nullptr || part[1] != nullptr) {
            parts.clear();
            break;
        }
        parts.emplace_back(text_of(part[0]->la_attr), text_of(part[0]->la_value));
    }
    ::ldap_dnfree(parsed);
    return parts;
}

}  // namespace tern::realms
