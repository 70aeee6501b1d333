#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The layer rule of lib/, read off the #includes: base <- crypto, json, yaml <- schema, vault <- keys <- record <- io; kafka,
# bin and examples see public headers only (bin/dev imitates a server and may look into lib/).
# `check.sh ROOT` checks another tree; `check.sh` alone checks this one and that the check bites.
set -euo pipefail
export LC_ALL=C

may_see() { # layer -> what it may include besides itself
    case $1 in
    base) echo "" ;;
    crypto | json | yaml) echo "base" ;;
    schema | vault) echo "base crypto json yaml" ;;
    keys) echo "base crypto json yaml schema vault" ;;
    record) echo "base crypto json yaml schema vault keys" ;;
    io) echo "base crypto json yaml schema vault keys record" ;;
    *) echo "" ;;
    esac
}

# System headers that only io may use; and libraries with one user each.
forbidden() {
    case $1 in
    io) echo '<(librdkafka/.*|yaml\.h)>' ;;
    base) echo '<(time\.h|sys/(time|socket|stat)\.h|fcntl\.h|netinet/.*|curl/.*|json-c/.*|json\.h|yaml\.h|pcre2\.h|librdkafka/.*)>' ;;
    yaml) echo '<(time\.h|unistd\.h|sys/.*|fcntl\.h|netinet/.*|curl/.*|json-c/.*|json\.h|pcre2\.h|librdkafka/.*)>' ;;
    *) echo '<(time\.h|unistd\.h|sys/(time|socket|stat)\.h|fcntl\.h|netinet/.*|curl/.*|yaml\.h|librdkafka/.*)>' ;;
    esac
}

check_tree() {
    local root=$1 bad=0 file layer include allowed
    while IFS= read -r file; do
        layer=${file#"$root"/lib/}
        layer=${layer%%/*}
        if [ "$layer" = kafka ]; then
            if grep -nE '^#include "' "$file" | grep -vE '"(kafka/|base/|yaml/)[^"]*"'; then
                echo "$file: lib/kafka sees public headers, itself, and its own copies of base and yaml only"
                bad=1
            fi
            continue
        fi
        allowed=" $layer $(may_see "$layer") "
        while IFS= read -r include; do
            case $allowed in
            *" ${include%%/*} "*) ;;
            *)
                echo "$file: lib/$layer may not include \"$include\""
                bad=1
                ;;
            esac
        done < <(sed -nE 's/^#include "([^"]+)".*/\1/p' "$file")
        if grep -nE "^#include $(forbidden "$layer")" "$file"; then
            echo "$file: lib/$layer may not use that system header"
            bad=1
        fi
    done < <(find "$root/lib" -name '*.[ch]' | sort)
    while IFS= read -r file; do
        if sed -nE 's/^#include "([^"]+)".*/\1/p' "$file" |
            grep -E '^(base|crypto|json|yaml|schema|vault|keys|record|io|kafka)/'; then
            echo "$file: programs see public headers only"
            bad=1
        fi
    done < <(find "$root/bin" "$root/examples" -name '*.[ch]' -not -path "$root/bin/dev/*" 2>/dev/null | sort)
    # One allocator, one place that reads the environment, no process-wide state from libraries.
    if grep -rnE '\b(malloc|calloc|realloc|strdup|strndup|free)\(' "$root/lib" --include='*.[ch]' |
        grep -vE "^$root/lib/base/alloc\.c:|[_>.](malloc|calloc|realloc|strdup|free)\(|/\*|^[^:]*:[0-9]*: \*|json_object_free|_free\("; then
        echo "memory comes from lib/base/alloc.h"
        bad=1
    fi
    if grep -rnE '\b(getenv|secure_getenv|atexit|signal|sigaction)\(' "$root/lib" --include='*.[ch]' | grep -vE "^$root/lib/io/environment\.c:"; then
        echo "libraries read no environment and set no handlers (lib/io/environment.c alone reads it)"
        bad=1
    fi
    return $bad
}

bites() { # FILE TEXT: a tree with that line must be refused
    local tree
    tree=$(mktemp -d)
    mkdir -p "$tree/lib/base" "$tree/bin" "$tree/$(dirname "$1")"
    printf '%s\n' "$2" >"$tree/$1"
    if check_tree "$tree" >/dev/null 2>&1; then
        echo "the check let pass in $1: $2"
        rm -r "$tree"
        exit 1
    fi
    rm -r "$tree"
}

if [ $# -gt 0 ]; then
    check_tree "$1"
    exit
fi
bites lib/base/x.c '#include "json/scan.h"'
bites lib/json/x.c '#include "schema/schema.h"'
bites lib/record/x.c '#include "io/driver.h"'
bites lib/vault/x.c '#include <time.h>'
bites lib/kafka/x.c '#include "record/batch.h"'
bites bin/x.c '#include "json/scan.h"'
bites lib/json/x.c 'p = malloc(3);'
bites lib/io/x.c 'p = getenv("VAULT_ADDR");'
check_tree "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}"
