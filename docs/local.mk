# documents
dist_doc_DATA = README.md CONTRIBUTING.md CHANGELOG.md \
	docs/ATTESTED.md \
	docs/CONFORMANCE.md \
	docs/DEPENDENCIES.md \
	docs/OPERATIONS.md \
	docs/PERFORMANCE.md \
	docs/SCALING.md \
	docs/SECURITY.md
EXTRA_DIST += docs/view.png docs/scaling/partitions.tsv docs/scaling/copies.tsv docs/scaling/partitions.svg docs/scaling/copies.svg docs/scaling/costs.svg
