/// Pure: which checkpoints stay and which files go.
package enum CheckpointDecision {
  /// The newest good ones, at most `count`, newest first; and the rest.
  package static func retain(
    _ manifests: [CheckpointManifest], count: Int
  ) -> (kept: [CheckpointManifest], dropped: [CheckpointManifest]) {
    let ordered = manifests.sorted { $0.sequence > $1.sequence }
    let good = ordered.filter { !$0.isBad }
    let kept = Array(good.prefix(count))
    return (kept, ordered.filter { manifest in !kept.contains { $0.id == manifest.id } })
  }

  /// Files in the directory that no kept manifest names.
  package static func orphans(_ files: [String], kept: [CheckpointManifest]) -> [String] {
    let named = kept.reduce(into: Set<String>()) { $0.formUnion($1.files) }
    return files.filter { !named.contains($0) }
  }
}
