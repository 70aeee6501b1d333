/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/apart.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LONGEST_S = 120 };

static const scenario *scenarios;
static size_t scenario_count;

static struct {
    pid_t pid;
    FILE *output;
} children[MAX_SCENARIOS];

static bool begin(size_t i)
{
    children[i].output = tmpfile();
    if (!children[i].output || (children[i].pid = fork()) < 0)
        return false;
    if (children[i].pid)
        return true;
    dup2(fileno(children[i].output), 1);
    dup2(fileno(children[i].output), 2);
    alarm(LONGEST_S);
    execl("/proc/self/exe", "scenario", scenarios[i].name, (char *)NULL);
    _exit(127);
}

static int begin_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < scenario_count; i++)
        if (!scenarios[i].alone && !begin(i))
            return -1;
    return 0;
}

static void await_one(void **state)
{
    const size_t i = *(const size_t *)*state;
    char line[1000];
    int status = -1;
    if (scenarios[i].alone)
        assert_true(begin(i));
    waitpid(children[i].pid, &status, 0);
    rewind(children[i].output);
    while (status && fgets(line, sizeof line, children[i].output))
        print_message("# %s", line);
    fclose(children[i].output);
    assert_int_equal(status, 0);
}

static int run_one(const char *name)
{
    for (size_t i = 0; i < scenario_count; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return cmocka_run_group_tests(((const struct CMUnitTest[]){ { name, scenarios[i].run, NULL, NULL, NULL } }), NULL, NULL);
    fprintf(stderr, "no scenario %s\n", name);
    return 2;
}

int run_apart(int argc, char **argv, const char *group, const scenario *list, size_t count)
{
    static size_t numbers[MAX_SCENARIOS];
    static struct CMUnitTest tests[MAX_SCENARIOS];
    scenarios = list;
    scenario_count = count;
    if (argc == 2)
        return run_one(argv[1]);
    if (count > MAX_SCENARIOS) {
        fprintf(stderr, "no room for %zu scenarios\n", count);
        return 2;
    }
    for (size_t i = 0; i < count; i++) {
        numbers[i] = i;
        tests[i] = (struct CMUnitTest){ list[i].name, await_one, NULL, NULL, &numbers[i] };
    }
    return cmocka_run_group_tests_name(group, tests, begin_all, NULL); /* those without a name do not count */
}
