#include "config/files/read_document.h"

#include "base/temporary_folder_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tern::config {
namespace {

namespace fs = std::filesystem;

class ReadDocument : public testing::Test {
protected:
    ReadDocument() { fs::create_directory(base_ / "conf"); }

    std::string write(const std::string& name, const std::string& text) {
        const fs::path path = base_ / "conf" / name;
        std::ofstream(path) << text;
        return path.string();
    }

    TemporaryFolder made_;
    const fs::path base_ = made_.path();
};

TEST_F(ReadDocument, places_of_a_distribution_are_around_the_file) {
    write("credentials.properties", "broker.name=from-properties\n");
    const std::string path = write("activemq.xml", R"(<beans>
      <bean class="org.springframework.beans.factory.config.PropertyPlaceholderConfigurer">
        <property name="locations">
          <value>file:${activemq.conf}/credentials.properties</value>
        </property>
      </bean>
      <broker brokerName="${broker.name}" dataDirectory="${activemq.data}"/></beans>)");
    const Loaded loaded = read_document("xbean:" + path);
    EXPECT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    EXPECT_EQ(loaded.broker.name, "from-properties");
    EXPECT_EQ(loaded.broker.data_directory, (base_ / "data").string());
    EXPECT_EQ(loaded.report.companions,
              std::vector{(base_ / "conf" / "credentials.properties").string()});
}

TEST_F(ReadDocument, what_cannot_be_read_is_said) {
    const Loaded missing = read_document((base_ / "none.xml").string());
    ASSERT_FALSE(missing.report.accepted());
    EXPECT_NE(to_table(missing.report).find("No such file"), std::string::npos);
    EXPECT_FALSE(read_document(base_.string()).report.accepted());
    const Loaded companion = read_document(write("a.xml", R"(<beans>
      <bean class="x.PropertyPlaceholderConfigurer">
        <property name="location" value="file:/nowhere/at.all"/></bean><broker/></beans>)"));
    EXPECT_NE(to_table(companion.report).find("3:9      rejected   property: cannot read"),
              std::string::npos)
        << to_table(companion.report);
    EXPECT_EQ(companion.report.companions, std::vector<std::string>{"/nowhere/at.all"});
}

TEST_F(ReadDocument, encrypted_values_need_the_password_of_the_environment) {
    const std::string path = write("a.xml", R"(<beans>
      <bean class="x.PropertyPlaceholderConfigurer">
        <property name="location" value="file:${activemq.conf}/a.properties"/></bean>
      <broker brokerName="${name}"/></beans>)");
    write("a.properties", "name=ENC(eooeKMRSsrT1T4Ag5OwA/A==)\n");
    EXPECT_FALSE(read_document(path).report.accepted());
    ::setenv("ACTIVEMQ_ENCRYPTION_PASSWORD", "other", 1);
    EXPECT_FALSE(read_document(path).report.accepted());
    ::setenv("ACTIVEMQ_ENCRYPTION_PASSWORD", "activemq", 1);
    const Loaded loaded = read_document(path);
    EXPECT_TRUE(loaded.report.accepted()) << to_table(loaded.report);
    EXPECT_EQ(loaded.broker.name, "grüße");
    ::setenv("ACTIVEMQ_ENCRYPTION_ALGORITHM", "PBEWithHmacSHA256AndAES_256", 1);
    write("a.properties",
          "name=ENC(iVk05GrSZ3PvSfzz/LIn+MKydCE6UYCpQVPA0rKc9KHKmlBy3x1VbzfyyRfA51lO)\n");
    EXPECT_EQ(read_document(path).broker.name, "grüße");
    ::unsetenv("ACTIVEMQ_ENCRYPTION_ALGORITHM");
    ::unsetenv("ACTIVEMQ_ENCRYPTION_PASSWORD");
}

TEST_F(ReadDocument, a_broker_may_be_a_uri) {
    EXPECT_FALSE(read_document("broker:(tcp://127.0.0.1:0)?persistent=false").broker.persistent);
}

}  // namespace
}  // namespace tern::config
