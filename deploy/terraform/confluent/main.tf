# SPDX-License-Identifier: Apache-2.0
# Topics of a stream on Confluent Cloud, and what its service account may do with them. CONFLUENT_CLOUD_API_KEY and ..._SECRET are read by the provider.
terraform {
  required_version = ">= 1.3"
  required_providers {
    confluent = {
      source  = "confluentinc/confluent"
      version = ">= 2.0"
    }
  }
}

variable "cluster_id" {
  type = string
}

variable "rest_endpoint" {
  type = string
}

variable "admin_key" {
  type = string
}

variable "admin_secret" {
  type      = string
  sensitive = true
}

variable "group" {
  description = "kafka.group.id; transactional ids begin with it"
  type        = string
  default     = "encryptor"
}

variable "partitions" {
  type    = number
  default = 6
}

locals {
  topics = {
    purchases                       = "READ"
    purchases_encrypted             = "WRITE"
    purchases_encrypted_dead_letter = "WRITE"
  }
}

resource "confluent_service_account" "encryptor" {
  display_name = "vaultcrypt-encryptor"
}

# The same count of partitions for source and target: a record then keeps its partition.
resource "confluent_kafka_topic" "topic" {
  for_each         = local.topics
  topic_name       = each.key
  partitions_count = var.partitions
  rest_endpoint    = var.rest_endpoint
  kafka_cluster {
    id = var.cluster_id
  }
  credentials {
    key    = var.admin_key
    secret = var.admin_secret
  }
}

resource "confluent_kafka_acl" "topic" {
  for_each      = local.topics
  resource_type = "TOPIC"
  resource_name = each.key
  pattern_type  = "LITERAL"
  principal     = "User:${confluent_service_account.encryptor.id}"
  host          = "*"
  operation     = each.value
  permission    = "ALLOW"
  rest_endpoint = var.rest_endpoint
  kafka_cluster {
    id = var.cluster_id
  }
  credentials {
    key    = var.admin_key
    secret = var.admin_secret
  }
}

resource "confluent_kafka_acl" "group" {
  resource_type = "GROUP"
  resource_name = var.group
  pattern_type  = "LITERAL"
  principal     = "User:${confluent_service_account.encryptor.id}"
  host          = "*"
  operation     = "READ"
  permission    = "ALLOW"
  rest_endpoint = var.rest_endpoint
  kafka_cluster {
    id = var.cluster_id
  }
  credentials {
    key    = var.admin_key
    secret = var.admin_secret
  }
}

resource "confluent_kafka_acl" "transactions" {
  for_each      = toset(["WRITE", "DESCRIBE"])
  resource_type = "TRANSACTIONAL_ID"
  resource_name = var.group
  pattern_type  = "PREFIXED"
  principal     = "User:${confluent_service_account.encryptor.id}"
  host          = "*"
  operation     = each.key
  permission    = "ALLOW"
  rest_endpoint = var.rest_endpoint
  kafka_cluster {
    id = var.cluster_id
  }
  credentials {
    key    = var.admin_key
    secret = var.admin_secret
  }
}
