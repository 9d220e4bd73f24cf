import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.command.WireFormatInfo;
import org.apache.activemq.openwire.DataStreamMarshaller;
import org.apache.activemq.openwire.OpenWireFormat;

/** One way to encode frames, and the Java implementation of it. */
record Wire(int version, boolean tight, boolean cache, boolean stackTraces) {
    /** Small enough for values to be evicted. */
    static final int CACHE_SLOTS = 128;

    static List<Wire> all() {
        List<Wire> all = new ArrayList<>();
        for (int version = 1; version <= 12; version++) {
            for (int bits = 0; bits < 8; bits++) {
                all.add(new Wire(version, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0));
            }
        }
        return all;
    }

    OpenWireFormat format() throws IOException {
        OpenWireFormat format = new OpenWireFormat(version);
        format.setPreferedWireFormatInfo(info());
        format.renegotiateWireFormat(info());
        return format;
    }

    /** Loose and without a cache: equal objects have equal bytes. */
    Wire plain() {
        return new Wire(version, false, false, stackTraces);
    }

    /** Marshallers by type byte; null where the version does not have the type. */
    static DataStreamMarshaller[] marshallers(OpenWireFormat format) throws Exception {
        Field field = OpenWireFormat.class.getDeclaredField("dataMarshallers");
        field.setAccessible(true);
        return (DataStreamMarshaller[]) field.get(format);
    }

    void write(DataOutputStream out, int frames) throws IOException {
        out.writeInt(version);
        out.writeBoolean(tight);
        out.writeBoolean(cache);
        out.writeBoolean(stackTraces);
        out.writeInt(cache ? CACHE_SLOTS : 0);
        out.writeInt(frames);
    }

    /** Skips what {@link #write} wrote; returns the number of frames. */
    static int skip(DataInputStream in) throws IOException {
        in.readFully(new byte[11]);
        return in.readInt();
    }

    private WireFormatInfo info() throws IOException {
        WireFormatInfo info = new WireFormatInfo();
        info.setVersion(version);
        info.setTightEncodingEnabled(tight);
        info.setCacheEnabled(cache);
        info.setCacheSize(CACHE_SLOTS);
        info.setStackTraceEnabled(stackTraces);
        info.setSizePrefixDisabled(false);
        info.setMaxFrameSize(Long.MAX_VALUE);
        return info;
    }
}
