/* SPDX-License-Identifier: Apache-2.0 */
/* attest.c - the claims of the environment that this runs in, by its sidecar (examples/api/attest URL MAA-HOST), and the hardware's report. */
#include "api.h"

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    vc_config *web = made(vc_config_new(&err));
    must(vc_config_set_timeout(web, 5000, &err));
    const vc_attest_options options = { .size = sizeof options, .url = argv[1], .web = web, .patience_ms = 2000 };
    vc_bytes token = VC_BYTES_INIT, text = VC_BYTES_INIT, report = VC_BYTES_INIT;

    must(vc_attest_maa(&options, argv[2], vc_str("{\"nonce\":1}"), &token, &err));
    must(vc_attest_claims(vc_bytes_view(token), &text, &err)); /* what it says; its signature was not looked at */
    vc_claims *claims = made(vc_claims_parse(vc_bytes_view(text), "token", &err));
    const vc_view type = vc_claims_get(claims, vc_str("x-ms-attestation-type"));
    printf("%.*s\n", (int)type.len, type.data ? type.data : "none");

    must(vc_attest_raw(&options, vc_str("any bytes"), &report, &err));
    printf("%zu bytes\n", report.len);

    vc_claims_free(claims);
    vc_bytes_free(&report);
    vc_bytes_free(&text);
    vc_bytes_free(&token);
    vc_config_free(web);
    return 0;
}
