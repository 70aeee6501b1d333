// SPDX-License-Identifier: Apache-2.0
// vaultcrypt.hpp: keyrings shared by configurations, batches and clients, key pairs and their sources, policies, without a network.
#include <vaultcrypt/vaultcrypt.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <unistd.h>
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

// RFC 7518, appendix C
const char bob[] = R"({"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck"})";
const char bob_private[] = R"({"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",)"
                           R"("d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw"})";
const char bob_id[] = "Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo";
const char pairs_yaml[] = "version: 1\nkeys: [{name: k, public: {file: public.jwk}, private: {file: private.jwk}}]\n"
                          "records: [{name: r, fields: [{path: $.a, hybrid: {key: k}}]}]\n";

void pairs()
{
    vaultcrypt::keyring ring;
    ring.add_public("k", bob);
    check(ring.pair(0) && ring.pair(0)->id == std::string(bob_id) && !ring.pair(0)->has_private && !ring.pair(1), "a public key is there");
    check(thrown([&] { ring.add_public("k", bob_private); }) == VC_E_ARGUMENT, "no private one in its place");
    const vaultcrypt::schema schema = vaultcrypt::schema::parse(pairs_yaml, "test");
    const vc_rule *rule = schema.rule("r");
    vaultcrypt::client client = open_client(ring, "http://127.0.0.1:1");
    vaultcrypt::batch protect(schema, vaultcrypt::direction::protect), open(schema, vaultcrypt::direction::open);
    run(client, protect, rule, record);
    check(!protect.problem(0), "it protects");
    ring.pair_reason("k", "not yet");
    run(client, open, rule, protect.output(0));
    check(open.problem(0) && open.problem(0)->code == VC_E_NO_KEY && std::string(open.problem(0)->message).find("not yet") != std::string::npos,
          "and does not open, for the reason that is told");
    ring.add_private("k", bob_private);
    run(client, open, rule, protect.output(0));
    check(!open.problem(0) && open.output(0) == record, "the private one does");
    ring.prefer_public("k", bob_id);
    check(thrown([&] { ring.prefer_public("k", "other"); }) == VC_E_NOT_FOUND, "one that is not there cannot be preferred");
    check(thrown([&] { ring.add_vault_private("k", "key", 1, "none"); }) == VC_E_ARGUMENT, "nor can one that is none stay in Vault");
    ring.remove_private("k", bob_id);
    check(ring.pair(0) && !ring.pair(0)->has_private, "halves are removed");
    ring.remove_pair("k", bob_id);
    check(!ring.pair(0), "and pairs");
}

void keysources()
{
    char folder[] = "/tmp/vc-test-hpp-XXXXXX";
    if (!mkdtemp(folder))
        std::abort();
    const std::string base = std::string(folder) + "/";
    std::ofstream(base + "public.jwk") << bob;
    const vaultcrypt::schema schema = vaultcrypt::schema::parse(pairs_yaml, "test");
    const vaultcrypt::keyring ring;
    unsigned lines = 0;
    vaultcrypt::keysource source(schema, ring);
    source.direction(vaultcrypt::direction::open).base(base + "schema.yaml").patience(std::chrono::milliseconds(0));
    source.log([](void *user, const char *) { ++*static_cast<unsigned *>(user); }, &lines);
    source.load();
    check(thrown([&] { source.check(); }) == VC_E_CONFIG, "a key that is not there is missing");
    check(source.state(1) && source.state(1)->state == VC_KEY_UNUSABLE && lines == 1 && !source.state(2), "its state is told");
    std::ofstream(base + "private.jwk") << bob_private;
    check(source.refresh(1).has_value(), "what is looked at again is told");
    source.load();
    source.check();
    check(source.state(1)->state == VC_KEY_HERE && ring.pair(0) && ring.pair(0)->has_private == 1, "then it is here");

    vaultcrypt::keysource next(schema, ring);
    next.direction(vaultcrypt::direction::open).base(base + "schema.yaml");
    next.prepare();
    check(next.state(1)->state == VC_KEY_UNKNOWN, "what is prepared is not known yet");
    source.cancel();
    check(thrown([&] { source.load(); }) == VC_E_CANCELED, "who is canceled looks no more");
    next.follow(source).commit();
    source.retire();
    check(!source.handle() && next.state(1)->state == VC_KEY_HERE && ring.pair(0)->has_private == 1, "one takes the place of another");
    next.start();
    next.wake();
    check(thrown([&] { next.start(); }) == VC_E_STATE, "it has one thread");
    vaultcrypt::keysource moved(std::move(next));
    moved.retire();
    check(!ring.pair(0) || !ring.pair(0)->has_private, "and the last one takes its private key along");
    check(!vaultcrypt::keysource::needs_vault(schema, vaultcrypt::direction::rewrap), "none of them is in Vault");
    std::remove((base + "public.jwk").c_str());
    std::remove((base + "private.jwk").c_str());
    rmdir(folder);
}

void policies()
{
    const char text[] = R"({"version":"1.0.0","anyOf":[{"authority":"https://maa","allOf":[{"claim":"a","equals":"b"}]}]})";
    const vaultcrypt::release_policy policy = vaultcrypt::release_policy::parse(text);
    check((policy.weaknesses() & VC_RELEASE_ANY_WORKLOAD) != 0, "what is weak is told");
    const vaultcrypt::claims good = vaultcrypt::claims::parse(R"({"a":"b"})"), bad = vaultcrypt::claims::of_token("e30.eyJhIjoiYyJ9.c2ln");
    check(bad.get("a") == "c" && !bad.get("b"), "claims of a token");
    check(thrown([&] { vaultcrypt::claims::of_token("e30"); }) == VC_E_PROTOCOL, "which must be one");
    policy.decide("https://maa", good);
    unsigned found = 0;
    check(thrown([&] { policy.decide("https://maa", bad, [](void *user, const vc_release_finding *) { ++*static_cast<unsigned *>(user); }, &found); }) ==
              VC_E_DENIED &&
          found == 1,
          "a refusal is thrown, and its reason told");
    check(thrown([&] { vaultcrypt::release_policy::parse("{,}"); }) == VC_E_CONFIG, "a text that is no policy");
    vc_attest_options nowhere = {};
    nowhere.size = sizeof nowhere;
    nowhere.url = "http://127.0.0.1:1";
    check(thrown([&] { vaultcrypt::attest_maa("maa", "{}", &nowhere); }) == VC_E_CONNECT, "nobody attests");
    check(thrown([&] { vaultcrypt::attest_raw("x", &nowhere); }) == VC_E_CONNECT, "nor reports");
}

} // namespace

int main()
{
    keyrings();
    pairs();
    keysources();
    policies();
    std::printf("1..%d\n", count);
    return failures != 0;
}
