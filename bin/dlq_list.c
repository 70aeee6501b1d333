/* SPDX-License-Identifier: Apache-2.0 */
/* dlq_list.c - `vaultcrypt dlq list`: what lies in a topic of dead letters. */
#define VC_BIN_DLQ_KAFKA
#include "dlq.h"

#include "exit.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLEAN = 600, MOST_GROUPS = 1000 };

/* Letters of one topic, rule and error. */
struct group {
    char topic[256], rule[256], error[64];
    uint64_t letters, with_record;
};

struct listing {
    const struct dlq_list_options *options;
    dlq_reader reader;
    struct group groups[MOST_GROUPS]; /* the last one is of all that found no room */
    size_t group_count;
    uint64_t letters, with_record, strangers;
    int64_t *done; /* of each partition, the first letter that no replay came to; NULL: not known */
    bool json;
};

static void add(struct json_object *object, const char *name, struct json_object *value)
{
    json_object_object_add(object, name, value);
}

static void print_json(struct json_object *line)
{
    puts(json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(line);
}

/* -- each ------------------------------------------------------------------------------------------------ */

static bool is_replayed(const struct listing *list, const dlq_letter *one)
{
    return list->done && one->offset < list->done[one->partition];
}

static void tell_json(const struct listing *list, const dlq_letter *one)
{
    const vc_letter *letter = one->letter;
    struct json_object *line = json_object_new_object(), *lies = json_object_new_object();
    add(lies, "partition", json_object_new_int(one->partition));
    add(lies, "offset", json_object_new_int64(one->offset));
    add(line, "letter", lies);
    add(line, "topic", json_object_new_string(vc_letter_topic(letter)));
    add(line, "partition", json_object_new_int(vc_letter_partition(letter)));
    add(line, "offset", json_object_new_int64(vc_letter_offset(letter)));
    if (vc_letter_timestamp(letter) >= 0)
        add(line, "timestamp", json_object_new_int64(vc_letter_timestamp(letter)));
    add(line, "rule", json_object_new_string(vc_letter_rule(letter)));
    add(line, "error", json_object_new_string(vc_letter_error(letter)));
    if (vc_letter_field(letter)[0])
        add(line, "field", json_object_new_string(vc_letter_field(letter)));
    add(line, "message", json_object_new_string(vc_letter_message(letter)));
    add(line, "record", json_object_new_boolean(vc_letter_has_body(letter)));
    if (vc_letter_body_omitted(letter)[0])
        add(line, "record_omitted", json_object_new_string(vc_letter_body_omitted(letter)));
    if (list->done)
        add(line, "replayed", json_object_new_boolean(is_replayed(list, one)));
    print_json(line);
}

static void tell_line(const struct listing *list, const dlq_letter *one)
{
    const vc_letter *letter = one->letter;
    char lies[64], place[400], topic[256], rule[CLEAN], error[CLEAN], field[CLEAN], message[CLEAN], omitted[CLEAN];
    if (list->letters == 1)
        printf("%-10s %-24s %-12s %-10s %-16s %s\n", "letter", "record", "rule", "error", "field", "message");
    snprintf(lies, sizeof lies, "%" PRId32 "/%" PRId64, one->partition, one->offset);
    snprintf(place, sizeof place, "%s/%" PRId32 "/%" PRId64, dlq_clean(vc_letter_topic(letter), topic, sizeof topic),
             vc_letter_partition(letter), vc_letter_offset(letter));
    printf("%-10s %-24s %-12s %-10s %-16s %s", lies, place, dlq_clean(vc_letter_rule(letter), rule, sizeof rule),
           dlq_clean(vc_letter_error(letter), error, sizeof error),
           vc_letter_field(letter)[0] ? dlq_clean(vc_letter_field(letter), field, sizeof field) : "-",
           dlq_clean(vc_letter_message(letter), message, sizeof message));
    if (!vc_letter_has_body(letter))
        printf(" (without the record: %s)", dlq_clean(vc_letter_body_omitted(letter), omitted, sizeof omitted));
    if (is_replayed(list, one))
        printf(" (replayed)");
    putchar('\n');
}

/* -- counts ---------------------------------------------------------------------------------------------- */

static void count_one(struct listing *list, const vc_letter *letter)
{
    size_t i = 0;
    for (; i < list->group_count; i++)
        if (strcmp(list->groups[i].topic, vc_letter_topic(letter)) == 0 &&
            strncmp(list->groups[i].rule, vc_letter_rule(letter), sizeof list->groups[i].rule - 1) == 0 &&
            strncmp(list->groups[i].error, vc_letter_error(letter), sizeof list->groups[i].error - 1) == 0)
            break;
    if (i == list->group_count && i == MOST_GROUPS)
        i = MOST_GROUPS - 1;
    struct group *group = &list->groups[i];
    if (i == list->group_count) {
        const bool last = i == MOST_GROUPS - 1;
        snprintf(group->topic, sizeof group->topic, "%s", last ? "(others)" : vc_letter_topic(letter));
        snprintf(group->rule, sizeof group->rule, "%s", last ? "" : vc_letter_rule(letter));
        snprintf(group->error, sizeof group->error, "%s", last ? "" : vc_letter_error(letter));
        list->group_count++;
    }
    group->letters++;
    group->with_record += (uint64_t)vc_letter_has_body(letter);
}

static void tell_counts(const struct listing *list)
{
    char topic[256], rule[256], error[64];
    if (!list->json && list->group_count)
        printf("%-24s %-16s %-12s %8s %12s\n", "topic", "rule", "error", "letters", "with record");
    for (size_t i = 0; i < list->group_count; i++) {
        const struct group *group = &list->groups[i];
        if (!list->json) {
            printf("%-24s %-16s %-12s %8" PRIu64 " %12" PRIu64 "\n", dlq_clean(group->topic, topic, sizeof topic),
                   dlq_clean(group->rule, rule, sizeof rule), dlq_clean(group->error, error, sizeof error), group->letters,
                   group->with_record);
            continue;
        }
        struct json_object *line = json_object_new_object();
        add(line, "topic", json_object_new_string(group->topic));
        add(line, "rule", json_object_new_string(group->rule));
        add(line, "error", json_object_new_string(group->error));
        add(line, "letters", json_object_new_uint64(group->letters));
        add(line, "with_record", json_object_new_uint64(group->with_record));
        print_json(line);
    }
}

/* -- the whole ------------------------------------------------------------------------------------------- */

static void tell(struct listing *list, const dlq_letter *one)
{
    if (!one->letter) {
        list->strangers++;
        dlq_say(&list->reader, one, one->why.message);
        return;
    }
    if (!dlq_fits(&list->options->filter, one->letter))
        return;
    list->letters++;
    list->with_record += (uint64_t)vc_letter_has_body(one->letter);
    if (list->options->counts)
        count_one(list, one->letter);
    else if (list->json)
        tell_json(list, one);
    else
        tell_line(list, one);
}

/* What the replay's group has done with. Who may not ask for it sees the letters all the same. */
static void find_done(struct listing *list)
{
    list->done = malloc(((size_t)list->reader.from->cnt + 1) * sizeof *list->done);
    if (list->done && dlq_done(&list->reader, list->done)) {
        free(list->done);
        list->done = NULL;
    }
}

static int read_all(struct listing *list)
{
    char group[300];
    int status = dlq_open(&list->reader, &list->options->kafka, dlq_group(list->options->group, list->reader.topic, group, sizeof group));
    bool more = true;
    status = status ? status : dlq_start(&list->reader, list->options->pending);
    if (!status)
        find_done(list);
    while (!status && more && (!list->options->count || list->letters < list->options->count)) {
        dlq_letter one;
        status = dlq_next(&list->reader, &one, &more, NULL);
        if (status || !more)
            break;
        tell(list, &one);
        dlq_letter_free(&one);
        if (ferror(stdout))
            status = dlq_fail(&list->reader, EXIT_LOCAL, "standard output", "cannot be written", "");
    }
    dlq_close(&list->reader);
    free(list->done);
    return status;
}

static int sum_up(const struct listing *list)
{
    if (list->options->counts)
        tell_counts(list);
    if (fflush(stdout))
        return dlq_fail(&list->reader, EXIT_LOCAL, "standard output", "cannot be written", "");
    if (!list->options->quiet)
        fprintf(stderr, "vaultcrypt dlq list: %" PRIu64 " letters, %" PRIu64 " with their record%s\n", list->letters, list->with_record,
                list->strangers ? "; other records are among them" : "");
    return list->strangers ? EXIT_DATA : EXIT_FINE;
}

int dlq_list(int argc, char **argv)
{
    static struct listing list; /* too large for the stack */
    struct dlq_list_options o = { .count = 0 };
    const char *operands[2];
    int status;
    if (!option_parse(&command_dlq_list, argc, argv, &o, operands, &status))
        return status;
    if (!operands[0] || (o.format && strcmp(o.format, "table") != 0 && strcmp(o.format, "json") != 0)) {
        fprintf(stderr, "vaultcrypt dlq list: %s; vaultcrypt dlq list --help\n", operands[0] ? "-o is table or json" : "a topic is needed");
        return EXIT_USAGE;
    }
    list.options = &o;
    list.json = o.format && strcmp(o.format, "json") == 0;
    list.reader = (dlq_reader){ .command = "dlq list", .topic = operands[0] };
    status = read_all(&list);
    const int told = sum_up(&list);
    return status ? status : told;
}
