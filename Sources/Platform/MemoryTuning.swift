import CKernels

/// How the allocator keeps memory.
package enum MemoryTuning {
  /// Blocks of a step come and go by the megabyte: they stay with the process instead of being mapped, cleared and
  /// unmapped each time. Call it once, before threads are started. False where the allocator takes no advice.
  @discardableResult
  package static func keepFreedMemory() -> Bool {
    tidemark_keep_freed_memory(Int32(clamping: max(4, 2 * ProcessFacts.processors))) != 0
  }

  /// Gives free memory back to the system if there is more than this; stops allocations for some milliseconds. True
  /// when it did.
  @discardableResult
  package static func giveBack(beyond bytes: Int) -> Bool { tidemark_give_back_memory(max(0, bytes)) != 0 }
}
