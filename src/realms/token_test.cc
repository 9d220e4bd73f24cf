#include "realms/token.h"

#include "bytes/base64.h"
#include "realms/files_fixture.h"
#include "realms/token_realm.h"
#include "realms/token_samples.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace tern::realms {
namespace {

constexpr std::int64_t kNow = 1'750'000'000;
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

TokenRules rules() {
    return {.algorithms = {"RS256", "ES256", "HS256"},
            .issuer = "https://id.example.com",
            .audience = "broker"};
}

std::string url_base64(std::string_view bytes) {
    std::string text = base64(bytes);
    std::erase(text, '=');
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

std::string hmac(std::string_view key, const std::string& text) {
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned bytes = 0;
    ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(out.data()), &bytes);
    out.resize(bytes);
    return out;
}

std::string signed_token(std::string_view claims,
                         std::string_view header = R"({"alg":"HS256","kid":"secret"})",
                         std::string_view key = kSecret) {
    const std::string text = url_base64(header) + "." + url_base64(claims);
    return text + "." + url_base64(hmac(key, text));
}

std::string outcome_of(std::string_view token, const TokenRules& by = rules(),
                       std::int64_t now_s = kNow) {
    const auto keys = TokenKeys::parse(kKeys);
    EXPECT_TRUE(keys) << keys.error();
    const auto subject = check_token(token, *keys, by, now_s);
    if (!subject) return subject.error();
    std::string text = subject->user + ":";
    for (const std::string& group : subject->groups) text += " " + group;
    return text;
}

constexpr const char* kUnsigned = "no key that is known here signed the token";
constexpr const char* kNotAllowed = "the token is signed by an algorithm that is not allowed";

TEST(token, is_good_when_a_known_key_signed_it) {
    EXPECT_EQ("ann: admins users", outcome_of(kRsaToken));
    EXPECT_EQ("ann: admins users", outcome_of(kEcToken));
    EXPECT_EQ("ann: admins users", outcome_of(kSecretToken));
}

TEST(token, is_good_for_its_time_only) {
    EXPECT_EQ("ann: admins users", outcome_of(kRsaToken, rules(), 1'700'000'000 - 30));
    EXPECT_EQ("the token is not good yet", outcome_of(kRsaToken, rules(), 1'700'000'000 - 31));
    EXPECT_EQ("ann: admins users", outcome_of(kRsaToken, rules(), 1'800'000'000 + 29));
    EXPECT_EQ("the token has expired", outcome_of(kRsaToken, rules(), 1'800'000'000 + 30));
}

TEST(token, scopes_count_where_they_have_a_prefix) {
    const std::string token = signed_token(
        R"({"iss":"https://id.example.com","aud":"broker","sub":"ann","exp":1800000000,)"
        R"("groups":["users"],"scope":"mq.read:a/b other.write:a/b mq.tag:monitoring read:x/y"})");
    const auto keys = TokenKeys::parse(kKeys);
    ASSERT_TRUE(keys) << keys.error();
    TokenRules by = rules();
    const auto without = check_token(token, *keys, by, kNow);
    ASSERT_TRUE(without) << without.error();
    EXPECT_THAT(without->scopes, testing::IsEmpty());
    EXPECT_THAT(without->groups, testing::ElementsAre("users"));
    by.scope_prefix = "mq.";
    const auto with = check_token(token, *keys, by, kNow);
    ASSERT_TRUE(with) << with.error();
    EXPECT_THAT(with->scopes, testing::ElementsAre("read:a/b", "tag:monitoring"));
    EXPECT_THAT(with->groups, testing::ElementsAre("users", "monitoring"));
    by.scopes_claim = "permissions";
    EXPECT_THAT(check_token(token, *keys, by, kNow)->scopes, testing::IsEmpty());
}

TEST(token, changed_ones_are_not) {
    for (const std::string& good : {kRsaToken, kEcToken, kSecretToken}) {
        const std::size_t dot = good.find('.');
        for (const std::size_t at : {dot + 2, good.rfind('.') + 2, good.rfind('.') - 3}) {
            std::string bad = good;
            bad[at] = bad[at] == 'A' ? 'B' : 'A';
            EXPECT_EQ(kUnsigned, outcome_of(bad)) << at;
        }
        EXPECT_EQ(kUnsigned, outcome_of(good.substr(0, good.rfind('.') + 1)));
    }
}

TEST(token, algorithms_are_those_that_were_allowed) {
    EXPECT_EQ(kNotAllowed, outcome_of(kRsa512Token));
    TokenRules only = rules();
    only.algorithms = {"ES256"};
    EXPECT_EQ(kNotAllowed, outcome_of(kRsaToken, only));
    only.algorithms = {"RS512"};
    EXPECT_EQ(kUnsigned, outcome_of(kRsa512Token, only)) << "the key says that it is for RS256";
    const std::string claims =
        R"({"iss":"https://id.example.com","aud":"broker","sub":"ann","exp":1800000000})";
    for (const std::string header :
         {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE","kid":"rsa"})", R"({})",
          R"({"alg":null})", R"({"alg":["HS256"]})"}) {
        EXPECT_EQ(kNotAllowed, outcome_of(url_base64(header) + "." + url_base64(claims) + "."));
    }
    EXPECT_EQ("ann:", outcome_of(signed_token(claims)));
    EXPECT_EQ("ann:", outcome_of(signed_token(claims, R"({"alg":"HS256"})")));
    EXPECT_EQ("the token has critical extensions",
              outcome_of(signed_token(claims, R"({"alg":"HS256","crit":["b64"],"b64":false})")));
    EXPECT_EQ(kUnsigned,
              outcome_of(signed_token(claims, R"({"alg":"HS256","kid":"secret"})", "other")));
    EXPECT_EQ(kUnsigned, outcome_of(signed_token(claims, R"({"alg":"HS256","kid":"rsa"})", kKeys)))
        << "a public key is no secret";
}

TEST(token, what_it_says_is_checked) {
    const auto with = [](std::string_view claims) { return outcome_of(signed_token(claims)); };
    const std::string id = R"("iss":"https://id.example.com")";
    EXPECT_EQ("the token does not say when it expires",
              with("{" + id + R"(,"aud":"broker","sub":"ann"})"));
    EXPECT_EQ("the token does not say when it expires",
              with("{" + id + R"(,"aud":"broker","sub":"ann","exp":"1800000000"})"));
    EXPECT_EQ("the token is not good yet",
              with("{" + id + R"(,"aud":"broker","sub":"ann","exp":1800000000,"nbf":"x"})"));
    EXPECT_EQ("the token is of another issuer",
              with(R"({"iss":"https://id.example.com/","aud":"broker","sub":"a","exp":1.8e9})"));
    EXPECT_EQ("the token is of another issuer",
              with(R"({"aud":"broker","sub":"ann","exp":1800000000})"));
    for (const std::string audience :
         {R"("broker2")", R"(["x","brokers"])", R"([])", R"([["broker"]])", "1", "null"}) {
        EXPECT_EQ("the token is for another audience",
                  with("{" + id + R"(,"sub":"ann","exp":1800000000,"aud":)" + audience + "}"));
    }
    EXPECT_EQ("the token does not say of whom it speaks",
              with("{" + id + R"(,"aud":"broker","sub":"","exp":1800000000})"));
    EXPECT_EQ("the token does not say of whom it speaks",
              with("{" + id + R"(,"aud":"broker","sub":7,"exp":1800000000})"));
    EXPECT_EQ("the token says nothing", with("[]"));
    EXPECT_EQ("kim:", with("{" + id + R"(,"aud":"broker","sub":"kim","exp":1800000000.5})"));
}

TEST(token, claims_have_the_names_that_were_told) {
    TokenRules named = rules();
    named.user_claim = "preferred_username";
    named.groups_claim = "scope";
    EXPECT_EQ("kim: read:all write",
              outcome_of(signed_token(R"({"iss":"https://id.example.com","aud":"broker","sub":"1",
                             "preferred_username":"kim","scope":"read:all  write",
                             "groups":["admins"],"exp":1800000000})"),
                         named));
}

TEST(token, what_is_none_is_refused) {
    for (const std::string text : {"", "..", "a.b.c", "a.b", "a.b.c.d", "e30.e30.e30"}) {
        EXPECT_NE("ann: admins users", outcome_of(text));
    }
    EXPECT_EQ("it is no signed token", outcome_of("a.b.c.d"));
    EXPECT_EQ("the token is too long", outcome_of(std::string(16 * 1024 + 1, 'a')));
}

TEST(token, keys_that_are_not_safe_are_left_out) {
    EXPECT_EQ("it has no key that can be used", TokenKeys::parse(kShortKeys).error());
    EXPECT_EQ("it has no key that can be used",
              TokenKeys::parse(R"({"keys":[{"kty":"oct","k":"c2hvcnQ"}]})").error());
    EXPECT_EQ("it has no key that can be used",
              TokenKeys::parse(R"({"keys":[{"kty":"RSA"},7,{}]})").error());
    EXPECT_EQ("it has no list of keys", TokenKeys::parse("{}").error());
    EXPECT_EQ("it has no list of keys", TokenKeys::parse("[]").error());
    EXPECT_TRUE(TokenKeys::parse("{").error().starts_with("it is no JSON"));
    std::string for_encryption = kKeys;
    for (std::size_t at = 0; (at = for_encryption.find("\"sig\"", at)) != std::string::npos;) {
        for_encryption.replace(at, 5, "\"enc\"");
    }
    const auto others = TokenKeys::parse(for_encryption);
    ASSERT_TRUE(others);
    EXPECT_FALSE(check_token(kRsaToken, *others, rules(), kNow));
    EXPECT_TRUE(check_token(kEcToken, *others, rules(), kNow));
}

TEST_F(Files, keys_are_read_again_when_they_change) {
    const auto realm =
        token_realm({.keys = key_file(write("keys.json", kKeys)), .rules = rules(), .clock = [] {
                         return kNow;
                     }});
    EXPECT_EQ("ann: admins users", outcome(realm->authenticate(login("whoever", kRsaToken))));
    EXPECT_EQ("abstains: no token", outcome(realm->authenticate(login("ann", "secret"))));
    EXPECT_EQ("abstains: no token", outcome(realm->authenticate({})));
    EXPECT_TRUE(realm->login_ways().tokens);
    EXPECT_FALSE(realm->takes_passwords());
    write("keys.json",
          R"({"keys":[{"kty":"oct","k":")" + url_base64(std::string(32, 'x')) + R"("}]})");
    EXPECT_EQ(std::string("wrong: ") + kUnsigned,
              outcome(realm->authenticate(login("", kRsaToken))));
    write("keys.json", "broken");
    EXPECT_EQ(std::string("wrong: ") + kUnsigned,
              outcome(realm->authenticate(login("", kRsaToken))));
}

TEST_F(Files, a_tokens_login_is_over_when_it_has_expired) {
    std::int64_t now_s = kNow;
    const auto realm = token_realm({.keys = key_file(write("keys.json", kKeys)),
                                    .rules = rules(),
                                    .clock = [&now_s] { return now_s; }});
    const auto ann = realm->authenticate(login("whoever", kRsaToken)).value();
    EXPECT_EQ(security::Standing::good, ann->standing()());
    now_s = 1'800'000'000 + 29;
    EXPECT_EQ(security::Standing::good, ann->standing()());
    ++now_s;
    EXPECT_EQ(security::Standing::over, ann->standing()());
}

/// A server with keys, and the time.
class KeyUrlTest : public testing::Test {
protected:
    std::unique_ptr<KeySource> source() {
        return key_url({.from = {.url = "https://id.example.com/keys"},
                        .refresh = std::chrono::seconds(300),
                        .fetch =
                            [this](const FetchOptions& from) {
                                EXPECT_EQ("https://id.example.com/keys", from.url);
                                ++asked_;
                                return answer_;
                            },
                        .clock = [this] { return now_; }});
    }
    static std::string other_keys() {
        return R"({"keys":[{"kty":"oct","kid":"next","k":")" + url_base64(kNextSecret) + R"("}]})";
    }

    static constexpr std::string_view kNextSecret = "fedcba9876543210fedcba9876543210";
    std::expected<std::string, std::string> answer_ = kKeys;
    std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
    int asked_ = 0;
};

TEST_F(KeyUrlTest, keys_are_got_once_and_again_when_they_are_old) {
    const auto keys = source();
    const auto first = keys->get();
    ASSERT_TRUE(first) << first.error();
    now_ += std::chrono::seconds(299);
    EXPECT_EQ(*first, *keys->get());
    EXPECT_EQ(1, asked_);
    now_ += std::chrono::seconds(1);
    answer_ = other_keys();
    EXPECT_TRUE((*keys->get())->has("next"));
    EXPECT_EQ(2, asked_);
}

TEST_F(KeyUrlTest, keys_from_before_hold_while_there_is_no_answer_but_not_for_ever) {
    const auto keys = source();
    answer_ = std::unexpected("cannot get it: down");
    EXPECT_EQ("cannot get it: down", keys->get().error());
    EXPECT_EQ("cannot get it: down", keys->get().error());
    EXPECT_EQ(1, asked_) << "not again at once";
    now_ += std::chrono::seconds(10);
    answer_ = kKeys;
    ASSERT_TRUE(keys->get());
    answer_ = "nonsense";
    now_ += std::chrono::hours(23);
    ASSERT_TRUE(keys->get());
    now_ += std::chrono::hours(2);
    EXPECT_THAT(keys->get().error(), testing::StartsWith("cannot use https://id.example.com/keys"));
    answer_ = kKeys;
    now_ += std::chrono::seconds(10);
    EXPECT_TRUE(keys->get());
}

TEST_F(KeyUrlTest, a_token_of_an_unknown_key_has_them_got_but_not_each_time) {
    const std::string claims =
        R"({"iss":"https://id.example.com","aud":"broker","sub":"ann","exp":1800000000})";
    const auto next = signed_token(claims, R"({"alg":"HS256","kid":"next"})", kNextSecret);
    const auto realm =
        token_realm({.keys = source(), .rules = rules(), .clock = [] { return kNow; }});
    const auto ask = [&realm](const std::string& token) {
        return outcome(realm->authenticate(login("", token)));
    };
    const std::string unsigned_one = std::string("wrong: ") + kUnsigned;
    EXPECT_EQ("ann: admins users", ask(kRsaToken));
    EXPECT_EQ(unsigned_one, ask(next));
    EXPECT_EQ(1, asked_) << "it was asked for just now";
    now_ += std::chrono::seconds(30);
    EXPECT_EQ(unsigned_one, ask(next)) << "still the same keys";
    EXPECT_EQ(2, asked_);
    answer_ = other_keys();
    for (int i = 0; i < 100; ++i) EXPECT_EQ(unsigned_one, ask(next));
    EXPECT_EQ(2, asked_);
    now_ += std::chrono::seconds(30);
    EXPECT_EQ("ann:", ask(next));
    EXPECT_EQ(3, asked_);
    EXPECT_EQ("ann:", ask(next));
}

TEST(Fetch, goes_where_nobody_listens_in_between) {
    for (const char* url : {"https://id.example.com/keys", "https://id.example.com:8443",
                            "http://localhost:8080/keys", "http://127.0.0.1/", "http://[::1]:1/k",
                            "https://id.example.com/a@b"}) {
        EXPECT_TRUE(may_be_fetched(url)) << url;
    }
    for (const char* url :
         {"", "keys.json", "http://id.example.com/", "https://", "file:///etc/passwd", "ftp://h/",
          "https://user:password@h/", "http://127.0.0.1@evil.example/", "http://localhost.evil/"}) {
        EXPECT_FALSE(may_be_fetched(url)) << url;
    }
}

TEST(Fetch, says_why_it_could_not) {
    const auto got = fetch({.url = "http://127.0.0.1:1/keys"});
    ASSERT_FALSE(got);
    EXPECT_THAT(got.error(), testing::StartsWith("cannot get http://127.0.0.1:1/keys: "));
}

}  // namespace
}  // namespace tern::realms
