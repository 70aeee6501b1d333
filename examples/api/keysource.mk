# Every call of keysource.h at work; built, not installed. tests/integration/keysource.sh runs it.
noinst_PROGRAMS += examples/api/keysource
examples_api_keysource_SOURCES = examples/api/keysource.c examples/api/api.h
examples_api_keysource_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_keysource_LDADD = lib/libvaultcrypt.la
