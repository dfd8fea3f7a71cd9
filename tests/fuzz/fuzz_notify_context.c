/*
 * fuzz_notify_context.c - any bytes as the context of notifications.
 */
#include <stdlib.h>

#include "feature/notify/notify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    huis_notify_context *context = NULL;
    huis_error err = {.status = HUIS_OK};
    const int status = huis_notify_context_read((const char *)data, size, &context, &err);
    if (status != HUIS_OK) {
        if (context != NULL || err.message[0] == '\0') {
            abort();
        }
        return 0;
    }
    for (size_t i = 0; i < context->n_contacts; i++) {
        if (context->contacts[i].name == NULL) {
            abort();
        }
    }
    for (size_t i = 0; i < context->n_calendar; i++) {
        if (!context->calendar[i].start.known) {
            abort();
        }
    }
    (void)huis_notify_context_free(context);
    return 0;
}
