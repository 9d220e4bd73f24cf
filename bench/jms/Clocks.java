package tern.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** CPU time of this process, of the broker's and of the whole machine, in seconds. */
final class Clocks {
    /** USER_HZ: the unit of the times in /proc/PID/stat, 100 on every Linux that Debian builds. */
    private static final double TICKS_PER_SECOND = 100;

    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private Clocks() {}

    static double ownCpu() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    /** What all processors together have spent on anything but idling and waiting. */
    static double machineBusy() throws IOException {
        final String line = Files.readAllLines(Path.of("/proc/stat")).get(0);
        final String[] fields = line.trim().split("\\s+");
        double ticks = 0;
        // cpu user nice system idle iowait irq softirq steal; what follows is counted in user.
        for (int i = 1; i <= 8; i++) {
            ticks += i == 4 || i == 5 ? 0 : Long.parseLong(fields[i]);
        }
        return ticks / TICKS_PER_SECOND;
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
