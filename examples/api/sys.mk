# Every call of vault.h, sys.h, token.h, wrapping.h, transform.h and transform_token.h at work; built, not installed.
noinst_PROGRAMS += examples/api/vault_request \
	examples/api/sys_admin \
	examples/api/sys_token \
	examples/api/sys_wrapping \
	examples/api/transform_value \
	examples/api/transform_token \
	examples/api/transform_store \
	examples/api/transform_batch

examples_api_vault_request_SOURCES = examples/api/vault_request.c examples/api/api.h
examples_api_vault_request_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_vault_request_LDADD = lib/libvaultcrypt.la

examples_api_sys_admin_SOURCES = examples/api/sys_admin.c examples/api/api.h
examples_api_sys_admin_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_sys_admin_LDADD = lib/libvaultcrypt.la

examples_api_sys_token_SOURCES = examples/api/sys_token.c examples/api/api.h
examples_api_sys_token_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_sys_token_LDADD = lib/libvaultcrypt.la

examples_api_sys_wrapping_SOURCES = examples/api/sys_wrapping.c examples/api/api.h
examples_api_sys_wrapping_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_sys_wrapping_LDADD = lib/libvaultcrypt.la

examples_api_transform_value_SOURCES = examples/api/transform_value.c examples/api/api.h
examples_api_transform_value_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transform_value_LDADD = lib/libvaultcrypt.la

examples_api_transform_token_SOURCES = examples/api/transform_token.c examples/api/api.h
examples_api_transform_token_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transform_token_LDADD = lib/libvaultcrypt.la

examples_api_transform_store_SOURCES = examples/api/transform_store.c examples/api/api.h
examples_api_transform_store_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transform_store_LDADD = lib/libvaultcrypt.la

examples_api_transform_batch_SOURCES = examples/api/transform_batch.c examples/api/api.h
examples_api_transform_batch_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transform_batch_LDADD = lib/libvaultcrypt.la
