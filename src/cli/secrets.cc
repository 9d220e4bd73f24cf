#include "cli/secrets.h"

#include "security/crypto/encrypted_text.h"
#include "security/crypto/password_hash.h"
#include "security/crypto/scram.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <termios.h>
#include <unistd.h>

namespace tern::cli {
namespace {

using Written = std::expected<std::string, std::string>;

/// A terminal does not show what is typed while this is there.
class Unseen {
public:
    Unseen() : terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (!terminal_) return;
        ::termios unseen = before_;
        unseen.c_lflag &= ~static_cast<::tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
        std::fputs("(is not shown) ", stderr);
    }
    ~Unseen() {
        if (!terminal_) return;
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::fputs("\n", stderr);
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

private:
    ::termios before_{};
    bool terminal_;
};

std::string read_line() {
    const Unseen unseen;
    std::string line;
    std::getline(std::cin, line);
    return line;
}

CLI::App* add(CLI::App& app, SecretOptions& options, const char* verb, const char* description) {
    CLI::App* const command = app.add_subcommand(verb, description);
    command->group("For configurations");
    command->callback([&options, verb] { options.verb = verb; });
    return command;
}

Written write(const SecretOptions& options, const std::string& line) {
    if (options.verb == "hash-password") {
        const security::Secret password(line);
        return options.scram ? security::hash_for_scram(password, *options.scram)
                             : security::hash_password(password);
    }
    const std::string variable(security::kPasswordVariable);
    const char* const password = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (password == nullptr) return std::unexpected(variable + " is not set");
    if (options.verb == "encrypt") {
        auto text = security::encrypt_text(options.algorithm, security::Secret(password), line);
        if (!text) return text;
        return "ENC(" + *text + ")";
    }
    std::string_view text = line;
    if (text.starts_with("ENC(") && text.ends_with(')')) text = text.substr(4, text.size() - 5);
    return security::decrypt_text(options.algorithm, security::Secret(password), text);
}

}  // namespace

void add_secrets(CLI::App& app, SecretOptions& options) {
    add(app, options, "hash-password",
        "The hash of a password, for files of users and the configuration")
        ->add_option_function<std::string>(
            "--scram",
            [&options](const std::string& hash) {
                options.scram =
                    hash == "512" ? security::ScramHash::sha512 : security::ScramHash::sha256;
            },
            "one that clients can use with SCRAM-SHA-256, or SCRAM-SHA-512, which never sends the "
            "password")
        ->expected(0, 1)
        ->default_str("256")
        ->check(CLI::IsMember({"256", "512"}));
    options.algorithm = security::kDefaultCipher;
    const auto with_algorithm = [&options](CLI::App* command) {
        command
            ->add_option("--algorithm", options.algorithm,
                         "as Java calls it; PBEWithHmacSHA256AndAES_256 is a good one (default: "
                         "$ACTIVEMQ_ENCRYPTION_ALGORITHM, or " +
                             options.algorithm + ")")
            ->envname(std::string(security::kAlgorithmVariable));
    };
    with_algorithm(add(app, options, "encrypt",
                       "A value as ENC(...), with the password in ACTIVEMQ_ENCRYPTION_PASSWORD"));
    with_algorithm(add(app, options, "decrypt", "What is in such a value"));
}

int handle_secret(const SecretOptions& options) {
    const auto written = write(options, read_line());
    if (!written) {
        std::fprintf(stderr, "tern: %s\n", written.error().c_str());
        return 1;
    }
    std::printf("%s\n", written->c_str());
    return 0;
}

}  // namespace tern::cli
