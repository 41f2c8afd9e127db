import DataModel

/// Loops over the owner of each row: which of several parts gives its value.
enum ChoiceKernels {
  /// Rows of `open` whose truth value is not 0 go to `part`.
  static func take(_ owners: inout [Int32], from open: Int32, for part: Int32, where truth: [Int64]) {
    precondition(truth.count >= owners.count)
    unsafe owners.withUnsafeMutableBufferPointer { owners in
      unsafe truth.withUnsafeBufferPointer { truth in
        for row in 0..<owners.count {
          let owner = unsafe owners[row]
          unsafe owners[row] = (owner == open) && (unsafe truth[row] != 0) ? part : owner
        }
      }
    }
  }

  static func areEqual(_ owners: [Int32]) -> Bool {
    var odd: Int32 = 0
    unsafe owners.withUnsafeBufferPointer { owners in
      for row in 0..<owners.count { odd |= unsafe owners[row] ^ owners[0] }
    }
    return odd == 0
  }

  static func rows(_ owners: [Int32], of part: Int32) -> [Int32] {
    unsafe [Int32](unsafeUninitializedCapacity: owners.count) { target, initialized in
      unsafe owners.withUnsafeBufferPointer { owners in
        var found = 0
        for row in 0..<owners.count {
          unsafe target.initializeElement(at: found, to: Int32(truncatingIfNeeded: row))
          found &+= unsafe owners[row] == part ? 1 : 0
        }
        initialized = found
      }
    }
  }

  /// Where each row's value lies in the parts put one behind the other.
  ///
  /// A part begins at `base`; the row moves on by its number (`byRow` 1), or by how many earlier rows the part
  /// owns (`byTurn` 1), or not at all.
  static func sources(_ owners: [Int32], base: [Int32], byRow: [Int32], byTurn: [Int32]) -> [Int32] {
    GatherKernels.check(owners, below: min(base.count, byRow.count, byTurn.count))
    var turns = base
    return unsafe [Int32](unsafeUninitializedCapacity: owners.count) { target, initialized in
      unsafe owners.withUnsafeBufferPointer { owners in
        unsafe turns.withUnsafeMutableBufferPointer { turns in
          unsafe byRow.withUnsafeBufferPointer { byRow in
            unsafe byTurn.withUnsafeBufferPointer { byTurn in
              for row in 0..<owners.count {
                let part = Int(unsafe owners[row])
                let at = unsafe turns[part]
                unsafe turns[part] = at &+ byTurn[part]
                let moved = unsafe byRow[part] &* Int32(truncatingIfNeeded: row)
                unsafe target.initializeElement(at: row, to: at &+ moved)
              }
            }
          }
        }
      }
      initialized = owners.count
    }
  }
}
