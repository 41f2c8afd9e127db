"""Wall, CPU and memory of processes, what the rest of the machine did meanwhile, and how fast the disk is."""

import os
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of a live process with its reaped children."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / TICK


def peak_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def reset_peak(pid):
    """The peak counts anew from here."""
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")


def written_bytes(pid):
    """Bytes that the process has caused to be written to disk."""
    for line in open(f"/proc/{pid}/io"):
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def busy_seconds():
    """Of all cores together."""
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK


class Meter:
    """`with Meter([pid, …], own=…) as m: …` gives m.wall, m.cpu, m.peak_mb and m.others, the cores that nobody named used."""

    def __init__(self, pids):
        self.pids = pids

    def __enter__(self):
        for pid in self.pids:
            reset_peak(pid)
        self.start_cpu = sum(cpu_seconds(pid) for pid in self.pids)
        self.start_own = sum(os.times()[:4])
        self.start_busy = busy_seconds()
        self.start = time.monotonic()
        return self

    def __exit__(self, *_):
        self.wall = time.monotonic() - self.start
        self.cpu = sum(cpu_seconds(pid) for pid in self.pids) - self.start_cpu
        own = sum(os.times()[:4]) - self.start_own
        self.others = max(0.0, (busy_seconds() - self.start_busy - self.cpu - own) / self.wall)
        self.peak_mb = sum(peak_mb(pid) for pid in self.pids)


def run(command):
    """Runs a program to its end: its output, and the cores that others used meanwhile."""
    busy, start = busy_seconds(), time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {output[-500:]}")
    wall = time.monotonic() - start
    return output, max(0.0, (busy_seconds() - busy - usage.ru_utime - usage.ru_stime) / wall)


def disk_mb_per_second(folder, megabytes=256):
    """Buffered writes and one fsync."""
    path = os.path.join(folder, "disk-probe")
    block = os.urandom(1 << 20)
    start = time.monotonic()
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    try:
        for _ in range(megabytes):
            os.write(handle, block)
        os.fsync(handle)
    finally:
        os.close(handle)
    rate = megabytes * 1.048576 / (time.monotonic() - start)
    os.unlink(path)
    return rate
