#include "realms/login_config.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace tern::realms {
namespace {

using config::Place;
using config::Problem;
using security::Control;

constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;
constexpr std::size_t kEntriesMax = 1000;
constexpr std::size_t kModulesMax = 100;
constexpr std::size_t kOptionsMax = 1000;

struct Token {
    enum class Kind : std::uint8_t {
        word,
        quoted,  ///< a text in quotes, without them
        mark,    ///< `{`, `}`, `=` or `;`
        end,
    };

    Kind kind = Kind::end;
    Place place;
    std::string text;
};

/// Tokens of a text. The first problem is the end of it.
class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    [[nodiscard]] std::expected<Token, Problem> next();

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
    char take();
    /// Blanks and comments. False: a comment does not end.
    [[nodiscard]] bool skip();
    [[nodiscard]] std::expected<Token, Problem> quoted(Place place);
    [[nodiscard]] std::string escaped();

    std::string_view text_;
    std::size_t at_ = 0;
    Place place_{1, 1};
};

/// As java.io.StreamTokenizer is set up for these files, and digits and signs besides.
bool is_of_word(char c) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr unsigned char kBeyondAscii = 0x80;
    return byte >= kBeyondAscii || std::isalnum(byte) != 0 ||
           std::string_view("._-$*:/@").find(c) != std::string_view::npos;
}

char Lexer::take() {
    const char c = text_[at_++];
    if (c == '\n') {
        ++place_.line;
        place_.column = 1;
    } else {
        ++place_.column;
    }
    return c;
}

bool Lexer::skip() {
    while (!at_end()) {
        if (std::isspace(static_cast<unsigned char>(peek())) != 0) {
            take();
        } else if (peek() == '/' && peek(1) == '/') {
            while (!at_end() && peek() != '\n') take();
        } else if (peek() == '/' && peek(1) == '*') {
            take();
            take();
            while (!at_end() && (peek() != '*' || peek(1) != '/')) take();
            if (at_end()) return false;
            take();
            take();
        } else {
            break;
        }
    }
    return true;
}

std::string Lexer::escaped() {
    const char c = take();
    const auto is_octal = [](char digit) { return digit >= '0' && digit <= '7'; };
    if (is_octal(c)) {
        int value = c - '0';
        const std::size_t digits = c <= '3' ? 2 : 1;
        for (std::size_t i = 0; i < digits && is_octal(peek()); ++i)
            value = value * 8 + take() - '0';
        return std::string(1, static_cast<char>(value));
    }
    constexpr std::string_view kNames = "nrtbfav";
    constexpr std::string_view kValues = "\n\r\t\b\f\a\v";
    const std::size_t named = kNames.find(c);
    return std::string(1, named == std::string_view::npos ? c : kValues[named]);
}

std::expected<Token, Problem> Lexer::quoted(Place place) {
    Token token{Token::Kind::quoted, place, {}};
    take();
    while (!at_end() && peek() != '"' && peek() != '\n') {
        if (peek() != '\\') {
            token.text += take();
            continue;
        }
        take();
        if (!at_end()) token.text += escaped();
    }
    if (at_end() || peek() != '"')
        return std::unexpected(Problem{place, "a text in quotes has no end"});
    take();
    return token;
}

std::expected<Token, Problem> Lexer::next() {
    if (!skip()) return std::unexpected(Problem{place_, "a comment has no end"});
    const Place place = place_;
    if (at_end()) return Token{Token::Kind::end, place, {}};
    const char c = peek();
    if (c == '"') return quoted(place);
    if (std::string_view("{}=;").find(c) != std::string_view::npos) {
        return Token{Token::Kind::mark, place, std::string(1, take())};
    }
    if (!is_of_word(c)) {
        return std::unexpected(Problem{place, "a character that may stand only in quotes"});
    }
    Token token{Token::Kind::word, place, {}};
    // A comment may follow a word at once.
    while (!at_end() && is_of_word(peek()) &&
           (token.text.ends_with(':') || peek() != '/' || (peek(1) != '/' && peek(1) != '*'))) {
        token.text += take();
    }
    return token;
}

std::optional<Control> control_of(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    if (text == "required") return Control::required;
    if (text == "requisite") return Control::requisite;
    if (text == "sufficient") return Control::sufficient;
    if (text == "optional") return Control::optional;
    return {};
}

/// Reads as far as it goes well; then there is a problem, and every token is the end.
class Parser {
public:
    Parser(std::string_view text, const config::Lookup& lookup) : lexer_(text), lookup_(lookup) {
        advance();
    }

    [[nodiscard]] std::expected<LoginConfig, Problem> parse();

private:
    void advance();
    void fail(Place place, std::string text);
    [[nodiscard]] bool is_mark(char c) const {
        return token_.kind == Token::Kind::mark && token_.text.front() == c;
    }
    [[nodiscard]] bool is_text() const {
        return token_.kind == Token::Kind::word || token_.kind == Token::Kind::quoted;
    }
    void expect_mark(char c);
    [[nodiscard]] std::string expect_text(std::string_view what);
    [[nodiscard]] LoginEntry entry();
    [[nodiscard]] LoginModule module();
    void option(LoginModule& of);

    Lexer lexer_;
    const config::Lookup& lookup_;
    Token token_;
    std::optional<Problem> problem_;
};

void Parser::advance() {
    auto token = lexer_.next();
    if (token) {
        token_ = std::move(*token);
    } else {
        fail(token.error().place, std::move(token.error().text));
    }
}

void Parser::fail(Place place, std::string text) {
    if (!problem_) problem_ = Problem{place, std::move(text)};
    token_ = {};
}

void Parser::expect_mark(char c) {
    if (is_mark(c)) {
        advance();
    } else {
        fail(token_.place, std::string("'") + c + "' is missing here");
    }
}

std::string Parser::expect_text(std::string_view what) {
    if (!is_text() || token_.text.empty()) {
        fail(token_.place, std::string(what) + " is missing here");
        return {};
    }
    std::string text = std::move(token_.text);
    advance();
    return text;
}

void Parser::option(LoginModule& of) {
    const Place place = token_.place;
    std::string name = expect_text("an option or ';'");
    expect_mark('=');
    if (problem_) return;
    if (!is_text()) return fail(token_.place, "the value of an option is missing here");
    std::string why;
    auto value = config::resolve(token_.text, lookup_, why);
    if (!value) return fail(token_.place, why);
    if (of.options.size() == kOptionsMax) return fail(place, "too many options");
    if (!of.options.emplace(name, std::move(*value)).second) {
        return fail(place, "the option " + name + " is there twice");
    }
    advance();
}

LoginModule Parser::module() {
    LoginModule module;
    module.place = token_.place;
    module.name = expect_text("the class of a login module or '}'");
    const Place place = token_.place;
    const std::string flag = expect_text("required, requisite, sufficient or optional");
    const auto control = control_of(flag);
    if (!control)
        fail(place, "'" + flag + "' is none of required, requisite, sufficient, optional");
    module.control = control.value_or(Control::required);
    while (!problem_ && !is_mark(';')) option(module);
    expect_mark(';');
    return module;
}

LoginEntry Parser::entry() {
    LoginEntry entry;
    entry.place = token_.place;
    entry.name = expect_text("the name of an entry");
    expect_mark('{');
    while (!problem_ && !is_mark('}')) {
        if (entry.modules.size() == kModulesMax) fail(token_.place, "too many modules");
        entry.modules.push_back(module());
    }
    expect_mark('}');
    expect_mark(';');
    return entry;
}

std::expected<LoginConfig, Problem> Parser::parse() {
    LoginConfig parsed;
    while (!problem_ && token_.kind != Token::Kind::end) {
        LoginEntry next = entry();
        if (problem_) break;
        const auto same = [&next](const LoginEntry& other) { return other.name == next.name; };
        if (std::ranges::any_of(parsed.entries, same)) {
            fail(next.place, "the entry " + next.name + " is there twice");
        }
        if (parsed.entries.size() == kEntriesMax) fail(next.place, "too many entries");
        parsed.entries.push_back(std::move(next));
    }
    if (problem_) return std::unexpected(std::move(*problem_));
    return parsed;
}

}  // namespace

const LoginEntry* LoginConfig::find(std::string_view name) const {
    for (const std::string_view wanted : {name, std::string_view("other")}) {
        const auto found = std::ranges::find(entries, wanted, &LoginEntry::name);
        if (found != entries.end()) return &*found;
    }
    return nullptr;
}

std::expected<LoginConfig, Problem> parse_login_config(std::string_view text,
                                                       const config::Lookup& lookup) {
    if (text.size() > kTextBytesMax) return std::unexpected(Problem{{}, "it is larger than 1 MiB"});
    return Parser(text, lookup).parse();
}

}  // namespace tern::realms
