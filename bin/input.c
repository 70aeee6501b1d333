/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include "exit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static int local_error(const struct command *command, const char *what, const char *why)
{
    fprintf(stderr, "vaultcrypt %s: %s: %s\n", command->name, what, why);
    return EXIT_LOCAL;
}

int input_read(const struct command *command, int fd, const char *name, size_t most, blob *out)
{
    char chunk[16384];
    ssize_t n = 0;
    while (out->len < most) {
        const size_t room = most - out->len;
        n = read(fd, chunk, room < sizeof chunk ? room : sizeof chunk);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        blob_add(out, chunk, (size_t)n);
        if (out->failed)
            break;
    }
    const int error = errno;
    blob_wipe(chunk, sizeof chunk);
    if (n < 0)
        return local_error(command, name, strerror(error));
    if (!out->failed && !out->data)
        blob_add(out, "", 0); /* empty is not absent */
    return out->failed ? local_error(command, name, "too large, or out of memory") : EXIT_FINE;
}

int input_open(const struct command *command, const char *file, int *fd, const char **name)
{
    static bool taken;
    const bool standard = !file || strcmp(file, "-") == 0;
    if (standard && taken) { /* the second would be empty, without a word */
        fprintf(stderr, "vaultcrypt %s: standard input can be read for one thing only; give the other in a file\n",
                command->name);
        return EXIT_USAGE;
    }
    taken = taken || standard;
    *name = standard ? "standard input" : file;
    *fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 && errno == ENOENT && (strncmp(file, "hvs.", 4) == 0 || strncmp(file, "s.", 2) == 0))
        return local_error(command, "a token is not given on the command line", "put it in a file, or on standard input");
    if (*fd < 0 && errno == ENOENT && strncmp(file, "vault:v", 7) == 0)
        return local_error(command, "this takes a file", "a text comes from standard input");
    return *fd < 0 ? local_error(command, file, strerror(errno)) : EXIT_FINE;
}

void input_close(int fd)
{
    if (fd > STDIN_FILENO)
        close(fd);
}

int input_file(const struct command *command, const char *file, blob *out)
{
    const char *name;
    int fd, status = input_open(command, file, &fd, &name);
    if (status)
        return status;
    status = input_read(command, fd, name, SIZE_MAX, out);
    input_close(fd);
    return status;
}

int input_value(const struct command *command, const char *text, blob *out)
{
    if (!text)
        return EXIT_FINE;
    if (strcmp(text, "-") == 0)
        return input_file(command, NULL, out);
    if (text[0] == '@')
        return input_file(command, text + 1, out);
    blob_text(out, text);
    return out->failed ? local_error(command, "a value", "out of memory") : EXIT_FINE;
}

static void take_off_line_end(blob *out)
{
    if (out->len && out->data[out->len - 1] == '\n')
        out->data[--out->len] = 0;
    if (out->len && out->data[out->len - 1] == '\r')
        out->data[--out->len] = 0;
}

/* One line from the terminal. Signals wait meanwhile, so that none leaves it without echo. */
static int read_hidden(int terminal, const char *prompt, blob *out)
{
    struct termios shown, hidden;
    sigset_t all, before;
    char c = 0;
    ssize_t n = 0;
    if (tcgetattr(terminal, &shown))
        return errno;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    /* The prompt comes last: what is typed behind it counts. */
    int error = tcsetattr(terminal, TCSAFLUSH, &hidden) || write(terminal, prompt, strlen(prompt)) < 0 ? errno : 0;
    while (!error && ((n = read(terminal, &c, 1)) == 1 || (n < 0 && errno == EINTR)) && c != '\n') {
        if (c == 3) /* ^C */
            error = EINTR;
        else if (n == 1)
            blob_add(out, &c, 1);
    }
    if (!error && n < 0) /* the terminal is gone, or belongs to another job: what came is not the whole */
        error = errno;
    tcsetattr(terminal, TCSAFLUSH, &shown);
    error = write(terminal, "\n", 1) < 0 && !error ? errno : error;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return error;
}

int input_secret(const struct command *command, const char *file, const char *prompt, blob *out)
{
    if (file) {
        const int status = input_file(command, file, out);
        take_off_line_end(out);
        return status;
    }
    const int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) {
        fprintf(stderr, "vaultcrypt %s: there is no terminal to ask at; an option names a file for the secret, or - for standard input: --help\n",
                command->name);
        return EXIT_USAGE;
    }
    const int error = read_hidden(terminal, prompt, out);
    close(terminal);
    if (error == EINTR)
        return EXIT_INTERRUPT;
    return error || out->failed ? local_error(command, "the terminal", strerror(error ? error : ENOMEM)) : EXIT_FINE;
}
