// Fast lane of the decoders: records that are exactly of a known shape.
#ifndef TIDEMARK_RECORD_LANE_H
#define TIDEMARK_RECORD_LANE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What stands at a place of a record.
enum {
  TM_LANE_SKIP,
  TM_LANE_INTEGER,
  TM_LANE_STRING,
  TM_LANE_TIMESTAMP,
  TM_LANE_DATE,
  TM_LANE_BOOLEAN,
  TM_LANE_DOUBLE,
  TM_LANE_DECIMAL,
};

/// Why the lane ended before the block was full.
enum {
  TM_LANE_FULL,
  /// Too near to the end of the text.
  TM_LANE_END,
  /// Other bytes than the shape's between values.
  TM_LANE_SHAPE,
  /// A value that the lane does not read.
  TM_LANE_VALUE,
};

/// Bytes that a gap has at most; and that lie behind the last gap, of any value.
#define TM_LANE_GAP_MAX 64

typedef struct {
  /// The bytes before the value, in the shape's gaps; CSV has none.
  uint32_t gap_start, gap_length;
  uint16_t kind, nullable;
  uint32_t column;
  /// Integers: least and greatest. Strings: `high` bytes at most. Decimals: digits behind the point, and what their
  /// magnitude is below.
  int64_t low, high;
} tm_lane_member;

typedef struct {
  const tm_lane_member *members;
  size_t count;
  const uint8_t *gaps;
  uint32_t tail_start, tail_length;
  /// Columns that records of the shape lack.
  uint64_t missing;
  uint64_t is_delete;
} tm_lane_shape;

/// Words of values, column after column with `capacity` rows each, then a word of NULL bits and one of the kind a row.
typedef struct {
  uint64_t *cells;
  size_t capacity, columns, rows;
  uint64_t any_nulls;
  /// The date read last: `YYYY-MM-`, `DD`, and its number.
  uint64_t date_month;
  int64_t date_number;
  uint16_t date_day;
  uint16_t reason;
} tm_lane_block;

/// Reads records of JSON from `position` on into the block and returns the position behind the last one read.
/// Only ever accepts: what is not plain is left where it is. A line end behind a record is passed.
size_t tm_lane_json(
    const tm_lane_shape *shape, tm_lane_block *block, const uint8_t *text, size_t count, size_t position);

/// The same for CSV (RFC 4180), a member a column.
size_t tm_lane_csv(
    const tm_lane_shape *shape, tm_lane_block *block, const uint8_t *text, size_t count, size_t position);

#ifdef __cplusplus
}
#endif
#endif
