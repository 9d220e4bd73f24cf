#include "security/rights.h"

#include <gtest/gtest.h>

namespace tern::security {
namespace {

using broker::DestinationView;
using broker::Domain;

DestinationView queue(std::string_view name) {
    return {Domain::queue, false, name};
}
DestinationView topic(std::string_view name) {
    return {Domain::topic, false, name};
}

Rights::Rule rule(Domain domain, std::string name, std::string_view read, std::string_view write,
                  std::string_view admin) {
    return {{domain, false, std::move(name)}, {Holders(read), Holders(write), Holders(admin)}};
}

/// What somebody may do there, as in "rw-".
std::string rights_of(const Rights& rights, const Identity& who, const DestinationView& where) {
    std::string all;
    all += rights.allow(who, Right::read, where) ? 'r' : '-';
    all += rights.allow(who, Right::write, where) ? 'w' : '-';
    all += rights.allow(who, Right::admin, where) ? 'a' : '-';
    return all;
}

const Identity kAdmin("system", {"admins", "users"});
const Identity kUser("user", {"users"});
const Identity kGuest("guest", {"guests"});
const Identity kNobody("nobody", {});

/// The example of ActiveMQ's own documents.
Rights example() {
    return {{rule(Domain::queue, ">", "admins", "admins", "admins"),
             rule(Domain::queue, "USERS.>", "users", "users", "users"),
             rule(Domain::queue, "GUEST.>", "guests", "guests,users", "guests,users"),
             rule(Domain::topic, ">", "admins", "admins", "admins"),
             rule(Domain::topic, "ActiveMQ.Advisory.>", "*", "*", "*")},
            std::nullopt,
            std::nullopt};
}

TEST(rights, may_be_those_of_the_closest_entry_alone) {
    const Rights rights({rule(Domain::queue, ">", "users", "users", "admins"),
                         rule(Domain::queue, "A.>", "guests", "guests", ""),
                         rule(Domain::queue, "A.B", "admins", "admins", "admins"),
                         rule(Domain::queue, "*.C", "users", "guests", "")},
                        std::nullopt, std::nullopt, Rights::Counting::closest);
    EXPECT_EQ("rw-", rights_of(rights, kUser, queue("X")));
    EXPECT_EQ("---", rights_of(rights, kUser, queue("A.X")));
    EXPECT_EQ("rw-", rights_of(rights, kGuest, queue("A.X")));
    EXPECT_EQ("---", rights_of(rights, kGuest, queue("A.B")));
    EXPECT_EQ("rwa", rights_of(rights, kAdmin, queue("A.B")));
    EXPECT_EQ("-w-", rights_of(rights, kGuest, queue("A.C"))) << "what both entries give";
    EXPECT_EQ("---", rights_of(rights, kUser, queue(">"))) << "A.X is closed to them";
    EXPECT_EQ("---", rights_of(rights, kGuest, queue("A.*"))) << "A.B is";
    EXPECT_EQ("r--", rights_of(rights, kUser, queue("X.*"))) << "X.C may not be written";
    EXPECT_EQ("---", rights_of(rights, kUser, queue("A.X::own"))) << "a queue of A.X";
    EXPECT_EQ("rw-", rights_of(rights, kUser, queue("X::own")));
}

TEST(rights, are_those_of_all_entries_that_match) {
    const Rights rights = example();
    EXPECT_EQ("rwa", rights_of(rights, kAdmin, queue("A")));
    EXPECT_EQ("---", rights_of(rights, kUser, queue("A")));
    EXPECT_EQ("rwa", rights_of(rights, kUser, queue("USERS.A.B")));
    EXPECT_EQ("rwa", rights_of(rights, kUser, queue("USERS")));
    EXPECT_EQ("-wa", rights_of(rights, kUser, queue("GUEST.A")));
    EXPECT_EQ("rwa", rights_of(rights, kGuest, queue("GUEST.A")));
    EXPECT_EQ("rwa", rights_of(rights, kAdmin, queue("GUEST.A")))
        << "a narrower entry takes nothing away";
    EXPECT_EQ("---", rights_of(rights, kUser, topic("USERS.A")));
    EXPECT_EQ("rwa", rights_of(rights, kNobody, topic("ActiveMQ.Advisory.Queue")));
}

TEST(rights, may_be_those_of_users) {
    const Holders holders({"users", "a,b"}, {"nobody"});
    EXPECT_TRUE(holders.include(kUser));
    EXPECT_TRUE(holders.include(kNobody));
    EXPECT_FALSE(holders.include(kGuest));
    EXPECT_TRUE(holders.include(Identity("x", {"a,b"})));
    EXPECT_FALSE(holders.include(Identity("users", {"nobody"}))) << "a user is no group";
    EXPECT_TRUE(Holders({"*"}, {}).include(kNobody));
    EXPECT_FALSE(Holders({}, {"*"}).include(kNobody));
    EXPECT_EQ(Holders("a,b"), Holders({"b", "a"}, {}));
}

TEST(rights, nobody_has_any_where_nothing_matches) {
    const Rights rights({rule(Domain::queue, "A", "*", "*", "*")}, std::nullopt, std::nullopt);
    EXPECT_EQ("rwa", rights_of(rights, kNobody, queue("A")));
    EXPECT_EQ("---", rights_of(rights, kAdmin, queue("B")));
    EXPECT_EQ("---", rights_of(rights, kAdmin, queue("A.B")));
    EXPECT_EQ("---", rights_of(Rights({}, std::nullopt, std::nullopt), kAdmin, queue("A")));
}

TEST(rights, the_entry_for_all_adds_to_each_union) {
    const RightsEntry otherwise{Holders("admins"), Holders("users"), Holders("")};
    const Rights rights({rule(Domain::queue, "A", "users", "guests", "")}, otherwise, std::nullopt);
    EXPECT_EQ("rw-", rights_of(rights, kUser, queue("A")));
    EXPECT_EQ("-w-", rights_of(rights, kUser, queue("B")));
    EXPECT_EQ("rw-", rights_of(rights, kAdmin, topic("B")));
}

TEST(rights, temporary_destinations_are_everybodys_without_an_entry) {
    const DestinationView temporary{Domain::queue, true, "ID:x:1"};
    EXPECT_EQ("rwa", rights_of(example(), kNobody, temporary));
    const RightsEntry entry{Holders("admins"), Holders("users, guests"), Holders("*")};
    const Rights rights({}, std::nullopt, entry);
    EXPECT_EQ("--a", rights_of(rights, kNobody, temporary));
    EXPECT_EQ("-wa", rights_of(rights, kGuest, temporary));
    EXPECT_EQ("rwa", rights_of(rights, kAdmin, temporary));
}

TEST(rights, composite_names_need_them_on_every_part) {
    const Rights rights = example();
    EXPECT_EQ("rwa", rights_of(rights, kUser, queue("USERS.A,USERS.B")));
    EXPECT_EQ("---", rights_of(rights, kUser, queue("USERS.A,A")));
    EXPECT_EQ("---", rights_of(rights, kUser, queue("USERS.A,topic://USERS.A")));
    EXPECT_EQ("-wa", rights_of(rights, kUser, queue("USERS.A, GUEST.A")));
}

TEST(rights, a_wildcard_needs_an_entry_for_all_it_stands_for) {
    const Rights rights = example();
    EXPECT_EQ("rwa", rights_of(rights, kUser, queue("USERS.>")));
    EXPECT_EQ("rwa", rights_of(rights, kUser, queue("USERS.*")));
    EXPECT_EQ("rwa", rights_of(rights, kUser, queue("USERS.A.*.B.>")));
    EXPECT_EQ("---", rights_of(rights, kUser, queue(">")));
    EXPECT_EQ("---", rights_of(rights, kUser, queue("*")));
    EXPECT_EQ("---", rights_of(rights, kUser, queue("*.A")));
    EXPECT_EQ("rwa", rights_of(rights, kAdmin, queue(">")));
}

TEST(rights, covering) {
    EXPECT_TRUE(covers(">", "A"));
    EXPECT_TRUE(covers(">", "A.>"));
    EXPECT_TRUE(covers("A.>", "A"));
    EXPECT_TRUE(covers("A.*", "A.B"));
    EXPECT_TRUE(covers("A.*.C", "A.*.C"));
    EXPECT_FALSE(covers("A.*", "A.>"));
    EXPECT_FALSE(covers("A.*", "A"));
    EXPECT_FALSE(covers("A.B", "A.*"));
    EXPECT_FALSE(covers("A", "A.B"));
    EXPECT_FALSE(covers("*.B.>", ">"));
    EXPECT_TRUE(covers("A", "A"));
    EXPECT_FALSE(covers("A", "A."));
    EXPECT_FALSE(covers("A.", "A"));
}

TEST(rights, holders_are_read_with_blanks) {
    const Holders holders(" users ,, guests\n");
    EXPECT_TRUE(holders.include(kUser));
    EXPECT_TRUE(holders.include(kGuest));
    EXPECT_FALSE(holders.include(kNobody));
    EXPECT_FALSE(Holders("").include(kAdmin));
    EXPECT_TRUE(Holders("x,*").include(kNobody));
}

}  // namespace
}  // namespace tern::security
