/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <vaultcrypt/version.h>

enum { EXIT_USAGE = 2 };

static const char help[] =
    "usage: vaultcrypt dev [OPTIONS] [-- COMMAND [ARGUMENTS]]\n"
    "\n"
    "An embedded Vault and an embedded Kafka, for development: in memory, on the loopback address, nothing\n"
    "is kept. With COMMAND it runs that with VAULT_ADDR, VAULT_TOKEN, VAULTCRYPT_BROKERS and\n"
    "VAULTCRYPT_UNSEAL_KEY set, and ends with its status. Without, it prints these variables and runs until\n"
    "SIGINT or SIGTERM, or until its parent ends.\n"
    "\n"
    "Vault:\n"
    "  --address [HOST:]PORT  where to listen: on 127.0.0.1 (the default), localhost or [::1]; default: a\n"
    "                         free port\n"
    "  --root-token TOKEN     the root token (default: root)\n"
    "  --flavour NAME         vault-2.1 (default: FPE is FF1), vault-1.14 (FF3-1), openbao-2.7 (no "
    "transform)\n"
    "  --fault SPEC           what goes wrong on purpose; may be given again: latency=50ms,\n"
    "                         latency=20ms..80ms, 429=0.05, 500=0.01, cut=0.01, silence=0.01, sealed=2s@5s,\n"
    "                         sealed=2s@100req, trickle=0.01, length=0.01, huge=0.01, garbage=0.01,\n"
    "                         deep=0.01, redirect=0.01, seed=7\n"
    "  --shares N/T           the unseal key in N shares, of which T open (default: 1/1)\n"
    "  --uninitialised        it wants sys/init first\n"
    "  --standby-of ADDRESS   a standby: it redirects to the active one at ADDRESS\n"
    "  --index                answers with X-Vault-Index\n"
    "  --tls                  HTTPS, with an authority of its own; VAULT_CACERT is set\n"
    "  --tls-dir DIR          the same, with its files in DIR: ca.pem, server.pem and .key, client.pem and "
    ".key\n"
    "  --tls-client           the same, and clients must show a certificate of that authority\n"
    "Kafka (librdkafka's mock cluster):\n"
    "  --kafka-port PORT      of the first broker, the others follow (default: free ports)\n"
    "  --brokers N            how many (default 1)\n"
    "  --topics NAME:N,...    topics with their partitions; others come when they are first used, with 4\n"
    "  --no-kafka             no Kafka\n"
    "Key release (the sidecar of confidential containers, attestation, and a key store):\n"
    "  --skr                  with it; VAULTCRYPT_SKR_ADDR, VAULTCRYPT_MAA_ENDPOINT and VAULTCRYPT_AKV_ENDPOINT are\n"
    "                         set, and for setup-key MAA_ENDPOINT, WORKLOAD_MEASUREMENT, MANAGED_IDENTITY\n"
    "  --skr-port PORT        where it listens (default: a free port)\n"
    "  --skr-claims FILE      the claims of the simulated environment (default: attested)\n"
    "  --skr-fault SPEC       as --fault; and: away, not-ready\n"
    "\n"
    "  --keep                 stay when the parent ends\n"
    "  --log-level LEVEL      error, warn (default), info, debug: debug has a line for each request\n"
    "  --help, --version\n"
    "\n"
    "The embedded Kafka is for quick starts and plumbing tests: it keeps 5 MB a partition, loses messages\n"
    "over 2.6 MB, stores no transactional offsets, ignores read_committed, fences nobody, and has no TLS,\n"
    "SASL or CreateTopics. Consumers of it want session.timeout.ms=3500 and fetch.wait.max.ms=10. See\n"
    "vaultcrypt-dev(1).\n";

static int wrong(const char *option, const char *what)
{
    fprintf(stderr, "vaultcrypt dev: %s%s\nTry 'vaultcrypt dev --help'.\n", option, what);
    return EXIT_USAGE;
}

static bool parse_port(const char *text, uint16_t *port)
{
    uint64_t number;
    if (!vc__parse_uint(vc_str(text), 65535, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

/* Nothing but the loopback address: whoever reaches this server has its root token. */
static bool parse_address(dev_options *options, const char *text)
{
    static const struct {
        const char *host;
        bool ipv6;
    } hosts[] = { { "127.0.0.1", false }, { "localhost", false }, { "[::1]", true } };
    const char *colon = strrchr(text, ':');
    if (!colon)
        return parse_port(text, &options->server.port);
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (vc__view_is(vc_view_of(text, (size_t)(colon - text)), hosts[i].host)) {
            options->server.ipv6 = hosts[i].ipv6;
            return parse_port(colon + 1, &options->server.port);
        }
    }
    return false;
}

static bool parse_level(dev_options *options, const char *text)
{
    static const char *const levels[] = { "error", "warn", "info", "debug" };
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(text, levels[i]) == 0) {
            options->server.log_level = (dev_log_level)i;
            return true;
        }
    }
    return false;
}

static bool add_skr_fault(dev_options *options, const char *text)
{
    dev_skr tried = { .faults = DEV_FAULTS_INIT };
    vc_error err = VC_ERROR_INIT;
    if (options->skr.fault_count == DEV_FAULTS_MAX)
        return false;
    if (skr_faults_add(&tried, vc_str(text), &err) != VC_OK) {
        fprintf(stderr, "vaultcrypt dev: %s\n", err.message);
        return false;
    }
    options->skr_faults[options->skr.fault_count++] = text;
    return true;
}

static bool add_fault(dev_options *options, const char *text)
{
    dev_faults faults = DEV_FAULTS_INIT;
    vc_error err = VC_ERROR_INIT;
    if (options->server.fault_count == DEV_FAULTS_MAX)
        return false;
    if (dev_faults_parse(&faults, vc_str(text), &err) != VC_OK) {
        fprintf(stderr, "vaultcrypt dev: %s\n", err.message);
        return false;
    }
    options->faults[options->server.fault_count++] = text;
    return true;
}

/* N/T: N shares, of which T open. */
static bool parse_shares(dev_options *options, const char *text)
{
    uint64_t shares, threshold;
    const char *slash = strchr(text, '/');
    if (!slash || !vc__parse_uint(vc_view_of(text, (size_t)(slash - text)), DEV_SHARES, &shares) ||
        !vc__parse_uint(vc_str(slash + 1), shares, &threshold) || threshold < (shares > 1 ? 2 : 1))
        return false;
    options->server.shares = (size_t)shares;
    options->server.threshold = (size_t)threshold;
    return true;
}

enum option_id {
    ADDRESS = 256,
    ROOT_TOKEN,
    FLAVOUR,
    FAULT,
    KAFKA_PORT,
    BROKERS,
    TOPICS,
    NO_KAFKA,
    KEEP,
    LOG_LEVEL,
    STANDBY_OF,
    SHARES,
    UNINITIALISED,
    INDEX,
    TLS,
    TLS_DIR,
    TLS_CLIENT,
    SKR,
    SKR_PORT,
    SKR_CLAIMS,
    SKR_FAULT,
    HELP,
    VERSION
};

static const struct option long_options[] = {
    { "address", required_argument, NULL, ADDRESS },
    { "root-token", required_argument, NULL, ROOT_TOKEN },
    { "flavour", required_argument, NULL, FLAVOUR },
    { "fault", required_argument, NULL, FAULT },
    { "kafka-port", required_argument, NULL, KAFKA_PORT },
    { "brokers", required_argument, NULL, BROKERS },
    { "topics", required_argument, NULL, TOPICS },
    { "no-kafka", no_argument, NULL, NO_KAFKA },
    { "keep", no_argument, NULL, KEEP },
    { "log-level", required_argument, NULL, LOG_LEVEL },
    { "standby-of", required_argument, NULL, STANDBY_OF },
    { "shares", required_argument, NULL, SHARES },
    { "uninitialised", no_argument, NULL, UNINITIALISED },
    { "index", no_argument, NULL, INDEX },
    { "tls", no_argument, NULL, TLS },
    { "tls-dir", required_argument, NULL, TLS_DIR },
    { "tls-client", no_argument, NULL, TLS_CLIENT },
    { "skr", no_argument, NULL, SKR },
    { "skr-port", required_argument, NULL, SKR_PORT },
    { "skr-claims", required_argument, NULL, SKR_CLAIMS },
    { "skr-fault", required_argument, NULL, SKR_FAULT },
    { "help", no_argument, NULL, HELP },
    { "version", no_argument, NULL, VERSION },
    { 0 },
};

/* One option: false when its value is not acceptable. */
static bool apply(dev_options *options, int option, const char *value)
{
    uint64_t number;
    switch (option) {
    case ADDRESS: return parse_address(options, value);
    case ROOT_TOKEN: options->server.root_token = value; return *value != 0;
    case FLAVOUR: return (options->server.flavour = dev_flavour_find(value)) != NULL;
    case FAULT: return add_fault(options, value);
    case KAFKA_PORT: return parse_port(value, &options->kafka.port);
    case BROKERS:
        if (!vc__parse_uint(vc_str(value), DEV_KAFKA_BROKERS_MAX, &number) || number == 0)
            return false;
        options->kafka.brokers = (int)number;
        return true;
    case TOPICS: options->kafka.topics = value; return true;
    case NO_KAFKA: options->no_kafka = true; return true;
    case KEEP: options->keep = true; return true;
    case STANDBY_OF: options->server.standby_of = value; return strncmp(value, "http", 4) == 0;
    case SHARES: return parse_shares(options, value);
    case UNINITIALISED: options->server.uninitialised = true; return true;
    case INDEX: options->server.index = true; return true;
    case TLS: options->server.tls = true; return true;
    case TLS_DIR:
        options->server.tls = true;
        options->server.tls_folder = value;
        return *value != 0;
    case TLS_CLIENT: options->server.tls = options->server.tls_client = true; return true;
    case LOG_LEVEL: return parse_level(options, value);
    case SKR: options->with_skr = true; return true;
    case SKR_PORT: options->with_skr = true; return parse_port(value, &options->skr.port);
    case SKR_CLAIMS:
        options->with_skr = true;
        options->skr.claims = value;
        return *value != 0;
    case SKR_FAULT: options->with_skr = true; return add_skr_fault(options, value);
    default: return false;
    }
}

static const char *option_name(int option)
{
    for (const struct option *each = long_options; each->name; each++)
        if (each->val == option)
            return each->name;
    return "";
}

int dev_options_parse(dev_options *options, int argc, char **argv)
{
    *options = (dev_options){ .server = { .flavour = dev_flavour_list(),
                                          .root_token = "root",
                                          .log_level = DEV_LOG_WARN,
                                          .shares = 1,
                                          .threshold = 1 },
                              .kafka = { .brokers = 1 } };
    options->server.faults = options->faults;
    options->skr.faults = options->skr_faults;
    int option;
    while ((option = getopt_long(argc, argv, "+", long_options, NULL)) != -1) {
        if (option == HELP) {
            fputs(help, stdout);
            return 0;
        }
        if (option == VERSION) {
            printf("vaultcrypt-dev %s\n", vc_version());
            return 0;
        }
        if (option == '?')
            return wrong("", "wrong usage");
        if (!apply(options, option, optarg))
            return wrong(option_name(option), ": this value is not possible");
    }
    if (optind < argc)
        options->command = argv + optind;
    return -1;
}
