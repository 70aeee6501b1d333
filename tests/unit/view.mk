# bin/view_*.c, whose allocations can be made to fail
unit_tests += tests/unit/test_view
tests_unit_test_view_SOURCES = tests/unit/test_view.c tests/unit/test.h bin/view_json.c bin/view_record.c bin/view_request.c bin/view_ring.c
tests_unit_test_view_CPPFLAGS = -D_GNU_SOURCE -Dmalloc=view_test_malloc -Dcalloc=view_test_calloc $(TEST_CPPFLAGS) $(RDKAFKA_CFLAGS) -I$(top_srcdir)/bin
tests_unit_test_view_LDADD = lib/libvaultcrypt.la $(RDKAFKA_LIBS) $(JSONC_LIBS) $(CRYPTO_LIBS) $(CMOCKA_LIBS)
