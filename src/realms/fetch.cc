#include "realms/fetch.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <mutex>

namespace tern::realms {
namespace {

constexpr long kStatusGood = 200;

struct Free {
    void operator()(CURL* request) const { ::curl_easy_cleanup(request); }
};

struct Taken {
    std::string text;
    std::size_t bytes_max;
};

/// Fewer bytes than it was given end the transfer.
std::size_t take(char* data, std::size_t, std::size_t count, void* into) {
    Taken& taken = *static_cast<Taken*>(into);
    if (count > taken.bytes_max - taken.text.size()) return 0;
    taken.text.append(data, count);
    return count;
}

std::string_view host_in(std::string_view url) {
    url.remove_prefix(url.find("://") + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
    return url.substr(0, url.find(':'));
}

}  // namespace

bool may_be_fetched(std::string_view url) {
    const std::string_view server = url.substr(0, std::min(url.find("://") + 3, url.size()));
    const std::string_view rest = url.substr(server.size());
    if (rest.substr(0, rest.find_first_of("/?#")).contains('@')) return false;
    if (server == "https://") return !host_in(url).empty();
    if (server != "http://") return false;
    const std::string_view host = host_in(url);
    return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::expected<std::string, std::string> fetch(const FetchOptions& options) {
    static std::once_flag once;
    std::call_once(once, [] { ::curl_global_init(CURL_GLOBAL_DEFAULT); });
    const auto failed = [&options](std::string_view why) {
        return std::unexpected("cannot get " + options.url + ": " + std::string(why));
    };
    const std::unique_ptr<CURL, Free> request(::curl_easy_init());
    if (!request) return failed("out of memory");
    Taken taken{.text = {}, .bytes_max = options.bytes_max};
    const auto set = [&request](CURLoption option, auto value) {
        return ::curl_easy_setopt(request.get(), option, value) == CURLE_OK;
    };
    const bool ready =
        set(CURLOPT_URL, options.url.c_str()) &&
        set(CURLOPT_PROTOCOLS_STR, options.url.starts_with("https:") ? "https" : "http") &&
        set(CURLOPT_FOLLOWLOCATION, 0L) && set(CURLOPT_NOSIGNAL, 1L) &&
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count())) &&
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
        set(CURLOPT_WRITEFUNCTION, &take) && set(CURLOPT_WRITEDATA, static_cast<void*>(&taken)) &&
        set(CURLOPT_USERAGENT, "TernMQ") &&
        (options.authorities.empty() || set(CURLOPT_CAINFO, options.authorities.c_str()));
    if (!ready) return failed("the request cannot be made");
    const CURLcode code = ::curl_easy_perform(request.get());
    if (code == CURLE_WRITE_ERROR) return failed("there is too much of it");
    if (code != CURLE_OK) return failed(::curl_easy_strerror(code));
    long status = 0;
    ::curl_easy_getinfo(request.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != kStatusGood) return failed("HTTP status " + std::to_string(status));
    return std::move(taken.text);
}

}  // namespace tern::realms
