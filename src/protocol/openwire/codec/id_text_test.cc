#include "protocol/openwire/codec/id_text.h"

#include <gtest/gtest.h>

namespace tern::openwire {
namespace {

constexpr std::string_view kConnection = "ID:host-41327-1795213745434-1:1";

TEST(IdText, BothDirections) {
    const SessionId session{.connection_id = kConnection, .value = -1};
    EXPECT_EQ(to_text(session), "ID:host-41327-1795213745434-1:1:-1");
    EXPECT_EQ(parse_session_id(to_text(session))->value, -1);

    const ConsumerId consumer{.connection_id = kConnection, .session_id = 2, .value = 3};
    EXPECT_EQ(to_text(consumer), "ID:host-41327-1795213745434-1:1:2:3");
    const std::string consumer_text = to_text(consumer);
    EXPECT_EQ(parse_consumer_id(consumer_text), consumer);

    const ProducerId producer{.connection_id = kConnection, .value = 3, .session_id = 2};
    EXPECT_EQ(to_text(producer), "ID:host-41327-1795213745434-1:1:2:3");
    const std::string producer_text = to_text(producer);
    EXPECT_EQ(parse_producer_id(producer_text), producer);

    const MessageId message{.producer_id = producer, .producer_sequence_id = 4};
    EXPECT_EQ(to_text(message), "ID:host-41327-1795213745434-1:1:2:3:4");
    const std::string message_text = to_text(message);
    EXPECT_EQ(parse_message_id(message_text), message);

    const LocalTransactionId transaction{.value = 5,
                                         .connection_id = ConnectionId{.value = kConnection}};
    EXPECT_EQ(to_text(transaction), "TX:ID:host-41327-1795213745434-1:1:5");
    const std::string transaction_text = to_text(transaction);
    EXPECT_EQ(parse_local_transaction_id(transaction_text), transaction);
}

TEST(IdText, ForeignMessageIdsKeepTheirText) {
    EXPECT_EQ(to_text(MessageId{.text_view = "ID:foreign"}), "ID:foreign");
    EXPECT_EQ(to_text(MessageId{.text_view = "foreign"}), "ID:foreign");
}

TEST(IdText, XaTransactionIds) {
    const TransactionId id = XaTransactionId{.format_id = 7,
                                             .global_transaction_id = as_bytes("\x01\xAB"),
                                             .branch_qualifier = as_bytes("\xFF")};
    EXPECT_EQ(to_text(id), "XID:[7,globalId=01ab,branchId=ff]");
}

TEST(IdText, RefusesOtherTexts) {
    for (const std::string_view text :
         {"", "a", "a:", "a:x", "a:1x", ":", "a:99999999999999999999"}) {
        EXPECT_FALSE(parse_session_id(text)) << text;
        EXPECT_FALSE(parse_message_id(text)) << text;
    }
    EXPECT_FALSE(parse_message_id("a:1:2"));
    EXPECT_FALSE(parse_consumer_id("a:1"));
    EXPECT_FALSE(parse_local_transaction_id("c:1"));
}

}  // namespace
}  // namespace tern::openwire
