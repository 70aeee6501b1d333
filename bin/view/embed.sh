#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The files of the page as a C file on standard output: embed.sh FOLDER. Nothing but od and sed.
set -eu
folder=$1
table=
array() { # NAME FILE
    printf 'static const unsigned char %s[] = {\n' "$1"
    od -An -v -tu1 "$2" | sed 's/  */,/g; s/^,/    /; s/$/,/'
    printf '};\n'
}
add() { # PATH TYPE FILE
    name=$(printf '%s' "$3" | sed 's/[^a-z]/_/g')
    array "$name" "$folder/$3"
    table="$table    { \"$1\", \"$2\", $name, sizeof $name },
"
}
printf '/* Made by bin/view/embed.sh from the files beside it. */\n#include "view_http.h"\n\n'
add / 'text/html; charset=utf-8' page.html
add /login 'text/html; charset=utf-8' login.html
for script in page.js model.js plot.js theme.js; do
    add "/$script" 'text/javascript; charset=utf-8' "$script"
done
add /style.css 'text/css; charset=utf-8' style.css
add /icon.svg image/svg+xml icon.svg
printf 'const view_asset view_assets[] = {\n%s    { NULL, NULL, NULL, 0 },\n};\n' "$table"
