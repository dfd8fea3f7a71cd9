/*
 * map.c - see map.h.
 */
#include "base/map.h"

#include "base/checked.h"
#include "base/memory.h"
#include "base/rng.h"

static const char EMPTY_KEY[] = "";

static uint64_t mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Up to eight bytes as one word, without a loop: overlapping halves from four on. */
static uint64_t load_tail(const char *ptr, size_t len)
{
    if (len >= 4) {
        uint32_t low;
        uint32_t high;
        memcpy(&low, ptr, sizeof(low));
        memcpy(&high, ptr + len - sizeof(high), sizeof(high));
        return (uint64_t)high << 32 | low;
    }
    if (len == 0) {
        return 0;
    }
    const unsigned char *const bytes = (const unsigned char *)ptr;
    return (uint64_t)bytes[0] << 16 | (uint64_t)bytes[len / 2] << 8 | bytes[len - 1];
}

uint64_t map_hash(span key, uint64_t seed)
{
    uint64_t h = seed ^ mix(key.len ^ 0x9E3779B97F4A7C15u, 0xBF58476D1CE4E5B9u);
    size_t i = 0;
    for (; i + 8 < key.len; i += 8) {
        uint64_t word;
        memcpy(&word, key.ptr + i, sizeof(word));
        h = mix(h ^ word, 0x94D049BB133111EBu);
    }
    return mix(h ^ load_tail(key.ptr + i, key.len - i), 0xD6E8FEB86659FD93u);
}

void map_init(map *m)
{
    *m = (map){.seed = rng_entropy()};
}

void map_deinit(map *m)
{
    memory_free(m->entries);
    *m = (map){.seed = m->seed};
}

static map_entry *find_slot(map_entry *entries, size_t capacity, span key, uint32_t hash)
{
    size_t i = hash & (capacity - 1);
    while (entries[i].key.ptr != NULL &&
           !(entries[i].hash == hash && span_equal(entries[i].key, key))) {
        i = (i + 1) & (capacity - 1);
    }
    return &entries[i];
}

bool map_reserve(map *m, size_t count)
{
    size_t needed = 0;
    if (!checked_mul_size(count, 2, &needed)) {
        return false;
    }
    if (needed <= m->capacity) {
        return true;
    }
    size_t capacity = m->capacity > 0 ? m->capacity : 16;
    while (capacity < needed) {
        capacity *= 2;
    }
    map_entry *const entries = memory_alloc(capacity, sizeof(*entries));
    if (entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < m->capacity; i++) {
        if (m->entries[i].key.ptr != NULL) {
            *find_slot(entries, capacity, m->entries[i].key, m->entries[i].hash) = m->entries[i];
        }
    }
    memory_free(m->entries);
    m->entries = entries;
    m->capacity = capacity;
    return true;
}

bool map_set(map *m, span key, uint32_t value)
{
    if (!map_reserve(m, m->count + 1)) {
        return false;
    }
    const span stored = key.ptr != NULL ? key : span_from(EMPTY_KEY, 0);
    const uint32_t hash = (uint32_t)map_hash(stored, m->seed);
    map_entry *const slot = find_slot(m->entries, m->capacity, stored, hash);
    if (slot->key.ptr == NULL) {
        m->count++;
    }
    *slot = (map_entry){.key = stored, .hash = hash, .value = value};
    return true;
}

bool map_get(const map *m, span key, uint32_t *out_value)
{
    if (m->count == 0) {
        return false;
    }
    const span wanted = key.ptr != NULL ? key : span_from(EMPTY_KEY, 0);
    const uint32_t hash = (uint32_t)map_hash(wanted, m->seed);
    const map_entry *const slot = find_slot(m->entries, m->capacity, wanted, hash);
    if (slot->key.ptr == NULL) {
        return false;
    }
    if (out_value != NULL) {
        *out_value = slot->value;
    }
    return true;
}
