# The program, and those that link more than libvaultcrypt (git's way: vaultcrypt X runs vaultcrypt-X).
bin_PROGRAMS += bin/vaultcrypt
bin_vaultcrypt_CPPFLAGS = -I$(top_srcdir)/include -I$(top_srcdir)/bin $(VC_CPPFLAGS) -DPKGLIBEXECDIR='"$(pkglibexecdir)"'
bin_vaultcrypt_LDADD = lib/libvaultcrypt.la
bin_vaultcrypt_SOURCES = \
	bin/commands.h \
	bin/connect.c bin/connect.h \
	bin/exit.c bin/exit.h \
	bin/lines.c bin/lines.h \
	bin/lint.c \
	bin/main.c \
	bin/near.c bin/near.h \
	bin/objects.c bin/objects.h \
	bin/option.c bin/option.h \
	bin/policy.c bin/policy.h \
	bin/protect.c \
	bin/setup.c

include bin/dev/local.mk
