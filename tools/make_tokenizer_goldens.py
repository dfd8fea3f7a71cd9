#!/usr/bin/env python3
"""Makes the golden token ids of tests/golden/tokenizer with independent tokenizers.

    make_tokenizer_goldens.py lines                    write lines.txt (the same every time)
    make_tokenizer_goldens.py ids NAME VOCAB.gguf      write NAME.ids for these lines
    make_tokenizer_goldens.py convert TOKENIZER.json PRE OUT.gguf
                                                       a vocabulary file from a tokenizer.json

Byte-level vocabularies are run by Hugging Face tokenizers, built here from the tokens and merges of
the GGUF file and the pre-tokenizer as its model family published it; SPM ones by SentencePiece.
Needs PyPI: tokenizers, sentencepiece, protobuf, gguf.

lines.txt: one text a line; \\n \\r \\t \\\\ and \\xNN (a byte) are escapes. NAME.ids: for each line the
upper half of FNV-1a 64 over the ids as little-endian 32-bit words, with special tokens in the text
taken as text; then, where it differs, with special tokens taken as tokens ("-": not known).
"""
import json
import os
import sys
import unicodedata

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'tests', 'golden', 'tokenizer')


class Random:
    """PCG32, so that the lines do not depend on the Python version."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        x = self.state
        word = (((x >> 18) ^ x) >> 27) & 0xFFFFFFFF
        turn = x >> 59
        return ((word >> turn) | (word << (-turn & 31))) % 2**32 % n

    def choice(self, items):
        return items[self.below(len(items))]


FRENCH = """le la les un une des de du au aux ce cette ces mon ma ses notre été hiver forêt cœur œuvre
naïf Noël garçon où déjà français française aujourd'hui l'été d'abord qu'il n'est j'ai s'élève
presqu’île l’école C’était « » – — … 12,50 € 1 234,56 75 % n° 42 M. Mme Dr. 14h30 18 h 05 2024
mangeait iront pourrions développement anticonstitutionnellement BUDGET ÉCOLE À Çà et là peut-être
c'est-à-dire Saint-Étienne rendez-vous ; : ! ? , . ( ) réunion dossier chantier maïs ambiguë""".split()
ENGLISH = """the a of to and in that it's don't we've I'm you'll he'd they're DON'T WE'LL it’s John's
quick brown fox jumps over lazy dog meeting moved Thursday 3pm 10:30 $1,200.50 5% #42 @anna e-mail
running strengths internationalization U.S. Mr. co-operate naïve café "quoted" 'single' (maybe) --
end. yes, no; why? stop! and/or 1st 22nd 2024-03-01 v2.0.1 https://example.org/a?b=c&d=%20 foo@bar.com
THE QUICK iPhone GitHub HTTPServer camelCase snake_case CONST_VALUE x86_64""".split()
CODE = [
    'int main(void)\n{\n    return 0;\n}\n', 'for (size_t i = 0; i < n; i++) {\n\tsum += a[i];\n}',
    'def f(x, *, y=None):\n    """doc"""\n    return {k: v for k, v in x.items() if v != y}\n',
    '<div class="a-b">\r\n  <p>1 &lt; 2</p>\r\n</div>', '{"a": [1, 2.5e-3, null], "b\\u00e9": "\\n"}',
    'SELECT * FROM t WHERE a >= 10 AND b <> \'x\';', '#include <stdio.h>\n#define X(a) ((a) << 2)\n',
    'let mut v: Vec<&\'a str> = vec![]; // todo!!', 'x = a**2 + b//3 - ~c & 0xFF | 0b1010 ^ d',
    'if [ "$1" = "--help" ]; then\n  echo "usage: $0 [-v]" >&2; exit 2\nfi', '@@ -1,3 +1,4 @@\n-old\n+new',
    '\\frac{a}{b} \\sum_{i=0}^{n} x_i^2 $E = mc^2$', 'a->b->c = &(*p)[3]; /* ... */', '||||&&&&====!!!!::::',
    '\t\t\tdeep\n\t\t\t\tdeeper\n        spaces\n', 'print(f"{x:>10.3f} {y!r}")', 'key=value;key2="v 2"\n[sec]\n',
]
SCRIPTS = """Привет мир, как дела? ёлка объект|Ελληνικά γλώσσα ΌΧΙ ς|مرحبا بالعالم كَتَبَ ٣٤٥|שלום עולם שָׁלוֹם|
नमस्ते दुनिया क्षत्रिय १२३|สวัสดีชาวโลก ๔๕๖ น้ำ|你好，世界！我在2024年3月。一二三|こんにちは世界。カタカナ　ｶﾀｶﾅ々|안녕하세요 세계 한국어|
Cửa Việt nghĩa Tiếng|ქართული ენა|հայերեն|አማርኛ ቋንቋ|ភាសាខ្មែរ|தமிழ் மொழி|తెలుగు|ಕನ್ನಡ|മലയാളം|বাংলা ভাষা|ਪੰਜਾਬੀ|
မြန်မာစာ|བོད་སྐད་|ᏣᎳᎩ|İstanbul ıİ ß ẞ ﬁ ﬂ Ǆ ǅ|ʻŌlelo Hawaiʻi|Zażółć gęślą jaźń|Příliš žluťoučký kůň|
x² y₃ ½ ⅓ Ⅷ ⅷ ① ㊿ ٪ ‰|→ ⇒ ∀x∈ℝ ∑ √2 ≠ ≤|𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟘𝟙 𐍈 𓀀 𒀀|ſoft 'ſ K Å|Ａｌｐｈａ １２３ ！|㍿ ㌔ ﷺ""".replace('\n', '').split('|')
EMOJI = """😀 🚀 👍🏽 👨‍👩‍👧‍👦 🏳️‍🌈 🇫🇷 🇬🇧🇩🇪 1️⃣ #️⃣ ❤️ ✅ ☃ 🧑🏿‍🚀 😶‍🌫️ 🫠 ©️ ™ 🤷🏼‍♀️ 👩🏻‍❤️‍💋‍👨🏾 🏴󠁧󠁢󠁥󠁮󠁧󠁿""".split()
SPACES = [' ', '  ', '   ', '\t', '\n', '\n\n', '\r\n', '\r', '\u00a0', '\u202f', '\u3000', '\u2028', '\u0085',
          '\v', '\f', '\u200b', '\u180e', '\u2003', '\ufeff', ' \n', '\n ', '\t ', ' \t', '        ', '\u1680', '\x1c']
MARKS = ['<|im_start|>', '<|im_end|>', '<|endoftext|>', '<s>', '</s>', '<unk>', '<tool_call>', '</tool_call>',
         '<0x0A>', '\u2581', '\u2581\u2581', '<|eot_id|>', '[INST]', '<|im_end', 'im_end|>', '<fim_prefix>',
         '<|', '|>', '<|begin_of_text|>', '<think>', '[PAD32022]', '<file_sep>', 'Ġ', 'Ã©', '>>TITLE<<']
BAD = [b'\xff', b'\xc3', b'\xc3(', b'\xe2\x82', b'\xf0\x9f\x98', b'\xed\xa0\x80', b'\xc0\xaf', b'\xf4\x90\x80\x80',
       b'\x80\x80', b'\xe2\x28\xa1', b'\xfe\xfe']


def words(r, pool, n):
    return ' '.join(r.choice(pool) for _ in range(n))


def random_text(r):
    """Assigned characters of Unicode 14 from everywhere (what PCRE2 10.42 and Python 3.11 know)."""
    out = []
    for _ in range(1 + r.below(24)):
        top = r.choice([0x80, 0x100, 0x600, 0x3000, 0x10000, 0x10000, 0x20000, 0x110000])
        c = chr(r.below(top))
        if unicodedata.category(c) not in ('Cn', 'Cs', 'Co'):
            out.append(c)
        if r.below(5) == 0:
            out.append(r.choice([' ', '\n', "'s", '́', '1']))
    return ''.join(out)


def numbers(r):
    n = ''.join(r.choice('0123456789') for _ in range(1 + r.below(14)))
    return r.choice(['', ' ', '-', '$', '٣', 'x']) + n + r.choice(['', ' ', '.5', 'e10', '%', ' 000', '½', '²', 'th'])


def make_lines():
    r = Random(20240229)
    lines = ['', ' ', '\n', 'a', "'", "'s", "''s", '\x00', 'a\x00b']
    lines += CODE + SCRIPTS + EMOJI + MARKS + SPACES
    for _ in range(420):
        lines.append(words(r, FRENCH, 3 + r.below(14)))
    for _ in range(340):
        lines.append(words(r, ENGLISH, 3 + r.below(14)))
    for _ in range(160):
        lines.append(r.choice(CODE) + r.choice(SPACES) + r.choice(CODE))
    for _ in range(180):
        lines.append(r.choice(SCRIPTS) + r.choice(SPACES + ['']) + r.choice(SCRIPTS))
    for _ in range(120):
        lines.append(r.choice(EMOJI) + r.choice(['', ' ', 'a', '!']) + r.choice(EMOJI) + words(r, FRENCH, 2))
    for _ in range(240):
        lines.append(''.join(r.choice(SPACES) + r.choice(['', '', 'a', 'B2', '.', 'é', '7', '-', '世'])
                             for _ in range(1 + r.below(9))))
    for _ in range(330):
        lines.append(random_text(r))
    for _ in range(130):
        lines.append(' '.join(numbers(r) for _ in range(1 + r.below(5))))
    for _ in range(120):
        lines.append(unicodedata.normalize('NFD', words(r, FRENCH + SCRIPTS, 4)))
    for _ in range(160):
        lines.append(''.join(r.choice(MARKS + ['', ' ', 'a', '\n', 'mot ']) for _ in range(1 + r.below(6))))
    for _ in range(60):
        lines.append(r.choice(['a', 'ab', ' ', '=', '-', 'é', '0', '12', '\n', 'Aa', 'ß', '🙂', '. ', '\u0301', 'of the '])
                     * (30 + r.below(200)))
    out = [text.encode() for text in lines]
    for _ in range(120):
        parts = [r.choice(BAD) if r.below(2) else r.choice(FRENCH + EMOJI).encode() for _ in range(1 + r.below(6))]
        out.append(b''.join(parts))
    return out


def escape(text):
    """What is UTF-8 and prints stays; the rest is bytes."""
    parts = []
    for c in text.decode('utf-8', 'surrogateescape'):
        code = ord(c)
        short = {'\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\'}.get(c)
        if short:
            parts.append(short)
        elif 0xDC80 <= code <= 0xDCFF:
            parts.append('\\x%02x' % (code - 0xDC00))
        elif code < 0x20 or 0x7F <= code <= 0xA0 or unicodedata.category(c)[0] in 'CZ' and c != ' ':
            parts.append(''.join('\\x%02x' % b for b in c.encode()))
        else:
            parts.append(c)
    return ''.join(parts)


def unescape(line):
    out = bytearray()
    raw = line.encode()
    i = 0
    while i < len(raw):
        if raw[i] != 0x5C:
            out.append(raw[i])
            i += 1
        elif raw[i + 1:i + 2] == b'x':
            out.append(int(raw[i + 2:i + 4], 16))
            i += 4
        else:
            out += {b'n': b'\n', b'r': b'\r', b't': b'\t', b'\\': b'\\'}[raw[i + 1:i + 2]]
            i += 2
    return bytes(out)


def write_lines():
    lines = make_lines()
    text = ''.join(escape(line) + '\n' for line in lines)
    assert [unescape(line) for line in text.split('\n')[:-1]] == lines
    with open(os.path.join(HERE, 'lines.txt'), 'w', encoding='utf-8', newline='\n') as f:
        f.write(text)
    print(len(lines), 'lines')


def read_lines():
    with open(os.path.join(HERE, 'lines.txt'), encoding='utf-8', newline='\n') as f:
        return [unescape(line) for line in f.read().split('\n')[:-1]]


# ---- oracles ------------------------------------------------------------------------------------

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"
          r"\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+%s|"
         r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*%s|"
         r"%s| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
DEEPSEEK3 = [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
             "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
             " ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"]
DEEPSEEK_CODER = [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-퟿]+"]
SPLITS = {
    'llama-bpe': [LLAMA3], 'qwen2': [LLAMA3.replace(r'\p{N}{1,3}', r'\p{N}')],
    'qwen35': [r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|"
               r"\s*[\r\n]+|\s+(?!\S)|\s+"],
    'gpt-4o': [O200K % (CONTRACTION, CONTRACTION, r'\p{N}{1,3}')], 'tekken': [O200K % ('', '', r'\p{N}')],
    'deepseek-v3': DEEPSEEK3, 'deepseek-coder': DEEPSEEK_CODER,
}
NORMALIZED = {'qwen2', 'qwen35', 'mpt', 'olmo', 'command-r'}
IGNORES_MERGES = {'llama-bpe', 'tekken'}
ONE_DIGIT = {'smollm', 'starcoder', 'refact', 'command-r'}


def pre_tokenizer(pre):
    from tokenizers import Regex, pre_tokenizers as p
    byte_level = p.ByteLevel(add_prefix_space=False, use_regex=False)
    gpt2 = p.ByteLevel(add_prefix_space=False, use_regex=True)
    if pre in ONE_DIGIT:
        return p.Sequence([p.Digits(individual_digits=True), gpt2])
    if pre == 'falcon':
        return p.Sequence([p.Punctuation('contiguous'), gpt2, p.Digits(individual_digits=False),
                           p.Split(Regex('[0-9][0-9][0-9]'), 'isolated')])
    if pre in SPLITS:
        steps = [p.Split(Regex(x), 'isolated') for x in SPLITS[pre]]
        if pre == 'deepseek-coder':
            steps.append(p.Digits(individual_digits=True))
        return p.Sequence(steps + [byte_level])
    if pre in ('gpt-2', 'mpt'):
        return gpt2
    raise SystemExit('no oracle for pre-tokenizer ' + pre)


def looks_like_markup(text):
    return len(text.encode()) >= 3 and (text[0] == '<' and (text[-1] == '>' or '|' in text) or text[0] == '[' and text[-1] == ']')


def field(reader, key, default=None):
    f = reader.fields.get('tokenizer.ggml.' + key)
    return default if f is None else f.contents()


def byte_level_oracle(reader, special):
    from tokenizers import AddedToken, Tokenizer, models, normalizers
    tokens = field(reader, 'tokens')
    kinds = field(reader, 'token_type')
    pre = field(reader, 'pre')
    merges = [tuple(m.split(' ')) for m in field(reader, 'merges')]
    vocab = {}
    for i, token in enumerate(tokens):
        vocab.setdefault(token, i)
    t = Tokenizer(models.BPE(vocab, merges, ignore_merges=pre in IGNORES_MERGES))
    t.pre_tokenizer = pre_tokenizer(pre)
    if pre in NORMALIZED:
        t.normalizer = normalizers.NFC()
    added = [token for token, kind in zip(tokens, kinds)
             if special and kind in (2, 3) or kind == 4 and (special or not looks_like_markup(token))]
    t.add_tokens([AddedToken(token, normalized=False) for token in added])
    return lambda text: t.encode(text, add_special_tokens=False).ids


def spm_oracle(reader):
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2 as pb
    model = pb.ModelProto()
    model.trainer_spec.model_type = 2   # BPE
    model.trainer_spec.byte_fallback = True
    model.normalizer_spec.name = 'identity'
    model.normalizer_spec.add_dummy_prefix = True
    model.normalizer_spec.remove_extra_whitespaces = False
    model.normalizer_spec.escape_whitespaces = True
    for i, (piece, score, kind) in enumerate(zip(*(field(reader, k) for k in ('tokens', 'scores', 'token_type')))):
        p = model.pieces.add()
        p.piece, p.score = piece, score
        p.type = 2 if i == 0 else 3 if kind in (2, 4) else kind    # SentencePiece allows one unknown piece
    s = sentencepiece.SentencePieceProcessor()
    s.LoadFromSerializedProto(model.SerializeToString())
    return lambda text: s.EncodeAsIds(text)


def digest(ids):
    h = 0xCBF29CE484222325
    for i in ids:
        for byte in i.to_bytes(4, 'little'):
            h = ((h ^ byte) * 0x100000001B3) % 2**64
    return '%08x' % (h >> 32)


def write_ids(name, path, directory=HERE):
    import gguf
    reader = gguf.GGUFReader(path)
    lines = [line.decode('utf-8', 'replace') for line in read_lines()]
    if field(reader, 'model') == 'gpt2':
        modes = [byte_level_oracle(reader, False), byte_level_oracle(reader, True)]
    else:
        modes = [spm_oracle(reader)]
    with open(os.path.join(directory, name + '.ids'), 'w') as f:
        for line in lines:
            hashes = [digest(mode(line)) for mode in modes]
            if len(hashes) == 2 and hashes[0] == hashes[1]:
                hashes.pop()
            elif len(hashes) == 1:
                hashes.append('-')
            f.write(' '.join(hashes) + '\n')


def convert(tokenizer_json, pre, out):
    import gguf
    with open(tokenizer_json, encoding='utf-8') as f:
        j = json.load(f)
    vocab = dict(j['model']['vocab'])
    added = {a['content']: a for a in j['added_tokens']}
    vocab.update({content: a['id'] for content, a in added.items()})
    by_id = {i: token for token, i in vocab.items()}
    tokens = [by_id.get(i, '[PAD%d]' % i) for i in range(max(by_id) + 1)]
    kinds = [5 if i not in by_id else 1 if by_id[i] not in added else 3 if added[by_id[i]]['special'] else 4
             for i in range(len(tokens))]
    merges = [m if isinstance(m, str) else ' '.join(m) for m in j['model']['merges']]
    w = gguf.GGUFWriter(out, 'llama')
    w.add_tokenizer_model('gpt2')
    w.add_tokenizer_pre(pre)
    w.add_token_list(tokens)
    w.add_token_types(kinds)
    w.add_token_merges(merges)
    w.add_add_bos_token(False)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.close()


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else ''
    if command == 'lines':
        write_lines()
    elif command == 'ids' and len(sys.argv) == 4:
        write_ids(sys.argv[2], sys.argv[3])
    elif command == 'convert' and len(sys.argv) == 5:
        convert(sys.argv[2], sys.argv[3], sys.argv[4])
    else:
        raise SystemExit(__doc__)


if __name__ == '__main__':
    main()
