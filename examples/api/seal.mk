# Every call of seal.h at work; built, not installed. tests/integration/seal.sh runs it.
noinst_PROGRAMS += examples/api/seal
examples_api_seal_SOURCES = examples/api/seal.c examples/api/api.h
examples_api_seal_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_seal_LDADD = lib/libvaultcrypt.la
