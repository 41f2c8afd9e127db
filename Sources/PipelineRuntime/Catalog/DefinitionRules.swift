import PipelineModel

/// The rules that names, tags and descriptions of pipelines obey (contract, section 2).
enum DefinitionRules {
  static let descriptionLengthMax = 300
  static let tagsMax = 50
  static let tagLengthMax = 50

  static func check(_ definition: PipelineDefinition) throws(PipelineError) {
    try checkName(ScopedName.plain(definition.name))
    guard definition.description.count <= descriptionLengthMax else {
      throw PipelineError(
        .tooLongDescription, "description has more than \(descriptionLengthMax) characters")
    }
    guard definition.tags.count <= tagsMax else {
      throw PipelineError(
        .tooManyTags, "a pipeline has at most \(tagsMax) tags, not \(definition.tags.count)")
    }
    for tag in definition.tags where !isTag(tag) {
      throw PipelineError(
        .invalidTag, "tag '\(tag.prefix(100))' is not 1 to \(tagLengthMax) letters, digits, blanks or . _ / | \\ : = -")
    }
  }

  static func checkName(_ name: String) throws(PipelineError) {
    do { _ = try PipelineName(name) } catch {
      switch error {
      case .empty: throw PipelineError(.emptyName, "name is empty")
      case .tooLong:
        throw PipelineError(
          .tooLongName, "name '\(name.prefix(100))' has more than \(PipelineName.lengthMax) characters")
      case .pattern:
        throw PipelineError(
          .nameDoesNotMatchPattern,
          "name '\(name.prefix(100))' must have only letters, digits, '-' and '_', and begin and end with a "
            + "letter or digit"
        )
      }
    }
  }

  private static func isTag(_ tag: String) -> Bool {
    guard (1...tagLengthMax).contains(tag.count) else { return false }
    return tag.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", " ", ".", "_", "/", "|", "\\", ":", "=", "-": true
      default: false
      }
    }
  }
}
