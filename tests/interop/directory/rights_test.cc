// Rights that a directory has, against OpenLDAP's server.

#include "realms/directory_rights.h"
#include "slapd.h"

#include <gtest/gtest.h>

#include <deque>

namespace tern::tests {
namespace {

using broker::DestinationView;
using broker::Domain;
using realms::DirectoryRights;
using realms::DirectoryRightsOptions;
using security::Identity;
using security::Right;

DestinationView queue(std::string_view name) {
    return {Domain::queue, false, name};
}
DestinationView topic(std::string_view name) {
    return {Domain::topic, false, name};
}

/// What somebody may do there, as in "rw-".
std::string rights_of(const security::Rights& rights, const Identity& who,
                      const DestinationView& where) {
    std::string all;
    all += rights.allow(who, Right::read, where) ? 'r' : '-';
    all += rights.allow(who, Right::write, where) ? 'w' : '-';
    all += rights.allow(who, Right::admin, where) ? 'a' : '-';
    return all;
}

/// What came last, to be waited for.
class Newest {
public:
    void put(security::RightsPtr rights) {
        const std::scoped_lock lock(mutex_);
        all_.push_back(std::move(rights));
        changed_.notify_all();
    }
    security::RightsPtr next() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !all_.empty(); });
        auto rights = std::move(all_.front());
        all_.pop_front();
        return rights;
    }
    bool empty() {
        const std::scoped_lock lock(mutex_);
        return all_.empty();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<security::RightsPtr> all_;
};

const Identity kTrader("ann", {"traders"});
const Identity kKim("kim", {"everybody", "employees"});
const Identity kNobody("nobody", {});

class DirectoryRightsTest : public testing::Test {
protected:
    static void SetUpTestSuite() { slapd_ = new Slapd; }
    static void TearDownTestSuite() { delete slapd_; }

    static DirectoryRightsOptions options() {
        DirectoryRightsOptions options;
        options.directory.urls = {slapd_->url()};
        options.directory.user = "cn=mqbroker,ou=Services,dc=example,dc=com";
        options.directory.password = security::Secret("sunflower");
        options.queue_base = "ou=Queue,ou=Destination,ou=corp,dc=example,dc=com";
        options.topic_base = "ou=Topic,ou=Destination,ou=corp,dc=example,dc=com";
        options.temporary_base = "ou=Temp,ou=Destination,ou=corp,dc=example,dc=com";
        options.legacy_groups = false;
        options.refresh_interval = std::chrono::milliseconds(20);
        return options;
    }
    static security::RightsPtr read(const DirectoryRightsOptions& options) {
        auto connection = realms::DirectoryConnection::open(options.directory);
        EXPECT_TRUE(connection) << connection.error().text;
        auto rights = realms::read_rights(**connection, options);
        EXPECT_TRUE(rights) << rights.error().text;
        return std::make_shared<const security::Rights>(std::move(*rights));
    }
    static void change_writers(const std::string& what) {
        slapd_->modify(
            "dn: cn=write,ou=ORDERS.$,ou=Queue,ou=Destination,ou=corp,dc=example,dc=com\n"
            "changetype: modify\n" +
            what + ": member\nmember: uid=kim,ou=User,ou=corp,dc=example,dc=com\n");
    }

    static inline Slapd* slapd_ = nullptr;
};

TEST_F(DirectoryRightsTest, of_groups_and_users_on_patterns) {
    const auto rights = read(options());
    for (const std::string_view name : {"ORDERS", "ORDERS.A", "ORDERS.A.B"}) {
        EXPECT_EQ("rwa", rights_of(*rights, kTrader, queue(name)));
        EXPECT_EQ("r--", rights_of(*rights, kKim, queue(name))) << "by her own name";
        EXPECT_EQ("---", rights_of(*rights, kNobody, queue(name)));
    }
    EXPECT_EQ("---", rights_of(*rights, kTrader, queue("OTHER")));
    EXPECT_EQ("---", rights_of(*rights, kTrader, topic("ORDERS.A")));
    EXPECT_EQ("r--", rights_of(*rights, kKim, topic("NEWS.de.x")));
    EXPECT_EQ("---", rights_of(*rights, kKim, topic("NEWS.de.y")));
    const DestinationView temporary{Domain::queue, true, "ID:1"};
    EXPECT_EQ("--a", rights_of(*rights, kKim, temporary));
    EXPECT_EQ("---", rights_of(*rights, kNobody, temporary));
}

TEST_F(DirectoryRightsTest, console_admins_make_and_remove_anything) {
    const auto rights = read(options());
    const Identity admin("ann", {realms::kConsoleAdmins});
    EXPECT_EQ("--a", rights_of(*rights, admin, queue("OTHER")));
    EXPECT_EQ("--a", rights_of(*rights, admin, topic("OTHER")));
}

TEST_F(DirectoryRightsTest, members_are_groups_by_their_text_in_legacy) {
    DirectoryRightsOptions legacy = options();
    legacy.legacy_groups = true;
    const auto rights = read(legacy);
    const Identity by_text("x", {"traders,ou=Group,ou=corp,dc=example,dc=com"});
    EXPECT_EQ("rwa", rights_of(*rights, by_text, queue("ORDERS.A")));
    EXPECT_EQ("---", rights_of(*rights, kTrader, queue("ORDERS.A")));
}

TEST_F(DirectoryRightsTest, a_base_that_is_not_there_gives_none) {
    DirectoryRightsOptions without = options();
    without.topic_base = "ou=None,dc=example,dc=com";
    without.temporary_base = "";
    const auto rights = read(without);
    EXPECT_EQ("---", rights_of(*rights, kKim, topic("NEWS.de.x")));
    EXPECT_EQ("rwa", rights_of(*rights, kNobody, {Domain::queue, true, "ID:1"}))
        << "without an entry these are everybody's";
}

TEST_F(DirectoryRightsTest, change_while_the_broker_runs_and_stay_when_the_server_is_down) {
    Newest newest;
    DirectoryRights rights(options(),
                           [&newest](security::RightsPtr now) { newest.put(std::move(now)); });
    rights.start();
    EXPECT_EQ("r--", rights_of(*newest.next(), kKim, queue("ORDERS.A")));
    change_writers("add");
    EXPECT_EQ("rw-", rights_of(*newest.next(), kKim, queue("ORDERS.A")));
    slapd_->kill();
    slapd_->start();
    change_writers("delete");
    EXPECT_EQ("r--", rights_of(*newest.next(), kKim, queue("ORDERS.A")))
        << "it finds back to a server that was away, and an outage changes nothing";
    rights.stop();
    EXPECT_TRUE(newest.empty());
}

TEST_F(DirectoryRightsTest, nobody_may_do_anything_before_they_are_known) {
    EXPECT_EQ("---", rights_of(*DirectoryRights::nobodys(), kTrader, queue("ORDERS.A")));
    EXPECT_EQ("---",
              rights_of(*DirectoryRights::nobodys(), kTrader, {Domain::queue, true, "ID:1"}));
    const SilentServer silent;
    DirectoryRightsOptions unreachable = options();
    unreachable.directory.urls = {silent.url()};
    unreachable.directory.timeout = std::chrono::milliseconds(50);
    Newest newest;
    DirectoryRights rights(unreachable,
                           [&newest](security::RightsPtr now) { newest.put(std::move(now)); });
    rights.start();
    rights.stop();
    EXPECT_TRUE(newest.empty());
}

}  // namespace
}  // namespace tern::tests
