/*
 * token_list.c - see vocab.h.
 */
#include "base/checked.h"
#include "base/memory.h"
#include "vocab/vocab.h"

enum { FIRST_CAPACITY = 64 };

void token_list_init(token_list *list)
{
    *list = (token_list){0};
}

void token_list_deinit(token_list *list)
{
    memory_free(list->ids);
    *list = (token_list){0};
}

bool token_list_push(token_list *list, int32_t id)
{
    if (list->count == list->capacity) {
        size_t capacity = FIRST_CAPACITY;
        if (list->capacity > 0 && !checked_mul_size(list->capacity, 2, &capacity)) {
            return false;
        }
        int32_t *const ids = memory_resize(list->ids, capacity, sizeof(*ids));
        if (ids == NULL) {
            return false;
        }
        list->ids = ids;
        list->capacity = capacity;
    }
    list->ids[list->count++] = id;
    return true;
}
