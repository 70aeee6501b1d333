/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaultcrypt.hpp - the library for C++17: what has to be freed frees itself, what fails throws. Header only, over the C interface,
 * whose headers say what each call does, returns and needs; where there is no wrapper, handle() gives the C object.
 *
 *     vaultcrypt::client vault;                                     // VAULT_* variables and token file
 *     vaultcrypt::schema schema = vaultcrypt::schema::open("purchases.yaml");
 *     vaultcrypt::batch batch(schema, vaultcrypt::direction::protect);
 *     batch.add(schema.match("purchases"), record);                 // borrowed until the batch is cleared
 *     vault.run(batch);
 *     for (std::size_t i = 0; i < batch.size(); i++)
 *         use(batch.output(i), batch.problem(i));                   // record i stands or falls alone
 *
 * Everything here moves and does not copy (a schema and a keyring copy: they are counted). A moved-from object may only be destroyed or assigned to.
 * Threads: as the C objects: clients, schemas and keyrings are shared, the others have one owner.
 */
#ifndef VAULTCRYPT_VAULTCRYPT_HPP
#define VAULTCRYPT_VAULTCRYPT_HPP

#include <vaultcrypt/vaultcrypt.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace vaultcrypt {

/* What a vc_error says, as an exception. Out of memory is std::bad_alloc. */
class error : public std::runtime_error {
public:
    explicit error(const vc_error &why) : std::runtime_error(text(why)), why_(why) {}

    vc_code code() const noexcept { return why_.code; }
    vc_class kind() const noexcept { return vc_code_class(why_.code); }
    bool retryable() const noexcept { return why_.retryable != 0; }
    int http_status() const noexcept { return why_.http_status; }
    std::string_view request_id() const noexcept { return why_.request_id; }
    const vc_error &details() const noexcept { return why_; }

private:
    static std::string text(const vc_error &why)
    {
        char line[1024];
        return vc_error_format(&why, line, sizeof line);
    }
    vc_error why_;
};

namespace detail {

[[noreturn]] inline void raise(const vc_error &why)
{
    if (why.code == VC_E_MEMORY)
        throw std::bad_alloc();
    throw error(why);
}

/* Calls a C function that takes the error last; throws what it says. Returns what it returns. */
template <typename Function, typename... Arguments>
auto call(Function function, Arguments... arguments)
{
    vc_error why = VC_ERROR_INIT;
    auto result = function(arguments..., &why);
    if constexpr (std::is_pointer_v<decltype(result)>) {
        if (!result)
            raise(why);
    } else {
        if (result != VC_OK)
            raise(why);
    }
    return result;
}

template <auto Free>
struct freed_with {
    template <typename T>
    void operator()(T *object) const noexcept
    {
        Free(object);
    }
};

template <typename T, auto Free>
using owner = std::unique_ptr<T, freed_with<Free>>;

inline vc_view view(std::string_view text) noexcept
{
    return vc_view_of(text.data(), text.size());
}

inline std::string_view view(vc_view text) noexcept
{
    return text.data ? std::string_view(text.data, text.len) : std::string_view();
}

inline std::uint64_t milliseconds(std::chrono::milliseconds time) noexcept
{
    return time.count() > 0 ? static_cast<std::uint64_t>(time.count()) : 0;
}

} // namespace detail

/* Bytes that the library allocated. They are wiped when they are freed. */
class bytes {
public:
    bytes() noexcept = default;
    bytes(bytes &&other) noexcept : bytes_(std::exchange(other.bytes_, vc_bytes VC_BYTES_INIT)) {}
    bytes &operator=(bytes &&other) noexcept
    {
        const vc_bytes taken = std::exchange(other.bytes_, vc_bytes VC_BYTES_INIT);
        vc_bytes_free(&bytes_); // at once, not when the other one ends
        bytes_ = taken;
        return *this;
    }
    bytes(const bytes &) = delete;
    bytes &operator=(const bytes &) = delete;
    ~bytes() { vc_bytes_free(&bytes_); }

    const char *data() const noexcept { return bytes_.data; }
    std::size_t size() const noexcept { return bytes_.len; }
    bool empty() const noexcept { return bytes_.len == 0; }
    std::string_view view() const noexcept { return detail::view(vc_bytes_view(bytes_)); }
    operator std::string_view() const noexcept { return view(); }

    /* For C functions that fill a vc_bytes; what was held is freed. */
    vc_bytes *fill() noexcept
    {
        vc_bytes_free(&bytes_);
        return &bytes_;
    }

private:
    vc_bytes bytes_ = VC_BYTES_INIT;
};

/* keyring.h: data keys, shared by clients of one Vault and one namespace. Copies share one keyring. */
class keyring {
public:
    keyring() : keyring_(detail::call(vc_keyring_new)) {}
    /* What is there already, such as vc_client_keyring(): takes a reference of its own. */
    explicit keyring(vc_keyring *borrowed) noexcept : keyring_(vc_keyring_ref(borrowed)) {}
    keyring(const keyring &other) noexcept : keyring_(vc_keyring_ref(other.keyring_.get())) {}
    keyring &operator=(const keyring &other) noexcept
    {
        keyring_.reset(vc_keyring_ref(other.keyring_.get()));
        return *this;
    }
    keyring(keyring &&) noexcept = default;
    keyring &operator=(keyring &&) noexcept = default;
    ~keyring() = default;

    /* 0 leaves a limit as it is. */
    keyring &use_limits(std::uint64_t calls, std::uint64_t bytes, std::chrono::milliseconds age = {})
    {
        detail::call(vc_keyring_set_use_limits, keyring_.get(), calls, bytes, detail::milliseconds(age));
        return *this;
    }
    keyring &open_limits(std::size_t keys, std::chrono::milliseconds age = {})
    {
        detail::call(vc_keyring_set_open_limits, keyring_.get(), keys, detail::milliseconds(age));
        return *this;
    }
    keyring &log(vc_log_fn function, void *user)
    {
        detail::call(vc_keyring_set_log, keyring_.get(), function, user);
        return *this;
    }
    /* 32 bytes, copied. */
    keyring &add_static(const std::string &name, std::string_view key)
    {
        detail::call(vc_keyring_add_static, keyring_.get(), name.c_str(), detail::view(key));
        return *this;
    }
    /* Key pairs, as PEM or JWK. Throws error with VC_E_ARGUMENT for a private key where a public one is due. */
    keyring &add_public(const std::string &name, std::string_view key)
    {
        detail::call(vc_keyring_add_public, keyring_.get(), name.c_str(), detail::view(key));
        return *this;
    }
    keyring &add_private(const std::string &name, std::string_view key)
    {
        detail::call(vc_keyring_add_private, keyring_.get(), name.c_str(), detail::view(key));
        return *this;
    }
    /* One whose private half stays in Vault. */
    keyring &add_vault_private(const std::string &name, const std::string &key, std::uint64_t version, std::string_view public_key,
                               const std::string &mount = "transit")
    {
        detail::call(vc_keyring_add_vault_private, keyring_.get(), name.c_str(), mount.c_str(), key.c_str(), version, detail::view(public_key));
        return *this;
    }
    void prefer_public(const std::string &name, const std::string &id) { detail::call(vc_keyring_prefer_public, keyring_.get(), name.c_str(), id.c_str()); }
    void remove_pair(const std::string &name, const std::string &id) { detail::call(vc_keyring_remove_pair, keyring_.get(), name.c_str(), id.c_str()); }
    void remove_private(const std::string &name, const std::string &id)
    {
        detail::call(vc_keyring_remove_private, keyring_.get(), name.c_str(), id.c_str());
    }
    /* Why keys of this name are missing, for the errors of records; "": no reason. */
    void pair_reason(const std::string &name, const std::string &reason)
    {
        detail::call(vc_keyring_set_pair_reason, keyring_.get(), name.c_str(), reason.c_str());
    }
    /* Pair i; none: there are fewer. */
    std::optional<vc_keyring_pair> pair(std::size_t i) const noexcept
    {
        vc_keyring_pair pair = {};
        pair.size = sizeof pair;
        return vc_keyring_get_pair(keyring_.get(), i, &pair) ? std::optional(pair) : std::nullopt;
    }
    void clear() noexcept { vc_keyring_clear(keyring_.get()); }
    vc_keyring_stats stats() const noexcept
    {
        vc_keyring_stats stats = {};
        stats.size = sizeof stats;
        vc_keyring_get_stats(keyring_.get(), &stats);
        return stats;
    }

    vc_keyring *handle() const noexcept { return keyring_.get(); }

private:
    detail::owner<vc_keyring, vc_keyring_unref> keyring_;
};

/* client.h: addresses, token, TLS, limits. set() takes every setting by name; the others are for what is no text. */
class config {
public:
    config() : config_(detail::call(vc_config_new)) {}

    config &from_environment() { return with(vc_config_from_env); }
    config &set(const std::string &name, const std::string &value) { return with(vc_config_set, name.c_str(), value.c_str()); }
    config &address(const std::string &url) { return with(vc_config_set_address, url.c_str()); }
    config &token(std::string_view token) { return with(vc_config_set_token, detail::view(token)); }
    config &ca_pem(std::string_view pem) { return with(vc_config_set_ca_pem, detail::view(pem)); }
    config &timeout(std::chrono::milliseconds time) { return with(vc_config_set_timeout, detail::milliseconds(time)); }
    config &deadline(std::chrono::milliseconds time) { return with(vc_config_set_deadline, detail::milliseconds(time)); }
    config &log(vc_log_fn function, void *user) { return with(vc_config_set_log, function, user); }
    config &keyring(const vaultcrypt::keyring &ring) { return with(vc_config_set_keyring, ring.handle()); }

    vc_config *handle() const noexcept { return config_.get(); }

private:
    template <typename Function, typename... Arguments>
    config &with(Function function, Arguments... arguments)
    {
        detail::call(function, config_.get(), arguments...);
        return *this;
    }
    detail::owner<vc_config, vc_config_free> config_;
};

/* schema.h: the rules. Copies share one schema. Rules live as long as it. */
class schema {
public:
    static schema open(const std::string &file) { return schema(detail::call(vc_schema_open, file.c_str())); }
    static schema parse(std::string_view yaml, const std::string &name)
    {
        return schema(detail::call(vc_schema_parse, detail::view(yaml), name.c_str()));
    }
    schema(const schema &other) : schema_(vc_schema_ref(other.schema_.get())) {}
    schema &operator=(const schema &other)
    {
        schema_.reset(vc_schema_ref(other.schema_.get()));
        return *this;
    }
    schema(schema &&) noexcept = default;
    schema &operator=(schema &&) noexcept = default;
    ~schema() = default;

    /* The rule for a topic, and the rule of that name. Throws error with VC_E_NO_RULE. */
    const vc_rule *match(std::string_view topic) const { return detail::call(vc_schema_match, schema_.get(), detail::view(topic)); }
    const vc_rule *rule(std::string_view name) const { return detail::call(vc_schema_rule, schema_.get(), detail::view(name)); }

    vc_schema *handle() const noexcept { return schema_.get(); }

private:
    explicit schema(vc_schema *owned) noexcept : schema_(owned) {}
    detail::owner<vc_schema, vc_schema_unref> schema_;
};

enum class direction { protect = VC_PROTECT, open = VC_OPEN, rewrap = VC_REWRAP };

/* batch.h: N records at once. */
class batch {
public:
    batch(const schema &schema, direction direction)
        : batch_(detail::call(vc_batch_new, schema.handle(), static_cast<vc_direction>(direction)))
    {
    }

    /* The record's bytes are borrowed until clear() or the end of the batch. */
    void add(const vc_rule *rule, std::string_view record) { detail::call(vc_batch_add, batch_.get(), rule, detail::view(record)); }
    /* The same for a message of Kafka, with topic, key and headers. */
    void add(const vc_rule *rule, const vc_message &message) { detail::call(vc_batch_add_message, batch_.get(), rule, &message); }
    void keyring(const vaultcrypt::keyring &ring) { detail::call(vc_batch_set_keyring, batch_.get(), ring.handle()); }
    void clear() noexcept { vc_batch_clear(batch_.get()); }
    std::size_t size() const noexcept { return vc_batch_count(batch_.get()); }

    /* Record i as it leaves; empty when problem(i) is not null. Borrowed like the record. */
    std::string_view output(std::size_t i) const noexcept { return detail::view(vc_batch_output(batch_.get(), i)); }
    /* Key and headers of message i as they leave. */
    std::string_view output_key(std::size_t i) const noexcept { return detail::view(vc_batch_output_key(batch_.get(), i)); }
    const vc_header *output_headers(std::size_t i, std::size_t &count) const noexcept
    {
        return vc_batch_output_headers(batch_.get(), i, &count);
    }
    /* Why record i has no output; null when it is fine. */
    const vc_error *problem(std::size_t i) const noexcept { return vc_batch_error(batch_.get(), i); }

    vc_batch *handle() const noexcept { return batch_.get(); }

private:
    detail::owner<vc_batch, vc_batch_free> batch_;
};

/* transit.h: what a value is bound to. */
class transit_options {
public:
    transit_options() : options_(detail::call(vc_transit_options_new)) {}
    transit_options &context(std::string_view context)
    {
        detail::call(vc_transit_options_set_context, options_.get(), detail::view(context));
        return *this;
    }
    transit_options &associated_data(std::string_view data)
    {
        detail::call(vc_transit_options_set_associated_data, options_.get(), detail::view(data));
        return *this;
    }
    transit_options &key_version(std::uint64_t version) noexcept
    {
        vc_transit_options_set_key_version(options_.get(), version);
        return *this;
    }
    vc_transit_options *handle() const noexcept { return options_.get(); }

private:
    detail::owner<vc_transit_options, vc_transit_options_free> options_;
};

/* client.h: a connection to Vault. Shared by any number of threads; a call blocks its thread. */
class client {
public:
    /* From the environment, or as configured. Does not talk to Vault yet. */
    client() : client_(detail::call(vc_client_open, static_cast<const vc_config *>(nullptr))) {}
    explicit client(const config &config) : client_(detail::call(vc_client_open, static_cast<const vc_config *>(config.handle()))) {}

    /* Until every record has an output or a problem of its own. */
    void run(batch &batch) { detail::call(vc_client_run, client_.get(), batch.handle()); }

    /* One value of transit. */
    bytes encrypt(const std::string &key, std::string_view plaintext, const transit_options *options = nullptr)
    {
        return value(vc_transit_encrypt, key, plaintext, options);
    }
    bytes decrypt(const std::string &key, std::string_view ciphertext, const transit_options *options = nullptr)
    {
        return value(vc_transit_decrypt, key, ciphertext, options);
    }
    bytes rewrap(const std::string &key, std::string_view ciphertext, const transit_options *options = nullptr)
    {
        return value(vc_transit_rewrap, key, ciphertext, options);
    }

    /* The one that the configuration gave, or its own. */
    vaultcrypt::keyring keyring() const noexcept { return vaultcrypt::keyring(vc_client_keyring(client_.get())); }

    vc_client *handle() const noexcept { return client_.get(); }

private:
    template <typename Function>
    bytes value(Function function, const std::string &key, std::string_view input, const transit_options *options)
    {
        bytes result;
        const vc_transit_options *given = options ? options->handle() : nullptr;
        detail::call(function, client_.get(), key.c_str(), detail::view(input), given, result.fill());
        return result;
    }
    detail::owner<vc_client, vc_client_close> client_;
};

/*
 * keysource.h: has the key pairs that a schema names, and keeps them fresh. The client, where there is one, outlives it. Its end leaves the keys in the
 * keyring; retire() takes them along.
 */
class keysource {
public:
    /* Into the client's keyring; or, where no key is in Vault, into one without a client. */
    keysource(const client &client, const schema &schema)
        : source_(detail::call(vc_keysource_new, client.handle(), schema.handle(), static_cast<vc_keyring *>(nullptr)))
    {
    }
    keysource(const client &client, const schema &schema, const vaultcrypt::keyring &ring)
        : source_(detail::call(vc_keysource_new, client.handle(), schema.handle(), ring.handle()))
    {
    }
    keysource(const schema &schema, const vaultcrypt::keyring &ring)
        : source_(detail::call(vc_keysource_new, static_cast<vc_client *>(nullptr), schema.handle(), ring.handle()))
    {
    }

    /* Before the first load. Without a direction it is that of protecting. */
    keysource &direction(vaultcrypt::direction direction) { return with(vc_keysource_set_direction, static_cast<vc_direction>(direction)); }
    keysource &base(const std::string &file) { return with(vc_keysource_set_base, file.c_str()); }
    keysource &use_environment() { return with(vc_keysource_use_env); }
    keysource &web(const config &config) { return with(vc_keysource_set_web, static_cast<const vc_config *>(config.handle())); }
    keysource &patience(std::chrono::milliseconds time) { return with(vc_keysource_set_patience, detail::milliseconds(time)); }
    keysource &log(vc_log_fn function, void *user) { return with(vc_keysource_set_log, function, user); }
    keysource &follow(const keysource &old) { return with(vc_keysource_follow, old.source_.get()); }

    /* At once, or in two steps; what cannot be had is no error of theirs. */
    void load() { with(vc_keysource_load); }
    void prepare() { with(vc_keysource_prepare); }
    void commit() { with(vc_keysource_commit); }
    /* Those that are due on the caller's own clock; in how many milliseconds the next one is, none: never. */
    std::optional<std::uint64_t> refresh(std::uint64_t now_ms)
    {
        std::uint64_t next = 0;
        with(vc_keysource_refresh, now_ms, &next);
        return next == UINT64_MAX ? std::nullopt : std::optional(next);
    }
    void start() { with(vc_keysource_start); }
    void wake() noexcept { vc_keysource_wake(source_.get()); }
    void cancel() noexcept { vc_keysource_cancel(source_.get()); }
    /* Ends it, with its keys; as a moved-from object afterwards. */
    void retire() noexcept { vc_keysource_retire(source_.release()); }

    /* Of place i; none: there are fewer. */
    std::optional<vc_keysource_state> state(std::size_t i) const noexcept
    {
        vc_keysource_state state = {};
        state.size = sizeof state;
        return vc_keysource_get_state(source_.get(), i, &state) ? std::optional(state) : std::nullopt;
    }
    /* Throws why the first key that is needed is missing. */
    void check() const { detail::call(vc_keysource_check, source_.get(), static_cast<const vc_rule *>(nullptr)); }

    /* Whether a client is needed. */
    static bool needs_vault(const schema &schema, vaultcrypt::direction direction) noexcept
    {
        return vc_keysource_needs_vault(schema.handle(), static_cast<vc_direction>(direction)) != 0;
    }

    vc_keysource *handle() const noexcept { return source_.get(); }

private:
    template <typename Function, typename... Arguments>
    keysource &with(Function function, Arguments... arguments)
    {
        detail::call(function, source_.get(), arguments...);
        return *this;
    }
    detail::owner<vc_keysource, vc_keysource_free> source_;
};

/* release_policy.h: what is said of an attested environment. */
class claims {
public:
    static claims parse(std::string_view json, const std::string &name = "claims")
    {
        return claims(detail::call(vc_claims_parse, detail::view(json), name.c_str()));
    }
    /* Those of an attestation token, whose signature is not verified (attest.h). */
    static claims of_token(std::string_view token)
    {
        bytes json;
        detail::call(vc_attest_claims, detail::view(token), json.fill());
        return parse(json, "token");
    }

    /* As text, borrowed; none: there is no such claim. */
    std::optional<std::string_view> get(std::string_view name) const noexcept
    {
        const vc_view value = vc_claims_get(claims_.get(), detail::view(name));
        return value.data ? std::optional(detail::view(value)) : std::nullopt;
    }

    vc_claims *handle() const noexcept { return claims_.get(); }

private:
    explicit claims(vc_claims *owned) noexcept : claims_(owned) {}
    detail::owner<vc_claims, vc_claims_free> claims_;
};

/* release_policy.h: under which claims a key is released. */
class release_policy {
public:
    static release_policy parse(std::string_view json, const std::string &name = "policy")
    {
        return release_policy(detail::call(vc_release_policy_parse, detail::view(json), name.c_str()));
    }

    /* vc_release_weakness, or-ed together; 0: none. */
    unsigned weaknesses() const noexcept { return vc_release_policy_weaknesses(policy_.get()); }
    /* Throws error with VC_E_DENIED when it is not released; `report` gets each condition that does not hold. */
    void decide(std::string_view authority, const claims &claims, vc_release_report *report = nullptr, void *context = nullptr) const
    {
        detail::call(vc_release_policy_decide, policy_.get(), detail::view(authority), claims.handle(), report, context);
    }

    vc_release_policy *handle() const noexcept { return policy_.get(); }

private:
    explicit release_policy(vc_release_policy *owned) noexcept : policy_(owned) {}
    detail::owner<vc_release_policy, vc_release_policy_free> policy_;
};

/* attest.h: a token of that attestation service, and the hardware's report. */
inline bytes attest_maa(const std::string &maa_endpoint, std::string_view runtime_data, const vc_attest_options *options = nullptr)
{
    bytes token;
    detail::call(vc_attest_maa, options, maa_endpoint.c_str(), detail::view(runtime_data), token.fill());
    return token;
}

inline bytes attest_raw(std::string_view runtime_data, const vc_attest_options *options = nullptr)
{
    bytes report;
    detail::call(vc_attest_raw, options, detail::view(runtime_data), report.fill());
    return report;
}

} // namespace vaultcrypt

#endif
