/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - main() for a fuzz target where there is no libFuzzer: every file named, and every file in a
 * folder named, goes once through LLVMFuzzerTestOneInput(), in memory of just its size, so that a sanitizer
 * or valgrind sees what reads too far.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long files;

static int fail(const char *name)
{
    perror(name);
    return 1;
}

static int replay_file(const char *name, size_t size)
{
    FILE *file = fopen(name, "rb");
    uint8_t *data = malloc(size ? size : 1);
    if (!file || !data || fread(data, 1, size, file) != size) {
        free(data);
        if (file)
            fclose(file);
        return fail(name);
    }
    fclose(file);
    fprintf(stderr, "%s: %zu bytes\n", name, size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    files++;
    return 0;
}

static int replay(const char *name);

static int replay_folder(const char *name)
{
    struct dirent **entries;
    const int count = scandir(name, &entries, NULL, alphasort);
    int failed = count < 0 ? fail(name) : 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        const int len = snprintf(path, sizeof path, "%s/%s", name, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            failed |= len < (int)sizeof path ? replay(path) : fail("a name too long");
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return failed;
}

static int replay(const char *name)
{
    struct stat status;
    if (stat(name, &status) != 0)
        return fail(name);
    return S_ISDIR(status.st_mode) ? replay_folder(name) : replay_file(name, (size_t)status.st_size);
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= replay(argv[i]);
    printf("%lu inputs\n", files);
    return failed || files == 0;
}
