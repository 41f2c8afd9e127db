import Platform
import ServiceLifecycle

/// Gives back the memory that a burst has left with the process.
struct MemoryKeeper: Service {
  private let pool = BlockingPool(name: "memory", threads: 1)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do { try await Task.sleep(for: .seconds(Limits.freeMemorySeconds)) } catch { return }
        await pool.run { _ = MemoryTuning.giveBack(beyond: Limits.freeMemoryBytesMax) }
      }
    }
    pool.shutdown()
  }
}
