import Glibc

/// What the kernel says of this process.
package enum ProcessFacts {
  package static var processID: Int32 { getpid() }

  /// Processors in use, at least 1.
  package static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Memory of the machine, or of the container if it has less; 0 when the kernel does not tell.
  package static func machineMemoryBytes() -> UInt64 {
    let pages = UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES))))
    let machine = pages.multipliedReportingOverflow(by: UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))).partialValue
    guard let file = try? FileDescriptor("/sys/fs/cgroup/memory.max", flags: O_RDONLY),
      let bytes = try? file.read(at: 0, length: 64),
      let own = UInt64(String(decoding: bytes, as: UTF8.self).split(separator: "\n").first ?? "")
    else { return machine }
    return machine == 0 ? own : min(machine, own)
  }

  /// Memory in use; 0 when the kernel does not tell.
  package static func residentBytes() -> UInt64 {
    // Files of /proc report size 0, so read a fixed length: "size resident shared ..." in pages.
    guard let file = try? FileDescriptor("/proc/self/statm", flags: O_RDONLY),
      let bytes = try? file.read(at: 0, length: 256)
    else { return 0 }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = UInt64(fields[1]) else { return 0 }
    return pages * UInt64(clamping: sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Bytes that the write calls of this process took since its start; 0 when the kernel does not tell.
  package static func writtenBytes() -> UInt64 {
    guard let file = try? FileDescriptor("/proc/self/io", flags: O_RDONLY),
      let bytes = try? file.read(at: 0, length: 1024)
    else { return 0 }
    let fields = String(decoding: bytes, as: UTF8.self).split { $0 == "\n" || $0 == " " }
    guard let name = fields.firstIndex(of: "wchar:"), name + 1 < fields.count else { return 0 }
    return UInt64(fields[name + 1]) ?? 0
  }

  /// Most memory that was in use at once since the start; 0 when the kernel does not tell.
  package static func peakResidentBytes() -> UInt64 {
    var usage = rusage()
    guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return 0 }  // writes one rusage, ours
    return UInt64(clamping: usage.ru_maxrss) * 1024
  }

  /// Processor time of all threads since the start.
  package static func cpuMilliseconds() -> UInt64 { cpuNanoseconds() / 1_000_000 }

  package static func cpuNanoseconds() -> UInt64 { SystemClock.nanoseconds(CLOCK_PROCESS_CPUTIME_ID) }

  /// Raises the soft limit of open files to the hard one; the limit in force afterwards, 0 when unknown.
  package static func raiseFileDescriptorLimit() -> UInt64 {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
    let before = limit.rlim_cur
    limit.rlim_cur = limit.rlim_max
    return unsafe setrlimit(resource, &limit) == 0 ? UInt64(limit.rlim_cur) : UInt64(before)
  }
}
