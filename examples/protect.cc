/* SPDX-License-Identifier: Apache-2.0 */
/*
 * protect - a filter in C++: NDJSON from standard input, protected under a schema, to standard output; with --open the other way.
 *
 *     vaultcrypt dev -- sh -c 'vaultcrypt setup -s purchases.yaml && ./protect purchases.yaml < purchases.ndjson'
 *
 * `vaultcrypt encrypt` does more (line ends, bad input, --on-error); this shows the header.
 */
#include <vaultcrypt/vaultcrypt.hpp>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr std::size_t lines_at_once = 500;

/* False when a line could not be done; the others are printed all the same, in order. */
bool run(vaultcrypt::client &vault, vaultcrypt::batch &batch, const vc_rule *rule, const std::vector<std::string> &lines)
{
    bool good = true;
    batch.clear();
    for (const std::string &line : lines)
        batch.add(rule, line);
    vault.run(batch);
    for (std::size_t i = 0; i < batch.size(); i++) {
        if (const vc_error *problem = batch.problem(i)) {
            std::cerr << "protect: a record: " << problem->message << '\n';
            good = false;
        } else {
            std::cout << batch.output(i) << '\n';
        }
    }
    return good;
}

int filter(const std::string &file, vaultcrypt::direction direction)
{
    vaultcrypt::client vault;
    const vaultcrypt::schema schema = vaultcrypt::schema::open(file);
    const vc_rule *rule = vc_schema_rule_at(schema.handle(), 0);
    vaultcrypt::batch batch(schema, direction);
    std::vector<std::string> lines;
    bool good = true;
    for (std::string line; std::getline(std::cin, line);) {
        lines.push_back(std::move(line));
        if (lines.size() == lines_at_once) {
            good = run(vault, batch, rule, lines) && good;
            lines.clear();
        }
    }
    return run(vault, batch, rule, lines) && good && std::cout.flush() ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    const bool open = argc == 3 && argv[1] == std::string("--open");
    if (argc != 2 && !open) {
        std::cerr << "usage: protect [--open] SCHEMA < NDJSON > NDJSON\n";
        return 2;
    }
    try {
        return filter(argv[argc - 1], open ? vaultcrypt::direction::open : vaultcrypt::direction::protect);
    } catch (const vaultcrypt::error &why) {
        std::cerr << "protect: " << why.what() << (why.retryable() ? " (it may work later)" : "") << '\n';
    } catch (const std::exception &why) {
        std::cerr << "protect: " << why.what() << '\n';
    }
    return 1;
}
