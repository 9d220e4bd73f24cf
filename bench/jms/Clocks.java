package tern.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** CPU time of this process and of the broker's, in seconds. */
final class Clocks {
    /** USER_HZ: the unit of the times in /proc/PID/stat, 100 on every Linux that Debian builds. */
    private static final double TICKS_PER_SECOND = 100;

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Clocks() {}

    static double ownCpu() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    /** User plus system time of {@code pid}, dead threads included; 0 if pid is 0. */
    static double cpuOf(long pid) throws IOException {
        if (pid == 0) {
            return 0;
        }
        final String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        // The name of the command may hold spaces; the fields after it do not. See proc(5).
        final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        final int utime = 14 - 3;
        final int stime = 15 - 3;
        return (Long.parseLong(fields[utime]) + Long.parseLong(fields[stime])) / TICKS_PER_SECOND;
    }
}
