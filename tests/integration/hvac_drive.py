# SPDX-License-Identifier: Apache-2.0
"""hvac against vaultcrypt-dev: what an application written for Vault does must work here. usage: hvac_drive.py FLAVOUR"""
import base64
import os
import sys
import time
import unittest

import hvac
import hvac.exceptions

FLAVOUR = sys.argv.pop(1)
TWEAK = "c29tZW51bQ=="


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ["VAULT_TOKEN"])


class System(Case):
    def test_health_and_seal(self):
        system = self.client.sys
        self.assertTrue(self.client.is_authenticated())
        self.assertTrue(system.is_initialized())
        self.assertEqual(system.read_health_status(method="GET")["sealed"], False)
        system.seal()
        self.assertTrue(system.is_sealed())
        with self.assertRaises(hvac.exceptions.VaultDown):
            self.client.secrets.transit.list_keys()
        system.submit_unseal_key(key=os.environ["VAULTCRYPT_UNSEAL_KEY"])
        self.assertFalse(system.is_sealed())

    def test_mounts(self):
        system = self.client.sys
        system.enable_secrets_engine("transit", path="team/one", description="of a team")
        mounts = system.list_mounted_secrets_engines()["data"]
        self.assertEqual((mounts["team/one/"]["type"], mounts["team/one/"]["description"]), ("transit", "of a team"))
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "path is already in use at team/one/"):
            system.enable_secrets_engine("transit", path="team/one")
        self.client.secrets.transit.create_key("k", mount_point="team/one")
        system.disable_secrets_engine("team/one")
        self.assertNotIn("team/one/", system.list_mounted_secrets_engines()["data"])

    def test_tokens(self):
        token = self.client.auth.token
        made = token.create(policies=["none"], ttl="30m", num_uses=3, display_name="ann", meta={"a": "b"})
        self.assertEqual(made["auth"]["policies"], ["default", "none"])
        self.assertEqual(made["auth"]["lease_duration"], 1800)
        own = hvac.Client(url=os.environ["VAULT_ADDR"], token=made["auth"]["client_token"])
        seen = own.auth.token.lookup_self()["data"]
        self.assertEqual((seen["display_name"], seen["num_uses"], seen["meta"]), ("token-ann", 2, {"a": "b"}))
        self.assertEqual(own.auth.token.renew_self(increment="1h")["auth"]["lease_duration"], 3600)
        own.auth.token.revoke_self()
        with self.assertRaises(hvac.exceptions.Forbidden):
            own.auth.token.lookup_self()
        parent = token.create(ttl="1h")["auth"]
        child = hvac.Client(url=os.environ["VAULT_ADDR"], token=parent["client_token"]).auth.token.create(ttl="1h")["auth"]
        token.lookup(child["client_token"])
        token.revoke(parent["client_token"])
        with self.assertRaises(hvac.exceptions.Forbidden):
            token.lookup(child["client_token"])


    def test_tokens_end(self):
        token = self.client.auth.token
        short = token.create(policies=["root"], ttl="1s")["auth"]
        used = token.create(policies=["root"], num_uses=2)["auth"]
        capped = token.create(policies=["root"], ttl="1h", explicit_max_ttl="10m")
        self.assertEqual(capped["auth"]["lease_duration"], 600)
        self.assertIn("is capped accordingly", capped["warnings"][0])
        client = hvac.Client(url=os.environ["VAULT_ADDR"], token=used["client_token"])
        client.sys.list_policies()
        client.sys.list_policies()
        with self.assertRaises(hvac.exceptions.Forbidden):
            client.sys.list_policies()
        with self.assertRaises(hvac.exceptions.Forbidden):
            token.lookup(used["client_token"])
        time.sleep(1.1)
        with self.assertRaises(hvac.exceptions.Forbidden):
            hvac.Client(url=os.environ["VAULT_ADDR"], token=short["client_token"]).sys.list_policies()
        with self.assertRaises(hvac.exceptions.Forbidden):
            token.lookup(short["client_token"])


class LogIn(Case):
    def anonymous(self):
        return hvac.Client(url=os.environ["VAULT_ADDR"])

    def test_approle(self):
        self.client.sys.enable_auth_method("approle", path="apps")
        approle = self.client.auth.approle
        approle.create_or_update_approle("job", token_policies=["app"], token_ttl="20m", secret_id_num_uses=1, mount_point="apps")
        self.assertEqual(approle.read_role("job", mount_point="apps")["data"]["token_ttl"], 1200)
        self.assertEqual(approle.list_roles(mount_point="apps")["data"]["keys"], ["job"])
        role_id = approle.read_role_id("job", mount_point="apps")["data"]["role_id"]
        made = approle.generate_secret_id("job", metadata={"host": "a"}, mount_point="apps")["data"]
        seen = approle.read_secret_id("job", made["secret_id"], mount_point="apps")["data"]
        self.assertEqual((seen["metadata"], seen["secret_id_num_uses"]), ({"host": "a"}, 1))
        client = self.anonymous()
        auth = client.auth.approle.login(role_id, made["secret_id"], mount_point="apps")["auth"]
        self.assertEqual((auth["policies"], auth["metadata"]), (["app", "default"], {"host": "a", "role_name": "job"}))
        self.assertEqual(client.lookup_token()["data"]["path"], "auth/apps/login")
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.anonymous().auth.approle.login(role_id, made["secret_id"], mount_point="apps")
        approle.create_custom_secret_id("job", "my own", mount_point="apps")
        approle.destroy_secret_id("job", "my own", mount_point="apps")
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.anonymous().auth.approle.login(role_id, "my own", mount_point="apps")
        self.client.sys.disable_auth_method("apps")
        with self.assertRaises(hvac.exceptions.Forbidden):
            client.lookup_token()

    def test_wrapped_secret_id(self):
        self.client.sys.enable_auth_method("approle", path="wrapped")
        approle = self.client.auth.approle
        approle.create_or_update_approle("job", mount_point="wrapped")
        info = approle.generate_secret_id("job", wrap_ttl="60s", mount_point="wrapped")["wrap_info"]
        self.assertEqual(info["creation_path"], "auth/wrapped/role/job/secret-id")
        looked = self.client.write("sys/wrapping/lookup", token=info["token"])["data"]
        self.assertEqual((looked["creation_path"], looked["creation_ttl"]), (info["creation_path"], 60))
        secret_id = self.anonymous().sys.unwrap(info["token"])["data"]["secret_id"]
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "wrapping token is not valid or does not exist"):
            self.anonymous().sys.unwrap(info["token"])
        role_id = approle.read_role_id("job", mount_point="wrapped")["data"]["role_id"]
        self.assertTrue(self.anonymous().auth.approle.login(role_id, secret_id, mount_point="wrapped")["auth"]["renewable"])

    def test_wrapping(self):
        info = self.client.sys.wrap({"some": "thing"}, ttl=30)["wrap_info"]
        again = self.client.sys.rewrap(info["token"])["wrap_info"] if hasattr(self.client.sys, "rewrap") else info
        self.assertEqual(self.anonymous().sys.unwrap(again["token"])["data"], {"some": "thing"})
        token = self.client.auth.token.create(policies=["none"], ttl="5m", wrap_ttl="30s")["wrap_info"]["token"]
        self.assertEqual(self.anonymous().sys.unwrap(token)["auth"]["lease_duration"], 300)

    def test_userpass(self):
        self.client.sys.enable_auth_method("userpass")
        userpass = self.client.auth.userpass
        userpass.create_or_update_user("ann", "old", policies="app")
        self.assertEqual(userpass.list_user()["data"]["keys"], ["ann"])
        userpass.update_password_on_user("ann", "new")
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "invalid username or password"):
            self.anonymous().auth.userpass.login("ann", "old")
        client = self.anonymous()
        client.auth.userpass.login("ann", "new")
        self.assertEqual(client.lookup_token()["data"]["display_name"], "userpass-ann")
        client.renew_self_token() if hasattr(client, "renew_self_token") else client.auth.token.renew_self()
        client.auth.token.revoke_self()
        userpass.delete_user("ann")
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.anonymous().auth.userpass.login("ann", "new")

    def test_ldap(self):
        self.client.sys.enable_auth_method("ldap")
        ldap = self.client.auth.ldap
        ldap.configure(userdn="ou=people", groupdn="ou=groups", url="ldap://127.0.0.1")
        ldap.create_or_update_group("staff", policies=["app"])
        self.client.write("auth/ldap/dev/directory/ann", password="right", groups=["staff"])
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "ldap operation failed"):
            self.anonymous().auth.ldap.login("ann", "wrong")
        auth = self.anonymous().auth.ldap.login("ann", "right")["auth"]
        self.assertEqual((auth["policies"], auth["metadata"]), (["app", "default"], {"username": "ann"}))

    def test_namespaces(self):
        self.client.sys.create_namespace("team")
        self.assertIn("team/", self.client.sys.list_namespaces()["data"]["keys"])
        team = hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ["VAULT_TOKEN"], namespace="team")
        team.sys.enable_secrets_engine("transit")
        team.secrets.transit.create_key("k")
        team.sys.create_or_update_policy("p", 'path "transit/encrypt/k" { capabilities = ["update"] }')
        token = team.auth.token.create(policies=["p"])["auth"]["client_token"]
        inside = hvac.Client(url=os.environ["VAULT_ADDR"], token=token, namespace="team")
        self.assertTrue(inside.secrets.transit.encrypt_data("k", b64("x"))["data"]["ciphertext"].startswith("vault:v1:"))
        with self.assertRaises(hvac.exceptions.Forbidden):
            hvac.Client(url=os.environ["VAULT_ADDR"], token=token).secrets.transit.encrypt_data("k", b64("x"))
        self.client.sys.delete_namespace("team")
        with self.assertRaises(hvac.exceptions.VaultError):
            inside.secrets.transit.encrypt_data("k", b64("x"))

    def test_methods(self):
        system = self.client.sys
        system.enable_auth_method("approle", path="team/apps", description="of a team", config={"max_lease_ttl": "1h"})
        listed = system.list_auth_methods()["data"]
        self.assertEqual((listed["team/apps/"]["type"], listed["token/"]["type"]), ("approle", "token"))
        self.assertEqual(system.read_auth_method_tuning("team/apps")["data"]["max_lease_ttl"], 3600)
        system.tune_auth_method("team/apps", default_lease_ttl="30m")
        self.assertEqual(system.read_auth_method_tuning("team/apps")["data"]["default_lease_ttl"], 1800)
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "path is already in use at team/apps/"):
            system.enable_auth_method("userpass", path="team/apps")
        system.disable_auth_method("team/apps")
        self.assertNotIn("team/apps/", system.list_auth_methods()["data"])


class Policies(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.sys.enable_secrets_engine("transit", path="guarded")
        cls.client.secrets.transit.create_key("app", mount_point="guarded")

    def with_policy(self, text):
        self.client.sys.create_or_update_policy("p", text)
        token = self.client.auth.token.create(policies=["p"], ttl="5m")["auth"]["client_token"]
        return hvac.Client(url=os.environ["VAULT_ADDR"], token=token).secrets.transit

    def test_only_what_is_allowed(self):
        transit = self.with_policy('path "guarded/encrypt/app" { capabilities = ["update"] }')
        transit.encrypt_data("app", b64("x"), mount_point="guarded")
        for forbidden in (lambda: transit.read_key("app", mount_point="guarded"),
                          lambda: transit.decrypt_data("app", "vault:v1:AAAA", mount_point="guarded"),
                          lambda: transit.encrypt_data("other", b64("x"), mount_point="guarded"),
                          lambda: transit.list_keys(mount_point="nowhere")):
            with self.assertRaises(hvac.exceptions.Forbidden):
                forbidden()

    def test_create_is_not_update(self):
        transit = self.with_policy({"path": {"guarded/encrypt/*": {"capabilities": ["update"]}}})
        with self.assertRaises(hvac.exceptions.Forbidden):
            transit.encrypt_data("fresh", b64("x"), mount_point="guarded")
        transit = self.with_policy({"path": {"guarded/encrypt/+": {"capabilities": ["create"]}}})
        transit.encrypt_data("fresh", b64("x"), mount_point="guarded")
        with self.assertRaises(hvac.exceptions.Forbidden):
            transit.encrypt_data("fresh", b64("x"), mount_point="guarded")

    def test_deny_wins(self):
        transit = self.with_policy('path "guarded/*" { capabilities = ["read", "list"] }\n'
                                   'path "guarded/keys/app" { capabilities = ["deny"] }')
        self.assertIn("app", transit.list_keys(mount_point="guarded")["data"]["keys"])
        with self.assertRaises(hvac.exceptions.Forbidden):
            transit.read_key("app", mount_point="guarded")

    def test_parameters(self):
        transit = self.with_policy('path "guarded/keys/*" { capabilities = ["create", "update"]\n'
                                   '  allowed_parameters = { "type" = ["chacha*"] }\n  denied_parameters = { "exportable" = [] } }')
        transit.create_key("small", key_type="chacha20-poly1305", mount_point="guarded")
        for refused in ({"key_type": "aes256-gcm96"}, {"key_type": "chacha20-poly1305", "exportable": False}):
            with self.assertRaises(hvac.exceptions.Forbidden):
                transit.create_key("other", mount_point="guarded", **refused)

    def test_objects(self):
        system = self.client.sys
        system.create_or_update_policy("q", 'path "a" { capabilities = ["read"] }')
        self.assertIn("q", system.list_policies()["data"]["policies"])
        self.assertIn('path "a"', system.read_policy("q")["data"]["rules"])
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "failed to parse policy"):
            system.create_or_update_policy("q", "path {")
        system.delete_policy("q")
        with self.assertRaises(hvac.exceptions.InvalidPath):
            system.read_policy("q")


class TransitEngine(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.sys.enable_secrets_engine("transit")
        cls.transit = cls.client.secrets.transit

    def test_key_life(self):
        transit = self.transit
        with self.assertRaises(hvac.exceptions.InvalidPath):
            transit.read_key("life")
        transit.create_key("life")
        first = transit.encrypt_data("life", b64("hello"))["data"]["ciphertext"]
        transit.rotate_key("life")
        self.assertEqual(transit.read_key("life")["data"]["latest_version"], 2)
        self.assertIn("life", transit.list_keys()["data"]["keys"])
        second = transit.rewrap_data("life", first)["data"]["ciphertext"]
        self.assertTrue(second.startswith("vault:v2:"))
        self.assertEqual(transit.decrypt_data("life", first)["data"]["plaintext"], b64("hello"))
        self.assertEqual(transit.decrypt_data("life", second)["data"]["plaintext"], b64("hello"))
        transit.rotate_key("life")
        transit.update_key_configuration("life", min_decryption_version=2, min_encryption_version=3, deletion_allowed=True)
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "too old"):
            transit.decrypt_data("life", first)
        transit.trim_key("life", 2)
        transit.delete_key("life")
        with self.assertRaises(hvac.exceptions.InvalidPath):
            transit.read_key("life")

    def test_batches(self):
        transit = self.transit
        transit.create_key("many")
        texts = [f"value {i} \u00e9\u4e2d" for i in range(500)]
        results = transit.encrypt_data("many", batch_input=[{"plaintext": b64(text)} for text in texts])["data"]["batch_results"]
        self.assertEqual(len({result["ciphertext"] for result in results}), len(texts))
        batch = [{"ciphertext": result["ciphertext"]} for result in results]
        opened = transit.decrypt_data("many", batch_input=batch)["data"]["batch_results"]
        self.assertEqual([base64.b64decode(result["plaintext"]).decode() for result in opened], texts)
        transit.rotate_key("many")
        rewrapped = transit.rewrap_data("many", "", batch_input=batch)["data"]["batch_results"]
        self.assertTrue(all(result["ciphertext"].startswith("vault:v2:") for result in rewrapped))
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            transit.decrypt_data("many", batch_input=[batch[0], {"ciphertext": "rubbish"}])

    def test_associated_data(self):
        transit = self.transit
        transit.create_key("bound")
        sealed = transit.encrypt_data("bound", b64("x"), associated_data=b64("row 1"))["data"]["ciphertext"]
        opened = transit.decrypt_data("bound", sealed, associated_data=b64("row 1"))
        self.assertEqual(opened["data"]["plaintext"], b64("x"))
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "message authentication failed"):
            transit.decrypt_data("bound", sealed, associated_data=b64("row 2"))

    def test_data_keys_random_hash(self):
        transit = self.transit
        transit.create_key("wrap")
        key = transit.generate_data_key("wrap", "plaintext", bits=512)["data"]
        self.assertEqual(len(base64.b64decode(key["plaintext"])), 64)
        self.assertEqual(transit.decrypt_data("wrap", key["ciphertext"])["data"]["plaintext"], key["plaintext"])
        self.assertNotIn("plaintext", transit.generate_data_key("wrap", "wrapped")["data"])
        self.assertEqual(len(transit.generate_random_bytes(10, "hex")["data"]["random_bytes"]), 20)
        digest = transit.hash_data(b64("abc"), "sha2-256", "hex")["data"]["sum"]
        self.assertEqual(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


    def test_derived_and_convergent(self):
        transit = self.transit
        transit.create_key("tenants", derived=True, convergent_encryption=True, key_type="chacha20-poly1305")
        self.assertTrue(transit.read_key("tenants")["data"]["convergent_encryption"])
        one, again, other = (transit.encrypt_data("tenants", b64("same"), context=b64(who))["data"]["ciphertext"]
                             for who in ("a", "a", "b"))
        self.assertEqual(one, again)
        self.assertNotEqual(one, other)
        self.assertEqual(transit.decrypt_data("tenants", one, context=b64("a"))["data"]["plaintext"], b64("same"))
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "message authentication failed"):
            transit.decrypt_data("tenants", one, context=b64("b"))
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "missing 'context' for key derivation"):
            transit.encrypt_data("tenants", b64("same"))

    def test_signatures(self):
        transit = self.transit
        for kind in ("ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048"):
            transit.create_key("sign-" + kind, key_type=kind)
            self.assertTrue(transit.read_key("sign-" + kind)["data"]["supports_signing"])
            for options in ({}, {"hash_algorithm": "sha2-512"}, {"marshaling_algorithm": "jws"}):
                signed = transit.sign_data("sign-" + kind, b64("text"), **options)["data"]["signature"]
                for text, valid in (("text", True), ("other", False)):
                    reply = transit.verify_signed_data("sign-" + kind, b64(text), signature=signed, **options)
                    self.assertEqual(reply["data"]["valid"], valid, (kind, options))
        signed = transit.sign_data("sign-rsa-2048", b64("text"), signature_algorithm="pkcs1v15")["data"]["signature"]
        reply = transit.verify_signed_data("sign-rsa-2048", b64("text"), signature=signed, signature_algorithm="pkcs1v15")
        self.assertTrue(reply["data"]["valid"])
        results = transit.sign_data("sign-ed25519", batch_input=[{"input": b64("a"), "reference": "r"}, {"input": "*"}])["data"]["batch_results"]
        self.assertEqual([result["reference"] for result in results], ["r", ""])
        self.assertIn("unable to decode input as base64", results[1]["error"])
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "signing key not found"):
            transit.sign_data("nosuch", b64("text"))

    def test_rsa_encryption(self):
        transit = self.transit
        transit.create_key("rsa", key_type="rsa-2048")
        sealed = transit.encrypt_data("rsa", b64("short"))["data"]["ciphertext"]
        self.assertEqual(transit.decrypt_data("rsa", sealed)["data"]["plaintext"], b64("short"))
        with self.assertRaisesRegex(hvac.exceptions.InternalServerError, "message too long for RSA key size"):
            transit.encrypt_data("rsa", b64("x" * 191))

    def test_hmac(self):
        transit = self.transit
        transit.create_key("mac")
        tag = transit.generate_hmac("mac", b64("text"), algorithm="sha2-384")["data"]["hmac"]
        for text, valid in (("text", True), ("other", False)):
            reply = transit.verify_signed_data("mac", b64(text), hmac=tag, hash_algorithm="sha2-384")
            self.assertEqual(reply["data"]["valid"], valid)

    def test_export_backup_restore(self):
        transit = self.transit
        transit.create_key("kept", exportable=True, allow_plaintext_backup=True, key_type="ed25519")
        transit.rotate_key("kept")
        keys = transit.export_key("kept", "signing-key")["data"]["keys"]
        self.assertEqual(sorted(keys), ["1", "2"])
        self.assertEqual(transit.export_key("kept", "signing-key", "latest")["data"]["keys"], {"2": keys["2"]})
        self.assertEqual(len(base64.b64decode(keys["1"])), 64)
        signed = transit.sign_data("kept", b64("text"))["data"]["signature"]
        backup = transit.backup_key("kept")["data"]["backup"]
        transit.restore_key(backup, name="again")
        self.assertTrue(transit.verify_signed_data("again", b64("text"), signature=signed)["data"]["valid"])
        with self.assertRaisesRegex(hvac.exceptions.InternalServerError, "already exists"):
            transit.restore_key(backup, name="again")
        transit.restore_key(backup, name="again", force=True)
        transit.create_key("secret")
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "not exportable"):
            transit.export_key("secret", "encryption-key")
        with self.assertRaisesRegex(hvac.exceptions.InternalServerError, "exporting is disallowed"):
            transit.backup_key("secret")


class TransformEngine(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client.sys.enable_secrets_engine("transform")
        cls.transform = transform = cls.client.secrets.transform
        transform.create_or_update_role("payments", ["card", "ssn", "once", "mask"])
        for name, source in (("card", "internal"), ("ssn", "supplied"), ("once", "generated")):
            template = "builtin/socialsecuritynumber" if name == "ssn" else "builtin/creditcardnumber"
            transform.create_or_update_fpe_transformation(name, template, source, ["payments"])
        transform.create_or_update_masking_transformation("mask", "builtin/creditcardnumber", "#", ["pay*"])

    def test_objects(self):
        transform = self.transform
        self.assertEqual(transform.read_role("payments")["data"]["transformations"], ["card", "ssn", "once", "mask"])
        self.assertLessEqual({"card", "mask", "once", "ssn"}, set(transform.list_transformations()["data"]["keys"]))
        self.assertEqual(transform.read_transformation("mask")["data"]["masking_character"], ord("#"))
        card = transform.read_transformation("card")["data"]
        self.assertEqual((card["type"], card["templates"], card["tweak_source"]), ("fpe", ["builtin/creditcardnumber"], "internal"))
        self.assertEqual(card.get("fpe_algorithm"), "ff1" if FLAVOUR == "vault-2.1" else None)
        transform.create_or_update_alphabet("hex", "0123456789abcdef")
        transform.create_or_update_template("serial", "regex", "([0-9a-f]{4})-([0-9a-f]{4})", "hex")
        self.assertEqual(transform.read_template("serial")["data"]["alphabet"], "hex")
        self.assertEqual(transform.read_alphabet("hex")["data"]["alphabet"], "0123456789abcdef")
        transform.create_or_update_transformation("serial", "fpe", "serial", "internal", allowed_roles=["*"])
        transform.create_or_update_role("things", ["serial"])
        encoded = transform.encode("things", "12ab-cd34")["data"]["encoded_value"]
        self.assertRegex(encoded, "^[0-9a-f]{4}-[0-9a-f]{4}$")
        self.assertEqual(transform.decode("things", encoded)["data"]["decoded_value"], "12ab-cd34")
        for refused in (lambda: transform.delete_alphabet("hex"), lambda: transform.delete_template("serial"),
                        lambda: transform.delete_transformation("serial")):
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                refused()
        transform.delete_role("things")
        with self.assertRaises(hvac.exceptions.InvalidPath):
            transform.read_role("things")

    def test_encode_and_decode(self):
        transform = self.transform
        card = "1111-2222-3333-4444"
        encoded = transform.encode("payments", card, "card")["data"]["encoded_value"]
        self.assertRegex(encoded, r"^\d{4}-\d{4}-\d{4}-\d{4}$")
        self.assertNotEqual(encoded, card)
        self.assertEqual(transform.encode("payments", card, "card")["data"]["encoded_value"], encoded)
        self.assertEqual(transform.decode("payments", encoded, "card")["data"]["decoded_value"], card)
        encoded = transform.encode("payments", "123-45-6789", "ssn", TWEAK)["data"]["encoded_value"]
        self.assertEqual(transform.decode("payments", encoded, "ssn", TWEAK)["data"]["decoded_value"], "123-45-6789")
        once = transform.encode("payments", card, "once")["data"]
        again = transform.decode("payments", once["encoded_value"], "once", once["tweak"])["data"]
        self.assertEqual(again["decoded_value"], card)
        self.assertEqual(transform.encode("payments", card, "mask")["data"]["encoded_value"], "####-####-####-####")
        if FLAVOUR == "vault-1.14":
            with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "incorrect tweak size provided: 0"):
                transform.encode("payments", "123-45-6789", "ssn")

    def test_batch_of_mixed_transformations(self):
        transform = self.transform
        values = [("1111-2222-3333-%04d" % i, "card") if i % 2 else ("123-45-%04d" % i, "ssn") for i in range(200)]
        batch = [{"value": value, "transformation": kind, "tweak": TWEAK, "reference": str(i)}
                 for i, (value, kind) in enumerate(values)]
        encoded = transform.encode("payments", batch_input=batch)["data"]["batch_results"]
        self.assertEqual([result["reference"] for result in encoded], [item["reference"] for item in batch])
        batch = [{"value": result["encoded_value"], "transformation": kind, "tweak": TWEAK}
                 for result, (_, kind) in zip(encoded, values)]
        decoded = transform.decode("payments", batch_input=batch)["data"]["batch_results"]
        self.assertEqual([result["decoded_value"] for result in decoded], [value for value, _ in values])
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            transform.encode("payments", batch_input=[{"value": "no card", "transformation": "card"}])

    def test_formats(self):
        write = self.client.adapter.post
        write("/v1/transform/template/phone", json={
            "type": "regex", "pattern": r"\+(\d{2}) (\d{3})-(\d{4})", "alphabet": "builtin/numeric",
            "encode_format": "+$1 $2-$3", "decode_formats": {"last": "...-$3", "country": "${1}x"}})
        write("/v1/transform/transformations/fpe/phone", json={"template": "phone", "tweak_source": "internal", "allowed_roles": "*"})
        self.transform.create_or_update_role("calls", ["phone"])
        encoded = self.transform.encode("calls", "+49 123-4567")["data"]["encoded_value"]
        self.assertRegex(encoded, r"^\+\d\d \d{3}-\d{4}$")
        for path, shown in (("", "+49 123-4567"), ("/last", "...-4567"), ("/country", "49x")):
            reply = write("/v1/transform/decode/calls" + path, json={"value": encoded})
            self.assertEqual(reply["data"]["decoded_value"], shown)
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            write("/v1/transform/decode/calls/nosuch", json={"value": encoded})
        self.assertEqual(self.transform.read_template("phone")["data"]["decode_formats"], {"last": "...-$3", "country": "${1}x"})

    def test_who_may(self):
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.transform.encode("nobody", "1111-2222-3333-4444", "card")
        self.transform.create_or_update_role("outsider", ["card"])
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.transform.encode("outsider", "1111-2222-3333-4444", "card")


if __name__ == "__main__":
    unittest.main(verbosity=0)
