lib_libvc_la_SOURCES += lib/yaml/tree.c lib/yaml/tree.h
