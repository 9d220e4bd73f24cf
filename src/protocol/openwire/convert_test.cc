#include "protocol/openwire/convert.h"

#include "protocol/openwire/codec/errc.h"
#include "protocol/openwire/codec/primitive_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tern::openwire {
namespace {

/// A message with something in every field that survives storing.
Message full_message(DataType type) {
    Message message;
    message.type = type;
    message.command_id = 17;
    message.response_required = true;
    message.producer_id = ProducerId{.connection_id = "ID:host-1:1", .value = 3, .session_id = 2};
    message.destination = Destination{.type = DataType::queue, .physical_name = "orders"};
    message.transaction_id =
        LocalTransactionId{.value = 5, .connection_id = ConnectionId{"ID:host-1:1"}};
    message.original_destination =
        Destination{.type = DataType::topic, .physical_name = "orders,billing"};
    message.message_id = MessageId{.text_view = "foreign",
                                   .producer_id = message.producer_id,
                                   .producer_sequence_id = 4711,
                                   .broker_sequence_id = 12};
    message.original_transaction_id = XaTransactionId{.format_id = 9,
                                                      .global_transaction_id = as_bytes("gtid"),
                                                      .branch_qualifier = as_bytes("b")};
    message.group_id = "group \xC3\xA9";
    message.group_sequence = -7;
    message.correlation_id = "correlation";
    message.persistent = true;
    message.expiration = 1'700'000'000'123;
    message.priority = 9;
    message.reply_to = Destination{.type = DataType::temp_queue, .physical_name = "ID:host-1:1:1"};
    message.timestamp = 1'600'000'000'000;
    message.jms_type = "type";
    message.content = as_bytes("content");
    message.properties = as_bytes("properties");
    message.target_consumer_id = ConsumerId{.connection_id = "ID:x", .session_id = 1, .value = 1};
    message.compressed = true;
    message.redelivery_counter = 2;
    message.broker_path.emplace().push_back(BrokerId{"broker"});
    message.arrival = 6;
    message.user_id = "user";
    message.received_by_df_bridge = true;
    message.droppable = true;
    message.cluster.emplace().push_back({});
    message.broker_in_time = 8;
    message.broker_out_time = 9;
    message.group_first_for_consumer = true;
    if (type == DataType::blob_message) {
        message.remote_blob_url = "http://blob";
        message.mime_type = "text/plain";
        message.deleted_by_broker = true;
    }
    return message;
}

constexpr DataType kAllTypes[] = {DataType::message,        DataType::bytes_message,
                                  DataType::map_message,    DataType::object_message,
                                  DataType::stream_message, DataType::text_message,
                                  DataType::blob_message};

class Convert : public testing::Test {
protected:
    MessagePtr store(const Message& message, const Buffer* owner = nullptr) {
        auto stored = converter_.store(message, owner);
        EXPECT_TRUE(stored) << stored.error().message();
        return stored.value_or(nullptr);
    }
    Message load(const tern::Message& stored) {
        Message message;
        const auto loaded = converter_.load(stored, message);
        EXPECT_TRUE(loaded) << loaded.error().message();
        return message;
    }
    void expect_survives(const Message& message) {
        const MessagePtr stored = store(message);
        ASSERT_NE(stored, nullptr);
        EXPECT_TRUE(load(*stored) == message);
        // As after a restart: from the bytes of the journal, by a converter that knows nothing.
        ByteWriter bytes;
        for (const Buffer& part : stored->stored()) bytes.append(part.bytes());
        const auto decoded = tern::Message::decode(bytes.bytes());
        ASSERT_TRUE(decoded);
        MessageConverter fresh;
        Message loaded;
        ASSERT_TRUE(fresh.load(**decoded, loaded));
        EXPECT_TRUE(loaded == message);
    }

    MessageConverter converter_;
};

TEST_F(Convert, messages_of_all_types_survive_with_all_their_fields) {
    for (const DataType type : kAllTypes) {
        SCOPED_TRACE(static_cast<int>(type));
        expect_survives(full_message(type));
        expect_survives(Message{.type = type});
    }
}

TEST_F(Convert, null_and_empty_content_and_properties_stay_apart) {
    for (const bool content : {false, true}) {
        for (const bool properties : {false, true}) {
            Message message = full_message(DataType::bytes_message);
            message.content = content ? ByteArray(as_bytes("")) : ByteArray();
            message.properties = properties ? ByteArray(as_bytes("")) : ByteArray();
            expect_survives(message);
            const MessagePtr stored = store(message);
            EXPECT_EQ(load(*stored).content.is_null(), !content);
            EXPECT_EQ(load(*stored).properties.is_null(), !properties);
        }
    }
}

TEST_F(Convert, an_advisory_survives_with_its_payload) {
    Message message;
    message.jms_type = "Advisory";
    DestinationInfo info;
    info.destination = Destination{.type = DataType::temp_topic, .physical_name = "ID:a:1"};
    message.data_structure.emplace().value = Command(info);
    expect_survives(message);
}

TEST_F(Convert, the_broker_reads_what_it_needs_in_the_header) {
    const Message message = full_message(DataType::text_message);
    const MessagePtr stored = store(message);
    const MessageHeader& header = stored->header();
    EXPECT_EQ(header.format, Format::openwire);
    EXPECT_EQ(header.durable, Durable::yes);
    EXPECT_EQ(header.priority, 9);
    EXPECT_EQ(header.timestamp_ms, 1'600'000'000'000);
    EXPECT_EQ(header.expires_at_ms, 1'700'000'000'123);
    EXPECT_EQ(header.group_id, "group \xC3\xA9");
    EXPECT_EQ(header.group_sequence, -7);
    EXPECT_EQ(as_text(stored->properties()), "properties");
    EXPECT_EQ(as_text(stored->body().bytes()), "content");

    EXPECT_EQ(store(Message{})->header().durable, Durable::no);
    EXPECT_EQ(store(Message{})->header().group_id, "");
}

TEST_F(Convert, priorities_out_of_range_are_the_nearest_for_the_broker_and_untouched_for_clients) {
    for (const auto& [sent, kept] : {std::pair{-128, 0}, {-1, 0}, {10, 9}, {127, 9}}) {
        Message message;
        message.priority = static_cast<std::int8_t>(sent);
        EXPECT_EQ(store(message)->header().priority, kept);
        expect_survives(message);
    }
}

TEST_F(Convert, large_content_stays_in_the_block_it_came_in) {
    MutableBuffer block(100'000);
    std::fill_n(block.data(), block.capacity(), std::uint8_t{'x'});
    const Buffer owner = std::move(block).freeze(100'000);
    Message message;
    message.content = owner.bytes().subspan(100, 50'000);
    EXPECT_EQ(store(message, &owner)->body().data(), owner.data() + 100);
    EXPECT_NE(store(message)->body().data(), owner.data() + 100) << "nobody keeps those bytes";
    message.content = owner.bytes().first(10);
    EXPECT_NE(store(message, &owner)->body().data(), owner.data()) << "would pin 100 kB for 10";
    expect_survives(message);
}

TEST_F(Convert, stored_bytes_that_are_no_message_are_an_error) {
    Message message;
    const auto empty = tern::Message::create({}, {}, {}, {}, nullptr);
    EXPECT_EQ(converter_.load(*empty, message), failure(Errc::truncated));

    const MessagePtr whole = store(full_message(DataType::text_message));
    for (std::size_t size = 1; size < whole->native().size(); ++size) {
        const auto cut =
            tern::Message::create(whole->header(), whole->native().first(size), {}, {}, nullptr);
        EXPECT_FALSE(converter_.load(*cut, message)) << size;
    }
}

TEST_F(Convert, what_cannot_be_encoded_is_refused_and_does_no_harm) {
    const std::string long_text(70'000, 'x');
    Message message = full_message(DataType::text_message);
    message.correlation_id = long_text;
    EXPECT_EQ(converter_.store(message, nullptr).error(), Errc::too_long);
    message.correlation_id = {};
    expect_survives(message);
}

// ---- destinations

Destination wire(DataType type, std::string_view name) {
    return {.type = type, .physical_name = name};
}

TEST(ConvertDestination, all_kinds_both_ways) {
    using broker::Domain;
    const std::tuple<DataType, Domain, bool> kinds[] = {
        {DataType::queue, Domain::queue, false},
        {DataType::topic, Domain::topic, false},
        {DataType::temp_queue, Domain::queue, true},
        {DataType::temp_topic, Domain::topic, true}};
    for (const auto& [type, domain, temporary] : kinds) {
        const broker::DestinationView view = to_broker(wire(type, "a.b"));
        EXPECT_EQ(view, (broker::DestinationView{domain, temporary, "a.b"}));
        EXPECT_TRUE(from_broker(view) == wire(type, "a.b"));
    }
}

TEST(ConvertDestination, blanks_around_a_name_and_its_options_are_cut_off) {
    const auto name = [](std::string_view text) {
        return std::string(to_broker(wire(DataType::queue, text)).name);
    };
    EXPECT_EQ(name("  a b "), "a b");
    EXPECT_EQ(name("a?consumer.prefetchSize=1"), "a");
    EXPECT_EQ(name(" a ?x?y"), "a");
    EXPECT_EQ(name("?x"), "");
    EXPECT_EQ(name("   "), "");
    EXPECT_EQ(name(""), "");
    EXPECT_EQ(to_broker(Destination{}).name, "");
}

}  // namespace
}  // namespace tern::openwire
