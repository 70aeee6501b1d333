# installed programs
include bin/dev/local.mk
