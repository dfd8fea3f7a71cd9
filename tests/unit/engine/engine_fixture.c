/*
 * engine_fixture.c - see engine_fixture.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_fixture.h"

#include "base/rng.h"

void fixture_open(fixture *f, const toy_options *toy, const engine_options *options,
                  uint32_t capacity)
{
    huis_error err = {0};
    *f = (fixture){0};
    buffer_init(&f->file, 64u << 20);
    toy_model_write(&f->file, toy);
    assert_true(buffer_ok(&f->file));
    if (engine_open(&f->e, (const unsigned char *)f->file.ptr, f->file.len, "toy.gguf", options,
                    &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    if (capacity > 0) {
        assert_int_equal(engine_context_new(&f->c, f->e, capacity, &err), HUIS_OK);
    }
}

void fixture_close(fixture *f)
{
    f->c = engine_context_free(f->c);
    f->e = engine_close(f->e);
    buffer_deinit(&f->file);
}

void fixture_tokens(int32_t *out, uint32_t n)
{
    rng r;
    rng_init(&r, 42);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = (int32_t)rng_next_below(&r, TOY_N_VOCAB);
    }
}

double fixture_nmse(const double *reference, const float *x, size_t n)
{
    double error = 0;
    double power = 0;
    for (size_t i = 0; i < n; i++) {
        const double difference = reference[i] - (double)x[i];
        error += difference * difference;
        power += reference[i] * reference[i];
    }
    return error / power;
}
