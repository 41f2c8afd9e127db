import CKernels

extension LaneShape {
  /// Calls `body` with the shape as the lane reads it, valid for the call.
  @inline(__always)
  borrowing func withLane(_ body: (UnsafePointer<tm_lane_shape>) -> Void) {
    unsafe members.withUnsafeBufferPointer { members in
      unsafe gaps.withUnsafeBufferPointer { gaps in
        var lane = unsafe tm_lane_shape(
          members: members.baseAddress, count: members.count, gaps: gaps.baseAddress,
          tail_start: UInt32(tail.lowerBound), tail_length: UInt32(tail.count), missing: missing,
          is_delete: isDelete ? 1 : 0)
        unsafe body(&lane)
      }
    }
  }
}
