/*
 * driver.c - runs a libFuzzer target as an ordinary test, with any compiler.
 *
 *   fuzz-NAME [--seconds N] [--seed N] FILE|DIRECTORY...
 *
 * Replays every file (each one copied to a block of exactly its size, so that a sanitizer sees a
 * read past its end), then runs mutations of them for N seconds. The numbers are seeded: the same
 * seed makes the same inputs in the same order. When the target crashes, the input is written to
 * crash-NAME.bin in the current directory; give that file as an argument to see it again. Prints
 * TAP. `make fuzz` runs the same targets under libFuzzer instead.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"

enum {
    MAX_SEEDS = 4096,
    MAX_INPUT_BYTES = 1024 * 1024,
    MAX_STACKED_MUTATIONS = 8,
    MAX_INPUT_US = 5 * 1000 * 1000, /* for one input, sanitizer and busy machine included */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* A target may have its own mutator, and call ours from it, as under libFuzzer. */
__attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                                                     unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

typedef struct input {
    uint8_t *data;
    size_t size;
} input;

static input seeds[MAX_SEEDS];
static size_t n_seeds;
static input running;
static const char *program_name;
static rng numbers;
static int64_t slowest_us;

/* Only calls that a signal handler may make. */
static void save_running_input(void)
{
    char path[256] = "crash-";
    strncat(path, program_name, sizeof(path) - 16);
    strcat(path, ".bin");
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0) {
        const ssize_t n = write(fd, running.data, running.size);
        (void)n;
        (void)close(fd);
    }
}

static void on_signal(int number)
{
    save_running_input();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void run(const uint8_t *data, size_t size)
{
    uint8_t *const copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    running = (input){copy, size};
    const int64_t start = clock_monotonic_us();
    (void)LLVMFuzzerTestOneInput(copy, size);
    const int64_t took = clock_monotonic_us() - start;
    slowest_us = took > slowest_us ? took : slowest_us;
    if (took > MAX_INPUT_US) {
        printf("not ok - an input took %lld us\n", (long long)took);
        abort();
    }
    running = (input){NULL, 0};
    free(copy);
}

static void add_seed(const char *path)
{
    struct stat st;
    FILE *const file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &st) != 0 || n_seeds == MAX_SEEDS) {
        printf("Bail out! cannot read %s\n", path);
        exit(1);
    }
    const size_t size = (size_t)st.st_size;
    uint8_t *const data = malloc(size + 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        printf("Bail out! cannot read %s\n", path);
        exit(1);
    }
    (void)fclose(file);
    seeds[n_seeds++] = (input){data, size};
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_seeds(const char *path)
{
    struct dirent **names = NULL;
    const int n = scandir(path, &names, NULL, compare_names);
    if (n < 0) {
        add_seed(path);
        return;
    }
    for (int i = 0; i < n; i++) {
        char file[4096];
        if (names[i]->d_name[0] != '.' &&
            snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name) < (int)sizeof(file)) {
            add_seed(file);
        }
        free(names[i]);
    }
    free(names);
}

/* A position in [0, n). */
static size_t at(size_t n)
{
    return rng_next_below(&numbers, (uint32_t)n);
}

static size_t flip_bit(uint8_t *data, size_t size)
{
    data[at(size)] ^= (uint8_t)(1u << at(8));
    return size;
}

static size_t set_byte(uint8_t *data, size_t size)
{
    data[at(size)] = (uint8_t)at(256);
    return size;
}

/* A number at a border, in 1, 2, 4 or 8 little-endian bytes. */
static size_t set_number(uint8_t *data, size_t size)
{
    const uint64_t borders[] = {
        0,          1,
        0x7F,       0x80,
        0xFF,       0x7FFF,
        0x8000,     0xFFFF,
        0x7FFFFFFF, 0x80000000,
        0xFFFFFFFF, 0x100000000,
        INT64_MAX,  (uint64_t)INT64_MAX + 1,
        UINT64_MAX, size,
        at(size),   at(64),
    };
    const uint64_t value = borders[at(sizeof(borders) / sizeof(borders[0]))] + at(3) - 1;
    const size_t pos = at(size);
    const size_t n = (size_t)1 << at(4);
    for (size_t i = 0; i < n && pos + i < size; i++) {
        data[pos + i] = (uint8_t)(value >> (8 * i));
    }
    return size;
}

static size_t add_to_byte(uint8_t *data, size_t size)
{
    data[at(size)] += (uint8_t)(at(33) - 16);
    return size;
}

static size_t truncate_input(uint8_t *data, size_t size)
{
    (void)data;
    return at(size);
}

static size_t remove_run(uint8_t *data, size_t size)
{
    const size_t pos = at(size);
    const size_t n = 1 + at(size - pos < 64 ? size - pos : 64);
    memmove(data + pos, data + pos + n, size - pos - n);
    return size - n;
}

static size_t swap_runs(uint8_t *data, size_t size)
{
    const size_t n = 1 + at(size < 16 ? size : 16);
    const size_t a = at(size - n + 1);
    const size_t b = at(size - n + 1);
    for (size_t i = 0; i < n; i++) {
        const uint8_t byte = data[a + i];
        data[a + i] = data[b + i];
        data[b + i] = byte;
    }
    return size;
}

/* Copies a run of `from` into the input at a random place. */
static size_t insert_from(const input *from, uint8_t *data, size_t size, size_t max_size)
{
    if (from->size == 0 || size == max_size) {
        return size;
    }
    const size_t start = at(from->size);
    const size_t available = from->size - start;
    const size_t room = max_size - size;
    size_t n = 1 + at(available < 256 ? available : 256);
    n = n < room ? n : room;
    uint8_t run_bytes[256];
    memcpy(run_bytes, from->data + start, n);
    const size_t pos = at(size + 1);
    memmove(data + pos + n, data + pos, size - pos);
    memcpy(data + pos, run_bytes, n);
    return size + n;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    static size_t (*const MUTATIONS[])(uint8_t *, size_t) = {
        flip_bit, set_byte, set_number, add_to_byte, truncate_input, remove_run, swap_runs,
    };
    const size_t n_mutations = sizeof(MUTATIONS) / sizeof(MUTATIONS[0]);
    const size_t choice = at(n_mutations + 2);
    if (choice == n_mutations) {
        return insert_from(&seeds[at(n_seeds)], data, size, max_size);
    }
    if (size == 0) {
        data[0] = (uint8_t)at(256);
        return max_size > 0 ? 1 : 0;
    }
    if (choice > n_mutations) {
        const input self = {data, size};
        return insert_from(&self, data, size, max_size);
    }
    return MUTATIONS[choice](data, size);
}

static uint64_t run_mutations(int64_t seconds)
{
    static uint8_t data[MAX_INPUT_BYTES];
    const int64_t end = clock_monotonic_us() + seconds * 1000 * 1000;
    uint64_t n_inputs = 0;
    while (n_seeds > 0 && clock_monotonic_us() < end) {
        const input *const seed = &seeds[at(n_seeds)];
        size_t size = seed->size < MAX_INPUT_BYTES ? seed->size : MAX_INPUT_BYTES;
        memcpy(data, seed->data, size);
        for (size_t n = 1 + at(MAX_STACKED_MUTATIONS); n > 0; n--) {
            size = LLVMFuzzerCustomMutator != NULL && at(2) == 0
                       ? LLVMFuzzerCustomMutator(data, size, sizeof(data), rng_next(&numbers))
                       : LLVMFuzzerMutate(data, size, sizeof(data));
        }
        run(data, size);
        n_inputs++;
    }
    return n_inputs;
}

/* A sanitizer handles faults itself, but not abort(). */
static void watch_for_crashes(void)
{
    (void)signal(SIGABRT, on_signal);
    if (__sanitizer_set_death_callback != NULL) {
        __sanitizer_set_death_callback(save_running_input);
        return;
    }
    static const int SIGNALS[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};
    for (size_t i = 0; i < sizeof(SIGNALS) / sizeof(SIGNALS[0]); i++) {
        (void)signal(SIGNALS[i], on_signal);
    }
}

int main(int argc, char **argv)
{
    int64_t seconds = 2;
    uint64_t seed = 1;
    const char *const slash = strrchr(argv[0], '/');
    program_name = slash != NULL ? slash + 1 : argv[0];
    watch_for_crashes();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            seconds = strtoll(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 10);
        } else {
            add_seeds(argv[i]);
        }
    }
    rng_init(&numbers, seed);
    printf("1..2\n");
    for (size_t i = 0; i < n_seeds; i++) {
        run(seeds[i].data, seeds[i].size);
    }
    printf("%s 1 - %zu files replayed\n", n_seeds > 0 ? "ok" : "not ok", n_seeds);
    const uint64_t n_inputs = run_mutations(seconds);
    printf("# %llu mutated inputs in %lld s, the slowest took %lld us\n",
           (unsigned long long)n_inputs, (long long)seconds, (long long)slowest_us);
    printf("ok 2 - mutated inputs\n");
    for (size_t i = 0; i < n_seeds; i++) {
        free(seeds[i].data);
    }
    return 0;
}
