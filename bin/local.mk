# The program, and those that link more than libvaultcrypt (git's way: vaultcrypt X runs vaultcrypt-X).
bin_PROGRAMS += bin/vaultcrypt
bin_vaultcrypt_CPPFLAGS = -I$(top_srcdir)/include -I$(top_srcdir)/bin $(VC_CPPFLAGS) $(CRYPTO_CFLAGS) $(CURL_CFLAGS) $(JSONC_CFLAGS) -DPKGLIBEXECDIR='"$(pkglibexecdir)"'
bin_vaultcrypt_LDADD = lib/libvaultcrypt.la $(JSONC_LIBS) $(CURL_LIBS) $(CRYPTO_LIBS)
bin_vaultcrypt_SOURCES = \
	bin/akv.c bin/akv.h \
	bin/attest.c \
	bin/blob.c bin/blob.h \
	bin/call.c bin/call.h \
	bin/commands.c bin/commands.h \
	bin/completion.c \
	bin/connect.c bin/connect.h \
	bin/consume_table.c \
	bin/datakey.c \
	bin/digest.c \
	bin/digester.c bin/digester.h \
	bin/dlq.h \
	bin/dlq_table.c \
	bin/doctor.c bin/doctor.h \
	bin/doctor_kafka.c \
	bin/doctor_key.c \
	bin/doctor_pair.c \
	bin/doctor_local.c \
	bin/doctor_network.c \
	bin/doctor_source.c \
	bin/doctor_sample.c \
	bin/doctor_schema.c \
	bin/doctor_token.c \
	bin/exit.c bin/exit.h \
	bin/files.h \
	bin/fieldkey.c bin/fieldkey.h \
	bin/finding.c bin/finding.h \
	bin/input.c bin/input.h \
	bin/inspect.c bin/inspect.h \
	bin/inspect_show.c \
	bin/inspect_table.c \
	bin/kafka.h \
	bin/kcat.h \
	bin/key.c \
	bin/key_import.c \
	bin/key_material.c \
	bin/lines.c bin/lines.h \
	bin/lint.c \
	bin/login.c \
	bin/main.c \
	bin/members.c bin/members.h \
	bin/near.c bin/near.h \
	bin/objects.c bin/objects.h \
	bin/open.c \
	bin/option.c bin/option.h \
	bin/outfile.c bin/outfile.h \
	bin/output.c bin/output.h \
	bin/policy.c bin/policy.h \
	bin/produce_table.c \
	bin/program.c bin/program.h \
	bin/protect.c bin/protect.h \
	bin/protect_run.c \
	bin/receive_table.c \
	bin/release_policy.c \
	bin/release_text.c bin/release_text.h \
	bin/request.c \
	bin/schema_warn.c bin/schema_warn.h \
	bin/scan.h \
	bin/scan_table.c \
	bin/seal.c \
	bin/send_table.c \
	bin/setup.c \
	bin/setup_key.c bin/setup_key.h \
	bin/setup_key_print.c \
	bin/show.c bin/show.h \
	bin/status.c \
	bin/token.c \
	bin/token_file.c bin/token_file.h \
	bin/transfer.c bin/transfer.h \
	bin/value.c \
	bin/view.h \
	bin/view_table.c \
	bin/wrap.c

if WITH_KAFKA
pkglibexec_PROGRAMS += bin/vaultcrypt-doctor-kafka
bin_vaultcrypt_doctor_kafka_CPPFLAGS = -I$(top_srcdir)/include -I$(top_srcdir)/bin $(VC_CPPFLAGS) $(JSONC_CFLAGS) $(RDKAFKA_CFLAGS)
bin_vaultcrypt_doctor_kafka_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(JSONC_LIBS) $(RDKAFKA_LIBS)
bin_vaultcrypt_doctor_kafka_SOURCES = \
	bin/doctor_kafka_main.c \
	bin/exit.c bin/exit.h \
	bin/finding.c bin/finding.h \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h

pkglibexec_PROGRAMS += bin/vaultcrypt-inspect-topic
bin_vaultcrypt_inspect_topic_CPPFLAGS = $(bin_vaultcrypt_doctor_kafka_CPPFLAGS)
bin_vaultcrypt_inspect_topic_LDADD = $(bin_vaultcrypt_doctor_kafka_LDADD)
bin_vaultcrypt_inspect_topic_SOURCES = \
	bin/exit.c bin/exit.h \
	bin/inspect.h \
	bin/inspect_show.c \
	bin/inspect_table.c \
	bin/inspect_topic_main.c \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h \
	bin/output.c bin/output.h

# streams
pkglibexec_PROGRAMS += bin/vaultcrypt-stream
bin_vaultcrypt_stream_CPPFLAGS = -I$(top_srcdir)/include -I$(top_srcdir)/bin $(VC_CPPFLAGS) $(JSONC_CFLAGS) $(MICROHTTPD_CFLAGS)
bin_vaultcrypt_stream_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(JSONC_LIBS) $(MICROHTTPD_LIBS)
bin_vaultcrypt_stream_SOURCES = \
	bin/exit.c bin/exit.h \
	bin/listen.c bin/listen.h \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h \
	bin/schema_warn.c bin/schema_warn.h \
	bin/stream_files.c bin/stream_files.h \
	bin/stream_http.c bin/stream_http.h \
	bin/stream_log.c bin/stream_log.h \
	bin/stream_main.c \
	bin/stream_keys.c bin/stream_keys.h \
	bin/stream_metrics.c bin/stream_metrics.h \
	bin/stream_notify.c bin/stream_notify.h \
	bin/stream_options.c bin/stream_options.h \
	bin/stream_reload.c bin/stream_reload.h

# files over Kafka; the shell's completion has their tables of options too
pkglibexec_PROGRAMS += bin/vaultcrypt-send bin/vaultcrypt-receive
file_cppflags = -I$(top_srcdir)/include -I$(top_srcdir)/bin $(VC_CPPFLAGS) $(JSONC_CFLAGS)
file_ldadd = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(JSONC_LIBS)
file_sources = \
	bin/connect.c bin/connect.h \
	bin/exit.c bin/exit.h \
	bin/files.c bin/files.h \
	bin/kafka.c bin/kafka.h \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h
bin_vaultcrypt_send_CPPFLAGS = $(file_cppflags)
bin_vaultcrypt_send_LDADD = $(file_ldadd)
bin_vaultcrypt_send_SOURCES = bin/send_main.c bin/send_table.c $(file_sources)

# kcat with protection
pkglibexec_PROGRAMS += bin/vaultcrypt-consume bin/vaultcrypt-produce
kcat_cppflags = -I$(top_srcdir)/include -I$(top_srcdir)/bin $(VC_CPPFLAGS) $(RDKAFKA_CFLAGS)
kcat_ldadd = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(RDKAFKA_LIBS)
kcat_sources = \
	bin/connect.c bin/connect.h \
	bin/exit.c bin/exit.h \
	bin/format.c bin/format.h \
	bin/interrupt.c bin/interrupt.h \
	bin/kafka.c bin/kafka.h \
	bin/kcat.h \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h
bin_vaultcrypt_consume_CPPFLAGS = $(kcat_cppflags)
bin_vaultcrypt_consume_LDADD = $(kcat_ldadd)
bin_vaultcrypt_consume_SOURCES = bin/consume_main.c bin/consume_table.c bin/reading.c bin/reading.h $(kcat_sources)
bin_vaultcrypt_produce_CPPFLAGS = $(kcat_cppflags)
bin_vaultcrypt_produce_LDADD = $(kcat_ldadd)
bin_vaultcrypt_produce_SOURCES = bin/produce_main.c bin/produce_table.c bin/feed.c bin/feed.h $(kcat_sources)

# what of a topic is protected
pkglibexec_PROGRAMS += bin/vaultcrypt-scan
bin_vaultcrypt_scan_CPPFLAGS = $(bin_vaultcrypt_doctor_kafka_CPPFLAGS)
bin_vaultcrypt_scan_LDADD = $(bin_vaultcrypt_doctor_kafka_LDADD)
bin_vaultcrypt_scan_SOURCES = \
	bin/connect.c bin/connect.h \
	bin/exit.c bin/exit.h \
	bin/interrupt.c bin/interrupt.h \
	bin/kafka.c bin/kafka.h \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h \
	bin/output.c bin/output.h \
	bin/reading.c bin/reading.h \
	bin/scan.h \
	bin/scan_main.c \
	bin/scan_report.c \
	bin/scan_table.c

# a page that shows topics; what it consists of is made a part of the program
pkglibexec_PROGRAMS += bin/vaultcrypt-view
bin_vaultcrypt_view_CPPFLAGS = -D_GNU_SOURCE -I$(top_srcdir)/include -I$(top_srcdir)/bin $(VC_CPPFLAGS) $(CRYPTO_CFLAGS) $(JSONC_CFLAGS) $(RDKAFKA_CFLAGS) $(MICROHTTPD_CFLAGS)
bin_vaultcrypt_view_LDADD = lib/libvaultcrypt-kafka.la lib/libvaultcrypt.la $(JSONC_LIBS) $(RDKAFKA_LIBS) $(MICROHTTPD_LIBS) $(CRYPTO_LIBS)
bin_vaultcrypt_view_SOURCES = \
	bin/blob.c bin/blob.h \
	bin/connect.c bin/connect.h \
	bin/exit.c bin/exit.h \
	bin/input.c bin/input.h \
	bin/interrupt.c bin/interrupt.h \
	bin/kafka.c bin/kafka.h \
	bin/listen.c bin/listen.h \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h \
	bin/reading.c bin/reading.h \
	bin/view.h \
	bin/view_access.c bin/view_access.h \
	bin/view_api.c \
	bin/view_events.c \
	bin/view_feed.c bin/view_feed.h \
	bin/view_http.c bin/view_http.h \
	bin/view_json.c bin/view_json.h \
	bin/view_keys.c bin/view_keys.h \
	bin/view_login.c \
	bin/view_main.c \
	bin/view_open.c bin/view_open.h \
	bin/view_record.c bin/view_record.h \
	bin/view_request.c bin/view_request.h \
	bin/view_ring.c bin/view_ring.h \
	bin/view_status.c bin/view_status.h \
	bin/view_table.c \
	bin/view_web.c
nodist_bin_vaultcrypt_view_SOURCES = bin/view_assets.c
view_files = bin/view/icon.svg bin/view/login.html bin/view/model.js bin/view/page.html bin/view/page.js bin/view/plot.js bin/view/style.css bin/view/theme.js
bin/view_assets.c: bin/view/embed.sh $(view_files)
	$(AM_V_GEN)$(MKDIR_P) bin && $(SHELL) $(top_srcdir)/bin/view/embed.sh $(top_srcdir)/bin/view >$@.new && mv $@.new $@
CLEANFILES += bin/view_assets.c

bin_vaultcrypt_receive_CPPFLAGS = $(file_cppflags)
bin_vaultcrypt_receive_LDADD = $(file_ldadd)
bin_vaultcrypt_receive_SOURCES = bin/receive_main.c bin/receive_table.c $(file_sources)

pkglibexec_PROGRAMS += bin/vaultcrypt-dlq
bin_vaultcrypt_dlq_CPPFLAGS = $(file_cppflags) $(RDKAFKA_CFLAGS)
bin_vaultcrypt_dlq_LDADD = $(file_ldadd) $(RDKAFKA_LIBS)
bin_vaultcrypt_dlq_SOURCES = \
	bin/dlq.h \
	bin/dlq_list.c \
	bin/dlq_main.c \
	bin/dlq_read.c \
	bin/dlq_replay.c \
	bin/dlq_send.c bin/dlq_send.h \
	bin/dlq_table.c \
	bin/connect.c bin/connect.h \
	bin/exit.c bin/exit.h \
	bin/interrupt.c bin/interrupt.h \
	bin/kafka.c bin/kafka.h \
	bin/near.c bin/near.h \
	bin/option.c bin/option.h
endif

EXTRA_DIST += bin/view/embed.sh bin/view/icon.svg bin/view/login.html bin/view/model.js bin/view/page.html bin/view/page.js bin/view/plot.js bin/view/style.css bin/view/theme.js

include bin/dev/local.mk
