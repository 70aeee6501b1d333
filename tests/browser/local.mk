# the page of vaultcrypt-view in a browser: some seconds at full rate in `make check`, a minute in `make soak-view`
TESTS += tests/browser/view.sh
EXTRA_DIST += tests/browser/view.sh tests/browser/view.py tests/browser/browser.py tests/browser/load.py
SOAK_VIEW_SECONDS = 60
soak_more += soak-view
soak-view: all
	@top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' SANITIZED='$(sanitized)' bash $(top_srcdir)/tests/browser/view.sh $(SOAK_VIEW_SECONDS)
mostlyclean-local:
	rm -rf tests/browser/shots
