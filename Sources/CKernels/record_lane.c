// The fast lane: one loop over members for records that are exactly of a known shape. It is compiled for several widths of
// vectors; the processor decides.
#include "lane_values.h"

/// A member, its gap and its value may be read without looking for the end when so many bytes are left.
#define LANE_AHEAD (TM_LANE_GAP_MAX + 128)

LANE_INLINE void lane_set(tm_lane_block *block, size_t column, uint64_t word) {
  block->cells[column * block->capacity + block->rows] = word;
}

/// Ends the row under way.
LANE_INLINE void lane_close(const tm_lane_shape *shape, tm_lane_block *block, uint64_t nulls) {
  for (uint64_t left = shape->missing; left; left &= left - 1) lane_set(block, (size_t)__builtin_ctzll(left), 0);
  nulls |= shape->missing;
  lane_set(block, block->columns, nulls);
  lane_set(block, block->columns + 1, shape->is_delete);
  block->any_nulls |= nulls;
  block->rows++;
}

// JSON

/// Whether the bytes of a gap stand at `at`; 64 bytes are there on both sides.
LANE_INLINE bool lane_gap(const uint8_t *gap, size_t length, const uint8_t *at) {
  typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
  typedef bool flags16 __attribute__((ext_vector_type(16)));
  size_t place = 0;
  for (;;) {
    bytes16 mine, there;
    memcpy(&mine, gap + place, 16);
    memcpy(&there, at + place, 16);
    flags16 same = __builtin_convertvector(mine == there, flags16);
    uint16_t mask;
    memcpy(&mask, &same, 2);
    size_t left = length - place;
    if (left <= 16) return ((uint32_t)~mask & ((1u << left) - 1)) == 0;
    if (mask != 0xFFFF) return false;
    place += 16;
  }
}

/// Passes a string without escapes, a number without exponent, or a literal.
LANE_INLINE const uint8_t *lane_pass(const uint8_t *at, const uint8_t *end) {
  if (*at == '"') {
    at = lane_text(at + 1, end, LANE_JSON);
    return at && *at == '"' ? at + 1 : NULL;
  }
  if (*at == '-' || (*at >= '0' && *at <= '9')) {
    lane_plain number;
    return lane_plain_number(at, false, &number);
  }
  uint64_t word = lane_word(at), ignored;
  if ((word & 0xFFFFFFFFull) == 0x6C6C756Eull) return at + 4;
  return lane_boolean(at, &ignored);
}

LANE_INLINE const uint8_t *lane_json_value(
    const uint8_t *at, const uint8_t *text, const uint8_t *end, const tm_lane_member *member, tm_lane_block *block) {
  uint64_t value = 0;
  switch (member->kind) {
  case TM_LANE_INTEGER: at = lane_integer(at, member, &value); break;
  case TM_LANE_STRING: {
    if (*at != '"') return NULL;
    const uint8_t *start = at + 1;
    at = lane_text(start, end, LANE_JSON);
    if (!at || *at != '"' || at - start > member->high) return NULL;
    value = lane_piece(text, start, at);
    at++;
    break;
  }
  case TM_LANE_TIMESTAMP:
  case TM_LANE_DATE:
    if (*at != '"') return NULL;
    at = member->kind == TM_LANE_DATE ? lane_date(at + 1, block, &value) : lane_timestamp(at + 1, block, &value);
    if (!at || *at != '"') return NULL;
    at++;
    break;
  case TM_LANE_BOOLEAN: at = lane_boolean(at, &value); break;
  case TM_LANE_DOUBLE: at = lane_double(at, &value); break;
  case TM_LANE_DECIMAL: at = lane_decimal(at, member, &value); break;
  default: return lane_pass(at, end);
  }
  if (at) lane_set(block, member->column, value);
  return at;
}

LANE_INLINE size_t lane_json(
    const tm_lane_shape *shape, tm_lane_block *shared, const uint8_t *text, size_t count, size_t position) {
  const uint8_t *at = text + position, *end = text + count, *accepted = at;
  tm_lane_block block = *shared;
  const tm_lane_member *behind = shape->members + shape->count;
  block.reason = TM_LANE_FULL;
  while (block.rows < block.capacity) {
    uint64_t nulls = 0;
    for (const tm_lane_member *member = shape->members; member != behind; member++) {
      block.reason = TM_LANE_END;
      if (end - at < LANE_AHEAD) goto done;
      block.reason = TM_LANE_SHAPE;
      if (!lane_gap(shape->gaps + member->gap_start, member->gap_length, at)) goto done;
      at += member->gap_length;
      const uint8_t *next = lane_json_value(at, text, end, member, &block);
      if (!next) {
        block.reason = TM_LANE_VALUE;
        if (!member->nullable || (lane_word(at) & 0xFFFFFFFFull) != 0x6C6C756Eull) goto done;
        lane_set(&block, member->column, 0);
        nulls |= 1ull << member->column;
        next = at + 4;
      }
      at = next;
    }
    block.reason = TM_LANE_END;
    if (end - at < LANE_AHEAD) break;
    block.reason = TM_LANE_SHAPE;
    if (!lane_gap(shape->gaps + shape->tail_start, shape->tail_length, at)) break;
    at += shape->tail_length;
    at += *at == '\n';
    accepted = at;
    lane_close(shape, &block, nulls);
    block.reason = TM_LANE_FULL;
  }
done:
  *shared = block;
  return (size_t)(accepted - text);
}

// CSV

/// A cell's text, between quotes or not. `*next` is behind it.
LANE_INLINE bool lane_cell(
    const uint8_t **start, const uint8_t **stop, const uint8_t **next, const uint8_t *end) {
  const uint8_t *at = *start;
  if (*at == '"') {
    *start = at + 1;
    *stop = lane_text(at + 1, end, LANE_QUOTED);
    if (!*stop) return false;
    *next = *stop + 1;
    return true;
  }
  at = lane_text(at, end, LANE_PLAIN);
  if (!at) return false;
  *stop = *next = at;
  if (*at == '\n' && at > *start && at[-1] == '\r') *stop = *next = at - 1;
  return true;
}

LANE_INLINE const uint8_t *lane_csv_value(
    const uint8_t *at, const uint8_t *text, const uint8_t *end, const tm_lane_member *member, tm_lane_block *block,
    uint64_t *nulls) {
  uint64_t value = 0;
  const uint8_t *next = at;
  if (member->kind == TM_LANE_STRING || member->kind == TM_LANE_SKIP) {
    const uint8_t *start = at, *stop;
    if (!lane_cell(&start, &stop, &next, end)) return NULL;
    if (member->kind == TM_LANE_SKIP) return next;
    if (stop - start > member->high) return NULL;
    if (start == stop && member->nullable)
      *nulls |= 1ull << member->column;
    else
      value = lane_piece(text, start, stop);
    lane_set(block, member->column, value);
    return next;
  }
  if (*at == ',' || *at == '\n' || *at == '\r') {
    if (!member->nullable) return NULL;
    *nulls |= 1ull << member->column;
    lane_set(block, member->column, 0);
    return at;
  }
  switch (member->kind) {
  case TM_LANE_INTEGER: next = lane_integer(at, member, &value); break;
  case TM_LANE_TIMESTAMP: next = lane_timestamp(at, block, &value); break;
  case TM_LANE_DATE: next = lane_date(at, block, &value); break;
  case TM_LANE_BOOLEAN: next = lane_boolean(at, &value); break;
  case TM_LANE_DOUBLE: next = lane_double(at, &value); break;
  default: next = *at == '"' ? NULL : lane_decimal(at, member, &value);
  }
  if (next) lane_set(block, member->column, value);
  return next;
}

LANE_INLINE size_t lane_csv(
    const tm_lane_shape *shape, tm_lane_block *shared, const uint8_t *text, size_t count, size_t position) {
  const uint8_t *at = text + position, *end = text + count, *accepted = at;
  tm_lane_block block = *shared;
  const tm_lane_member *last = shape->members + shape->count - 1;
  block.reason = TM_LANE_FULL;
  while (block.rows < block.capacity) {
    uint64_t nulls = 0;
    block.reason = TM_LANE_VALUE;
    if (end - at >= LANE_AHEAD && (*at == '\n' || *at == '\r')) goto done;
    for (const tm_lane_member *member = shape->members;; member++) {
      block.reason = TM_LANE_END;
      if (end - at < LANE_AHEAD) goto done;
      block.reason = TM_LANE_VALUE;
      at = lane_csv_value(at, text, end, member, &block, &nulls);
      if (!at || end - at < 2) goto done;
      if (member == last) break;
      if (*at++ != ',') goto done;
    }
    at += at[0] == '\r' && at[1] == '\n';
    if (*at++ != '\n') goto done;
    accepted = at;
    lane_close(shape, &block, nulls);
    block.reason = TM_LANE_FULL;
  }
done:
  *shared = block;
  return (size_t)(accepted - text);
}

// Widths of vectors

#define LANE_ARGUMENTS \
  const tm_lane_shape *shape, tm_lane_block *block, const uint8_t *text, size_t count, size_t position

typedef size_t lane_function(LANE_ARGUMENTS);

#define LANE_VARIANT(name, attributes)                                                                              \
  attributes static size_t name##_json(LANE_ARGUMENTS) { return lane_json(shape, block, text, count, position); } \
  attributes static size_t name##_csv(LANE_ARGUMENTS) { return lane_csv(shape, block, text, count, position); }

LANE_VARIANT(plain, )
#if defined(__x86_64__)
LANE_VARIANT(wide, __attribute__((target("avx2,bmi,bmi2"))))
LANE_VARIANT(widest, __attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq"))))
#define LANE_CHOICE(kind)                                                                               \
  (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi2") \
       ? widest_##kind                                                                                  \
   : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") ? wide_##kind                     \
                                                                      : plain_##kind)
#else
#define LANE_CHOICE(kind) plain_##kind
#endif

size_t tm_lane_json(LANE_ARGUMENTS) { return LANE_CHOICE(json)(shape, block, text, count, position); }

size_t tm_lane_csv(LANE_ARGUMENTS) { return LANE_CHOICE(csv)(shape, block, text, count, position); }
