#include "admin/rabbitmq/book.h"

#include <gtest/gtest.h>

namespace tern::admin::rabbitmq {
namespace {

constexpr std::string_view kFile = R"({
  "users": [{"name": "ann", "tags": ["management"]}, {"name": "bob", "tags": []}],
  "vhosts": [{"name": "/"}, {"name": "shop"}],
  "permissions": [{"user": "ann", "vhost": "shop", "configure": "", "write": "", "read": ""},
                  {"user": "bob", "vhost": "/", "configure": "", "write": "", "read": ""}],
  "policies": [{"vhost": "shop", "name": "p", "pattern": "", "definition": {}}],
  "queues": [{"name": "q", "vhost": "shop"}, {"name": "q", "vhost": "/"}]})";

Book read(std::string_view definitions, std::string_view changes = "") {
    auto book = Book::read(definitions, changes);
    EXPECT_TRUE(book) << book.error();
    return std::move(*book);
}

json::object user(std::string_view name, std::string_view hash) {
    return {{"name", name}, {"password_hash", hash}};
}

TEST(BookTest, without_a_file_it_is_a_new_servers) {
    const Book book = read("");
    EXPECT_TRUE(book.has(Section::users, {"guest"}));
    EXPECT_TRUE(book.has(Section::vhosts, {"/"}));
    EXPECT_TRUE(book.has(Section::permissions, {"guest", "/"}));
    EXPECT_EQ(book.changes(), "{}");
}

TEST(BookTest, changes_are_kept_apart_from_the_file) {
    Book book = read(kFile);
    book.put(Section::users, user("cid", "1"));
    book.put(Section::users, user("ann", "2"));
    book.remove(Section::policies, {"shop", "p"});
    const Book again = read(kFile, book.changes());
    EXPECT_EQ(again.definitions(), book.definitions());
    EXPECT_TRUE(again.has(Section::users, {"cid"}));
    EXPECT_EQ(again.find(Section::users, {"ann"})->at("password_hash"), "2");
    EXPECT_FALSE(again.has(Section::policies, {"shop", "p"}));
    // What the file says anew of others counts.
    const Book other = read(R"({"users": [{"name": "dan"}]})", book.changes());
    EXPECT_TRUE(other.has(Section::users, {"dan"}));
    EXPECT_TRUE(other.has(Section::users, {"ann"}));
    EXPECT_FALSE(other.has(Section::users, {"bob"}));
}

TEST(BookTest, what_was_added_and_removed_leaves_no_trace) {
    Book book = read(kFile);
    book.put(Section::users, user("cid", "1"));
    book.remove(Section::users, {"cid"});
    EXPECT_EQ(book.changes(), "{}");
}

TEST(BookTest, virtual_hosts_begin_with_the_policies_of_operators) {
    const std::vector<DefaultPolicy> defaults{
        {.name = "cap",
         .matches = [](std::string_view vhost) { return vhost.starts_with("s"); },
         .value = {{"pattern", ""}}}};
    const auto made = [&defaults](std::string_view file, std::string_view changes = "") {
        return *Book::read(file, changes, defaults);
    };
    const Book::Key of_shop{"operator_policy", "shop", "cap"};
    const Book::Key of_store{"operator_policy", "store", "cap"};
    Book book = made(R"({"vhosts": [{"name": "shop"}, {"name": "other"}]})");
    EXPECT_TRUE(book.has(Section::parameters, of_shop));
    EXPECT_EQ(book.all(Section::parameters).size(), 1U);
    EXPECT_EQ(book.changes(), "{}");
    book.put(Section::vhosts, {{"name", "store"}});
    EXPECT_TRUE(book.has(Section::parameters, of_store));
    // Those that were taken away do not come back with the next start, or a change of the host.
    book.remove(Section::parameters, of_shop);
    book.remove(Section::parameters, of_store);
    book.put(Section::vhosts, {{"name", "store"}, {"description", "ours"}});
    EXPECT_FALSE(book.has(Section::parameters, of_store));
    const Book again = made(R"({"vhosts": [{"name": "shop"}]})", book.changes());
    EXPECT_TRUE(again.has(Section::vhosts, {"store"}));
    EXPECT_TRUE(again.all(Section::parameters).empty());
}

TEST(BookTest, with_a_user_go_the_permissions) {
    Book book = read(kFile);
    book.remove(Section::users, {"ann"});
    EXPECT_FALSE(book.has(Section::permissions, {"ann", "shop"}));
    EXPECT_TRUE(book.has(Section::permissions, {"bob", "/"}));
}

TEST(BookTest, with_a_virtual_host_goes_all_that_is_in_it) {
    Book book = read(kFile);
    book.remove(Section::vhosts, {"shop"});
    EXPECT_FALSE(book.has(Section::permissions, {"ann", "shop"}));
    EXPECT_FALSE(book.has(Section::policies, {"shop", "p"}));
    const json::object whole = json::parse(read(kFile, book.changes()).definitions()).as_object();
    ASSERT_EQ(whole.at("queues").as_array().size(), 1U);
    EXPECT_EQ(whole.at("queues").as_array()[0].at("vhost"), "/");
}

TEST(BookTest, what_is_wrong_is_named) {
    const auto problem = [](std::string_view definitions, std::string_view changes = "") {
        return Book::read(definitions, changes).error();
    };
    EXPECT_EQ(problem("[]"), "it is no object");
    EXPECT_EQ(problem(R"({"users": 1})"), "users is no list");
    EXPECT_EQ(problem(R"({"users": [{"tags": ""}]})"), "users: there is no text name");
    EXPECT_EQ(problem(R"({"permissions": [{"user": "a"}]})"),
              "permissions: there is no text vhost");
    EXPECT_EQ(problem(R"({"queues": 1})"), "queues is no list");
    EXPECT_EQ(problem("{}", R"({"users": [1]})"), "users has what is no object");
}

}  // namespace
}  // namespace tern::admin::rabbitmq
