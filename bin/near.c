/* SPDX-License-Identifier: Apache-2.0 */
#include "near.h"

#include <string.h>

enum { WORD_MAX = 32, FAR = 1000 };

/* Levenshtein's distance, on one row. */
size_t near_distance(const char *word, const char *name)
{
    size_t row[WORD_MAX + 1];
    const size_t len = strlen(word), width = strlen(name);
    if (len > WORD_MAX || width > WORD_MAX)
        return FAR;
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; i <= len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            const size_t change = diagonal + (word[i - 1] != name[j - 1]);
            const size_t one_off = (row[j - 1] < row[j] ? row[j - 1] : row[j]) + 1;
            diagonal = row[j];
            row[j] = change < one_off ? change : one_off;
        }
    }
    return row[width] < len ? row[width] : FAR; /* nothing in common is no slip */
}
