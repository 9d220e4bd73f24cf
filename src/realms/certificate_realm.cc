#include "realms/certificate_realm.h"

#include "base/log.h"
#include "realms/vocabulary.h"

#include <re2/re2.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace tern::realms {
namespace {

/// A user whose certificate's subject an expression describes.
struct Described {
    std::string user;
    std::unique_ptr<const RE2> subject;
};

struct Subjects {
    std::map<std::string, std::string, std::less<>> users;  ///< by the subject
    std::vector<Described> described;
};

bool is_expression(std::string_view text) {
    return text.size() > 2 && text.starts_with('/') && text.ends_with('/');
}

Subjects subjects_in(const config::Properties& file) {
    Subjects subjects;
    for (const auto& [user, subject] : file) {
        if (!is_expression(subject)) {
            subjects.users.insert_or_assign(subject, user);
            continue;
        }
        auto expression =
            std::make_unique<const RE2>(subject.substr(1, subject.size() - 2), RE2::Quiet);
        if (expression->ok()) {
            subjects.described.push_back({user, std::move(expression)});
        } else {
            log::warning("realms", "user {}: {} is left out: {}", user, subject,
                         expression->error());
        }
    }
    return subjects;
}

class CertificateRealm final : public security::Realm,
                               public std::enable_shared_from_this<CertificateRealm> {
public:
    CertificateRealm(PropertiesFile::Options users, PropertiesFile::Options groups)
        : users_(std::move(users)), groups_(std::move(groups)) {}

    [[nodiscard]] Verdict authenticate(const Credentials& shown) override;
    [[nodiscard]] bool takes_passwords() const override { return false; }

private:
    [[nodiscard]] std::shared_ptr<const Subjects> subjects(const PropertiesFile::Contents& file);
    [[nodiscard]] Standing standing_of(const Identity& who, const std::string& subject);

    PropertiesFile users_;
    PropertiesFile groups_;
    std::mutex mutex_;
    PropertiesFile::Contents from_;  ///< what `subjects_` was made from
    std::shared_ptr<const Subjects> subjects_;
};

std::shared_ptr<const Subjects> CertificateRealm::subjects(const PropertiesFile::Contents& file) {
    const std::scoped_lock lock(mutex_);
    if (from_ != file) {
        subjects_ = std::make_shared<const Subjects>(subjects_in(*file));
        from_ = file;
    }
    return subjects_;
}

std::optional<std::string> user_of(const Subjects& subjects, const std::string& subject) {
    if (const auto named = subjects.users.find(subject); named != subjects.users.end()) {
        return named->second;
    }
    for (const Described& described : subjects.described) {
        if (RE2::FullMatch(subject, *described.subject)) return described.user;
    }
    return {};
}

Verdict CertificateRealm::authenticate(const Credentials& shown) {
    if (shown.certificate.empty()) return refusal(Refusal::Why::wrong, "no client certificate");
    const auto users = users_.get();
    if (!users) return refusal(Refusal::Why::unavailable, users.error());
    const auto groups = groups_.get();
    if (!groups) return refusal(Refusal::Why::unavailable, groups.error());
    const auto user = user_of(*subjects(*users), shown.certificate);
    if (!user) {
        return refusal(Refusal::Why::wrong, "no user for client certificate " + shown.certificate);
    }
    const Identity who(*user, groups_of(**groups, *user));
    if (!users_.reloads() && !groups_.reloads()) return std::make_shared<const Identity>(who);
    return std::make_shared<const Identity>(
        who.user(), who.groups(), [self = shared_from_this(), who, subject = shown.certificate] {
            return self->standing_of(who, subject);
        });
}

Standing CertificateRealm::standing_of(const Identity& who, const std::string& subject) {
    const auto users = users_.get();
    const auto groups = groups_.get();
    if (!users || !groups) return Standing::unknown;
    if (user_of(*subjects(*users), subject) != who.user()) return Standing::over;
    return standing(who, groups_of(**groups, who.user()));
}

}  // namespace

security::RealmPtr certificate_realm(PropertiesFile::Options users,
                                     PropertiesFile::Options groups) {
    return std::make_shared<CertificateRealm>(std::move(users), std::move(groups));
}

}  // namespace tern::realms
