import CKernels

/// How the allocator keeps memory.
package enum MemoryTuning {
  /// Blocks of a step come and go by the megabyte: they stay with the process instead of being mapped, cleared and
  /// unmapped each time. Call it once, before threads are started. False where the allocator takes no advice.
  @discardableResult
  package static func keepFreedMemory() -> Bool { tidemark_keep_freed_memory() != 0 }
}
