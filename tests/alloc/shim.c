/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "alloc/shim.h"

#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc's own, which the names below hide. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

/* Blocks of the running time: open addressing by pointer; a freed one leaves GONE. */
enum { SLOTS = 1 << 18 };
#define GONE ((void *)1)
typedef struct block {
    void *memory;
    unsigned long number;
    size_t size;
} block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block blocks[SLOTS];
static bool running, fail_once;
static unsigned long fail_at, asked, refused, trace_at, alive;
static __thread bool inside; /* of backtrace(), which may allocate */

static block *slot_of(const void *memory, bool for_new)
{
    size_t at = ((uintptr_t)memory >> 4) * 0x9e3779b97f4a7c15u >> 40;
    for (size_t i = 0; i < SLOTS; i++, at++) {
        block *one = &blocks[at % SLOTS];
        if (one->memory == memory || !one->memory || (for_new && one->memory == GONE))
            return one;
    }
    abort();
}

static void remember(void *memory, unsigned long number, size_t size)
{
    if (!running || !memory || !number)
        return;
    pthread_mutex_lock(&lock);
    *slot_of(memory, true) = (block){ memory, number, size };
    alive++;
    pthread_mutex_unlock(&lock);
}

static void forget(void *memory)
{
    if (!alive || !memory)
        return;
    pthread_mutex_lock(&lock);
    block *one = slot_of(memory, false);
    if (one->memory == memory) {
        one->memory = GONE;
        alive--;
    }
    pthread_mutex_unlock(&lock);
}

static void trace(void)
{
    void *frames[64];
    inside = true;
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
    inside = false;
}

/* The number of this allocation, 0 when nothing runs; `*refuse` says whether it is to fail. */
static unsigned long ask(bool *refuse)
{
    *refuse = false;
    if (!running || inside)
        return 0;
    const unsigned long number = __atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED);
    if (number == trace_at)
        trace();
    *refuse = fail_at && (fail_once ? number == fail_at : number >= fail_at);
    if (*refuse) {
        __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
        errno = ENOMEM;
    }
    return number;
}

#define ALLOCATE(size, expression)                                                                                     \
    do {                                                                                                               \
        bool refuse;                                                                                                   \
        const unsigned long number = ask(&refuse);                                                                     \
        void *fresh = refuse ? NULL : (expression);                                                                    \
        remember(fresh, number, size);                                                                                 \
        return fresh;                                                                                                  \
    } while (0)

void *malloc(size_t size)
{
    ALLOCATE(size, __libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    ALLOCATE(count * size, __libc_calloc(count, size));
}

void *memalign(size_t alignment, size_t size)
{
    ALLOCATE(size, __libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    ALLOCATE(size, __libc_memalign(alignment, size));
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *fresh = memalign(alignment, size);
    if (!fresh)
        return ENOMEM;
    *memory = fresh;
    return 0;
}

void *realloc(void *old, size_t size)
{
    bool refuse;
    const unsigned long number = ask(&refuse);
    if (refuse)
        return NULL;
    forget(old); /* before, so that no other thread gets the same address in between */
    void *fresh = __libc_realloc(old, size);
    if (!fresh && size)
        remember(old, number, size);
    remember(fresh, number, size);
    return fresh;
}

void free(void *memory)
{
    forget(memory);
    __libc_free(memory);
}

void shim_start(unsigned long at, bool once)
{
    memset(blocks, 0, alive ? sizeof blocks : 0);
    alive = asked = refused = 0;
    fail_at = at;
    fail_once = once;
    running = true;
}

void shim_stop(shim_report *report)
{
    running = false;
    *report = (shim_report){ .asked = asked, .refused = refused };
    for (size_t i = 0; alive && i < SLOTS; i++) {
        if (!blocks[i].memory || blocks[i].memory == GONE)
            continue;
        if (!report->left++ || blocks[i].number < report->left_number) {
            report->left_number = blocks[i].number;
            report->left_size = blocks[i].size;
        }
    }
}

void shim_trace(unsigned long number)
{
    trace_at = number;
}

__attribute__((constructor)) static void from_environment(void)
{
    const char *at = getenv("VC_SHIM_FAIL");
    if (at)
        shim_start(strtoul(at, NULL, 10), getenv("VC_SHIM_ONCE") != NULL);
}
