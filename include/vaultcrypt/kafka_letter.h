/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kafka_letter.h - dead letters: what a stream (kafka_stream.h) writes of a record that it could not protect or open, and the record back out of it.
 * libvaultcrypt-kafka. The format: vaultcrypt-format(5).
 *
 *     vc_letter *letter = vc_letter_parse(vc_view_of(message->payload, message->len), &err);
 *     printf("%s [%d] %lld: %s\n", vc_letter_topic(letter), vc_letter_partition(letter), vc_letter_offset(letter), vc_letter_message(letter));
 *
 *     vc_letter_opener *opener = vc_letter_opener_new(schema, &err);
 *     vc_letter_opener_add(opener, letter, &err);               for each of many
 *     vc_letter_opener_run(opener, vault, &err);
 *     for (size_t i = 0; i < vc_letter_opener_count(opener); i++)
 *         if (!vc_letter_opener_error(opener, i))
 *             use(vc_letter_opener_message(opener, i));
 *
 * What a letter says in clear is not authenticated: whoever may write to its topic can write anything. It is good for lists, never to decide
 * where a record goes; what comes out of a letter that was opened is.
 *
 * Threads: a vc_letter is immutable and may be read by any number of threads. A vc_letter_opener has one owner.
 */
#ifndef VAULTCRYPT_KAFKA_LETTER_H
#define VAULTCRYPT_KAFKA_LETTER_H

#include <vaultcrypt/client.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- what it says -------------------------------------------------------------------------------------------------- */

typedef struct vc_letter vc_letter;

/*
 * Reads the value of a record of a dead-letter topic; it is copied. NULL: VC_E_JSON (it is no letter), VC_E_UNSUPPORTED (of another version),
 * VC_E_LIMIT (1 GiB or more), VC_E_MEMORY. Free with vc_letter_free().
 */
VC_API VC_MUST_CHECK vc_letter *vc_letter_parse(vc_view value, vc_error *err);
VC_API void vc_letter_free(vc_letter *letter); /* NULL is fine */

/* Where the record was read. */
VC_API const char *vc_letter_topic(const vc_letter *letter);
VC_API int32_t vc_letter_partition(const vc_letter *letter);
VC_API int64_t vc_letter_offset(const vc_letter *letter);
VC_API int64_t vc_letter_timestamp(const vc_letter *letter); /* ms since 1970; -1: none */
/* The rule that it failed under, and why: vc_code_name(), the text for people, the rule's field ("": none). Texts are UTF-8 of any kind. */
VC_API const char *vc_letter_rule(const vc_letter *letter);
VC_API const char *vc_letter_error(const vc_letter *letter);
VC_API const char *vc_letter_message(const vc_letter *letter);
VC_API const char *vc_letter_field(const vc_letter *letter);
/* 1: the record is in it, encrypted. Otherwise vc_letter_body_omitted() says why not: "off", "no key", "too large", "failed" or "". */
VC_API int vc_letter_has_body(const vc_letter *letter);
VC_API const char *vc_letter_body_omitted(const vc_letter *letter);
/* The encrypted record, for vc_inspect(); absent when there is none. Borrowed. */
VC_API vc_view vc_letter_body(const vc_letter *letter);

/* -- the record ---------------------------------------------------------------------------------------------------- */

typedef struct vc_letter_opener vc_letter_opener;

/*
 * Opens letters of streams that run under `schema`, of which a reference is taken: with the keys of the `envelope` fields of the rule that a
 * letter names, and those that these `accept`. NULL: without a schema, with the keys that are allowed below only, and the rule's name is
 * the context. NULL on failure: VC_E_MEMORY. Free with vc_letter_opener_free().
 */
VC_API VC_MUST_CHECK vc_letter_opener *vc_letter_opener_new(vc_schema *schema, vc_error *err);

/* Wipes and frees; NULL is fine. */
VC_API void vc_letter_opener_free(vc_letter_opener *opener);

/*
 * One more transit key, "KEY" or "MOUNT/KEY", for letters of any rule: the one of vc_stream_set_dead_letter_key(). No other key than those is
 * ever asked for, whatever a letter says. VC_E_ARGUMENT, VC_E_MEMORY.
 */
VC_API vc_code vc_letter_opener_allow_key(vc_letter_opener *opener, const char *key, vc_error *err);

/*
 * Adds a letter, which is borrowed until vc_letter_opener_clear(). What is wrong with it shows in vc_letter_opener_error(). VC_E_STATE: run
 * and not cleared. VC_E_MEMORY.
 */
VC_API vc_code vc_letter_opener_add(vc_letter_opener *opener, const vc_letter *letter, vc_error *err);

/*
 * Opens all that were added. VC_OK: each has its record, or an error of its own. Otherwise as vc_client_run(); it may be run again.
 */
VC_API vc_code vc_letter_opener_run(vc_letter_opener *opener, vc_client *client, vc_error *err);

VC_API size_t vc_letter_opener_count(const vc_letter_opener *opener);

/*
 * Why letter i has no record; NULL: it has. VC_E_MISSING: there is none in it. VC_E_NO_RULE: the schema does not have its rule. VC_E_CONFIG: no
 * key is allowed for it. VC_E_CIPHERTEXT: it is damaged, of another key or context than those, or of another place than it says.
 * VC_E_UNSUPPORTED: of another version. VC_E_CANCELED: it has not been run.
 */
VC_API const vc_error *vc_letter_opener_error(const vc_letter_opener *opener, size_t i);

/*
 * The record as it was read: topic, key, value, headers. NULL: it has an error. Borrowed until vc_letter_opener_clear(), which wipes it. Its
 * place is that of the letter, which was compared.
 */
VC_API const vc_message *vc_letter_opener_message(const vc_letter_opener *opener, size_t i);
VC_API int64_t vc_letter_opener_timestamp(const vc_letter_opener *opener, size_t i); /* ms since 1970; -1: none */

/* Wipes all letters, for the next ones. */
VC_API void vc_letter_opener_clear(vc_letter_opener *opener);

#ifdef __cplusplus
}
#endif

#endif
