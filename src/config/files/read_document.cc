#include "config/files/read_document.h"

#include "security/crypto/encrypted_text.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tern::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCompanionBytesMax = std::size_t{1} << 20;

std::optional<std::string> environment(std::string_view name) {
    const char* const value =
        std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// Where a distribution has its parts, seen from its configuration file.
struct Places {
    std::string conf;
    std::string base;
    std::string home;
    std::string data;
};

Places places_of(const std::string& file) {
    std::error_code ignored;
    const fs::path around = fs::absolute(file, ignored).lexically_normal().parent_path();
    Places places;
    places.conf = environment("ACTIVEMQ_CONF").value_or(around.string());
    const fs::path conf(places.conf);
    const fs::path base = conf.filename() == "conf" ? conf.parent_path() : conf;
    places.base = environment("ACTIVEMQ_BASE").value_or(base.string());
    places.home = environment("ACTIVEMQ_HOME").value_or(places.base);
    places.data = environment("ACTIVEMQ_DATA").value_or((fs::path(places.base) / "data").string());
    return places;
}

std::optional<std::string> look_up(const Places& places, std::string_view name) {
    if (name == "activemq.conf") return places.conf;
    if (name == "activemq.base") return places.base;
    if (name == "activemq.home") return places.home;
    if (name == "activemq.data") return places.data;
    return environment(name);
}

/// Reads `ENC(…)` with the password and the algorithm of the environment; null: there is none.
decltype(Sources::decrypt) decrypt_by_environment() {
    const auto password = environment(security::kPasswordVariable);
    if (!password) return nullptr;
    const auto algorithm = environment(security::kAlgorithmVariable);
    return [algorithm = algorithm.value_or(std::string(security::kDefaultCipher)),
            password = security::Secret(*password)](std::string_view secret) {
        return security::decrypt_text(algorithm, password, secret);
    };
}

std::string companion_path(const Places& places, std::string path) {
    constexpr std::string_view kClassPath = "classpath:";
    if (!path.starts_with(kClassPath)) return path;
    return (fs::path(places.conf) / path.substr(kClassPath.size())).string();
}

std::string path_of(std::string where) {
    for (const std::string_view prefix : {"xbean:", "file:"}) {
        if (where.starts_with(prefix)) where.erase(0, prefix.size());
    }
    return where;
}

}  // namespace

Surroundings surroundings_of(const std::string& where) {
    // A URI lies nowhere: its companions are looked for where the program was started.
    Places places = places_of(where.starts_with("broker:") ? "." : path_of(where));
    std::string conf = places.conf;
    return {std::move(conf),
            [places = std::move(places)](std::string_view name) { return look_up(places, name); }};
}

std::expected<std::string, std::string> read_text(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return std::unexpected("it is a directory");
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::unexpected(std::generic_category().message(errno));
    return std::string(std::istreambuf_iterator<char>(file), {});
}

Loaded read_document(const std::string& where) {
    if (where.starts_with("broker:")) return load_uri(where);
    const std::string path = path_of(where);
    const auto text = read_text(path);
    if (!text) {
        Loaded loaded;
        loaded.report.document = path;
        loaded.report.add({1, 1}, Finding::Kind::rejected, "document",
                          "cannot read it: " + text.error());
        return loaded;
    }
    const Places places = places_of(path);
    Sources sources;
    sources.document = path;
    sources.lookup = [&places](std::string_view name) { return look_up(places, name); };
    sources.decrypt = decrypt_by_environment();
    std::vector<std::string> companions;
    sources.read_file = [&](const std::string& name) -> std::optional<std::string> {
        companions.push_back(companion_path(places, name));
        auto companion = read_text(companions.back());
        if (!companion || companion->size() > kCompanionBytesMax) return {};
        return std::move(*companion);
    };
    Loaded loaded = load(*text, sources);
    loaded.report.companions = std::move(companions);
    return loaded;
}

}  // namespace tern::config
