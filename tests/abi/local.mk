# What is installed: headers, symbols, and the tree as a whole.
abi_tests = tests/abi/headers.sh tests/abi/symbols.sh tests/abi/installed.sh
TESTS += $(abi_tests)
EXTRA_DIST += $(abi_tests)
