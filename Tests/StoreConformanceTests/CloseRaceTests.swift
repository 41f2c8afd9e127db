// Goal: close is safe beside running calls. Method: threads read and write until the first error, while another
// closes twice; every error must be `closed`, and what was acknowledged as synced must be there after reopening.
import Platform
import StorageAPI
import Synchronization
import TestSupport
import Testing

@Suite struct CloseRaceTests {
  @Test(arguments: Engine.allCases)
  func callsBesideCloseFinishOrSayClosed(_ engine: Engine) throws {
    let bench = try Bench(engine)
    for round in UInt8(0)..<5 {
      let store = try bench.open()
      let codes = Mutex<[StorageError.Code]>([])
      let acknowledged = Mutex<[[UInt8]]>([])
      let started = Signal()
      let workers = (UInt8(0)..<3).map { worker in
        DedicatedThread(name: "worker") {
          var count: UInt32 = 0
          while true {
            let key = [round, worker] + KeySpace.bigEndian(UInt64(count))
            var batch = WriteBatch()
            batch.put(key, [1])
            do throws(StorageError) {
              try store.write(batch, .synced)
              acknowledged.withLock { $0.append(key) }
              _ = try store.get(.base, key)
              try store.scan(.base, from: key, to: nil) { _, _ in true }
            } catch {
              codes.withLock { $0.append(error.code) }
              return
            }
            count += 1
            if count == 3 { started.raise() }
          }
        }
      }
      _ = started.wait(timeoutNanoseconds: nil)
      let other = DedicatedThread(name: "closer") { store.close() }
      store.close()
      for thread in workers + [other] { thread.join() }
      #expect(codes.withLock { $0 } == [.closed, .closed, .closed])
      let reopened = try bench.open()
      for key in acknowledged.withLock({ $0 }) { #expect(try reopened.get(.base, key) == [1]) }
      reopened.close()
    }
  }
}
