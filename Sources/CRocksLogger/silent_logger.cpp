// RocksDB writes its own LOG file on the disk that it reports about. When that disk is full, the second line that
// cannot be written ends the process, since Debian's build has assertions on. Failures reach us as statuses anyway.
// The C API of 7.8 can take a logger but not make one.
#include "CRocksLogger.h"

#include <memory>
#include <rocksdb/env.h>

// As the library's c.cc has it.
struct rocksdb_logger_t {
  std::shared_ptr<rocksdb::Logger> rep;
};

namespace {
class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char *, va_list) override {}
};
}  // namespace

rocksdb_logger_t *tidemark_silent_logger(void) {
  static rocksdb_logger_t *logger = new rocksdb_logger_t{std::make_shared<SilentLogger>()};
  return logger;
}
