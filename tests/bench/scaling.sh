#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# scaling.sh FOLDER: what docs/SCALING.md shows: tests/bench/stream with 1 to 16 partitions and tests/bench/copies with 1 to 16 copies, as tables
# (partitions.tsv, copies.tsv) and plots of them (SVG, by gnuplot) in FOLDER. `make docs-scaling` runs it, for a quarter of an hour; with
# SCALING_PLOT=1 only the plots are made anew. BENCH_* as those programs have them.
set -euo pipefail
folder=$1 tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command -v gnuplot >/dev/null || { echo 'gnuplot is missing (Debian: gnuplot-nox)' >&2; exit 77; }
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

measure() {
    local build=${top_builddir:?} partitions
    export VAULTCRYPT_EXEC_PATH=$build/bin
    local setup="$build/bin/vaultcrypt setup -s $tests/bench/stream.yaml >/dev/null"
    : >"$folder/partitions.tsv"
    for partitions in 1 2 4 8 16; do
        echo "# $partitions partitions"
        BENCH_PARTITIONS=$partitions BENCH_TSV=$folder/partitions.tsv "$tests/services/with" openbao kafka -- \
            sh -c "$setup && exec $build/tests/bench/stream mirror mirror-once nothing envelope envelope-once read open"
    done
    : >"$folder/copies.tsv"
    echo '# copies with envelope fields: the cores are what they share'
    BENCH_TSV=$folder/copies.tsv BENCH_RECORDS=5000000 "$tests/services/with" openbao kafka -- sh -c "$setup && exec $build/tests/bench/copies 1 2 4 8"
    # The embedded Vault takes 50 ms for each request: a Vault that is far away, or one whose processors are its own. 240 records are one request.
    echo '# copies with a transit field, and a Vault 50 ms away: each waits by itself'
    BENCH_TSV=$folder/copies.tsv BENCH_WAY=transit BENCH_BATCH=240 BENCH_RECORDS=1500000 "$tests/services/with" kafka -- \
        "$build/bin/vaultcrypt" dev --no-kafka --fault latency=50ms -- sh -c "$setup && exec $build/tests/bench/copies 1 2 4 8 16"
}

plot() { # NAME XLABEL YLABEL COMMANDS...
    gnuplot <<END_OF
set terminal svg size 760,400 font 'sans-serif,13' background '#ffffff'
set output '$folder/$1.svg'
set datafile separator '\t'
set key outside right top noenhanced
set grid ytics
set yrange [0:*]
set xlabel '$2'
set ylabel '$3'
${*:4}
END_OF
}

# lines TABLE COLUMN NAME TITLE NAME TITLE...: a line for each name of a table that has rows: its second column, and thousands of that one.
lines() {
    local table=$1 column=$2 name all=()
    shift 2
    while [ $# -gt 0 ]; do
        name=$work/$1.tsv
        awk -F '\t' -v way="$1" '$1 == way' "$folder/$table.tsv" >"$name"
        [ ! -s "$name" ] || all+=("'$name' using 2:(\$$column/1000) with linespoints lw 2 title '$2'")
        shift 2
    done
    local IFS=,
    echo "set logscale x 2; plot ${all[*]}"
}

plots() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    plot partitions partitions 'thousand records a second' "$(lines partitions 3 mirror mirror mirror-once 'mirror, once' nothing 'stream, nothing to do' \
        envelope 'stream, 2 fields' envelope-once 'stream, 2 fields, once')"
    plot copies copies 'thousand records a second' "$(lines copies 3 envelope 'envelope, one machine' transit 'transit, Vault 50 ms away')"
    awk -F '\t' '$2 == 4' "$folder/partitions.tsv" >"$work/costs.tsv"
    plot costs '' 'microseconds of the processor, a record' 'set style data histogram; set style histogram rowstacked; set style fill solid 0.8;
        set boxwidth 0.7; set xtics rotate by -25 noenhanced;' \
        "plot '$work/costs.tsv' using 4:xtic(1) title 'the program', '' using 5 title 'Kafka', '' using 6 title 'Vault'"
}

[ -n "${SCALING_PLOT-}" ] || measure
plots
echo "made: $folder/partitions.svg costs.svg copies.svg"
