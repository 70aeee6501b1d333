# Every way of auth.h to a token; built, not installed. tests/integration/auth.sh runs it.
noinst_PROGRAMS += examples/api/auth
examples_api_auth_SOURCES = examples/api/auth.c examples/api/api.h
examples_api_auth_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_auth_LDADD = lib/libvaultcrypt.la
