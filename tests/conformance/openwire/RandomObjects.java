import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.jms.JMSException;
import org.apache.activemq.command.ActiveMQBlobMessage;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTempQueue;
import org.apache.activemq.command.ActiveMQTempTopic;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.BaseCommand;
import org.apache.activemq.command.BrokerId;
import org.apache.activemq.command.CommandTypes;
import org.apache.activemq.command.ConnectionId;
import org.apache.activemq.command.ConsumerId;
import org.apache.activemq.command.DataStructure;
import org.apache.activemq.command.LocalTransactionId;
import org.apache.activemq.command.Message;
import org.apache.activemq.command.NetworkBridgeFilter;
import org.apache.activemq.command.ProducerId;
import org.apache.activemq.command.RemoveInfo;
import org.apache.activemq.command.SessionId;
import org.apache.activemq.command.TransactionId;
import org.apache.activemq.command.WireFormatInfo;
import org.apache.activemq.command.XATransactionId;
import org.apache.activemq.filter.BooleanExpression;
import org.apache.activemq.openwire.DataStreamMarshaller;
import org.apache.activemq.util.ByteSequence;

/** Commands with random fields, the same ones for the same seed. */
final class RandomObjects {
    private static final int DEPTH_MAX = 5;
    private static final Set<Class<?>> COMPARED_IN_CACHE = Set.of(
        BrokerId.class, ConnectionId.class, SessionId.class, ConsumerId.class, ProducerId.class,
        LocalTransactionId.class, XATransactionId.class);
    private static final Set<String> FIELDS_OF_WIRE_FORMAT_INFO =
        Set.of("setVersion", "setMarshalledProperties");

    private final Random random;
    private final DataStreamMarshaller[] marshallers;
    private final boolean messagesMayBeNull;
    private int depth;

    RandomObjects(long seed, Wire wire, DataStreamMarshaller[] marshallers) {
        this.random = new Random(seed);
        this.marshallers = marshallers;
        // The marshallers of these versions cannot stand an exception without a message.
        this.messagesMayBeNull = wire.version() != 1 && wire.version() != 10;
    }

    DataStructure command() throws Exception {
        depth = 0;
        return filled(pick(true));
    }

    private DataStructure pick(boolean command) {
        for (;;) {
            int type = random.nextInt(125);
            if (marshallers[type] == null) continue;
            DataStructure object = marshallers[type].createObject();
            if (!command || mayStandAtTheTop(type)) return object;
        }
    }

    private static boolean mayStandAtTheTop(int type) {
        return type <= CommandTypes.INTEGER_RESPONSE || type == CommandTypes.PARTIAL_COMMAND
            || type == CommandTypes.PARTIAL_LAST_COMMAND || type == CommandTypes.REPLAY
            || type == CommandTypes.MESSAGE_DISPATCH_NOTIFICATION
            || type == CommandTypes.BROKER_SUBSCRIPTION_INFO;
    }

    private <T> T filled(T object) throws Exception {
        depth++;
        Method[] setters = object.getClass().getMethods();
        Arrays.sort(setters, Comparator.comparing(Method::toString));
        for (Method setter : setters) {
            if (!isField(object, setter)) continue;
            Class<?> type = setter.getParameterTypes()[0];
            boolean neverNull = COMPARED_IN_CACHE.contains(object.getClass())
                || object instanceof ActiveMQDestination;
            Object value = object instanceof ActiveMQDestination ? name()
                : object instanceof RemoveInfo && type == DataStructure.class ? objectId()
                : value(type, neverNull);
            // Some constructors leave objects behind that are not as good as null.
            if (value != null || isMarshalled(type)) setter.invoke(object, value);
        }
        depth--;
        return object;
    }

    /** Whether the setter stands for something that is marshalled. */
    private static boolean isField(Object object, Method setter) throws Exception {
        String name = setter.getName();
        if (!name.startsWith("set") || setter.getParameterCount() != 1) return false;
        if (object instanceof WireFormatInfo) return FIELDS_OF_WIRE_FORMAT_INFO.contains(name);
        if (object instanceof ActiveMQDestination) return name.equals("setPhysicalName");
        // Writes the time of day into a field.
        if (name.equals("setPassiveSlave")) return false;
        Class<?> owner = setter.getDeclaringClass();
        if (object instanceof Message && owner != Message.class && owner != BaseCommand.class
            && owner != ActiveMQBlobMessage.class) {
            return false;
        }
        return hasGetter(object, name.substring(3), setter.getParameterTypes()[0]);
    }

    private static boolean hasGetter(Object object, String property, Class<?> type) {
        for (String prefix : List.of("get", "is")) {
            try {
                Class<?> returned = object.getClass().getMethod(prefix + property).getReturnType();
                if (returned == type) return true;
            } catch (NoSuchMethodException e) {
                // Then it is the other one, or none.
            }
        }
        return false;
    }

    private Object value(Class<?> type, boolean neverNull) throws Exception {
        if (type == boolean.class) return random.nextBoolean();
        if (type == byte.class) return (byte) random.nextInt(10);
        if (type == int.class) return (int) number();
        if (type == long.class) return number();
        if (!neverNull && random.nextInt(4) == 0) return null;
        if (type == String.class) return text();
        if (type == byte[].class) return bytes();
        if (type == ByteSequence.class) return new ByteSequence(bytes());
        if (depth >= DEPTH_MAX && !neverNull) return null;
        if (type == Throwable.class) return throwable(0);
        if (type.isArray()) return array(type.getComponentType());
        if (type == BooleanExpression.class) return filled(new NetworkBridgeFilter());
        if (type == ActiveMQDestination.class) return filled(destination());
        if (type == TransactionId.class) {
            return filled(random.nextBoolean() ? new LocalTransactionId() : new XATransactionId());
        }
        if (type == DataStructure.class) return filled(pick(false));
        if (type == Message.class) return filled(message());
        if (DataStructure.class.isAssignableFrom(type)) {
            return filled(type.getDeclaredConstructor().newInstance());
        }
        return null;
    }

    private static boolean isMarshalled(Class<?> type) {
        return type == String.class || type == byte[].class || type == ByteSequence.class
            || type == Throwable.class || DataStructure.class.isAssignableFrom(type)
            || type.isArray() && DataStructure.class.isAssignableFrom(type.getComponentType());
    }

    private Object array(Class<?> type) throws Exception {
        if (!DataStructure.class.isAssignableFrom(type)) return null;
        Object array = Array.newInstance(type, random.nextInt(4));
        for (int i = 0; i < Array.getLength(array); i++) Array.set(array, i, value(type, false));
        return array;
    }

    private ActiveMQDestination destination() {
        return switch (random.nextInt(4)) {
            case 0 -> new ActiveMQQueue();
            case 1 -> new ActiveMQTopic();
            case 2 -> new ActiveMQTempQueue();
            default -> new ActiveMQTempTopic();
        };
    }

    private DataStructure objectId() throws Exception {
        return filled(switch (random.nextInt(4)) {
            case 0 -> new ConnectionId();
            case 1 -> new SessionId();
            case 2 -> new ConsumerId();
            default -> new ProducerId();
        });
    }

    private Message message() {
        for (;;) {
            int type = CommandTypes.ACTIVEMQ_MESSAGE + random.nextInt(7);
            if (marshallers[type] != null) return (Message) marshallers[type].createObject();
        }
    }

    private Throwable throwable(int causes) {
        String message = messagesMayBeNull && random.nextInt(5) == 0 ? null
            : random.nextInt(10) == 0 ? "long ".repeat(400) : text();
        Throwable throwable = switch (random.nextInt(3)) {
            case 0 -> new JMSException(message);
            case 1 -> new IllegalStateException(message);
            default -> new RuntimeException(message);
        };
        List<StackTraceElement> stack = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            stack.add(new StackTraceElement("org.example." + name(), name(),
                random.nextBoolean() ? null : name() + ".java", random.nextInt(1000)));
        }
        throwable.setStackTrace(stack.toArray(new StackTraceElement[0]));
        if (causes < 2 && random.nextInt(3) == 0) throwable.initCause(throwable(causes + 1));
        return throwable;
    }

    private long number() {
        long[] edges = {0, 1, 65535, 65536, 4294967295L, 4294967296L, -1, Integer.MIN_VALUE,
            Long.MAX_VALUE, Long.MIN_VALUE};
        if (random.nextInt(3) == 0) return edges[random.nextInt(edges.length)];
        return random.nextLong() >>> random.nextInt(64);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Few enough for values to come again. */
    private String name() {
        return "N." + random.nextInt(60);
    }

    private String text() {
        String[] pieces = {"a", "ID:host-1", ":", "\0", "\u00e4", "\u20ac", "\ud83d\ude00",
            "the quick brown fox "};
        if (random.nextInt(2) == 0) return name();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }
}
