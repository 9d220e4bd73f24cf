/* The story of clients.py by librabbitmq. Usage: rabbitmq_c PORT; prints a line for each part. */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "%s failed\n", what);
    exit(1);
}

static amqp_bytes_t text(const char *chars) { return amqp_cstring_bytes(chars); }

static amqp_connection_state_t open_connection(int port) {
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    check(socket && amqp_socket_open(socket, "127.0.0.1", port) == AMQP_STATUS_OK, "connect");
    /* Otherwise nobody is told of a queue that goes. */
    amqp_table_entry_t cancels = {.key = text("consumer_cancel_notify"),
                                  .value = {.kind = AMQP_FIELD_KIND_BOOLEAN}};
    cancels.value.value.boolean = 1;
    amqp_table_entry_t capabilities = {.key = text("capabilities"),
                                       .value = {.kind = AMQP_FIELD_KIND_TABLE}};
    capabilities.value.value.table = (amqp_table_t){1, &cancels};
    const amqp_table_t properties = {1, &capabilities};
    amqp_rpc_reply_t reply = amqp_login_with_properties(
        connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 30, &properties, AMQP_SASL_METHOD_PLAIN,
        "guest", "guest");
    check(reply.reply_type == AMQP_RESPONSE_NORMAL, "login");
    check(amqp_channel_open(connection, 1) != NULL, "channel.open");
    return connection;
}

static void close_connection(amqp_connection_state_t connection) {
    amqp_connection_close(connection, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(connection);
}

static void declare(amqp_connection_state_t c, const char *queue, amqp_table_t arguments) {
    check(amqp_queue_declare(c, 1, text(queue), 0, 0, 0, 0, arguments) != NULL, "queue.declare");
}

static void publish(amqp_connection_state_t c, const char *queue, const char *body, int mandatory) {
    check(amqp_basic_publish(c, 1, amqp_empty_bytes, text(queue), mandatory, 0, NULL, text(body)) ==
              AMQP_STATUS_OK,
          "basic.publish");
}

/* Says what is on the queue; false: nothing. */
static int say_next(amqp_connection_state_t c, const char *queue) {
    amqp_message_t message;
    amqp_rpc_reply_t reply = amqp_basic_get(c, 1, text(queue), 1);
    check(reply.reply_type == AMQP_RESPONSE_NORMAL, "basic.get");
    if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) return 0;
    check(amqp_read_message(c, 1, &message, 0).reply_type == AMQP_RESPONSE_NORMAL, "message");
    printf(" %.*s", (int)message.body.len, (char *)message.body.bytes);
    amqp_destroy_message(&message);
    return 1;
}

static amqp_frame_t await_method(amqp_connection_state_t c, amqp_method_number_t id) {
    amqp_frame_t frame;
    check(amqp_simple_wait_frame(c, &frame) == AMQP_STATUS_OK, "wait");
    check(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == id, "the method");
    return frame;
}

static void confirm(int port) {
    amqp_connection_state_t c = open_connection(port);
    declare(c, "c.confirm", amqp_empty_table);
    check(amqp_confirm_select(c, 1) != NULL, "confirm.select");
    publish(c, "c.confirm", "hello", 0);
    await_method(c, AMQP_BASIC_ACK_METHOD);
    printf("confirm:");
    say_next(c, "c.confirm");
    printf(" %s\n", say_next(c, "c.confirm") ? "more" : "empty");
    close_connection(c);
}

static void returned(int port) {
    amqp_connection_state_t c = open_connection(port);
    amqp_message_t message;
    publish(c, "c.nowhere", "lost", 1);
    amqp_frame_t frame = await_method(c, AMQP_BASIC_RETURN_METHOD);
    amqp_basic_return_t *told = frame.payload.method.decoded;
    printf("returned: %d %.*s", told->reply_code, (int)told->reply_text.len,
           (char *)told->reply_text.bytes);
    check(amqp_read_message(c, 1, &message, 0).reply_type == AMQP_RESPONSE_NORMAL, "message");
    printf(" %.*s\n", (int)message.body.len, (char *)message.body.bytes);
    amqp_destroy_message(&message);
    close_connection(c);
}

static void nack(int port) {
    amqp_connection_state_t c = open_connection(port);
    declare(c, "c.nack", amqp_empty_table);
    publish(c, "c.nack", "again", 0);
    check(amqp_basic_consume(c, 1, text("c.nack"), amqp_empty_bytes, 0, 0, 0, amqp_empty_table) !=
              NULL,
          "basic.consume");
    for (int times = 0; times < 2; ++times) {
        amqp_envelope_t envelope;
        check(amqp_consume_message(c, &envelope, NULL, 0).reply_type == AMQP_RESPONSE_NORMAL,
              "delivery");
        if (times == 0) {
            amqp_basic_nack(c, 1, envelope.delivery_tag, 0, 1);
        } else {
            printf("nack: %.*s %s\n", (int)envelope.message.body.len,
                   (char *)envelope.message.body.bytes, envelope.redelivered ? "true" : "false");
            amqp_basic_ack(c, 1, envelope.delivery_tag, 0);
        }
        amqp_destroy_envelope(&envelope);
    }
    close_connection(c);
}

static const amqp_field_value_t *find(const amqp_table_t *table, const char *key) {
    for (int i = 0; i < table->num_entries; ++i) {
        const amqp_bytes_t name = table->entries[i].key;
        if (name.len == strlen(key) && memcmp(name.bytes, key, name.len) == 0) {
            return &table->entries[i].value;
        }
    }
    check(0, key);
    return NULL;
}

static void say_death(const amqp_message_t *message) {
    const amqp_array_t deaths = find(&message->properties.headers, "x-death")->value.array;
    const amqp_table_t *death = &deaths.entries[0].value.table;
    const amqp_bytes_t reason = find(death, "reason")->value.bytes;
    const amqp_bytes_t queue = find(death, "queue")->value.bytes;
    printf("dead letter: %.*s %.*s %.*s %d\n", (int)message->body.len, (char *)message->body.bytes,
           (int)reason.len, (char *)reason.bytes, (int)queue.len, (char *)queue.bytes,
           (int)find(death, "count")->value.i64);
}

static amqp_table_entry_t text_entry(const char *key, const char *value) {
    amqp_table_entry_t entry = {.key = text(key), .value = {.kind = AMQP_FIELD_KIND_UTF8}};
    entry.value.value.bytes = text(value);
    return entry;
}

static void dead_letter(int port) {
    amqp_connection_state_t c = open_connection(port);
    amqp_table_entry_t entries[] = {text_entry("x-dead-letter-exchange", ""),
                                    text_entry("x-dead-letter-routing-key", "c.dead")};
    amqp_message_t message;
    declare(c, "c.dead", amqp_empty_table);
    declare(c, "c.reject", (amqp_table_t){2, entries});
    publish(c, "c.reject", "bad", 0);
    check(amqp_basic_get(c, 1, text("c.reject"), 0).reply.id == AMQP_BASIC_GET_OK_METHOD, "get");
    check(amqp_read_message(c, 1, &message, 0).reply_type == AMQP_RESPONSE_NORMAL, "message");
    amqp_destroy_message(&message);
    check(amqp_basic_reject(c, 1, 1, 0) == AMQP_STATUS_OK, "basic.reject");
    while (amqp_basic_get(c, 1, text("c.dead"), 1).reply.id != AMQP_BASIC_GET_OK_METHOD) {
    }
    check(amqp_read_message(c, 1, &message, 0).reply_type == AMQP_RESPONSE_NORMAL, "letter");
    say_death(&message);
    amqp_destroy_message(&message);
    close_connection(c);
}

static void cancelled(int port) {
    amqp_connection_state_t c = open_connection(port);
    amqp_connection_state_t other = open_connection(port);
    declare(c, "c.cancel", amqp_empty_table);
    check(amqp_basic_consume(c, 1, text("c.cancel"), text("tag"), 0, 0, 0, amqp_empty_table) !=
              NULL,
          "basic.consume");
    amqp_queue_delete(other, 1, text("c.cancel"), 0, 0);
    await_method(c, AMQP_BASIC_CANCEL_METHOD);
    printf("cancelled: null\n");
    close_connection(other);
    close_connection(c);
}

static void stopped(int port) {
    amqp_connection_state_t c = open_connection(port);
    declare(c, "c.stop", amqp_empty_table);
    check(amqp_basic_consume(c, 1, text("c.stop"), text("tag"), 0, 1, 0, amqp_empty_table) != NULL,
          "basic.consume");
    check(amqp_basic_cancel(c, 1, text("tag")) != NULL, "basic.cancel");
    publish(c, "c.stop", "kept", 0);
    printf("stopped:");
    check(say_next(c, "c.stop"), "the message");
    printf("\n");
    close_connection(c);
}

static void transaction(int port) {
    amqp_connection_state_t c = open_connection(port);
    declare(c, "c.tx", amqp_empty_table);
    check(amqp_tx_select(c, 1) != NULL, "tx.select");
    publish(c, "c.tx", "forgotten", 0);
    check(amqp_tx_rollback(c, 1) != NULL, "tx.rollback");
    publish(c, "c.tx", "kept", 0);
    check(amqp_tx_commit(c, 1) != NULL, "tx.commit");
    printf("transaction:");
    say_next(c, "c.tx");
    printf(" %s\n", say_next(c, "c.tx") ? "more" : "empty");
    close_connection(c);
}

static void exclusive(int port) {
    amqp_connection_state_t c = open_connection(port);
    amqp_connection_state_t other = open_connection(port);
    check(amqp_queue_declare(c, 1, text("c.mine"), 0, 0, 1, 0, amqp_empty_table) != NULL,
          "queue.declare");
    amqp_queue_declare(other, 1, text("c.mine"), 1, 0, 0, 0, amqp_empty_table);
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(other);
    check(reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION, "a refusal");
    printf("exclusive: %d\n", ((amqp_channel_close_t *)reply.reply.decoded)->reply_code);
    close_connection(other);
    close_connection(c);
}

int main(int count, char **arguments) {
    check(count == 2, "rabbitmq_c PORT");
    const int port = atoi(arguments[1]);
    confirm(port);
    returned(port);
    nack(port);
    dead_letter(port);
    cancelled(port);
    stopped(port);
    exclusive(port);
    transaction(port);
    return 0;
}
