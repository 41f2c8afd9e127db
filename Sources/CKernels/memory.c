#include "CKernels.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

int tidemark_keep_freed_memory(void) {
#if defined(__GLIBC__)
  // glibc takes no greater threshold of mapped blocks than half a heap.
  return mallopt(M_MMAP_THRESHOLD, 32 << 20) && mallopt(M_TRIM_THRESHOLD, 128 << 20) && mallopt(M_TOP_PAD, 4 << 20);
#else
  return 0;
#endif
}
