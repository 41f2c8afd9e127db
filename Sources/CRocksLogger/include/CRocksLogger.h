#pragma once
#include <rocksdb/c.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A logger that drops every line; shared by all stores, lives as long as the process.
rocksdb_logger_t *tidemark_silent_logger(void);

#ifdef __cplusplus
}
#endif
