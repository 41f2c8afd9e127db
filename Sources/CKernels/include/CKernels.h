// Intrinsics that Swift cannot express; header-only where inlining matters. x86-64 with a portable fallback for arm64.
#ifndef TIDEMARK_CKERNELS_H
#define TIDEMARK_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "record_lane.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// 16 bytes; Swift sees SIMD16<UInt8>.
typedef uint8_t tidemark_bytes16 __attribute__((ext_vector_type(16)));

/// Bit i of the result is the highest bit of byte i.
static inline uint32_t tidemark_movemask(tidemark_bytes16 bytes) {
#if defined(__x86_64__)
  return (uint32_t)_mm_movemask_epi8((__m128i)bytes);
#else
  uint32_t mask = 0;
  for (int index = 0; index < 16; index++) mask |= (uint32_t)(bytes[index] >> 7) << index;
  return mask;
#endif
}

/// Bit i of the result is set where byte i equals `value`.
static inline uint32_t tidemark_equal_mask(tidemark_bytes16 bytes, uint8_t value) {
#if defined(__x86_64__)
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8((__m128i)bytes, _mm_set1_epi8((char)value)));
#else
  uint32_t mask = 0;
  for (int index = 0; index < 16; index++) mask |= (uint32_t)(bytes[index] == value) << index;
  return mask;
#endif
}

/// Asks for the cache line of an address that is read soon; any address is allowed.
static inline void tm_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// CRC-32C (Castagnoli, reflected, inverted at both ends) of `length` bytes, continuing from `crc` (0 to begin).
/// Uses the processor's instruction where it has one. `bytes` may be null when `length` is 0.
uint32_t tidemark_crc32c(uint32_t crc, const uint8_t *bytes, size_t length);

/// The same by table, for processors without the instruction and for the test that compares both.
uint32_t tidemark_crc32c_table(uint32_t crc, const uint8_t *bytes, size_t length);

/// Zeroed memory, a multiple of 2 MiB, that the kernel may back with large pages; never null.
void *tidemark_allocate_block(size_t bytes);
void tidemark_free_block(void *block, size_t bytes);

/// Has the allocator keep blocks up to 32 MiB, and 128 MiB in all that are free at the end of a heap, with the process
/// instead of giving them back each time, in so many heaps at most: each keeps the most that it ever had. 0 where it
/// takes no advice.
int tidemark_keep_freed_memory(int heaps);

/// Gives free memory back to the system when there are more bytes of it than these; not 0 when it did.
int tidemark_give_back_memory(size_t beyond);

/// Names the calling thread; the kernel keeps 15 bytes.
void tidemark_name_thread(const char *name);

#ifdef __cplusplus
}
#endif
#endif
