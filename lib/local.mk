# lib/ is compiled once, into a convenience library that the tests and the fuzzers link too.
noinst_LTLIBRARIES += lib/libvc.la
lib_libvc_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(CURL_CFLAGS) $(JSONC_CFLAGS) $(YAML_CFLAGS) $(PCRE2_CFLAGS)
lib_libvc_la_LIBADD = $(CRYPTO_LIBS) $(CURL_LIBS) $(JSONC_LIBS) $(YAML_LIBS) $(PCRE2_LIBS)
lib_libvc_la_SOURCES =

include lib/base/local.mk
include lib/crypto/local.mk
include lib/json/local.mk
include lib/yaml/local.mk
include lib/schema/local.mk
include lib/vault/local.mk
include lib/keys/local.mk
include lib/record/local.mk
include lib/io/local.mk

# libtool's current:revision:age. 0:0:0 is the first interface; a symbol added: current+1, age+1; a symbol changed
# or removed: current+1, age 0.
lib_LTLIBRARIES += lib/libvaultcrypt.la
lib_libvaultcrypt_la_SOURCES =
lib_libvaultcrypt_la_LIBADD = lib/libvc.la
lib_libvaultcrypt_la_LDFLAGS = $(AM_LDFLAGS) $(VC_SOFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(top_srcdir)/lib/libvaultcrypt.map
lib_libvaultcrypt_la_DEPENDENCIES = lib/libvc.la lib/libvaultcrypt.map
EXTRA_DIST += lib/libvaultcrypt.map
pkgconfig_DATA += lib/libvaultcrypt.pc

if WITH_KAFKA
include lib/kafka/local.mk
endif
