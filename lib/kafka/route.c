/* SPDX-License-Identifier: Apache-2.0 */
#include "kafka/route.h"

#include "base/alloc.h"
#include "base/error.h"
#include "kafka/topic.h"

#include <stdio.h>

enum { MAX_WAYS = 256 };

static const char default_letters[] = "{target}_dead_letter";
static const char topic_word[] = "{topic}", target_word[] = "{target}";

/* `text` with a word in the place of another. False: it does not fit. */
static bool fill_in(char *out, size_t room, const char *text, const char *word, const char *name)
{
    size_t len = 0;
    while (*text) {
        const bool found = strncmp(text, word, strlen(word)) == 0;
        const char *piece = found ? name : text;
        const size_t piece_len = found ? strlen(name) : 1;
        if (len + piece_len >= room)
            return false;
        memcpy(out + len, piece, piece_len);
        len += piece_len;
        text += found ? strlen(word) : 1;
    }
    out[len] = 0;
    return true;
}

/* A name that is a topic when its words are filled in. */
static vc_code check_template(const char *text, vc_error *err)
{
    char once[VC__TOPIC_ROOM], filled[VC__TOPIC_ROOM];
    if (text && fill_in(once, sizeof once, text, topic_word, "t") && fill_in(filled, sizeof filled, once, target_word, "t") &&
        vc__topic_is(filled))
        return VC_OK;
    return vc__topic_check(text, err) ? VC_E_ARGUMENT
                                      : vc__error(err, VC_E_ARGUMENT, "\"%.100s\" is not the name of a topic", text);
}

static void way_cleanup(vc__way *way)
{
    if (way->pattern)
        regfree(&way->regex);
    vc__free(way->source);
    vc__free(way->target);
}

static vc_code way_init(vc__way *way, const char *source, const char *target, vc_error *err)
{
    char reason[200];
    if (source[0] == '^') {
        const int result = regcomp(&way->regex, source, REG_EXTENDED | REG_NOSUB);
        if (result) {
            regerror(result, &way->regex, reason, sizeof reason);
            return vc__error(err, VC_E_ARGUMENT, "the pattern \"%.100s\": %s", source, reason);
        }
        way->pattern = true;
    }
    way->source = vc__memdup(source, strlen(source));
    way->target = target ? vc__memdup(target, strlen(target)) : NULL;
    return way->source && (way->target || !target) ? VC_OK : vc__error_memory(err);
}

static vc_code add_way(vc__routes *routes, const char *source, const char *target, vc_error *err)
{
    if (routes->way_count == MAX_WAYS)
        return vc__error(err, VC_E_ARGUMENT, "more than %d routes", MAX_WAYS);
    vc__way *ways = vc__realloc(routes->ways, routes->way_count + 1, sizeof *ways);
    if (!ways)
        return vc__error_memory(err);
    routes->ways = ways;
    vc__way *way = &ways[routes->way_count];
    *way = (vc__way){ 0 };
    const vc_code code = way_init(way, source, target, err);
    if (code)
        way_cleanup(way);
    else
        routes->way_count++;
    return code;
}

vc_code vc__routes_add(vc__routes *routes, const char *source, const char *target, vc_error *err)
{
    const bool pattern = source && source[0] == '^';
    vc_code code = pattern ? VC_OK : vc__topic_check(source, err);
    if (!code)
        code = check_template(target, err);
    if (code)
        return code;
    if (strcmp(target, topic_word) == 0 || strcmp(source, target) == 0)
        return vc__error(err, VC_E_ARGUMENT, "topic %s cannot be source and target at once", source);
    if (strstr(target, target_word))
        return vc__error(err, VC_E_ARGUMENT, "a target cannot hold {target}");
    if (pattern && !strstr(target, topic_word))
        return vc__error(err, VC_E_ARGUMENT, "the target of a pattern needs {topic} in its name, such as {topic}_encrypted");
    for (size_t i = 0; i < routes->way_count; i++)
        if (strcmp(routes->ways[i].source, source) == 0)
            return vc__error(err, VC_E_ARGUMENT, "topic %s has a route already", source);
    return add_way(routes, source, target, err);
}

vc_code vc__routes_read(vc__routes *routes, const char *source, vc_error *err)
{
    return add_way(routes, source, NULL, err);
}

vc_code vc__routes_set_letters(vc__routes *routes, const char *topic, vc_error *err)
{
    const vc_code code = check_template(topic, err);
    return code ? code : vc__text_set(&routes->letters, topic, err);
}

static const char *letters_of(const vc__routes *routes)
{
    return routes->letters ? routes->letters : default_letters;
}

/* -- routes of topics ------------------------------------------------------------------------------------ */

static const vc__way *find_way(const vc__routes *routes, const char *topic)
{
    for (size_t i = 0; i < routes->way_count; i++)
        if (!routes->ways[i].pattern && strcmp(routes->ways[i].source, topic) == 0)
            return &routes->ways[i];
    for (size_t i = 0; i < routes->way_count; i++)
        if (routes->ways[i].pattern && regexec(&routes->ways[i].regex, topic, 0, NULL, 0) == 0)
            return &routes->ways[i];
    return NULL;
}

static vc_code name_topics(const vc__routes *routes, const vc__way *way, const char *topic, vc__route *route, vc_error *err)
{
    char letters[VC__TOPIC_ROOM];
    snprintf(route->source, sizeof route->source, "%s", topic);
    if (!way->target)
        return VC_OK;
    if (!fill_in(route->target, sizeof route->target, way->target, topic_word, topic) || !vc__topic_is(route->target))
        return vc__error(err, VC_E_CONFIG, "the name of topic %s is too long for a target made of it", topic);
    if (!fill_in(letters, sizeof letters, letters_of(routes), topic_word, topic) ||
        !fill_in(route->letters, sizeof route->letters, letters, target_word, route->target) || !vc__topic_is(route->letters))
        return vc__error(err, VC_E_CONFIG, "the name of topic %s is too long for a dead-letter topic beside it; set one",
                         route->target);
    if (strcmp(route->letters, topic) == 0 || strcmp(route->letters, route->target) == 0)
        return vc__error(err, VC_E_CONFIG, "dead letters need a topic of their own, and %s is a source or target", route->letters);
    return VC_OK;
}

static bool add_expression(char *out, size_t room, const char *template);

static bool template_matches(const char *template, const char *topic)
{
    char text[4 * VC__TOPIC_ROOM] = "";
    regex_t regex;
    if (!add_expression(text, sizeof text, template) || regcomp(&regex, text, REG_EXTENDED | REG_NOSUB))
        return false;
    const bool matches = regexec(&regex, topic, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

/* With patterns: a topic that the stream writes, or that its names could stand for, would never be read. */
static vc_code check_readable(const vc__routes *routes, const char *source, vc_error *err)
{
    for (size_t i = 0; i < routes->way_count; i++) {
        char letters[2 * VC__TOPIC_ROOM];
        if (template_matches(routes->ways[i].target, source) ||
            (fill_in(letters, sizeof letters, letters_of(routes), target_word, routes->ways[i].target) &&
             template_matches(letters, source)))
            return vc__error(err, VC_E_CONFIG, "topic %s is read, and could be one that this stream writes: with patterns that is not possible",
                             source);
    }
    return VC_OK;
}

static bool has_patterns(const vc__routes *routes)
{
    for (size_t i = 0; i < routes->way_count; i++)
        if (routes->ways[i].pattern)
            return true;
    return false;
}

vc_code vc__routes_check(const vc__routes *routes, vc_error *err)
{
    if (!routes->way_count)
        return vc__error(err, VC_E_CONFIG, "the stream has no route");
    for (size_t i = 0; i < routes->way_count; i++) {
        vc__route route;
        if (routes->ways[i].pattern)
            continue;
        vc_code code = name_topics(routes, &routes->ways[i], routes->ways[i].source, &route, err);
        if (!code && has_patterns(routes))
            code = check_readable(routes, routes->ways[i].source, err);
        if (code)
            return code;
        for (size_t k = 0; k < routes->way_count; k++) {
            const vc__way *other = &routes->ways[k];
            if (other->pattern)
                continue;
            if (strcmp(other->source, route.target) == 0)
                return vc__error(err, VC_E_CONFIG, "topic %s is the target of one route and the source of another", route.target);
            if (strcmp(other->source, route.letters) == 0 || strcmp(other->target, route.letters) == 0)
                return vc__error(err, VC_E_CONFIG, "dead letters need a topic of their own, and %s is a source or target",
                                 route.letters);
        }
    }
    return VC_OK;
}

vc__route *vc__routes_get(vc__routes *routes, const char *topic, vc_error *err)
{
    for (size_t i = 0; i < routes->met_count; i++)
        if (strcmp(routes->met[i]->source, topic) == 0)
            return routes->met[i];
    const vc__way *way = find_way(routes, topic);
    if (!way) { /* a static member that subscribed to others before */
        vc__error(err, VC_E_KAFKA, "the group gave out topic %s, which was not asked for: is group.instance.id in use for it?", topic);
        return NULL;
    }
    vc__route **met = vc__realloc(routes->met, routes->met_count + 1, sizeof *met);
    if (met)
        routes->met = met;
    vc__route *route = met ? vc__calloc(1, sizeof *route) : NULL;
    if (!route) {
        vc__error_memory(err);
        return NULL;
    }
    if (name_topics(routes, way, topic, route, err)) {
        vc__free(route);
        return NULL;
    }
    route->index = routes->met_count;
    routes->met[routes->met_count++] = route;
    return route;
}

/* -- what is written ------------------------------------------------------------------------------------- */

/* A template as a regular expression: points are escaped, words stand for anything. */
static bool add_expression(char *out, size_t room, const char *template)
{
    size_t len = strlen(out);
    const int head = snprintf(out + len, room - len, "%s^", len ? "," : "");
    if (head < 0 || (size_t)head >= room - len)
        return false;
    len += (size_t)head;
    while (*template) {
        const size_t word = strncmp(template, topic_word, strlen(topic_word)) == 0     ? strlen(topic_word)
                            : strncmp(template, target_word, strlen(target_word)) == 0 ? strlen(target_word)
                                                                                       : 0;
        const char plain[3] = { *template == '.' ? '\\' : *template, *template == '.' ? '.' : 0, 0 };
        const char *piece = word ? ".*" : plain;
        if (len + strlen(piece) + 2 > room)
            return false;
        memcpy(out + len, piece, strlen(piece) + 1);
        len += strlen(piece);
        template += word ? word : 1;
    }
    memcpy(out + len, "$", 2);
    return true;
}

vc_code vc__routes_written(const vc__routes *routes, char *out, size_t room, vc_error *err)
{
    bool fits = true;
    out[0] = 0;
    if (!has_patterns(routes))
        return VC_OK;
    for (size_t i = 0; i < routes->way_count && fits; i++) {
        char letters[2 * VC__TOPIC_ROOM];
        fits = add_expression(out, room, routes->ways[i].target) &&
               fill_in(letters, sizeof letters, letters_of(routes), target_word, routes->ways[i].target) &&
               add_expression(out, room, letters);
    }
    return fits ? VC_OK : vc__error(err, VC_E_LIMIT, "the routes' names are too long together");
}

void vc__routes_cleanup(vc__routes *routes)
{
    for (size_t i = 0; i < routes->way_count; i++)
        way_cleanup(&routes->ways[i]);
    for (size_t i = 0; i < routes->met_count; i++)
        vc__free(routes->met[i]);
    vc__free(routes->ways);
    vc__free(routes->met);
    vc__free(routes->letters);
    *routes = (vc__routes){ 0 };
}
