# SPDX-License-Identifier: Apache-2.0
# What a stream needs in Vault or OpenBao. `vaultcrypt setup -s SCHEMA` makes the keys of a schema too; this is for those who keep all of it as code.
terraform {
  required_version = ">= 1.3"
  required_providers {
    vault = {
      source  = "hashicorp/vault"
      version = ">= 3.20"
    }
  }
}

variable "keys" {
  description = "transit keys of the schema's envelope, siv, fpe, hash and transit fields, and of dead letters"
  type        = set(string)
  default     = ["purchases", "dead-letters"]
}

resource "vault_mount" "transit" {
  path = "transit"
  type = "transit"
}

resource "vault_transit_secret_backend_key" "key" {
  for_each               = var.keys
  backend                = vault_mount.transit.path
  name                   = each.key
  type                   = "aes256-gcm96"
  deletion_allowed       = false
  exportable             = false
  allow_plaintext_backup = false
}

# Who protects may not open what others have protected: a data key comes with its wrapped form, and nothing is unwrapped.
resource "vault_policy" "protect" {
  name   = "vaultcrypt-protect"
  policy = join("\n", [for key in var.keys : <<-END
    path "transit/datakey/plaintext/${key}" { capabilities = ["update"] }
    path "transit/encrypt/${key}" { capabilities = ["update"] }
  END
  ])
}

resource "vault_policy" "open" {
  name   = "vaultcrypt-open"
  policy = join("\n", [for key in var.keys : <<-END
    path "transit/decrypt/${key}" { capabilities = ["update"] }
  END
  ])
}

resource "vault_auth_backend" "approle" {
  type = "approle"
}

resource "vault_approle_auth_backend_role" "encryptor" {
  backend        = vault_auth_backend.approle.path
  role_name      = "encryptor"
  role_id        = "encryptor" # no secret; else it is random, and the stream's configuration has to name that
  token_policies = [vault_policy.protect.name]
  token_ttl      = 3600
  token_max_ttl  = 86400
}

# The transform engine is part of Vault Enterprise only:
#
# resource "vault_mount" "transform" {
#   path = "transform"
#   type = "transform"
# }
#
# resource "vault_transform_transformation" "creditcard" {
#   path          = vault_mount.transform.path
#   name          = "creditcard"
#   type          = "fpe"
#   template      = "builtin/creditcardnumber"
#   tweak_source  = "internal"
#   allowed_roles = ["payments"]
# }
#
# resource "vault_transform_role" "payments" {
#   path            = vault_mount.transform.path
#   name            = "payments"
#   transformations = [vault_transform_transformation.creditcard.name]
# }
