/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_random.h - random documents, of which every node's place is known, and random paths over the same few
 * names, with a slow and simple evaluation of a path that shares nothing with the scanner but the meaning of
 * one step.
 */
#ifndef VC__TEST_JSON_RANDOM_H
#define VC__TEST_JSON_RANDOM_H

#include "json/path.h"

#include <stdint.h>

enum { RANDOM_DEPTH = 5, RANDOM_NODES = 400, RANDOM_TEXT = 16384 };

typedef struct random_place {
    const char *name; /* content; NULL in an array */
    int64_t index, length;
} random_place;

typedef struct random_node {
    size_t begin, end;
    size_t depth;
    random_place places[RANDOM_DEPTH];
} random_node;

typedef struct random_document {
    char text[RANDOM_TEXT];
    size_t len;
    size_t count;
    random_node nodes[RANDOM_NODES]; /* in the order of their begin */
} random_document;

uint32_t random_below(uint64_t *state, uint32_t bound);

/* No member comes twice. */
void random_document_make(random_document *document, uint64_t *state);

/* A path that selects something in some of the documents; text of at most 200 bytes. */
void random_path_make(char text[200], uint64_t *state);

bool random_node_selected(const random_node *node, const vc__path *path);

/* One node is the other, or lies within it. */
bool random_nodes_overlap(const random_node *a, const random_node *b);

#endif
