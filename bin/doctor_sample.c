/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_sample.c - a random value for a template's pattern: literals, groups, \d, \w, dot, sets such as [0-9a-f], and ?, *, +, {n}
 * and {n,m} behind one character. Anything else, alternatives too, is beyond it, and told as such.
 */
#include "doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { LONG_ENOUGH = 12 };

/* What one place of a value may be. */
struct set {
    char members[128];
    size_t count;
};

static void add_range(struct set *set, int from, int to)
{
    for (int c = from; c <= to && set->count < sizeof set->members; c++)
        set->members[set->count++] = (char)c;
}

/* The class behind a backslash, or the character itself. */
static void add_escaped(struct set *set, char c)
{
    if (c == 'd' || c == 'w')
        add_range(set, '0', '9');
    if (c == 'w')
        add_range(set, 'a', 'z');
    if (c == 's')
        add_range(set, ' ', ' ');
    if (c != 'd' && c != 'w' && c != 's')
        add_range(set, c, c);
}

static bool is_known_escape(char c)
{
    return c && !strchr("bBAzZDWSpPQEkgxuUcK123456789", c);
}

/* [0-9a-f], not negated. `*at` is behind the bracket; afterwards behind the closing one. */
static bool read_set(const char **at, struct set *set)
{
    if (**at == '^')
        return false;
    while (**at && **at != ']') {
        const char c = *(*at)++;
        if (c == '\\') {
            if (!is_known_escape(**at))
                return false;
            add_escaped(set, *(*at)++);
        } else if (c == '[') {
            return false;
        } else if (**at == '-' && (*at)[1] && (*at)[1] != ']') {
            if ((*at)[1] == '\\' || (*at)[1] < c)
                return false;
            add_range(set, c, (*at)[1]);
            *at += 2;
        } else {
            add_range(set, c, c);
        }
    }
    if (**at != ']' || !set->count)
        return false;
    ++*at;
    return true;
}

/*
 * How often: not at all where that may be, else as often as may be within reason, because short values have too few neighbours to be
 * encrypted. `*at` is where the repetition would stand.
 */
static bool read_repeat(const char **at, size_t *times)
{
    *times = **at == '+' ? LONG_ENOUGH : 1;
    if (**at == '?' || **at == '*')
        *times = 0;
    if (**at == '{') {
        char *end;
        *times = strtoul(*at + 1, &end, 10);
        if (end == *at + 1 || *times > 64)
            return false;
        if (*end == ',') {
            const size_t least = *times;
            *times = end[1] == '}' ? LONG_ENOUGH : strtoul(end + 1, NULL, 10);
            *times = *times > 64 ? 64 : *times < least ? least : *times;
            strtoul(end + 1, &end, 10);
        }
        if (*end != '}')
            return false;
        *at = end;
    }
    if (**at && strchr("?*+}", **at))
        ++*at;
    return !**at || !strchr("?*+", **at);
}

static char pick(const struct set *set)
{
    unsigned char byte = 0; /* any will do: nothing secret hangs on it */
    (void)!getrandom(&byte, 1, 0);
    return set->members[byte % set->count];
}

static bool read_place(const char **at, struct set *set)
{
    const char c = *(*at)++;
    if (c == '[')
        return read_set(at, set);
    if (c == '\\') {
        if (!is_known_escape(**at))
            return false;
        add_escaped(set, *(*at)++);
    } else if (c == '.') {
        add_range(set, '0', '9');
    } else if (strchr("|*+?{}", c)) {
        return false;
    } else {
        add_range(set, c, c);
    }
    return true;
}

bool doctor_sample(const char *pattern, char *value, size_t room)
{
    size_t len = 0;
    const char *at = pattern ? pattern : "|";
    while (*at) {
        if (*at == '^' || *at == '$') {
            at++;
            continue;
        }
        if (*at == '(' || *at == ')') { /* groups only capture; a repeated one is beyond this */
            const bool closes = *at == ')';
            if (!closes && at[1] == '?') {
                if (at[2] != ':')
                    return false;
                at += 2;
            }
            at++;
            if (closes && *at && strchr("?*+{", *at))
                return false;
            continue;
        }
        struct set set = { .count = 0 };
        size_t times;
        if (!read_place(&at, &set) || !read_repeat(&at, &times) || len + times + 1 > room)
            return false;
        while (times--)
            value[len++] = pick(&set);
    }
    value[len] = 0;
    return len > 0;
}
