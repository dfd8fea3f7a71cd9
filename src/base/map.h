/*
 * map.h - hash map from byte strings to 32-bit values (open addressing, linear probing).
 *
 * Keys are borrowed: their bytes must outlive the map. The hash is seeded per map (wyhash-like
 * mixing), so that a hostile file cannot choose colliding keys ahead of time.
 */
#ifndef HUIS_BASE_MAP_H
#define HUIS_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

typedef struct map_entry {
    span key; /* ptr NULL: free slot */
    uint32_t hash;
    uint32_t value;
} map_entry;

typedef struct map {
    map_entry *entries;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    uint64_t seed;
} map;

void map_init(map *m);
void map_deinit(map *m);
/* Room for `count` keys without growing. False: no memory. */
__attribute__((warn_unused_result)) bool map_reserve(map *m, size_t count);
/* Adds or replaces. False: no memory. An empty key is allowed. */
__attribute__((warn_unused_result)) bool map_set(map *m, span key, uint32_t value);
/* False: no such key; *out_value is then left alone. out_value may be NULL. */
bool map_get(const map *m, span key, uint32_t *out_value);

/* The hash by itself, for other tables. */
uint64_t map_hash(span key, uint64_t seed);

#endif
