# Every call of attest.h at work; built, not installed. tests/integration/skr.sh runs it.
noinst_PROGRAMS += examples/api/attest
examples_api_attest_SOURCES = examples/api/attest.c examples/api/api.h
examples_api_attest_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_attest_LDADD = lib/libvaultcrypt.la
