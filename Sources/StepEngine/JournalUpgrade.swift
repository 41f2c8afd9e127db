package import PipelineModel
import Platform
package import StorageAPI

/// Rows of the step engine in stores of older formats.
package enum JournalUpgrade {
  /// Adds to a write what brings them to the present format: the row that finds a step by offset tells its NOW()
  /// too, where the journal still knows. Damaged rows stay as they are, for those who need them to judge. Blocks.
  /// Errors: `storage`.
  package static func put(in store: any OrderedStore, _ batch: inout WriteBatch) throws(StepError) {
    do throws(StorageError) {
      var rows: [JournalRow] = []
      try store.scan(.base, from: KeySpace.journal.key(), to: KeySpace.journal.end) { key, value in
        if let row = try? JournalRow(key: key, value: value), !row.range.isEmpty { rows.append(row) }
        return true
      }
      for row in rows {
        let index = try store.get(.base, KeySpace.stepIndex.key(row.range.end.rawValue))
        if index == KeySpace.bigEndian(row.step.rawValue) { row.put(in: &batch) }
      }
    } catch { throw StepError(storage: error) }
  }

  /// The end of the records that the journal can have taken again from the first one on; nil when it does not
  /// tell every step any more. Blocks. Errors: `storage`.
  package static func replayableEnd(in store: any OrderedStore) throws(StepError) -> Offset? {
    var end = Offset.zero
    do throws(StepError) {
      end = try Journal(store: store).rows(from: StepIndex(0), startingAt: .zero).last?.range.end ?? .zero
    } catch {
      guard error.code == .corrupt else { throw error }
      return nil
    }
    do throws(StorageError) {
      let newest = try store.last(.base, from: KeySpace.stepIndex.key(), to: KeySpace.stepIndex.end)
      guard let newest else { return end }
      return KeySpace.number(newest.key, at: 1).map { $0 <= end.rawValue } == true ? end : nil
    } catch { throw StepError(storage: error) }
  }
}
