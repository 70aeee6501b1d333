#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# encrypt and decrypt against the embedded Vault: round trips byte for byte, what happens to records that cannot be done, and
# exit codes that need a Vault.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
have_dev

# The line of README.md and of the manual, as a person would type it.
cp "$top_srcdir/examples/purchases.yaml" .
mkdir examples && cp purchases.yaml examples
PATH=$top_builddir/bin:$PATH
export PATH
# shellcheck disable=SC2016
run vaultcrypt dev --no-kafka -- sh -c 'vaultcrypt setup -s examples/purchases.yaml >/dev/null && printf "%s\n" "{\"Name\":\"A\",  \"Address\":\"1 High St\",\"credit_card\":\"1111-2222-3333-4444\",\"n\":123456789012345678901234567890}" | vaultcrypt encrypt -s examples/purchases.yaml | tee /dev/stderr | vaultcrypt decrypt -s examples/purchases.yaml'
check 'the round trip in one line' equal "$status" 0
check 'gives the input back' equal "$(cat out)" \
    '{"Name":"A",  "Address":"1 High St","credit_card":"1111-2222-3333-4444","n":123456789012345678901234567890}'
shape='^\{"Name":"A",  "Address":"vault:v1:[A-Za-z0-9+/=]+","credit_card":"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}","n":123456789012345678901234567890\}$'
check 'in the middle a ciphertext, and a card of the same shape' grep -qE "$shape" err
check 'which is another one' lacks "$(cat err)" 1111-2222-3333-4444

dev_start
check 'setup' ends 0 setup -s purchases.yaml
check 'setup again changes nothing' ends 0 setup -s purchases.yaml
check 'and says so' lacks "$(cat out)" 'made '

# -- round trips ----------------------------------------------------------------------------------------------------
round_trip() { # TITLE SCHEMA INPUT [OPTIONS]
    local title=$1 schema=$2 input=$3
    shift 3
    check "$title: encrypt" ends 0 encrypt -s "$schema" "$@" "$input"
    cp out protected
    check "$title: decrypt" ends 0 decrypt -s "$schema" "$@" protected
    check "$title: byte for byte" same "$input" out
}
records 1 5000 >many.ndjson
round_trip '5000 records' purchases.yaml many.ndjson
check 'each is protected' equal "$(grep -c '"Address":"vault:v1:' protected)" 5000
check 'no value is left' equal "$(grep -cE 'High St' protected)" 0
check 'nor a card' equal "$(comm -12 <(grep -oE '[0-9-]{19}' many.ndjson | sort) <(grep -oE '[0-9-]{19}' protected | sort) | wc -l)" 0
check 'in the order they came' equal "$(grep -oE '"Name":"Buyer [0-9]+"' protected | md5sum)" "$(grep -oE '"Name":"Buyer [0-9]+"' many.ndjson | md5sum)"
round_trip 'in small batches and many requests' purchases.yaml many.ndjson --batch 7 --batch-items 3 --connections 8
records 1 3 >few.ndjson
round_trip 'one by one' purchases.yaml few.ndjson --batch 1 --batch-items 1 --connections 1

# A field that is of use to nobody but has every shape a text can have.
schema_of text.yaml '[{path: $.t, transit: {key: transit}}]' 'on_missing: ignore'
{
    printf '%s\n' '{"t":""}' '{ "t" : "" , "t2":1}' '{"t":"plain"}' '{"t":"\"\\\n\r\t\b\f\u0000\u001f"}' '{"u":1}' '[]' '"x"' '1' 'null' ''
    printf '{"t":"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}\r\n'
    printf '{"t":"'; head -c 700000 /dev/zero | tr '\0' a; printf '"}\n'
    printf '{"t":"last, without a newline"}'
} >text.ndjson
round_trip 'texts' text.yaml text.ndjson
printf '{"t":"\\u0041\\ud83d\\ude00\\/"}\n' >escapes.ndjson
check 'escapes that are not the shortest: encrypt' ends 0 encrypt -s text.yaml escapes.ndjson
cp out protected
check 'escapes: decrypt' ends 0 decrypt -s text.yaml protected
check 'come back as the same text' equal "$(cat out)" $'{"t":"A\xf0\x9f\x98\x80/"}'

schema_of json.yaml '[{path: "$..v", transit: {key: transit, as: json}}]'
cat >json.ndjson <<'END_OF'
{"v":{"a" : [1, -0, 1E400],"b":2}, "w":{"v":"\u0041\/"},"l":[{"v":null},{"v":true},{"v":-0.10},{"v":[]},{"v":""}]}
END_OF
round_trip 'any value as its JSON text' json.yaml json.ndjson
check 'none is left' equal "$(grep -oE '"v":"vault:v1:' protected | wc -l)" 7

schema_of paths.yaml '[{path: "$.items[*].note", transit: {key: transit}}, {path: "$.items[0].id", transit: {key: transit}}, {path: "$[\"a b\"][-1]", transit: {key: transit}}]' 'on_missing: ignore'
cat >paths.ndjson <<'END_OF'
{"items":[{"note":"1","id":"x"},{"note":"2","id":"y"},{"id":"z"}],"a b":["q","r"],"note":"stays"}
{"items":[],"a b":[]}
{}
END_OF
round_trip 'paths' paths.yaml paths.ndjson
check 'only what they select' both holds "$(head -n 1 protected)" '"id":"y"' '"q"'
check '(and what stays, stays)' both holds "$(head -n 1 protected)" '"note":"stays"' '"id":"z"'

sed 's/,/,\n  /g' json.ndjson >document.json
round_trip 'a document over many lines' json.yaml document.json --document
printf '{"v":[\n{"planted":1}\n]}' >lines.json
round_trip 'line ends within a value' json.yaml lines.json --document
check 'they make no records of their own' ends 1 decrypt -s json.yaml protected
check 'and nothing of it leaves' equal "$(cat out)" ''
check 'the message says what to do' both holds "$(cat err)" 'protected:1' '--document'

# -- records that cannot be done ------------------------------------------------------------------------------------
stops() { # TITLE SCHEMA COMMAND RECORD CODE-OR-TEXT: it is the second of three, on_error: fail
    records 1 1 >bad.ndjson
    printf '%s\n' "$4" >>bad.ndjson
    records 3 3 >>bad.ndjson
    [ "$3" = encrypt ] || { "$vaultcrypt" encrypt -s "$2" <(sed 2d bad.ndjson) >done.ndjson && sed -i "1r /dev/stdin" done.ndjson <<<"$4" && mv done.ndjson bad.ndjson; }
    check "$1: stops" ends 1 "$3" -s "$2" bad.ndjson
    check "$1: the first has left, and no more" equal "$(lines_of out)" 1
    check "$1: its line is told" holds "$(cat err)" 'bad.ndjson:2'
    check "$1: why" holds "$(cat err)" "$5"
    sed 's/^    fields:/    on_error: dead_letter\n&/' "$2" >aside.yaml
    rm -f letters
    check "$1: set aside" ends 1 "$3" -s aside.yaml --dead-letter letters bad.ndjson
    check "$1: the two others leave" equal "$(lines_of out)" 2
    check "$1: one letter" equal "$(lines_of letters)" 1
    check "$1: with its line" holds "$(cat letters)" '"line":2,'
}
stops 'a field that is missing' purchases.yaml encrypt '{"Name":"B","credit_card":"1111-2222-3333-4444"}' 'on_missing'
stops 'a type that is not taken' purchases.yaml encrypt '{"Address":17,"credit_card":"1111-2222-3333-4444"}' '$.Address'
stops 'a value twice' purchases.yaml encrypt '{"Address":"a","Address":"b","credit_card":"1111-2222-3333-4444"}' 'bad.ndjson:2'
stops 'a value that Vault refuses' purchases.yaml encrypt '{"Address":"a","credit_card":"not a card"}' '$.credit_card'
stops 'protected twice' purchases.yaml encrypt '{"Address":"vault:v1:AAAA","credit_card":"1111-2222-3333-4444"}' 'nested'
stops 'plaintext to decrypt' purchases.yaml decrypt '{"Address":"in clear","credit_card":"1111-2222-3333-4444"}' '$.Address'
stops 'a ciphertext of nobody' purchases.yaml decrypt \
    '{"Address":"vault:v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","credit_card":"1111-2222-3333-4444"}' '$.Address'
stops 'a lone surrogate' purchases.yaml encrypt '{"Address":"\ud800","credit_card":"1111-2222-3333-4444"}' '$.Address'
sed 's/^    fields:/    on_error: drop_field\n&/' purchases.yaml >drop.yaml
printf '%s\n' '{"Address":17,"credit_card":"1111-2222-3333-4444","n":1}' >bad.ndjson
check 'drop_field: the record leaves without it' ends 0 encrypt -s drop.yaml bad.ndjson
check 'and without that alone' grep -qE '^\{"credit_card":"[0-9-]{19}","n":1\}$' out

# -- who may --------------------------------------------------------------------------------------------------------
check 'a token that is none' equal "$(VAULT_TOKEN=hvs.nobody "$vaultcrypt" encrypt -s purchases.yaml few.ndjson 2>err >out; echo $?)" 4
check 'nothing leaves' equal "$(cat out)" ''
check 'no token' equal "$(VAULT_TOKEN='' "$vaultcrypt" encrypt -s purchases.yaml few.ndjson 2>err >out; echo $?)" 4
printf '%s\n' "$VAULT_TOKEN" >.vault-token
check 'the token file is read' equal "$(VAULT_TOKEN='' "$vaultcrypt" encrypt -s purchases.yaml few.ndjson 2>err | wc -l)" 3
rm .vault-token
protect=$(token_with purchases-protect) opener=$(token_with purchases-open)
check 'a token that may protect' equal "$(VAULT_TOKEN=$protect "$vaultcrypt" encrypt -s purchases.yaml few.ndjson >protected 2>err; echo $?)" 0
check 'may not open' equal "$(VAULT_TOKEN=$protect "$vaultcrypt" decrypt -s purchases.yaml protected >out 2>err; echo $?)" 4
check 'nothing leaves' equal "$(cat out)" ''
check 'a token that may open' same few.ndjson <(VAULT_TOKEN=$opener "$vaultcrypt" decrypt -s purchases.yaml protected 2>err)
check 'may not protect' equal "$(VAULT_TOKEN=$opener "$vaultcrypt" encrypt -s purchases.yaml few.ndjson >out 2>err; echo $?)" 4
check 'neither may set up' equal "$(VAULT_TOKEN=$protect "$vaultcrypt" setup -s purchases.yaml >out 2>err; echo $?)" 4
sed 's/key: transit/key: nobodys/' purchases.yaml >nokey.yaml
check 'a key that is not there: decrypt' ends 3 decrypt -s nokey.yaml protected
sed '/key: transit/s/key:/mount: nowhere\n          key:/' purchases.yaml >nomount.yaml
check 'a mount that is not there' ends 3 encrypt -s nomount.yaml few.ndjson
check 'it is named' holds "$(cat err)" nowhere
check 'nothing leaves' equal "$(cat out)" ''
check 'the server says what it is, and nothing else' equal "$(lines_of dev.log)" 1
finish
