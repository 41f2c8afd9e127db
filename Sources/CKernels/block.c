#include <stdlib.h>

#include "CKernels.h"

#if defined(__linux__)
#include <sys/mman.h>

static const size_t block_align = (size_t)2 << 20;

void *tidemark_allocate_block(size_t bytes) {
  size_t room = bytes + block_align;
  if (room < bytes) abort();
  char *start = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // As malloc's callers in Swift: without memory there is no way on.
  if (start == MAP_FAILED) abort();
  size_t before = (block_align - (size_t)start % block_align) % block_align;
  if (before > 0) munmap(start, before);
  size_t after = room - before - bytes;
  if (after > 0) munmap(start + before + bytes, after);
  madvise(start + before, bytes, MADV_HUGEPAGE);
  return start + before;
}

void tidemark_free_block(void *block, size_t bytes) { munmap(block, bytes); }
#else
void *tidemark_allocate_block(size_t bytes) {
  void *block = calloc(1, bytes);
  if (block == NULL) abort();
  return block;
}

void tidemark_free_block(void *block, size_t bytes) {
  (void)bytes;
  free(block);
}
#endif
