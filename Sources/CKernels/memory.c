#include "CKernels.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

int tidemark_keep_freed_memory(int heaps) {
#if defined(__GLIBC__)
  // glibc takes no greater threshold of mapped blocks than half a heap.
  return mallopt(M_ARENA_MAX, heaps) && mallopt(M_MMAP_THRESHOLD, 32 << 20) && mallopt(M_TRIM_THRESHOLD, 128 << 20)
    && mallopt(M_TOP_PAD, 4 << 20);
#else
  return heaps < 0;
#endif
}

int tidemark_give_back_memory(size_t beyond) {
#if defined(__GLIBC__)
  struct mallinfo2 facts = mallinfo2();
  return facts.fordblks > beyond && malloc_trim(4 << 20);
#else
  return beyond == 0 && 0;
#endif
}
