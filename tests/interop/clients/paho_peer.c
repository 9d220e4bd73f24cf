/* Eclipse Paho's client for C: URL VERSION (4 or 5). A line for a command, a line for its answer;
 * all words but the first are an x and bytes in hexadecimal digits. */

#include <MQTTClient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kWaitMs = 20000, kQos = 1, kVersion5 = 5 };

typedef struct {
    char* data;
    size_t size;
} Bytes;

static void check(int code, const char* what) {
    if (code == MQTTCLIENT_SUCCESS) return;
    fprintf(stderr, "paho: %s: %d\n", what, code);
    exit(1);
}

/* The next word of the line; with a zero behind it. */
static Bytes take_word(void) {
    const char* const word = strtok(NULL, " \n");
    Bytes bytes = {NULL, 0};
    if (word == NULL) return bytes;
    bytes.size = (strlen(word) - 1) / 2;
    bytes.data = malloc(bytes.size + 1);
    for (size_t i = 0; i < bytes.size; ++i) {
        unsigned value = 0;
        sscanf(word + 1 + 2 * i, "%2x", &value);
        bytes.data[i] = (char)value;
    }
    bytes.data[bytes.size] = '\0';
    return bytes;
}

static void put_word(const char* data, size_t size) {
    fputs(" x", stdout);
    for (size_t i = 0; i < size; ++i) printf("%02x", (unsigned)(unsigned char)data[i]);
}

static void subscribe(MQTTClient client, int version) {
    const Bytes topic = take_word();
    if (version == kVersion5) {
        MQTTResponse response = MQTTClient_subscribe5(client, topic.data, kQos, NULL, NULL);
        if (response.reasonCode != MQTTREASONCODE_GRANTED_QOS_1) check(-1, "subscribe");
        MQTTResponse_free(response);
    } else {
        check(MQTTClient_subscribe(client, topic.data, kQos), "subscribe");
    }
    free(topic.data);
    puts("ok");
}

static void send(MQTTClient client, int version) {
    const Bytes topic = take_word();
    const Bytes body = take_word();
    const Bytes retain = take_word();
    const Bytes tone = take_word();
    MQTTClient_deliveryToken token = 0;
    MQTTClient_message message = MQTTClient_message_initializer;
    message.payload = body.data;
    message.payloadlen = (int)body.size;
    message.qos = kQos;
    message.retained = retain.size > 0;
    if (tone.size > 0) {
        MQTTProperty property = {.identifier = MQTTPROPERTY_CODE_USER_PROPERTY};
        property.value.data.data = "tone";
        property.value.data.len = 4;
        property.value.value.data = tone.data;
        property.value.value.len = (int)tone.size;
        check(MQTTProperties_add(&message.properties, &property), "property");
    }
    if (version == kVersion5) {
        MQTTResponse response = MQTTClient_publishMessage5(client, topic.data, &message, &token);
        check(response.reasonCode, "publish");
        MQTTResponse_free(response);
    } else {
        check(MQTTClient_publishMessage(client, topic.data, &message, &token), "publish");
    }
    check(MQTTClient_waitForCompletion(client, token, kWaitMs), "acknowledgement");
    MQTTProperties_free(&message.properties);
    free(topic.data);
    free(body.data);
    free(retain.data);
    free(tone.data);
    puts("ok");
}

static void receive(MQTTClient client) {
    char* topic = NULL;
    int topic_bytes = 0;
    MQTTClient_message* message = NULL;
    check(MQTTClient_receive(client, &topic, &topic_bytes, &message, kWaitMs), "receive");
    if (message == NULL) check(-1, "nothing received");
    fputs("message", stdout);
    put_word(message->payload, (size_t)message->payloadlen);
    const int count =
        MQTTProperties_propertyCount(&message->properties, MQTTPROPERTY_CODE_USER_PROPERTY);
    for (int i = 0; i < count; ++i) {
        const MQTTProperty* const one =
            MQTTProperties_getPropertyAt(&message->properties, MQTTPROPERTY_CODE_USER_PROPERTY, i);
        const MQTTLenString name = one->value.data;
        if (name.len != 4) continue;
        if (memcmp(name.data, "tone", 4) != 0 && memcmp(name.data, "text", 4) != 0) continue;
        put_word(one->value.value.data, (size_t)one->value.value.len);
        break;
    }
    puts("");
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
}

static MQTTClient open_client(const char* url, int version) {
    MQTTClient client = NULL;
    MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
    create.MQTTVersion = version;
    char name[32];
    snprintf(name, sizeof name, "paho-c-%p", (void*)&client);
    check(MQTTClient_createWithOptions(&client, url, name, MQTTCLIENT_PERSISTENCE_NONE, NULL,
                                       &create),
          "create");
    if (version == kVersion5) {
        MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer5;
        MQTTResponse response = MQTTClient_connect5(client, &options, NULL, NULL);
        check(response.reasonCode, "connect");
        MQTTResponse_free(response);
    } else {
        MQTTClient_connectOptions options = MQTTClient_connectOptions_initializer;
        options.MQTTVersion = version;
        check(MQTTClient_connect(client, &options), "connect");
    }
    return client;
}

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const int version = atoi(argv[2]);
    MQTTClient client = open_client(argv[1], version);
    char* line = NULL;
    size_t capacity = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (getline(&line, &capacity, stdin) > 0) {
        const char* const verb = strtok(line, " \n");
        if (verb == NULL || strcmp(verb, "close") == 0) break;
        if (strcmp(verb, "subscribe") == 0) subscribe(client, version);
        if (strcmp(verb, "send") == 0) send(client, version);
        if (strcmp(verb, "receive") == 0) receive(client);
    }
    free(line);
    MQTTClient_disconnect(client, kWaitMs);
    MQTTClient_destroy(&client);
    return 0;
}
