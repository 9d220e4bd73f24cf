#include "realms/token.h"
#include "realms/token_samples.h"
#include "security/scopes.h"

#include <cstdint>
#include <cstdlib>

/// Whatever the token or the keys: no crash; and no token is good that is not a sample, as far as
/// what is signed goes, and no reason says what is in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tern::realms;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::ignore = TokenKeys::parse(input);
    const tern::security::Scopes scopes({std::string(input)});
    std::ignore = scopes.allow("", tern::security::Right::read, "/", input);
    static const auto keys = TokenKeys::parse(kKeys);
    const TokenRules rules{.algorithms = {"RS256", "ES256", "HS256"},
                           .issuer = "https://id.example.com",
                           .audience = "broker"};
    constexpr std::int64_t kNow = 1'750'000'000;
    const auto subject = check_token(input, *keys, rules, kNow);
    if (!subject) {
        if (subject.error().empty()) std::abort();
        return 0;
    }
    const std::string_view text = input.substr(0, input.rfind('.'));
    for (const std::string& sample : {kRsaToken, kEcToken, kSecretToken}) {
        if (std::string_view(sample).substr(0, sample.rfind('.')) == text) return 0;
    }
    std::abort();
}
