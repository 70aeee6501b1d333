/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transit.h - what a real OpenBao 2.7.2 made of keys that were imported into it: RSA and EC keys in PKCS #8 below (made for this
 * test), the Ed25519 key of the seed 00 01 .. 1f, and symmetric keys of the bytes 00 01 .. 1f. The text is always "hello vault",
 * the context "tenant-42", associated data "aad".
 */
#ifndef VECTORS_TRANSIT_H
#define VECTORS_TRANSIT_H

static const char rsa_2048[] =
        "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7ysfjROOPmGfmI+V+UY3LQxoqPkKId1+mUdTnJa"
        "oo7qRj2fliEVT3e0IprA5KI8F7XrpaRGy60Kcfs4RvgHpVgIu7gHmaQyUZUGpOpTSIrXoKfBtvGdydXSKxLpWwu4jK"
        "i0N7xAsguzMVTAf6EUBzGAvprrppJ9Qwp+aNy1mvfvtiExSasCtaGuWkKjNWHA7iIHI5oNa2mqMnFnR8XVRuBIl97V"
        "vDbvQur5WHQnJ8b7+E69UxEoq1PR71+5ppCZrNi0bZHyigctPi0mDiWYxcHEj9GSo2YYsBNXLfM5DLziVPkF/RDMUM"
        "Yekpq5UKKobddOl1zNFPeSg67r33BEUfAgMBAAECggEAWf9krFZneHnh0TmC0nbjLXaLI5OS7zPGcz7keaJjWhqETh"
        "Y4nfcQcUpw+ueqMX3RS/6p8Hi6Yw18CoVOAuHfvvpL/SAlJvjm3qrbR7WE57u7sSqpOyV5xTDNX3yj4H7/n5H+VWIu"
        "sxED+kDl0cJS0NXFX8iNLbgYyPiuVWYPJTsyhg0J+4G57HjCXWAL3dTR/KB1onKETRFY8Ny2qCUmu8+f8c6Dzg5ol+"
        "MT7G5L6Bcj/g1vOCc5LU9WcrPy0Vzc9pxwuwka3GkYjWNAZn7ksyZYKSeRjZOcFUMg3ocblN7lLkFeJvZjcsqjzi38"
        "xgX5YwXQtpEdFnNcLPDTyeDJgQKBgQDz0XSGVrl0l+jof84B2fYMzQu8YuJzbRJylTNXAKVrthS/gTDNylY0K9hRpG"
        "/KuBWaFnqWjquNXGWzOXNXzDiRv3wk7ki27cVxOTqlRvyrPSLRSg2kDF4EMdmMTEqVre/hYofcmNpRYkXUnN+s9VHz"
        "pgJIdV8QgwK1blMcwutdxQKBgQDFLLoSkI0JEEpirvgXa3M2wduSNmZvSeCPfgSzSaySggZBLDgj2FhWU1c771MLOE"
        "Od4+65Tp/4F/T+bxzit0r8HaHJb8dEqR/6R459156EHsEJgTrGzo1sp7hQMdFsm8LtWurwLTSVfzgyFO7Ek5WtnfVm"
        "/17bNfZ+AyUUI+OJkwKBgQDGyKZwQJTDcnb51/llmQb6ONKwrQ5jfTHlKa/J50T3JGSWHgZkQes2bejX53Ednig+kM"
        "UxqvBDOGnSTay0kFQuwCe/FGdEfWbUgQxHZDDsi9OvPukQLuUYFmx/7lOA5WcGIwcR261jXPQB/ESBByHhvB9wZAE1"
        "vRqgQWqRsHmk4QKBgFJdDJ0UpNVUaL4wOJIP4GDPOdkpwEBcq+FE0tHRxLSue85dmlXe2Ye16Iqwvg/BwP0DaYUewt"
        "PvrfdaksZhqoEGH771YlfcDe+OVIdcumqWLiy6PsMtJQZuSR+2r7SenB5qDBmnyH9qVR8Wf2a9/5g2k3wi0IzhTcX1"
        "qldvZmzhAoGBAOg8gCkMMvCVzmu9pN4A5fW9XIy2P4b3eOvYf3LsN479+FNI5wZeNylHIcicsIt/BXK6d51jAEzaek"
        "lbEeyJCtV2ekmu+NPLR1T33uAKELv66gfNf2NtoBMigy9e1hqkWVY76xO9LsbXNmL8qZIorJCwuoWdcFMQnkbiSeuw"
        "j56G";
static const char ecdsa_p256[] =
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHy"
        "ChRANCAARRXD1uueOWuQTT/sp/VP3NDMHpl783XcpRWtCmw7QDX0U2vjpQ8xj7+aVHWQKiIVAr7w1X4IxTsswKVvF9"
        "n5NU";
static const char ecdsa_p521[] =
        "MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHy"
        "AhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEGhgYkDgYYABAEm9+am33CHyUsMGwsZSoVmnugQ/aLq4Sym"
        "QWDe1rJsRkdevtzOrkAR2o7dXGOU4LC9QgmhUifyV0ZWJWhUp+tuRgG5okjNQBfd1ML2zCfPCjB6GDjukjeRPYpQF2"
        "C3pjjJVzuaCgjO0wvvp6PAk4u6qncKe8N90XWVfLOkXr3jyYJu6w==";

/* What a signature is made with; `made`: it is always the same. */
static const struct {
    const char *type, *hash, *algorithm, *marshaling;
    int prehashed, salt, made;
    const char *signature;
} signatures[] = {
    { "rsa-2048", "sha1", "pkcs1v15", "asn1", 0, 0, 1,
        "vault:v1:ONoQeXJkaCg89TLb8L0K7mx2AOIWOq8Fm7YPA20IwNzNh4xDnu8K7n959yqzSCDezznOIWCyLmT3oWpBH"
        "63fczYrt/+I0MG5bJq+L21rjhOuzUyjdChdeks+dZr/BrsLz6PEYpsM/XDF5GIyjcHNEuleXFCmojrgEVGcI0Oc8YX"
        "tuOLoQjT7NFpTsKglKH1vJXB0xYNBnmBO3YKNHRXJmTdaSzR0MBiVcPX9Yx29gV63vzPwDiNNjCIYTJUV2kaPmMJ4j"
        "xHiA9bf3gKtPzV37s2t3HskZRtu87eub9tr2bkHpWS2nKbncsG5PyFZTFfnu6J9dxjyZx5I3Mz/BV2B3w==" },
    { "rsa-2048", "sha2-224", "pkcs1v15", "asn1", 0, 0, 1,
        "vault:v1:QdyJ+XWt3b2k7G4G08OHxLE+gno3GQayzfuM4WiwYjZqvYNJdt6xJlEuxjebRDYpxqEl3u4EmbJhtjB+W"
        "E8WK7lNOndS8nScUcd6na7UATLsgF3nsEcI/ZPFoV9QH2TAYwd+7D9IuMKt44dI3EM/AJVRzUQUEFt/ndhaTY/vQRO"
        "mwtSavFo5MEewz7LitDbwSgaE+kn7qHPrW6Rdhv/ejfi7bHelQ24Zeze9l4hSnWawcxscAAuPUrFIwvwq8h5t9XOxn"
        "jVDQbrNhbVlFnsShfel/6jmqJeNOLWa10lYlV9xJHYqlqUrUscBYvK4ksoEibR2SmivEXT/sqwGMDxWuQ==" },
    { "rsa-2048", "sha2-256", "pkcs1v15", "asn1", 0, 0, 1,
        "vault:v1:nXfh3C9qG5GFRCwy+k93D4sGxTZ8Jm+zI3fxnDi/whoJ4YeSJNfKUVCsHWPcCOlXmoqVgfoka5WfHGmS6"
        "O5uyXmcgei1KXmhP4b/GSpvkchuAm4G0ipAC72C3nc07M4Uq5TyG2iEhPdq0yTXwekE9KgPNQfy6MFqRx5hP4j02m/"
        "DY0+ZlAJmf7ROVn37AJYRzmJYgTvk9BD1GlKz5SljaU1rbvzcfhHIABa1Jqd344iniTFtX7q/cuTJ5exq5d8PVInXr"
        "qY1eZmscueY9KF+qsKhB9FxlmXR4GRr///4EWXo2VTl6gke+d6mmqG7FNoHDwStGZjqmTiM/nT1fUUO4Q==" },
    { "rsa-2048", "sha2-384", "pkcs1v15", "asn1", 0, 0, 1,
        "vault:v1:czJPs2a4YOO26IwJf/LHZlMbJ1+B/yUSAP91kb8lgu6YNR6ARhyU1MqIfd7SUoGYzZQjmeatRjxm8tONJ"
        "J7Pb8GXyl2FwPUqgjQNrVLwOgojqjh/QN/ask7jHToP4p8flHXoLkQC3QpN4UHw79wfEJe25v0PxPteptK93fsyfyT"
        "yn15VFzn+1+iNIkowrZHCZtITYYRkLIjZGWGP0wcaF043MzFMffd8fKpYZqc7GgouCG9xdPeNxlhZwL2sNKo88g8uF"
        "toxAEj23BR88ufN9SpywEVbQMZDQ8X6wFHyLx0wGkDZvf9ZrdLZ0b2wr9gzCHfQ3n+lCpdm0Tkl8zB+ww==" },
    { "rsa-2048", "sha2-512", "pkcs1v15", "asn1", 0, 0, 1,
        "vault:v1:ZNbYaw0whKmvBW59DhRlqx1x6wUuhg59iQpxjkU57+5BlqyVzqPjS1Zho5A0nn9EQmq39+y8MIq66h6Pd"
        "pIj/sbM1AZMy2aD5IaIy7rulkVZzVqDRvxew6OkfbhdOdZt7tyGHOZR6j6K+2b5Xz6eGT8VmkxhIXS9/y+K8o1Q7XF"
        "oycSeh9vH7RWzPuRX4ouNL5V9L7Q+3/x9p3Cczi11JhrSS1OsfwgP6ZxNEjaaMzg2LTmXqptDhfFDqePdwFeN0vjRw"
        "Sws8EE3DYxb+Vp17Tbuaz6Uowm45ljC+nWCy2bQERQHTmtpWDWLAc212hgYKTmpMzUqgyh6S8stN4vQcA==" },
    { "rsa-2048", "sha3-256", "pkcs1v15", "asn1", 0, 0, 1,
        "vault:v1:f8srUQb+kwCWcB+Sw3IpUAYvhF/uiYI7bDUg/tBvKY0+OEEP1ga8vTEST/BxEGegnN0IN+uEMsO7f3g06"
        "pErTxolyCTwwtI69b43zKkbicicjYRbHmIynEyjA2Yr65NiQyst2BbI/g2o/jelUAVwv+CNaERgzLR9d0neUuzcEAI"
        "MHN1ATBgm5TpvHwWcP3dc9JkeMv01W+yVWkI2vsxYFxUnsRxsQ66IG8DywxXIRUWHnDc4xPd4j8pB4gdG96smjLQW/"
        "Scferrta9AYKE+ycisDe7P5/7w3zdy54IhJqX2rEAXOxrJYueSLdcRt6/69rxt88G9d/tAfzP2NHatl3Q==" },
    { "rsa-2048", "sha3-512", "pkcs1v15", "asn1", 0, 0, 1,
        "vault:v1:E8TUYM9worXLFjD8P7dd3mPTzEickUlB8Uhk5evWoCWnnuTRjTi3XuISVefci70X09Go/5c/KQZNscHQ6"
        "mb22XgIaTcVnN/QhVL7XD/XbNhePDfRtZUktXOvB0jWdonKGME/zooiqZwHSa6gtcDq6eJ7lyPN7Ny64LGRQj+k9/U"
        "m8ZpfWkSLcz/8d873PtBWENcHJ7535nxlQUYyjMNg4pw2K79QJ/073ixlyGbGvhvj4Eo5m0Z/cuTgz/7Xaf5/VbNwV"
        "uciqnr47um6n1xWyUqMUh8dV/DuaQYnBz3PcNMPqrPmeHaOgQtllQwK9TwCHnKVXIOzKq6RrHxv3/fOmA==" },
    { "rsa-2048", "none", "pkcs1v15", "asn1", 1, 0, 1,
        "vault:v1:VqsvEYx7XI2bmiinxogqzplfIfq6v3BtVpoPAiuAY0Q1Dcu80x9jasJEKSGurlYHBLDpmW39CPQyI2aON"
        "YjQVHGhWlM50lOg/9lDviHC2ovSC7+WHiTAMJrPGHWmjYNNeqM29YcaPOxy4VfCLku5Q9X3b/M82N1cWv9qINnP2od"
        "XHRtjjM4PPkjtwVvmqD6zNR5XL7gr6+5nbiBbwGkh21h4fzFCRRk1D10wKmhpONOYiSBmbI20prW6LkwVXrtv5w2H8"
        "ZLpxRNb60Z4hmSthF/6wZY3eaetEQtVeZSdN6HyfyXdgXHG6QyWF/R60Hf2ymPUEbvzHLe/rvRdqj5Emw==" },
    { "rsa-2048", "sha2-256", "pss", "asn1", 0, 0, 0,
        "vault:v1:P8rjn4TFokfdIzSPktAE4mr36+Z8qT9dnd0jpOXj2tcKVe3Zgnn8gZUdLXiZKdctKa6gp97GO/BSO0y8O"
        "RdL9m+zkRugYY66y2+YUjAiyhA7wKFnbb1IjGaBwuIiapkgU3FZR1NwRBP2St0G0oeVMeTc+dKkwmx2jBkTnF6Z+1m"
        "/Gau9hPyH1TRWyd3iQev4P32HeWMhope96i+xtOc88p7jLKc4L7DQNzF9NtIOpqZVw8mg+j106YrevU7DH1QFn2Bja"
        "RwA15OYaChWghHef8Oj3qzT+5ZQmpg8Fx3hoGz47DeZPaWuoDKmlVld+1fH2Grywd/zB4OZPVpfRfc2pA==" },
    { "rsa-2048", "sha2-256", "pss", "asn1", 0, -1, 0,
        "vault:v1:CiZ88gsPIdJeVaND8NdDTzyEXqf55aHNSecsddZ+fPIIHxdTGZWBStBfnLVmpwEIFhvjX0VXtzFWKdmVN"
        "PiobC+igST1OZDcerKCo9mARXi++mxfnAK4mcEbdrpt6w270quC4S/FTsVHEKFvBU0d5hlvVymLhHzI0xpq9pCKu3M"
        "sDfZAa6O1BxfsoxLIvu6SK0jmYBZwmjXRNGFuvoLfQC5FVRlZj6QOxcLfhtNBAnpkEV0PaqthBcIbEuZGLC/bIvE/d"
        "PBcM6fHcb5ehiFOkJ2q9V9eXo5KGdTHAXl42PcmX0DDf13g0bmSVeMQ73lbCg+C/6RRKdgTGS1D9g2RlA==" },
    { "rsa-2048", "sha2-512", "pss", "asn1", 0, 20, 0,
        "vault:v1:UBwAIJebZbCzSZmqeqFgUglDcZLXpeFs85u2vsQxJbdNwFnJ4bWOZ2MVs5SKAo16iMBcHrQWJi7EMZEO0"
        "1P1Pik3XtDOi/+u3xlzlXb9nuI6PNEwv4o3g5op9AUP/l3R1JOHd4qAgLK06H30ZfFt6svF1vD9oppXZ6ZoSz9G5Mv"
        "5fhlCEfLIMKA4Kzf7FUYooqxYQ6e74hHk3gyg1rD+wXu5mo+laDkJbnubuYxvf7nPpmpeTXwKVxU2r3wQhm27LMUd/"
        "I1KwxHZOHjgl73xZwHlLdmNeyGXB0gQVRS8eKZrS1BZt3CLgKEut6hP9Ydt1SMCd9MegGlJJtvA3AvblA==" },
    { "ed25519", "sha2-256", "", "asn1", 0, 0, 1,
        "vault:v1:CisBJv+6OskpH7cuz+QIUiRaBOceX/1HhJqtyA6ShfePs8NiXV4wG/bRhIA8RBba+OQ9cmvnvT+bjzJQs"
        "nA3CQ==" },
    { "ecdsa-p256", "sha2-256", "", "asn1", 0, 0, 0,
        "vault:v1:MEUCIGVvP2H4tVEBr0aSeAd3ZO9Pr8Ap3v3QFByICKbqNPooAiEAp4d+GqzUV7zcAGJ+2szMsd/WWVx5V"
        "LQNc4GYzCkrE0g=" },
    { "ecdsa-p256", "sha2-256", "", "jws", 0, 0, 0,
        "vault:v1:KrZ2lYnp83TPXK4whRODMhtZHm696ZlyyyQC0zKgoCgxCGceMfI6gMSLXjzw8Va3CdlfrMYo5vpSRjapG"
        "ucfJQ" },
    { "ecdsa-p521", "sha2-256", "", "jws", 0, 0, 0,
        "vault:v1:AUektIEoegGfX6JCEpYoQEMIBOSIYAaBRE4mnixnjodBGLcny6-pgNlHiakYKstCVdRFWrQsRjtYzK4oU"
        "arsWXgSAdJii-t2Z_w8o-l0S2SPJ9mI3sZow-kmZKMoCCJejiZaYtxvWO0pHZiRdXi24BbLOnDODK0IAqiRUGaFAre"
        "SorL0" },
};

static const struct {
    const char *type;
    int derived, counter, bound; /* bound: with associated data */
    const char *ciphertext;
} ciphertexts[] = {
    { "aes256-gcm96", 0, 0, 1,
        "vault:v1:ZfXxUlQ2nrGX+DgQsP/vAlXwT6ya1aYOW33zpuymCaadyVEPw1Yf" },
    { "xchacha20-poly1305", 0, 0, 1,
        "vault:v1:d5mwlwd9MOSulqQ7IL8oM6hW4s9EILXJYpcNoTDvQ8DwmR/bug09htsyt/pRzRY5/UP8" },
    { "aes256-gcm96", 1, 1, 0,
        "vault:v1:nbGR2w5nRrSJ1EK8d+5un6C3ipLUv/9JdlAYmxtELqpYij8iDmyH" },
    { "rsa-2048", 0, 0, 0,
        "vault:v1:GGfP9qitUzdKUy7cqeO/lAqE4XIfH+6PvZbKlmx3AXHtmcZBH2qVZXi5NJUd1nYsoQ9DpSRxpxIeccb18"
        "AmCNB6p99jhdj6S/8flvPrOnZnHjfXMbdnzdZJ+hXX4pSa5gHw6ucJTiqLjniDk9gxe2VJvgXMRzAuG/6l8+jDcme1"
        "nEndJB3fSjjkcBM/NicevChKy4kXYfb+oXfLLtSR1hhgl5QIwsFsp6BgK8yrtsd6g4Q8aXhuuYqh/eys7QNe/HJ0VK"
        "5uD+W25MGe6vMRUwTWH5228XNkdTi58Q3rUFccrp3NNhsPQHmzIsWesZHD2u5Ile2OHqiTfBMRNC6jb4Q==" },
};

static const struct {
    const char *hash, *hmac;
} hmacs[] = {
    { "sha1",
        "vault:v1:lWxRftUAO7p7yA/0Q8gawxhVXaI=" },
    { "sha2-256",
        "vault:v1:/Zv43D4USsDkyW0o71sCCxJy3BxJU+1SEiwe/+TRP+I=" },
    { "sha2-512",
        "vault:v1:+dGokQZMiqqe2IAMbUpFhP4vBaSp2ywKLCsNwlyPuuGxsmth1Sy+KD0fwK2yNisJXs6TGxjB/SXZLwWiw"
        "XgV9w==" },
    { "sha3-224",
        "vault:v1:JuyGOFv7xH98ohUNqQ28LcSpILmjhjJ7kOaYeQ==" },
};

#endif
