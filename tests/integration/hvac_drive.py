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
