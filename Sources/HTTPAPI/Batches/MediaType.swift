/// What kind of media a file is, told by its name.
package enum MediaType: String, Sendable, CaseIterable {
  case document
  case image
  case video
  case audio
  case model3D = "3d_model"

  package init(fileName: String) {
    let parts = fileName.split(separator: ".", omittingEmptySubsequences: false)
    let ending = parts.count > 1 ? parts[parts.count - 1].lowercased() : ""
    switch ending {
    case "jpg", "jpeg", "png", "gif", "bmp", "tiff", "tif", "webp", "svg", "heic", "heif": self = .image
    case "mp4", "mov", "avi", "webm", "mpeg", "mpg", "wmv": self = .video
    case "mp3", "wav", "m4a", "flac", "ogg", "aac", "aiff", "wma": self = .audio
    case "stl", "obj", "fbx", "glb", "3mf", "ply", "dae": self = .model3D
    default: self = .document
    }
  }
}
