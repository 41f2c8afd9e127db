// Readers of single values. Each takes the position of a value and returns the one behind it, or NULL for what it does
// not read. They look at most 64 bytes ahead, which the caller has checked to be there, unless they are given an end.
#ifndef TIDEMARK_LANE_VALUES_H
#define TIDEMARK_LANE_VALUES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "record_lane.h"

#define LANE_INLINE static inline __attribute__((always_inline))

typedef uint8_t lane_bytes __attribute__((ext_vector_type(64)));
typedef bool lane_flags __attribute__((ext_vector_type(64)));

/// One bit a byte of a comparison.
#define LANE_BITS(comparison)                                                     \
  ({                                                                              \
    lane_flags lane_flag = __builtin_convertvector((comparison), lane_flags);     \
    uint64_t lane_mask;                                                           \
    memcpy(&lane_mask, &lane_flag, 8);                                            \
    lane_mask;                                                                    \
  })

static const uint64_t lane_powers[19] = {
    1ull, 10ull, 100ull, 1000ull, 10000ull, 100000ull, 1000000ull, 10000000ull, 100000000ull, 1000000000ull,
    10000000000ull, 100000000000ull, 1000000000000ull, 10000000000000ull, 100000000000000ull, 1000000000000000ull,
    10000000000000000ull, 100000000000000000ull, 1000000000000000000ull};

LANE_INLINE uint64_t lane_word(const uint8_t *at) {
  uint64_t word;
  memcpy(&word, at, 8);
  return word;
}

// Digits

/// How many of the eight bytes, from the lowest on, are digits.
LANE_INLINE unsigned lane_digits(uint64_t word) {
  uint64_t digits = word ^ 0x3030303030303030ull;
  uint64_t others = ((digits + 0x7676767676767676ull) | digits) & 0x8080808080808080ull;
  return others ? (unsigned)__builtin_ctzll(others) >> 3 : 8;
}

/// The number that the lowest 1 to 8 bytes spell.
LANE_INLINE uint64_t lane_number(uint64_t word, unsigned count) {
  uint64_t digits = (word ^ 0x3030303030303030ull) << (64 - 8 * count);
  uint64_t pairs = digits * 10 + (digits >> 8);
  uint64_t low = (pairs & 0x000000FF000000FFull) * 0x000F424000000064ull;
  uint64_t high = ((pairs >> 16) & 0x000000FF000000FFull) * 0x0000271000000001ull;
  return (low + high) >> 32;
}

/// The digits from `at` on behind those of `mantissa`; false beyond 18 of them.
LANE_INLINE bool lane_more(const uint8_t **at, uint64_t *mantissa, unsigned *count) {
  for (;;) {
    uint64_t word = lane_word(*at);
    unsigned found = lane_digits(word);
    if (found == 0) return true;
    *count += found;
    if (*count > 18) return false;
    *mantissa = *mantissa * lane_powers[found] + lane_number(word, found);
    *at += found;
    if (found < 8) return true;
  }
}

LANE_INLINE const uint8_t *lane_integer(const uint8_t *at, const tm_lane_member *member, uint64_t *value) {
  bool negative = *at == '-';
  at += negative;
  uint64_t word = lane_word(at);
  unsigned count = lane_digits(word);
  if (count == 0 || ((uint8_t)word == '0' && count > 1)) return NULL;
  uint64_t magnitude = lane_number(word, count);
  at += count;
  if (count == 8 && !lane_more(&at, &magnitude, &count)) return NULL;
  int64_t number = negative ? -(int64_t)magnitude : (int64_t)magnitude;
  if (number < member->low || number > member->high) return NULL;
  *value = (uint64_t)number;
  return at;
}

typedef struct {
  uint64_t mantissa;
  unsigned fraction;
  bool negative;
} lane_plain;

/// A number without exponent of at most 18 digits; `lenient` allows leading zeros.
LANE_INLINE const uint8_t *lane_plain_number(const uint8_t *at, bool lenient, lane_plain *number) {
  number->negative = *at == '-';
  at += number->negative;
  const uint8_t *first = at;
  unsigned count = 0;
  number->mantissa = 0;
  number->fraction = 0;
  if (!lane_more(&at, &number->mantissa, &count) || count == 0) return NULL;
  if (count > 1 && !lenient && *first == '0') return NULL;
  if (*at == '.') {
    unsigned whole = count;
    at++;
    if (!lane_more(&at, &number->mantissa, &count) || count == whole) return NULL;
    number->fraction = count - whole;
  }
  return (*at | 0x20) == 'e' ? NULL : at;
}

/// Digits that a double holds exactly over a power of ten that it holds exactly: the quotient is correctly rounded.
LANE_INLINE const uint8_t *lane_double(const uint8_t *at, uint64_t *value) {
  lane_plain number;
  at = lane_plain_number(at, false, &number);
  if (!at || number.mantissa > 1ull << 53) return NULL;
  double quotient = (double)number.mantissa / (double)lane_powers[number.fraction];
  if (number.negative) quotient = -quotient;
  memcpy(value, &quotient, 8);
  return at;
}

/// One that needs no rounding, as a number or a text.
LANE_INLINE const uint8_t *lane_decimal(const uint8_t *at, const tm_lane_member *member, uint64_t *value) {
  bool quoted = *at == '"';
  lane_plain number;
  at = lane_plain_number(at + quoted, quoted, &number);
  if (!at || number.fraction > (uint64_t)member->low || (uint64_t)member->low - number.fraction > 18) return NULL;
  if (quoted && *at++ != '"') return NULL;
  uint64_t magnitude;
  if (__builtin_mul_overflow(number.mantissa, lane_powers[member->low - number.fraction], &magnitude)) return NULL;
  if (magnitude >= (uint64_t)member->high) return NULL;
  *value = number.negative ? 0 - magnitude : magnitude;
  return at;
}

LANE_INLINE const uint8_t *lane_boolean(const uint8_t *at, uint64_t *value) {
  uint64_t word = lane_word(at);
  bool is_true = (word & 0xFFFFFFFFull) == 0x65757274ull;
  if (!is_true && (word & 0xFFFFFFFFFFull) != 0x65736C6166ull) return NULL;
  *value = is_true;
  return at + (is_true ? 4 : 5);
}

// Times

/// The digit at a place of bytes of which the high half is cleared.
LANE_INLINE int64_t lane_digit(uint64_t digits, unsigned place) { return (digits >> (8 * place)) & 0xF; }

/// The number of the day `YYYY-MM-`, `DD`, years 1 to 9999; false when there is none.
static inline bool lane_new_date(uint64_t month_text, uint16_t day_text, tm_lane_block *block) {
  uint64_t digits = month_text ^ 0x2D30302D30303030ull;
  uint64_t days = day_text ^ 0x3030u;
  if (((digits + 0x7F76767F76767676ull) | digits) & 0x8080808080808080ull) return false;
  if (((days + 0x7676) | days) & 0x8080) return false;
  int64_t year = lane_digit(digits, 0) * 1000 + lane_digit(digits, 1) * 100 + lane_digit(digits, 2) * 10 +
                 lane_digit(digits, 3);
  int64_t month = lane_digit(digits, 5) * 10 + lane_digit(digits, 6);
  int64_t day = lane_digit(days, 0) * 10 + lane_digit(days, 1);
  static const uint8_t lengths[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > lengths[month] + (month == 2 && leap)) return false;
  // Years from March on, so that the leap day is the last one.
  int64_t shifted = month <= 2 ? year - 1 : year;
  int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  int64_t era = shifted / 400, of_era = shifted % 400;
  block->date_number = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  block->date_month = month_text;
  block->date_day = day_text;
  return true;
}

LANE_INLINE bool lane_known_date(const uint8_t *at, tm_lane_block *block) {
  uint64_t month = lane_word(at);
  uint16_t day = (uint16_t)lane_word(at + 8);
  return (month == block->date_month && day == block->date_day) || lane_new_date(month, day, block);
}

LANE_INLINE const uint8_t *lane_date(const uint8_t *at, tm_lane_block *block, uint64_t *value) {
  if (!lane_known_date(at, block)) return NULL;
  *value = (uint64_t)block->date_number;
  return at + 10;
}

/// `YYYY-MM-DD HH:MM:SS[.f][Z]` with up to 8 digits of a second; microseconds.
LANE_INLINE const uint8_t *lane_timestamp(const uint8_t *at, tm_lane_block *block, uint64_t *value) {
  if (!lane_known_date(at, block)) return NULL;
  uint64_t word = lane_word(at + 8), tail = lane_word(at + 16);
  uint8_t separator = (uint8_t)(word >> 16);
  if (separator != ' ' && (separator | 0x20) != 't') return NULL;
  uint64_t digits = (word ^ 0x30303A3030000000ull) & 0xFFFFFFFFFF000000ull;
  uint64_t seconds = (tail ^ 0x30303Aull) & 0xFFFFFFull;
  uint64_t wrong = (((digits + 0x76767F7676000000ull) | digits) & 0x8080808080808080ull) |
                   (((seconds + 0x76767Full) | seconds) & 0x808080ull);
  int64_t hour = lane_digit(digits, 3) * 10 + lane_digit(digits, 4);
  int64_t minute = lane_digit(digits, 6) * 10 + lane_digit(digits, 7);
  int64_t second = lane_digit(seconds, 1) * 10 + lane_digit(seconds, 2);
  if (wrong || hour > 23 || minute > 59 || second > 59) return NULL;
  int64_t time = ((hour * 60 + minute) * 60 + second) * 1000000;
  at += 19;
  if (*at == '.') {
    uint64_t fraction = lane_word(at + 1);
    unsigned count = lane_digits(fraction);
    if (count == 0) return NULL;
    time += (int64_t)(lane_number(fraction, count) * lane_powers[8 - count] / 100);
    at += 1 + count;
  }
  if (*at == 'Z') at++;
  *value = (uint64_t)(block->date_number * 86400000000ll + time);
  return at;
}

// Texts

/// Whether the bytes are UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
static inline bool lane_utf8(const uint8_t *at, const uint8_t *end) {
  while (at < end) {
    if (*at < 0x80) {
      at++;
      continue;
    }
    uint8_t lead = *at;
    unsigned length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (lead < 0xC2 || lead > 0xF4 || (size_t)(end - at) < length) return false;
    for (unsigned index = 1; index < length; index++)
      if ((at[index] & 0xC0) != 0x80) return false;
    if ((lead == 0xE0 && at[1] < 0xA0) || (lead == 0xED && at[1] >= 0xA0)) return false;
    if ((lead == 0xF0 && at[1] < 0x90) || (lead == 0xF4 && at[1] >= 0x90)) return false;
    at += length;
  }
  return true;
}

/// What ends a text: in JSON a quote, a backslash or a control character; in a plain cell of CSV a comma or a line end;
/// in a quoted one a quote.
enum { LANE_JSON, LANE_PLAIN, LANE_QUOTED };

/// Where 64 bytes have one that ends a text, and where one that is no ASCII.
LANE_INLINE uint64_t lane_ends(const uint8_t *at, int form, uint64_t *others) {
  lane_bytes bytes;
  memcpy(&bytes, at, 64);
  *others = LANE_BITS(bytes >= 0x80);
  if (form == LANE_PLAIN) return LANE_BITS((bytes == ',') | (bytes == '\n'));
  if (form == LANE_QUOTED) return LANE_BITS(bytes == '"');
  return LANE_BITS((bytes == '"') | (bytes == '\\') | (bytes < 0x20));
}

/// The end of a text that begins at `at`, of which every byte was checked to be UTF-8; NULL too near to `end`.
LANE_INLINE const uint8_t *lane_text(const uint8_t *at, const uint8_t *end, int form) {
  const uint8_t *start = at;
  uint64_t high = 0;
  for (;;) {
    if (end - at < 128) return NULL;
    // Two at once: whether a text has more than 64 bytes is hard to foresee.
    uint64_t first_others, second_others;
    uint64_t first = lane_ends(at, form, &first_others);
    uint64_t second = lane_ends(at + 64, form, &second_others);
    high |= first_others | second_others;
    if (first | second) {
      at += first ? __builtin_ctzll(first) : 64 + __builtin_ctzll(second);
      break;
    }
    at += 128;
  }
  // Bytes behind the text may be among those passed: then it is checked in vain.
  return high == 0 || lane_utf8(start, at) ? at : NULL;
}

/// A word for a range of the text.
LANE_INLINE uint64_t lane_piece(const uint8_t *text, const uint8_t *start, const uint8_t *end) {
  return (uint64_t)(start - text) << 32 | (uint64_t)(end - start);
}

#endif
