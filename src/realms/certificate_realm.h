#pragma once

#include "realms/properties_file.h"
#include "security/realm.h"

namespace tern::realms {

/// Who shows a certificate of a subject that a file knows: ActiveMQ's
/// TextFileCertificateLoginModule. A line is `user = CN=x, OU=y`, or `user = /regular expression/`
/// for the whole subject; subjects that are named come first. Groups as in properties_realm.h.
///
/// That the certificate is good has been seen to before.
[[nodiscard]] security::RealmPtr certificate_realm(PropertiesFile::Options users,
                                                   PropertiesFile::Options groups);

}  // namespace tern::realms
