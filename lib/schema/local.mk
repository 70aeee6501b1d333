lib_libvc_la_SOURCES +=
