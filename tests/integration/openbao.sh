#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The record path on a real OpenBao: a corpus there and back byte for byte, a rotation half way, setup by an administrator, and
# the whole work under two tokens that may do no more than they must.
# shellcheck source-path=SCRIPTDIR source=lib.sh
if [ -z "${VAULTCRYPT_SERVICE_OPENBAO_PID-}" ]; then
    exec "${top_srcdir:-$(dirname "$0")/../..}/tests/services/with" openbao -- bash "$0"
fi
. "$(dirname "$0")/lib.sh"

# Real records where npm can have them (3 200, of mixed types), else made ones of the same kind.
corpus() {
    # shellcheck source=../services/common.sh
    . "$top_srcdir/tests/services/common.sh"
    if command -v npm >/dev/null && svc_cached vega-datasets-3.2.1 fill_movies 2>corpus.log; then
        python3 - "$svc_cache/vega-datasets-3.2.1/movies.json" <<'END_OF'
import json, sys
for number, record in enumerate(json.load(open(sys.argv[1]))):
    separators = [(',', ':'), (', ', ': '), (' ,  ', ' :\t')][number % 3]
    print(json.dumps(record, ensure_ascii=number % 2 == 0, separators=separators))
END_OF
    else
        awk 'BEGIN { for (i = 0; i < 3200; i++) {
            title = i % 17 ? "\"The \\u201cMovie\\u201d \xc3\xa9 " i "\"" : i
            printf "{\"Title\": %s, \"US Gross\":%d,\"MPAA Rating\" : %s , \"Director\":%s,\"IMDB Rating\":%.1f}\n",
                title, i * 7919, i % 3 ? "\"PG-13\"" : "null", i % 5 ? "\"Director \\/ " i "\"" : "null", i % 100 / 10 } }'
    fi
}
fill_movies() {
    npm pack --silent --pack-destination "$1" vega-datasets@3.2.1 >"$1/log" 2>&1 &&
        echo "$movies_sha256  $1/vega-datasets-3.2.1.tgz" | sha256sum --quiet -c - &&
        tar -xzOf "$1/vega-datasets-3.2.1.tgz" package/data/movies.json >"$1/movies.json" && rm "$1/vega-datasets-3.2.1.tgz"
}
movies_sha256=6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3
corpus >movies.ndjson
check 'a corpus' [ "$(lines_of movies.ndjson)" -ge 3000 ]

cat >movies.yaml <<'END_OF'
version: 1
records:
  - name: movies
    topics: ["*"]
    fields:
      - path: $.Title
        transit: {key: movies, as: json}
      - path: $.Director
        transit: {key: people, as: json, mount: team/transit}
        on_missing: ignore
END_OF

# -- setup ----------------------------------------------------------------------------------------------------------
check 'before setup: nothing leaves' ends 3 encrypt -s movies.yaml movies.ndjson
check 'nothing' equal "$(cat out)" ''
check 'setup --dry-run makes nothing' ends 0 setup -s movies.yaml --dry-run
check 'still nothing there' ends 3 encrypt -s movies.yaml movies.ndjson
check 'setup' ends 0 setup -s movies.yaml
cp out made
check 'it tells what it made' both holds "$(cat made)" 'key transit/movies' 'key team/transit/people'
check 'and the policies' both holds "$(cat made)" 'policy movies-protect' 'policy movies-open'
check 'setup again' ends 0 setup -s movies.yaml
check 'makes nothing' lacks "$(cat out)" 'made '
check 'the key is as asked' holds "$(api GET transit/keys/movies)" '"type":"aes256-gcm96"'

# -- there and back -------------------------------------------------------------------------------------------------
check 'encrypt' ends 0 encrypt -s movies.yaml movies.ndjson
cp out protected
check 'as many records' equal "$(lines_of protected)" "$(lines_of movies.ndjson)"
check 'each is protected' equal "$(grep -cE '"Title" ?: ?	?"vault:v1:' protected)" "$(lines_of movies.ndjson)"
check 'decrypt' ends 0 decrypt -s movies.yaml protected
check 'byte for byte' same movies.ndjson out
# What the server itself says of one ciphertext.
first=$(grep -oE 'vault:v1:[A-Za-z0-9+/=]+' protected | head -n 1)
plain=$(api POST transit/decrypt/movies "{\"ciphertext\":\"$first\"}" | sed -E 's/.*"plaintext":"([^"]*)".*/\1/' | base64 -d)
check 'the server opens it to the very JSON text' holds "$(head -n 1 movies.ndjson)" "$plain"

check 'more items than one request may have: halved and learnt' ends 0 encrypt -s movies.yaml --batch-items 2000 movies.ndjson
check 'and opened' same movies.ndjson <("$vaultcrypt" decrypt -s movies.yaml --batch-items 2000 out 2>err)

# -- a rotation half way --------------------------------------------------------------------------------------------
mkfifo pipe
"$vaultcrypt" encrypt -s movies.yaml --batch 100 <pipe >rotated 2>err &
job=$!
background+=("$job")
exec 3>pipe
head -n 1500 movies.ndjson >&3
until_true has_lines rotated 1500
check 'rotate' equal "$(api POST transit/keys/movies/rotate | grep -c errors)" 0
tail -n +1501 movies.ndjson >&3
exec 3>&-
wait "$job"
check 'it goes on' equal "$?" 0
check 'half of them under version 1' equal "$(grep -cE '"Title" ?: ?	?"vault:v1:' rotated)" 1500
check 'the others under version 2' equal "$(grep -cE '"Title" ?: ?	?"vault:v2:' rotated)" "$(($(lines_of movies.ndjson) - 1500))"
check 'both open' same movies.ndjson <("$vaultcrypt" decrypt -s movies.yaml rotated 2>err)
check 'a version that is too old' equal "$(api POST transit/keys/movies/config '{"min_decryption_version":2}' | grep -c '"errors"')" 0
check 'does not open' ends 1 decrypt -s movies.yaml rotated
check 'nothing leaves' equal "$(cat out)" ''
api POST transit/keys/movies/config '{"min_decryption_version":1}' >/dev/null

# -- least privilege ------------------------------------------------------------------------------------------------
protect=$(token_with movies-protect) opener=$(token_with movies-open)
as() { # TOKEN COMMAND FILE: status in $status
    run env VAULT_TOKEN="$1" "$vaultcrypt" "$2" -s movies.yaml "$3"
}
as "$protect" encrypt movies.ndjson
check 'protect: encrypts the whole corpus' equal "$status" 0
cp out protected
as "$opener" decrypt protected
check 'open: decrypts it' equal "$status" 0
check 'byte for byte' same movies.ndjson out
as "$protect" decrypt protected
check 'protect may not decrypt' equal "$status" 4
check 'and gets nothing' equal "$(cat out)" ''
check 'it says what is missing' holds "$(cat err)" 'transit/decrypt/'
as "$opener" encrypt movies.ndjson
check 'open may not encrypt' equal "$status" 4
check 'and nothing leaves' equal "$(cat out)" ''
for token in "$protect" "$opener"; do
    check 'no key is read with it' holds "$(api GET transit/keys/movies '' "$token")" 'permission denied'
    check 'none is made with it' holds "$(api POST transit/keys/others '{}' "$token")" 'permission denied'
    check 'none is rotated with it' holds "$(api POST transit/keys/movies/rotate '' "$token")" 'permission denied'
    check 'no policy is written with it' holds "$(api POST sys/policies/acl/movies-open '{"policy":""}' "$token")" 'permission denied'
    run env VAULT_TOKEN="$token" "$vaultcrypt" setup -s movies.yaml
    check 'setup is denied' equal "$status" 4
done
sed 's/key: movies/key: others/' movies.yaml >others.yaml
run env VAULT_TOKEN="$protect" "$vaultcrypt" encrypt -s others.yaml movies.ndjson
check 'another key may not be used, nor come into being by it' equal "$status" 4
check 'it is not there' holds "$(api GET transit/keys/others)" '"errors":[]'
check 'the policies are what setup --policy prints' holds \
    "$(api GET sys/policies/acl/movies-protect | sed 's/\\n//g; s/\\"/"/g; s/ //g')" "$("$vaultcrypt" setup -s movies.yaml --policy protect | tr -d '\n ')"

# -- suspended, and its own seal ------------------------------------------------------------------------------------
mkfifo pipe2
"$vaultcrypt" encrypt -s movies.yaml --batch 100 <pipe2 >late 2>err &
job=$!
background+=("$job")
exec 3>pipe2
head -n 500 movies.ndjson >&3
until_true has_lines late 500
suspend "$VAULTCRYPT_SERVICE_OPENBAO_PID"
tail -n +501 movies.ndjson >&3 & # it blocks when the pipe is full
background+=("$!")
exec 3>&-
sleep 0.3
check 'suspended: nothing more leaves' equal "$(lines_of late)" 500
kill -CONT "$VAULTCRYPT_SERVICE_OPENBAO_PID"
wait "$job"
check 'back: it ends well' equal "$?" 0
check 'back: nothing lost, nothing twice' same movies.ndjson <("$vaultcrypt" decrypt -s movies.yaml late 2>err)
api POST sys/seal >/dev/null
check 'sealed: ends at the deadline' ends 5 encrypt -s movies.yaml --deadline 500ms movies.ndjson
check 'it says so' holds "$(cat err)" sealed
check 'nothing leaves' equal "$(cat out)" ''
finish
