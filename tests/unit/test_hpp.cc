// SPDX-License-Identifier: Apache-2.0
// vaultcrypt.hpp: keyrings shared by configurations, batches and clients, without a network.
#include <vaultcrypt/vaultcrypt.hpp>

#include <cstdio>
#include <utility>

namespace {

int count = 0, failures = 0;

void check(bool fine, const char *what)
{
    std::printf("%s %d - %s\n", fine ? "ok" : "not ok", ++count, what);
    failures += !fine;
}

template <typename Body>
vc_code thrown(Body body)
{
    try {
        body();
        return VC_OK;
    } catch (const vaultcrypt::error &why) {
        return why.code();
    }
}

const char yaml[] = "version: 1\nrecords:\n  - name: r\n    fields:\n      - {path: $.a, envelope: {key: one, source: static}}\n";
const char record[] = "{\"a\":\"plaintext\"}";

void run(vaultcrypt::client &client, vaultcrypt::batch &batch, const vc_rule *rule, std::string_view text)
{
    batch.clear();
    batch.add(rule, text);
    client.run(batch);
}

vaultcrypt::client open_client(const vaultcrypt::keyring &ring, const char *address)
{
    vaultcrypt::config config;
    config.address(address).keyring(ring);
    return vaultcrypt::client(config);
}

void keyrings()
{
    vaultcrypt::keyring ring;
    ring.use_limits(10, 1000, std::chrono::minutes(1)).open_limits(5).add_static("one", "0123456789abcdef0123456789abcdef");
    check(thrown([&] { ring.add_static("two", "short"); }) == VC_E_ARGUMENT, "a key of another length is refused");
    check(thrown([&] { ring.use_limits(UINT64_MAX, 0); }) == VC_E_LIMIT, "and a limit beyond the limits");

    vaultcrypt::client client = open_client(ring, "http://127.0.0.1:1");
    check(client.keyring().handle() == ring.handle(), "a client has the keyring of its configuration");
    check(thrown([&] { open_client(ring, "http://127.0.0.1:2"); }) == VC_E_CONFIG, "another Vault's client is refused");

    const vaultcrypt::schema schema = vaultcrypt::schema::parse(yaml, "test");
    const vc_rule *rule = schema.rule("r");
    vaultcrypt::batch protect(schema, vaultcrypt::direction::protect), open(schema, vaultcrypt::direction::open);
    run(client, protect, rule, record);
    check(!protect.problem(0) && protect.output(0).find("plaintext") == std::string_view::npos, "a field is protected under a static key");
    open.keyring(ring);
    run(client, open, rule, protect.output(0));
    check(open.output(0) == record, "and opened again");
    check(ring.stats().fetched == 1 && ring.stats().use_keys == 1, "figures");
    ring.clear();
    check(ring.stats().use_keys == 0, "its keys are gone");

    vaultcrypt::keyring copy(ring), other;
    other = copy;
    const vaultcrypt::keyring moved(std::move(copy));
    check(other.handle() == ring.handle() && moved.handle() == ring.handle(), "copies share one keyring");
    ring = vaultcrypt::keyring();
    run(client, protect, rule, record);
    check(!protect.problem(0), "which lives as long as one of them");
}

} // namespace

int main()
{
    keyrings();
    std::printf("1..%d\n", count);
    return failures != 0;
}
