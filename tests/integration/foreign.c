/* SPDX-License-Identifier: Apache-2.0 */
/*
 * foreign.c - the codecs for formats of others, as a program, for foreign.py: standard input to standard output.
 *
 *     foreign kroxylicious-open DEK VERSION       foreign kroxylicious-seal DEK NAME CIPHERTEXT IV
 *     foreign demo-open DEK                       foreign demo-seal DEK NONCE
 *     foreign azure-open PEM-FILE                 foreign azure-seal PEM-FILE
 *
 * DEK, IV and NONCE are hexadecimal. Exit status 0, 1 (the message of the error on standard error), 2 (usage).
 */
#include "base/text.h"
#include "record/azure.h"
#include "record/demo.h"
#include "record/kroxylicious.h"

#include <stdio.h>
#include <stdlib.h>

enum { INPUT_MAX = 64 << 20, HEX_MAX = 64 };

static void read_all(FILE *file, vc__buf *out)
{
    char chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        vc__buf_append(out, chunk, n);
}

static vc_view hex(const char *text, char room[HEX_MAX])
{
    const vc_view digits = vc_str(text);
    if (digits.len / 2 > HEX_MAX || !vc__hex_decode((unsigned char *)room, digits))
        exit(2);
    return vc_view_of(room, digits.len / 2);
}

static vc_code kroxylicious(bool open, vc__aead *aead, char **argv, vc_view in, vc__buf *out, vc_error *err)
{
    char iv[HEX_MAX];
    vc__kroxylicious record;
    vc__kroxylicious_edek edek;
    vc__kroxylicious_parcel parcel;
    vc__auto(vc__buf) plain = VC__BUF(INPUT_MAX);
    if (!open)
        return vc__kroxylicious_seal(out, aead, vc_str(argv[0]), vc_str(argv[1]), hex(argv[2], iv), in, err);
    vc_code code = vc__kroxylicious_parse(&record, (uint8_t)atoi(argv[0]), in, err);
    if (!code)
        code = vc__kroxylicious_edek_parse(&edek, record.edek, err);
    if (!code)
        code = vc__kroxylicious_open(&record, aead, &plain, &parcel, err);
    if (!code)
        vc__buf_view(out, parcel.outer_value ? in : parcel.value);
    return code;
}

static vc_code demo(bool open, vc__aead *aead, char **argv, vc_view in, vc__buf *out, vc_error *err)
{
    char nonce[HEX_MAX];
    vc__demo payload;
    if (!open)
        return vc__demo_seal(out, aead, hex(argv[0], nonce), in, err);
    const vc_code code = vc__demo_parse(&payload, in, err);
    return code ? code : vc__demo_open(out, aead, &payload, err);
}

static vc_code azure(bool open, const char *file, vc_view in, vc__buf *out, vc_error *err)
{
    vc__auto(vc__buf) pem = VC__BUF(1 << 20);
    FILE *from = fopen(file, "r");
    if (!from)
        exit(2);
    read_all(from, &pem);
    fclose(from);
    vc__autoptr(vc__rsa) key = open ? vc__rsa_private(vc__buf_get(&pem), err) : vc__rsa_public(vc__buf_get(&pem), err);
    if (!key)
        return err->code;
    return open ? vc__azure_open(out, key, in, err) : vc__azure_seal(out, key, in, err);
}

int main(int argc, char **argv)
{
    char key[HEX_MAX];
    vc_error err = VC_ERROR_INIT;
    vc__auto(vc__buf) in = VC__BUF(INPUT_MAX);
    vc__auto(vc__buf) out = VC__BUF(3 * INPUT_MAX);
    if (argc < 3)
        return 2;
    const bool open = strstr(argv[1], "-open") != NULL;
    read_all(stdin, &in);
    vc_code code;
    if (strncmp(argv[1], "azure", 5) == 0) {
        code = azure(open, argv[2], vc__buf_get(&in), &out, &err);
    } else {
        vc__autoptr(vc__aead) aead = vc__aead_new(VC__AES256_GCM, hex(argv[2], key), &err);
        const bool is_demo = strncmp(argv[1], "demo", 4) == 0;
        if (!aead || (!is_demo && argc < (open ? 4 : 6)) || (is_demo && !open && argc < 4))
            return 2;
        code = is_demo ? demo(open, aead, argv + 3, vc__buf_get(&in), &out, &err)
                       : kroxylicious(open, aead, argv + 3, vc__buf_get(&in), &out, &err);
    }
    if (code)
        fprintf(stderr, "%s\n", err.message);
    else
        fwrite(out.data, 1, out.len, stdout);
    return code != VC_OK;
}
