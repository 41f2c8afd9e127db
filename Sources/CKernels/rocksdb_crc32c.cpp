// Replaces the software CRC-32C of Debian's RocksDB by the processor's instruction.
//
// The shared library calls `rocksdb::crc32c::Extend` through its PLT, so the definition in the program wins. Same
// function, same bytes on disk: files stay readable by every other build. When a future library binds the call
// internally, this definition is simply never called.
#include "CKernels.h"

namespace rocksdb {
namespace crc32c {
__attribute__((visibility("default"), used)) uint32_t Extend(uint32_t crc, const char *data, size_t length) {
  return tidemark_crc32c(crc, reinterpret_cast<const uint8_t *>(data), length);
}
}  // namespace crc32c
}  // namespace rocksdb
