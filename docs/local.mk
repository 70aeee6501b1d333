# documents
dist_doc_DATA = README.md CONTRIBUTING.md CHANGELOG.md \
	docs/DEPENDENCIES.md \
	docs/PERFORMANCE.md \
	docs/SECURITY.md
