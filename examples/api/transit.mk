# Every call of transit.h, transit_key.h and transit_batch.h at work; built, not installed.
transit_examples = examples/api/transit examples/api/transit_key examples/api/transit_backup examples/api/transit_import \
	examples/api/transit_batch
noinst_PROGRAMS += $(transit_examples)

examples_api_transit_SOURCES = examples/api/transit.c examples/api/api.h
examples_api_transit_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transit_LDADD = lib/libvaultcrypt.la

examples_api_transit_key_SOURCES = examples/api/transit_key.c examples/api/api.h
examples_api_transit_key_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transit_key_LDADD = lib/libvaultcrypt.la

examples_api_transit_backup_SOURCES = examples/api/transit_backup.c examples/api/api.h
examples_api_transit_backup_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transit_backup_LDADD = lib/libvaultcrypt.la

examples_api_transit_import_SOURCES = examples/api/transit_import.c examples/api/api.h
examples_api_transit_import_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transit_import_LDADD = lib/libvaultcrypt.la

examples_api_transit_batch_SOURCES = examples/api/transit_batch.c examples/api/api.h
examples_api_transit_batch_CPPFLAGS = -I$(top_srcdir)/include $(VC_CPPFLAGS)
examples_api_transit_batch_LDADD = lib/libvaultcrypt.la
