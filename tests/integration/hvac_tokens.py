# SPDX-License-Identifier: Apache-2.0
"""hvac against the transform engine of vaultcrypt-dev: tokenization, its keys and stores, rewrapping. usage: hvac_tokens.py FLAVOUR"""
import base64
import os
import sys
import time
import unittest

import hvac
import hvac.exceptions

FLAVOUR = sys.argv.pop(1)
BASE58 = "^[123456789A-HJ-NP-Za-km-z]{40,90}$"
CARD = "1111-2222-3333-4444"


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = hvac.Client(url=os.environ["VAULT_ADDR"], token=os.environ["VAULT_TOKEN"])
        cls.client.sys.enable_secrets_engine("transform", path="tokens")
        transform = cls.client.secrets.transform
        kinds = {"plain": {}, "open": {"mapping_mode": "exportable"}, "short": {"max_ttl": "60s"}}
        for name, more in kinds.items():
            transform.create_or_update_tokenization_transformation(name, allowed_roles=["pay*"], mount_point="tokens", **more)
        cls.post("transformations/tokenization/same", convergent=True, allowed_roles=["pay"])
        cls.post("transformations/masking/mask", template="builtin/creditcardnumber", allowed_roles=["pay"])
        transform.create_or_update_role("pay", [*kinds, "same", "mask"], mount_point="tokens")

    @classmethod
    def post(cls, path, **body):
        return cls.client.adapter.post("/v1/tokens/" + path, json=body)

    @classmethod
    def delete(cls, path, **body):
        return cls.client.adapter.delete("/v1/tokens/" + path, json=body)

    def encode(self, value, kind, **more):
        return self.post("encode/pay", value=value, transformation=kind, **more)["data"]["encoded_value"]

    def decode(self, token, kind):
        return self.client.secrets.transform.decode("pay", token, kind, mount_point="tokens")["data"]["decoded_value"]

    def valid(self, token, kind):
        return self.client.secrets.transform.validate_token("pay", token, kind, mount_point="tokens")["data"]["valid"]

    def test_there_and_back(self):
        for value in (CARD, "", "any text \u00e4\U0001f600 <&>", "x" * 100000):
            token = self.encode(value, "plain")
            self.assertRegex(token, BASE58)
            self.assertEqual(self.decode(token, "plain"), value)
            self.assertTrue(self.valid(token, "plain"))
            self.assertNotEqual(self.encode(value, "plain"), token)
        for wrong in ("nosuchtoken", token[:-1], token + "1"):
            self.assertFalse(self.valid(wrong, "plain"))
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                self.decode(wrong, "plain")
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.decode(token, "open")
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.valid(CARD, "mask")

    def test_metadata_and_ttl(self):
        transform = self.client.secrets.transform
        token = self.encode("with", "plain", ttl="1h", metadata="Department=Marketing,a=b")
        data = transform.retrieve_token_metadata("pay", token, "plain", mount_point="tokens")["data"]
        self.assertEqual(data["metadata"], "Department=Marketing,a=b")
        left = time.mktime(time.strptime(data["expiration_time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.mktime(time.gmtime())
        self.assertAlmostEqual(left, 3600, delta=5)
        self.assertNotIn("expiration_time", transform.retrieve_token_metadata(
            "pay", self.encode("without", "plain"), "plain", mount_point="tokens")["data"])
        at = "2090-01-02T05:04:05+02:00"
        data = transform.retrieve_token_metadata("pay", self.encode("at", "plain", expiration=at), "plain", mount_point="tokens")["data"]
        self.assertEqual(data["expiration_time"], "2090-01-02T03:04:05Z")
        for wrong in ({"ttl": "1h", "expiration": at}, {"ttl": "soon"}, {"expiration": "2001-01-01T00:00:00Z"}, {"expiration": "later"}):
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                self.encode("x", "plain", **wrong)

    def test_expired(self):
        token = self.encode("brief", "plain", ttl="1s")
        self.assertEqual(self.decode(token, "plain"), "brief")
        time.sleep(1.1)
        self.assertFalse(self.valid(token, "plain"))
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.decode(token, "plain")
        batch = [{"value": token, "transformation": "plain", "reference": "a"}]
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.post("decode/pay", batch_input=batch)
        self.assertFalse(self.client.secrets.transform.check_tokenization("pay", "brief", "plain", mount_point="tokens")["data"]["tokenized"])

    def test_max_ttl(self):
        reply = self.post("encode/pay", value=CARD, transformation="short", ttl="1h")
        self.assertRegex(reply["warnings"][0], "max_ttl")
        data = self.post("metadata/pay", value=reply["data"]["encoded_value"], transformation="short")["data"]
        self.assertIn("expiration_time", data)
        self.assertIsNone(self.post("encode/pay", value=CARD, transformation="short", ttl="30s")["warnings"])
        self.assertIsNone(self.post("encode/pay", value=CARD, transformation="short")["warnings"])

    def test_convergent(self):
        one = self.encode("alike", "same")
        self.assertEqual(self.encode("alike", "same"), one)
        at = "2090-01-01T00:00:00Z"
        other = self.encode("alike", "same", expiration=at)
        self.assertEqual(self.encode("alike", "same", expiration=at), other)
        self.assertNotEqual(one, other)
        look = lambda **more: sorted(self.post("tokens/pay", value="alike", transformation="same", **more)["data"]["tokens"])
        self.assertEqual(look(), [one])
        self.assertEqual(look(expiration="any"), sorted([one, other]))
        self.assertEqual(look(expiration=at), [other])
        self.assertEqual(look(min_expiration="2089-01-01T00:00:00Z", max_expiration="2091-01-01T00:00:00Z"), [other])
        self.assertEqual(look(min_expiration="2091-01-01T00:00:00Z", max_expiration="2092-01-01T00:00:00Z"), [])
        for wrong in ({"min_expiration": at}, {"expiration": at, "min_expiration": at, "max_expiration": at}, {"expiration": "x"}):
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                look(**wrong)
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.post("tokens/pay", value="alike", transformation="plain")
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.post("transformations/tokenization/same", convergent=False)

    def test_delete(self):
        token = self.encode("gone", "plain")
        check = lambda value, kind: self.client.secrets.transform.check_tokenization("pay", value, kind, mount_point="tokens")["data"]["tokenized"]
        self.assertTrue(check("gone", "plain"))
        self.assertEqual(self.delete("tokens/pay", token=token, transformation="plain").status_code, 204)
        self.assertFalse(check("gone", "plain"))
        self.assertFalse(self.valid(token, "plain"))
        self.encode("many", "same")
        self.encode("many", "same", ttl="1h")
        self.delete("tokenized/pay", value="many", transformation="same")
        self.assertTrue(check("many", "same"))
        self.delete("tokenized/pay", value="many", expiration="any", transformation="same")
        self.assertFalse(check("many", "same"))
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.delete("tokenized/pay", value="many", transformation="plain")

    def test_batches(self):
        items = [{"value": "v%d" % i, "transformation": "plain", "reference": str(i)} for i in range(300)]
        encoded = self.post("encode/pay", batch_input=items)["data"]["batch_results"]
        tokens = [{"value": item["encoded_value"], "transformation": "plain", "reference": item["reference"]} for item in encoded]
        decoded = self.post("decode/pay", batch_input=tokens)["data"]["batch_results"]
        self.assertEqual([(item["decoded_value"], item["reference"]) for item in decoded], [(item["value"], item["reference"]) for item in items])
        for path, member in (("validate", "valid"), ("metadata", "metadata")):
            self.assertTrue(all(member in item for item in self.post(path + "/pay", batch_input=tokens)["data"]["batch_results"]))
        self.assertTrue(all(item["tokenized"] for item in self.post("tokenized/pay", batch_input=items)["data"]["batch_results"]))
        mixed = [{"value": CARD, "transformation": "mask"}, {"value": CARD, "transformation": "plain"}]
        masked, token = self.post("encode/pay", batch_input=mixed)["data"]["batch_results"]
        self.assertEqual(masked["encoded_value"], "****-****-****-****")
        self.assertRegex(token["encoded_value"], BASE58)
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.decode(masked["encoded_value"], "mask")

    def test_snapshot_and_export(self):
        transform = self.client.secrets.transform
        tokens = {self.encode("v%d" % i, "open"): "v%d" % i for i in range(25)}
        exported, rest = {}, {}
        while True:
            data = transform.export_decoded_tokenization_state("open", limit=10, mount_point="tokens", **rest)["data"]
            exported.update({value["token"]: base64.b64decode(value["plaintext"]).decode() for value in data["values"]})
            if "continuation" not in data:
                break
            rest = {"continuation": data["continuation"]}
        self.assertEqual(exported, tokens)
        snapshot = transform.snapshot_tokenization_state("open", mount_point="tokens")["data"]["values"]
        self.assertEqual(len(snapshot), 25)
        token = next(iter(tokens))
        self.delete("tokens/pay", token=token, transformation="open")
        self.assertFalse(self.valid(token, "open"))
        transform.restore_tokenization_state("open", snapshot, mount_point="tokens")
        self.assertEqual(self.decode(token, "open"), tokens[token])
        for refused in (lambda: transform.export_decoded_tokenization_state("plain", mount_point="tokens"),
                        lambda: transform.restore_tokenization_state("plain", snapshot, mount_point="tokens")):
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                refused()

    def test_keys(self):
        transform = self.client.secrets.transform
        self.post("transformations/tokenization/turned", allowed_roles=["*"])
        self.post("role/turn", transformations=["turned"])
        old = self.post("encode/turn", value="a")["data"]["encoded_value"]
        transform.rotate_tokenization_key("turned", mount_point="tokens")
        new = self.post("encode/turn", value="b")["data"]["encoded_value"]
        read = lambda: transform.read_tokenization_key_configuration("turned", mount_point="tokens")["data"]
        self.assertEqual(read(), {"auto_rotate_period": 0, "latest_version": 2, "min_available_version": 0,
                                  "min_decryption_version": 1, "name": "turned"})
        self.assertEqual(self.post("decode/turn", value=old)["data"]["decoded_value"], "a")
        transform.update_tokenization_key_config("turned", 2, mount_point="tokens")
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.post("decode/turn", value=old)
        self.assertEqual(self.post("decode/turn", value=new)["data"]["decoded_value"], "b")
        transform.trim_tokenization_key_version("turned", 2, mount_point="tokens")
        self.assertEqual((read()["min_available_version"], read()["min_decryption_version"]), (2, 2))
        for version in (1, 3):
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                transform.update_tokenization_key_config("turned", version, mount_point="tokens")
        self.assertIn("turned", transform.list_tokenization_key_configuration(mount_point="tokens")["data"]["keys"])

    def test_objects(self):
        transform = self.client.secrets.transform
        data = transform.read_transformation("short", mount_point="tokens")["data"]
        self.assertEqual((data["type"], data["mapping_mode"], data["max_ttl"], data["stores"], data["convergent"]),
                         ("tokenization", "default", 60, ["builtin/internal"], False))
        self.assertLessEqual({"plain", "mask"}, set(transform.list_transformations(mount_point="tokens")["data"]["keys"]))
        store = {"type": "sql", "driver": "postgres", "connection_string": "postgresql://{{username}}:{{password}}@db/tokens",
                 "username": "u", "password": "very-secret"}
        self.post("stores/db", **store)
        read = self.client.adapter.get("/v1/tokens/stores/db")["data"]
        self.assertEqual((read["type"], read["supported_transformations"]), ("sql", ["tokenization"]))
        self.assertNotIn("very-secret", str(read))
        self.assertEqual(self.client.adapter.list("/v1/tokens/stores")["data"]["keys"], ["db"])
        self.post("stores/db/schema", username="ddl", password="x")
        self.post("transformations/tokenization/stored", stores=["db"], deletion_allowed=True, mapping_mode="exportable", allowed_roles=["keep"])
        self.post("role/keep", transformations=["stored"])
        self.assertEqual(len(self.post("tokens/keep", value=self.post("encode/keep", value="z") and "z")["data"]["tokens"]), 1)
        self.post("transformations/tokenization/lone", allowed_roles=["*"])
        for refused in (lambda: self.client.adapter.delete("/v1/tokens/stores/db"),
                        lambda: transform.delete_transformation("lone", mount_point="tokens"),
                        lambda: transform.delete_transformation("stored", mount_point="tokens"),
                        lambda: transform.delete_transformation("plain", mount_point="tokens"),
                        lambda: self.post("transformations/tokenization/odd", stores=["nosuch"]),
                        lambda: self.post("transformations/tokenization/odd", mapping_mode="nosuch"),
                        lambda: self.post("stores/odd", **{**store, "driver": "oracle"}),
                        lambda: self.post("stores/odd", **{**store, "password": ""}),
                        lambda: self.post("transformation/plain", type="masking", template="builtin/creditcardnumber")):
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                refused()
        transform.delete_role("keep", mount_point="tokens")
        transform.delete_transformation("stored", mount_point="tokens")
        self.client.adapter.delete("/v1/tokens/stores/db")
        with self.assertRaises(hvac.exceptions.InvalidPath):
            self.client.adapter.get("/v1/tokens/stores/db")

    def test_rewrap(self):
        for name, source in (("from", "internal"), ("to", "generated")):
            self.post("transformations/fpe/" + name, template="builtin/creditcardnumber", tweak_source=source, allowed_roles=["*"])
        self.post("role/move", transformations=["from", "to", "mask"])
        encoded = self.post("encode/move", value=CARD, transformation="from")["data"]["encoded_value"]
        body = {"value": encoded, "decode_transformation": "from", "transformation": "to"}
        if FLAVOUR == "vault-1.14":
            with self.assertRaises(hvac.exceptions.InvalidPath):
                self.post("rewrap/move", **body)
            return
        data = self.post("rewrap/move", **body)["data"]
        back = self.post("decode/move", value=data["encoded_value"], transformation="to", tweak=data["tweak"])["data"]
        self.assertEqual(back["decoded_value"], CARD)
        one, = self.post("rewrap/move", batch_input=[body])["data"]["batch_results"]
        self.assertIn("tweak", one)
        for wrong in ({**body, "transformation": "mask"}, {**body, "decode_transformation": ""}, {**body, "value": "x"}):
            with self.assertRaises(hvac.exceptions.InvalidRequest):
                self.post("rewrap/move", **wrong)


if __name__ == "__main__":
    unittest.main(verbosity=0)
