/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.h - key pairs for tests, made for them with `openssl genpkey`, and their ids as Python's `cryptography` and hashlib have them. */
#ifndef VC__TEST_PAIRS_H
#define VC__TEST_PAIRS_H

__attribute__((unused)) static const char pair_rsa_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDGOQP/Qvbfvc4E\n"
    "+xzYesX/opSLVzXK7dQDnnm411/yIJxH4EWexlxaUsnsma0zhP1rdM/YSeYOaMey\n"
    "kGG/9hvmdp8Gb7dEv/kKKopKBYzez78u8NfAUlM63Cmlm8vlikRu59tpj3r1f3N5\n"
    "mguaJ2G3qFLmrOrscynXvWP+QAvz620RH1K9xMghRHwTiqmxhkqAHrtmxM0ftwWD\n"
    "jKsyH7StO2GzfMb2rK3Jj21rdEIWvw62yPpajwq13iwILarSb9xjZq3xaU2hM2Mb\n"
    "6rVfun+mkZHzOxnPe/iHNsSDo2cVh0pAqTlXwICJVNlMh5gzSM3sWz/mWwqyB2Cw\n"
    "OMWfBNYDAgMBAAECggEAREPadoxvTPqm+twoQP13NuSc16f/JJXnUB/Bt8CkkFRe\n"
    "vfokv9t8brbYR51dIsMIK3udINXCXvAC5iIHJ/7v+NydQ7Axo4GhmLixy3BB5XIS\n"
    "W24iP1+avkiYJyqSe8i0bKV40M/S/r0X3acJm9s4MfHMKxkeBrRakqvsxeD0vNmZ\n"
    "qtiKwiyn6W/Nfaz/EMUIIw2QB5KEHaYs7bKg9nXz7vlIjB2vyPyA8m8ETYAJ1Qm9\n"
    "kuWRzLppBlpO7/v8K3Xasbcj6EgC2SB6CwHfEtVZxxdnef3PyTo6auy99H7hbDGH\n"
    "nCS3x2PKP2eJwH83wMD8SvUTNNm0mRHXu/N9jhx3sQKBgQDy3w8PQtFTkXUS1khu\n"
    "xNg4j/ReRGrEc6i/6c/bQwgJmT8zOiaE305BbVQNkjgcXa6cKNwd+Xs+XfgQFwaI\n"
    "ifEh3ygLhCpmqdV5S1J3UrkE/upRTkDjrNsco07gKN7HNOp0I2pak+wxVIzwDIF9\n"
    "LD729wKwlRRM0sK+8/w6sgqU1wKBgQDQ8BfeF801HF6cYI0PPGTVKgP9wO+q4/iO\n"
    "SN7gqcG7rEc6mDVjhXStkafM3eGqH3gWlQ7blPSb8phmAVEZcTyrDODQTWWc128e\n"
    "M0Z8G+HfPC5haI18IRu5jgevthxqlARw3/hAsd4i1+8HlFsJCeNsEUFxJbX4716T\n"
    "A9ydDjX2tQKBgQCWrygzyrv/Ak9FuadE+mJAbagq2H35ltzK/TDWE/enpOneSaTe\n"
    "aYGu/DrbFK41gzYzcvJmsoPxhPHEYdTO3+64mjDJPF3mRlbJI59touhiHhqZCVkf\n"
    "KP7k/LmSQClAJSeVmOeCfSZc0N2Eje3FEK+cIFMN5eCrbVQgj1YdwJrqDwKBgFhH\n"
    "OS5jTBbGl8rmmHL5h3jxOaJ7ZEgF7jzf2Rt/XhWXYrkFGnmkJ3o2cnmCvhgNF8Yi\n"
    "0JZCR1+kjnN61vMy/vkehdY8/VPZSl+uNne1qCeT29zYOf9aVcZ+lgzNmxAE3iN6\n"
    "3f8np719EsdXDWeyP96nI8lUr6AwMvtWxF2vZWmJAoGAbRMsE+HKlmrGgycrFj8i\n"
    "fXzqzjtSBAMLYOUGKaA6w1g03B71zh3Wmfu08LVq5SOCDY/cCk0qbVbz8k7glkpq\n"
    "bjHDc37VSf7haqumblKHktT8sWYalQq5n7TbgMAAD+VVcevONjEoX465A61DmvmG\n"
    "7DiPWpQUBkKvcunUJJH1JSA=\n"
    "-----END PRIVATE KEY-----\n";
__attribute__((unused)) static const char pair_rsa_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxjkD/0L2373OBPsc2HrF\n"
    "/6KUi1c1yu3UA555uNdf8iCcR+BFnsZcWlLJ7JmtM4T9a3TP2EnmDmjHspBhv/Yb\n"
    "5nafBm+3RL/5CiqKSgWM3s+/LvDXwFJTOtwppZvL5YpEbufbaY969X9zeZoLmidh\n"
    "t6hS5qzq7HMp171j/kAL8+ttER9SvcTIIUR8E4qpsYZKgB67ZsTNH7cFg4yrMh+0\n"
    "rTths3zG9qytyY9ta3RCFr8Otsj6Wo8Ktd4sCC2q0m/cY2at8WlNoTNjG+q1X7p/\n"
    "ppGR8zsZz3v4hzbEg6NnFYdKQKk5V8CAiVTZTIeYM0jN7Fs/5lsKsgdgsDjFnwTW\n"
    "AwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
#define PAIR_RSA_ID "QgOsoK-JCd0VKOljhHWnk31FUIGvNBACeKBozyK-q3k"

__attribute__((unused)) static const char pair_rsa3_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIG/QIBADANBgkqhkiG9w0BAQEFAASCBucwggbjAgEAAoIBgQCfa7uZbKe3s1Ip\n"
    "OqY3VyBb0CzExn4nWAXrdENkZSJcYjkle7vQoSM9+X/f6XyCtKEQ9muAiDFHpiSN\n"
    "1J0gTucRR3tFDN7WbSAvEo1+9NMrAetNZWNAHOkVRkXmeQojP841l1ewB5MpoMkT\n"
    "LJqbLsTAyRasBzCDhR74ifGYg7oHFAt8nKIuNa/Ouzf9nRVmHNvlp2JpaBsuUZyH\n"
    "tqmepzo4DtxWXNgc1q3zaXA87hkb4Dmbvfv+rDU/HDqsqEnPRBMk3WKux78SLSbx\n"
    "DNSfBB+8JpVAvMdmKv6u1KqYixAPGgYy7rk0tLdgl6V2G5M6aBd5Ir0zwOPH2ss6\n"
    "chL8JOH70aLYDM/ajYZNNgjax9EMcfTknOjCSFHIwmixozkpW2nDajphDte7kUsd\n"
    "vMNhlmCFJ5DZsRxftrtVCAfuYnsUsNjUcIbBF2DnbqrrySW5CxI+b6FXbxHB/xSx\n"
    "XeSfla6J7/JUVk8d8m46YZlu57ZeIcl3xt2gM+/hg394z/qdL/UCAwEAAQKCAYAa\n"
    "w0E5Hm6Bfk8asMfannvGLgp19kSTYkmMH3Z40imUjMC/NChxe7uo2cvH0TCf2Kb5\n"
    "bATcDQEI4DFexgSiudw8oF1nWCPIp4UxodGzMHKK08WmtpCU4MWYVrXBXSyAgmOh\n"
    "x4hm+r6PzHg1CdXim1VYb+moc4SHb7+lRbMTQXnnWkwbXUg0rbqX4AIkR0yiWdHo\n"
    "mdMBkwKNIhI/DkEnazdw1b3Tmb6GCNwm8tpuwCHi9h91r80wEcTWlWycM5xAeVLh\n"
    "lg1Q0v7jMlQ5Qv5q6as2LSLPV3GjXb+77qzV7Sr5HBsKjHuKNzo9jKwy5QY89LDO\n"
    "ISsF3tSbTPQhMYY/m8/x5z4f1ihd+xokBE5utxAbkTNCnImdP7xeF9Tq9aEnFcWt\n"
    "R1IuMrW01G6AzKGZRpUHledVhOS/blRKaD2k3I888QgW3hfQnB1CsmKsK592j3fw\n"
    "fBXlokwWfsqMiuv72sfgfI7IRHyO3CA3ny6LVsj6BxjZtTzSg1jBB9QF4qz8z4EC\n"
    "gcEAzGugLTVlcVKWwVIZ8I8NC9N4+sH+nPEFKrjySmB6Cqy4tlMUn4dG+XEVDa1h\n"
    "Jt7bJZJoshT8YcH+QKjy83dGykDoIZrYiBYOF7cGP+QeaQobIrJt9razMt8xPeYg\n"
    "5QSo7T1JsJ+puPQqmguy4xUU9z1LSiOOEbkJrihfWDfJCEUPfkpfsXezc9r1ZMz5\n"
    "8u3hM06qW8a4cofGcpG70iU2ERXArZB69a6kibL4R0iCcSLerlHok4Csyz9fPdib\n"
    "I+axAoHBAMelZRYEdyzDH0As2Gu4pE5+7OM4427RwLOo2Uk7vLrHxF+gYzqBbX/j\n"
    "F2ASZfcsZmB0hUy3P3GaDBOTP49DABepw/6158aK030PQ6+/8DEsZ1PQaehAMEv7\n"
    "cFkzKBKpkkZyMye8A7gDAxMLtZAjbEQV8tTXW3qMYgKKB38UZucjfZOewrX+wXGJ\n"
    "oA+QckXt8eTUB74tf2fgpB8ePQcsiGefnvKZOiKSRUxcxF8EOjB5AoCIBmno768U\n"
    "fnlzAF02hQKBwQC+FbJLd6SN3Pt8ZqjiTVMXVRzhKDVnoKNqV7JNwSqa9IOKXvUF\n"
    "ZthzqVincDqv13k2lc8vEV6iVK7lV3UbOiWkevigDwoceU2/dZylGq3AhPo4qGyi\n"
    "hr9Zpbt3UJ/z9gJTILN+Pummp71Zo1lD2d22DdQN68P27PZ4cOg/8xfHzdgbWnNj\n"
    "ZeiD6e5YPlaKM/M+L38wejgXn/PDo4pgXePJvU1+16PPAwfTV42RU3agV4lz1YyM\n"
    "ZJHJKXOZ4epZVvECgcBtYw3T1naFrBM/UlLyEqTT7W9VwCG84mg3B9il63kozbOm\n"
    "wXYc5DVe0MpJ9Uqw9z7Qsocm1XCJieH8B73XfNpcHMQqlvh7LC1cZDSt4vhzuOSU\n"
    "Y6jje+f6ebXA6eqW7xoaRxAIQVe4Rs40bUH5y67ST0RRof2ZU7mPspkQ49jN5AA2\n"
    "FdKRbRgIYWO1o2s5LXpP6myjosIf5FGIS0Uc3SWPwUGRoqrbrlER2fIuLV7EmEjq\n"
    "q5z4Aozw3MW/PWeBqxECgcBuS/lP4VkElNENsudPQ8QHnVwlldQdz/PgB2PDeSMZ\n"
    "GkQnJ44Tpjm4chxKgNHRvaaN4/f8ut0PHXeqgU72bD7d9q5+XdHyg3lOxa5r5g29\n"
    "PG3/3eVrhkTnxohUCKqFdQvvzVrC5S1MLz8m+S6YhRaUxx4SdwBYQ25QVmE5NIn6\n"
    "2ottcCNuLtQc13WFLVM9SPAmvRpTY4fwoMc2VhAkiM+aPzENJyW1gtliApeKpczw\n"
    "fnPgU5gzu9gWZdKpZ+nZxbk=\n"
    "-----END PRIVATE KEY-----\n";
__attribute__((unused)) static const char pair_rsa3_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBojANBgkqhkiG9w0BAQEFAAOCAY8AMIIBigKCAYEAn2u7mWynt7NSKTqmN1cg\n"
    "W9AsxMZ+J1gF63RDZGUiXGI5JXu70KEjPfl/3+l8grShEPZrgIgxR6YkjdSdIE7n\n"
    "EUd7RQze1m0gLxKNfvTTKwHrTWVjQBzpFUZF5nkKIz/ONZdXsAeTKaDJEyyamy7E\n"
    "wMkWrAcwg4Ue+InxmIO6BxQLfJyiLjWvzrs3/Z0VZhzb5adiaWgbLlGch7apnqc6\n"
    "OA7cVlzYHNat82lwPO4ZG+A5m737/qw1Pxw6rKhJz0QTJN1irse/Ei0m8QzUnwQf\n"
    "vCaVQLzHZir+rtSqmIsQDxoGMu65NLS3YJeldhuTOmgXeSK9M8Djx9rLOnIS/CTh\n"
    "+9Gi2AzP2o2GTTYI2sfRDHH05JzowkhRyMJosaM5KVtpw2o6YQ7Xu5FLHbzDYZZg\n"
    "hSeQ2bEcX7a7VQgH7mJ7FLDY1HCGwRdg526q68kluQsSPm+hV28Rwf8UsV3kn5Wu\n"
    "ie/yVFZPHfJuOmGZbue2XiHJd8bdoDPv4YN/eM/6nS/1AgMBAAE=\n"
    "-----END PUBLIC KEY-----\n";
#define PAIR_RSA3_ID "DHzDz9GiwPMGY5GW6fJ1hy2eZ3gdDqrOj7vTBpSPeA0"

__attribute__((unused)) static const char pair_ec_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5a+ke0Jf5EIJNLJz\n"
    "NL9bY5wk5Kuf/2Xrrs36NRxgRpihRANCAAQRN+9ErYY+bNUsIM0cfg61olTcgTij\n"
    "cxtH2PgDL7gNaF0z8qV/DQD0isHJKva7/ZrYEcXjjhAsg0bKZH/2yrxD\n"
    "-----END PRIVATE KEY-----\n";
__attribute__((unused)) static const char pair_ec_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEETfvRK2GPmzVLCDNHH4OtaJU3IE4\n"
    "o3MbR9j4Ay+4DWhdM/Klfw0A9IrBySr2u/2a2BHF444QLINGymR/9sq8Qw==\n"
    "-----END PUBLIC KEY-----\n";
#define PAIR_EC_ID "HRjNRzyLMKVVyCx87jVyb3rZK08RpLK57BzMAYD_F4g"

__attribute__((unused)) static const char pair_ed_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEICBoMdHbh++RormCXKtYZe5DWre+Qh3+5gvzeI1V9fXu\n"
    "-----END PRIVATE KEY-----\n";
__attribute__((unused)) static const char pair_ed_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAi1VIOe+ijUDdfKVze6/6RXDad/qpluME3jG455hYLAc=\n"
    "-----END PUBLIC KEY-----\n";
#define PAIR_ED_ID "nP4yumiMKhx4broHz_7NphpTWEAb_hv0nBBSQR35RB8"

__attribute__((unused)) static const char pair_ed2_private[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIEOwvhDPR4OGmbD70afPUzWWcITv4/S8cQCibu0VZdnq\n"
    "-----END PRIVATE KEY-----\n";
__attribute__((unused)) static const char pair_ed2_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAxWkb3O3CYsCStgH78qVv7g3OE1dSBksRNh0GNldlGxE=\n"
    "-----END PUBLIC KEY-----\n";
#define PAIR_ED2_ID "zceHg8x37vg2W98SBoISk6zhtpIcFxVnHDv3nkojv-o"

#endif
