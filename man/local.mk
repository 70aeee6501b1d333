# man pages, mdoc
