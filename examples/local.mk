# thin programs on the public headers
EXTRA_DIST += examples/purchases.yaml
