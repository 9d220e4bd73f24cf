import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.activemq.command.DataStructure;
import org.apache.activemq.openwire.OpenWireFormat;
import org.apache.activemq.util.ByteSequence;

/**
 * The Java implementation of OpenWire as the judge of ours.
 *
 * <p>{@code generate SEED COUNT FILE} writes COUNT random commands for every version, encoding,
 * cache and stack trace setting. {@code verify SEED COUNT FILE} reads the same commands back from
 * frames of somebody else and fails unless they are the same.
 */
final class FrameOracle {
    public static void main(String[] args) throws Exception {
        long seed = Long.parseLong(args[1]);
        int count = Integer.parseInt(args[2]);
        Path file = Path.of(args[3]);
        switch (args[0]) {
            case "generate" -> generate(seed, count, file);
            case "verify" -> verify(seed, count, file);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void generate(long seed, int count, Path file) throws Exception {
        try (DataOutputStream out = new DataOutputStream(
                new BufferedOutputStream(Files.newOutputStream(file)))) {
            for (Wire wire : Wire.all()) {
                OpenWireFormat format = wire.format();
                RandomObjects objects = new RandomObjects(seed++, wire, Wire.marshallers(format));
                wire.write(out, count);
                for (int i = 0; i < count; i++) {
                    ByteSequence frame = format.marshal(objects.command());
                    out.writeInt(frame.length);
                    out.write(frame.data, frame.offset, frame.length);
                }
            }
        }
    }

    private static void verify(long seed, int count, Path file) throws Exception {
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(Files.newInputStream(file)))) {
            for (Wire wire : Wire.all()) {
                OpenWireFormat format = wire.format();
                RandomObjects objects = new RandomObjects(seed++, wire, Wire.marshallers(format));
                if (Wire.skip(in) != count) throw new IllegalStateException("frames are missing");
                for (int i = 0; i < count; i++) {
                    byte[] frame = in.readNBytes(in.readInt());
                    DataStructure expected = objects.command();
                    Object decoded = format.unmarshal(new ByteSequence(frame));
                    if (!Arrays.equals(plainBytes(wire, expected), plainBytes(wire, decoded))) {
                        throw new IllegalStateException(
                            wire + " frame " + i + ": sent " + expected + ", got " + decoded);
                    }
                }
            }
        }
    }

    private static byte[] plainBytes(Wire wire, Object object) throws Exception {
        ByteSequence bytes = wire.plain().format().marshal(object);
        return Arrays.copyOfRange(bytes.data, bytes.offset, bytes.offset + bytes.length);
    }
}
