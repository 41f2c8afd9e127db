import Glibc

/// A symbolic link; false when it could not be made.
func makeLink(to target: String, at path: String) -> Bool { unsafe symlink(target, path) == 0 }
