/// Work that has ended as a whole: a group with its items, or an item without a group.
package struct EndedWork: Sendable, Hashable {
  package let root: String
  /// The root first, when it has records.
  package let subjects: [String]

  package init(root: String, subjects: [String]) {
    self.root = root
    self.subjects = subjects.filter { $0 == root } + subjects.filter { $0 != root }
  }
}
