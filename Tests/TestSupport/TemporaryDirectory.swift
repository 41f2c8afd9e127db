import PipelineModel
import Platform

/// An empty directory that is removed with the value's last reference.
package final class TemporaryDirectory: Sendable {
  package let path: String

  package init(_ label: String = "test", in base: String = "/tmp") throws {
    path = "\(base)/tidemark-\(label)-\(UniqueID.version7(clock: SystemClock(), random: SystemRandom()))"
    try PosixFileSystem().createDirectories(path)
  }

  deinit { try? PosixFileSystem().removeTree(path) }
}
