#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

// One row of 16 entries: a nibble at a time. Small, and only used without the instruction.
static const uint32_t nibble_table[16] = {
    0x00000000u, 0x105ec76fu, 0x20bd8edeu, 0x30e349b1u, 0x417b1dbcu, 0x5125dad3u, 0x61c69362u, 0x7198540du,
    0x82f63b78u, 0x92a8fc17u, 0xa24bb5a6u, 0xb21572c9u, 0xc38d26c4u, 0xd3d3e1abu, 0xe330a81au, 0xf36e6f75u};

uint32_t tidemark_crc32c_table(uint32_t crc, const uint8_t *bytes, size_t length) {
  uint32_t state = ~crc;
  for (size_t index = 0; index < length; index++) {
    state ^= bytes[index];
    state = (state >> 4) ^ nibble_table[state & 15];
    state = (state >> 4) ^ nibble_table[state & 15];
  }
  return ~state;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(
    uint32_t crc, const uint8_t *bytes, size_t length) {
  uint64_t state = (uint32_t)~crc;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    state = _mm_crc32_u64(state, word);
    bytes += 8;
    length -= 8;
  }
  uint32_t tail = (uint32_t)state;
  while (length > 0) {
    tail = _mm_crc32_u8(tail, *bytes);
    bytes += 1;
    length -= 1;
  }
  return ~tail;
}

uint32_t tidemark_crc32c(uint32_t crc, const uint8_t *bytes, size_t length) {
  // A load and a test: the compiler's runtime fills the processor model before main.
  if (__builtin_cpu_supports("sse4.2")) return crc32c_instruction(crc, bytes, length);
  return tidemark_crc32c_table(crc, bytes, length);
}

#elif defined(__ARM_FEATURE_CRC32)

uint32_t tidemark_crc32c(uint32_t crc, const uint8_t *bytes, size_t length) {
  uint32_t state = ~crc;
  while (length >= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    state = __crc32cd(state, word);
    bytes += 8;
    length -= 8;
  }
  while (length > 0) {
    state = __crc32cb(state, *bytes);
    bytes += 1;
    length -= 1;
  }
  return ~state;
}

#else

uint32_t tidemark_crc32c(uint32_t crc, const uint8_t *bytes, size_t length) {
  return tidemark_crc32c_table(crc, bytes, length);
}

#endif
