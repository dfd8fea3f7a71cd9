#!/usr/bin/env python3
"""Makes src/document/language_words.c from data/function_words.txt.

    python3 tools/make_function_words.py data/function_words.txt > src/document/language_words.c
"""
import sys

LANGUAGES = ['fr', 'en', 'es', 'de', 'it', 'pt', 'nl']


def main():
    masks = {}
    bit = 0
    for line in open(sys.argv[1], encoding='utf-8'):
        if line.startswith('#'):
            continue
        head, colon, rest = line.partition(':')
        if colon and head in LANGUAGES:
            bit = 1 << LANGUAGES.index(head)
            line = rest
        for word in line.split():
            masks[word] = masks.get(word, 0) | bit
    print('/*\n * language_words.c - made by tools/make_function_words.py from\n'
          ' * data/function_words.txt; do not edit.\n */\n#include "document/language_words.h"\n\n'
          '/* clang-format off */')
    print('const language_word LANGUAGE_WORDS[] = {')
    for word in sorted(masks, key=lambda w: w.encode()):
        print('    {"%s", 0x%02x},' % (word, masks[word]))
    print('};\n/* clang-format on */\n')
    print('const size_t LANGUAGE_WORD_COUNT = sizeof(LANGUAGE_WORDS) / sizeof(LANGUAGE_WORDS[0]);')


main()
