#!/usr/bin/env python3
"""Makes src/document/language_trigrams.c from the trigram ranks of npm's franc (MIT).

    npm pack franc@6.2.0 && tar xzf franc-6.2.0.tgz
    python3 tools/make_language_table.py package/data.js > src/document/language_trigrams.c

franc's ranks come from the Universal Declaration of Human Rights in each language. The weight of the
trigram at rank r is 16 (ln(310 / (r + 10)) + 0.7): a log-likelihood over a floor, if letters
follow Zipf's law; a trigram outside the first 300 weighs nothing.
"""
import math
import re
import sys

LANGUAGES = ['fra', 'eng', 'spa', 'deu', 'ita', 'por', 'nld', 'cat', 'ron', 'swe', 'dan', 'nob',
             'pol', 'tur', 'fin', 'ces', 'hun']


def pack(trigram):
    """Three code points below U+0400, ten bits each; None for others."""
    codes = [ord(c) for c in trigram]
    if len(codes) != 3 or max(codes) >= 1024:
        return None
    return codes[0] << 20 | codes[1] << 10 | codes[2]


def main():
    text = open(sys.argv[1], encoding='utf-8').read()
    weights = {}
    for i, language in enumerate(LANGUAGES):
        trigrams = re.search(language + r":\s*'([^']*)'", text).group(1).split('|')
        for rank, trigram in enumerate(trigrams):
            key = pack(trigram)
            if key is not None:
                row = weights.setdefault(key, [0] * len(LANGUAGES))
                row[i] = round(16 * (math.log(310 / (rank + 10)) + 0.7))
    print('/*\n * language_trigrams.c - made by tools/make_language_table.py from franc 6.2.0 (MIT,\n'
          ' * Titus Wormer); do not edit.\n */\n#include "document/language_table.h"\n\n'
          '/* clang-format off */')
    print(f'const language_trigram LANGUAGE_TRIGRAMS[] = {{')
    for key in sorted(weights):
        print('    {%d, {%s}},' % (key, ', '.join(map(str, weights[key]))))
    print('};\n/* clang-format on */\n')
    print('const size_t LANGUAGE_TRIGRAM_COUNT = '
          'sizeof(LANGUAGE_TRIGRAMS) / sizeof(LANGUAGE_TRIGRAMS[0]);')


main()
