/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cleanup.h - the one cleanup idiom of lib/: a variable that frees what it holds when its scope ends.
 *
 *     vc__auto(vc__buf) body = VC__BUF(1 << 20);        a type with vc__buf_cleanup(vc__buf *)
 *     VC__DEFINE_CLEANUP(vc__thing, vc__thing_free)     makes vc__thing_cleanupp(vc__thing **) for pointers
 *     vc__autoptr(vc__thing) thing = vc__thing_new();
 *     return vc__steal(&thing);                         moves it out
 */
#ifndef VC__BASE_CLEANUP_H
#define VC__BASE_CLEANUP_H

#define vc__auto(type) __attribute__((cleanup(type##_cleanup))) type
#define vc__autoptr(type) __attribute__((cleanup(type##_cleanupp))) type *

#define VC__DEFINE_CLEANUP(type, free_function)                                                       \
    static inline __attribute__((unused)) void type##_cleanupp(type **pointer)                        \
    {                                                                                                 \
        free_function(*pointer);                                                                      \
    }

/* Moves a pointer out of an automatic variable. */
#define vc__steal(pointer)                                                                            \
    (__extension__({                                                                                  \
        __typeof__(*(pointer)) vc__stolen = *(pointer);                                               \
        *(pointer) = NULL;                                                                            \
        vc__stolen;                                                                                   \
    }))

#endif
