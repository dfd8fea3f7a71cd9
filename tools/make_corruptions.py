#!/usr/bin/env python3
"""make_corruptions.py SHARED [--half first|second|both] [--sets a,b]: true and corrupted sentences.

Writes JSON Lines for tests/eval/check-lines: {"source", "set", "language", "half"} opens a source, then come its
sentences {"text", "label" (1 true), "way"}. True sentences: the references of the development sets, sentences
of the sources shortened at clauses, and sentences told again by rules (order of clauses, reported speech,
pronoun for name, passive). False ones: a true sentence corrupted in one of fourteen ways. Nothing of the sets is
kept in the repository; `own` are the pairs written for huis in tests/eval/check. The same seed gives
the same bytes.
"""
import argparse
import json
import os
import random
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETS = {"news_fr_valid": "fr", "mail_dev": "en", "dialogue_dev": "en", "clinical_dialogue": "en",
        "meetings_val": "en"}
WORD = r"[^\W_][\w’'-]*"
FUNCTION = set("""the a an this that these those he she it they we you i his her its their our my your in on at by for of to
from with and or but if when while as after before since there here not no yes so then also is are was were be le la les l un une
des du de d ce cette ces cet il elle ils elles on nous vous je tu son sa ses leur leurs notre votre mon ma mes dans sur à au aux en
par pour avec et ou mais si quand lorsque comme après avant depuis selon ne pas oui non qui que what who how why where which dr mr
mrs ms m mme monsieur madame monday tuesday wednesday thursday friday saturday sunday january february march april may june july
august september october november december person1 person2""".split())
DAYS = {"en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
        "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche".split()}
MONTHS = {"en": "January February March April June July August September October November December".split(),
          "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()}
UNITS = {"en": [["seconds", "minutes", "hours", "days", "weeks", "months", "years"],
                ["grams", "kilograms", "pounds", "tons"], ["metres", "meters", "kilometres", "miles", "feet"],
                ["dollars", "euros", "cents"], ["milligrams", "grams", "litres"], ["percent", "points"],
                ["thousand", "million", "billion"]],
         "fr": [["secondes", "minutes", "heures", "jours", "semaines", "mois", "ans", "années"],
                ["grammes", "kilos", "tonnes"], ["mètres", "kilomètres", "hectares"],
                ["euros", "dollars", "centimes"], ["%", "points"], ["millions", "milliards"]]}
OPPOSITES = {
    "en": [("more", "less"), ("before", "after"), ("rose", "fell"), ("increased", "decreased"), ("increase", "decrease"),
           ("won", "lost"), ("early", "late"), ("higher", "lower"), ("up", "down"), ("best", "worst"), ("better", "worse"),
           ("first", "last"), ("agreed", "refused"), ("agrees", "refuses"), ("accepts", "rejects"), ("likes", "dislikes"),
           ("cheaper", "dearer"), ("cheap", "expensive"), ("buy", "sell"), ("buys", "sells"), ("bought", "sold"),
           ("open", "closed"), ("start", "end"), ("old", "new"), ("positive", "negative"),
           ("with", "without"), ("arrive", "leave"), ("easy", "difficult"), ("good", "bad"), ("remembers", "forgets"),
           ("increase", "decrease"), ("approved", "rejected"), ("always", "never"), ("long", "short"), ("inside", "outside"), ("lend", "borrow"), ("happy", "unhappy"), ("above", "below")],
    "fr": [("plus", "moins"), ("avant", "après"), ("hausse", "baisse"), ("augmenté", "diminué"), ("augmentation", "baisse"),
           ("gagné", "perdu"), ("victoire", "défaite"), ("premier", "dernier"), ("première", "dernière"),
           ("ouvert", "fermé"), ("ouverture", "fermeture"), ("accepté", "refusé"), ("approuvé", "rejeté"),
           ("meilleur", "pire"), ("favorable", "hostile"), ("début", "fin"), ("nord", "sud"), ("avec", "sans"), ("interdit", "autorisé"), ("interdiction", "autorisation"), ("supérieur", "inférieur"),
           ("nouveau", "ancien"), ("nouvelle", "ancienne"), ("acheter", "vendre"), ("acheté", "vendu"),
           ("commencé", "terminé"), ("commence", "finit"), ("positif", "négatif"), ("succès", "échec"),
           ("toujours", "jamais"), ("avance", "retard"), ("jeune", "vieux"), ("possible", "impossible"),
           ("forte", "faible"), ("confirmé", "démenti"), ("création", "suppression")]}
CERTAIN = {"en": [(r"\bmay\b", "will"), (r"\bmight\b", "will"), (r"\bcould\b", "will"), (r"\bprobably ", ""),
                  (r"\bperhaps ", ""), (r"\b[Mm]aybe ", ""), (r"\bplans to\b", "has decided to"),
                  (r"\bthinks (?:that )?", "is sure that "), (r"\bis likely to\b", "will"), (r"\bseems to\b", "certainly will"),
                  (r"\bsuspects that\b", "knows that"), (r"\bpossibly ", "")],
           "fr": [(r"\bpourrait\b", "va"), (r"\bpourraient\b", "vont"), (r"\bpeut-être ", ""),
                  (r"\bprobablement ", ""), (r"\bsans doute ", ""), (r"\bdevrait\b", "va"), (r"\bdevraient\b", "vont"),
                  (r"\bserait\b", "est"), (r"\bseraient\b", "sont"), (r"\baurait\b", "a"), (r"\bauraient\b", "ont"),
                  (r"\brisque de\b", "va"), (r"\benvisage de\b", "va"), (r"\bprésumé\b", "avéré")]}
EN_VERBS = """want ask tell say think need like offer suggest agree decide know help invite recommend plan hope feel believe
advise explain deny introduce buy order give take make have wish complain request worry prefer love show visit work live look""".split()
ADDITIONS = {"en": [" and has already informed the police", ", because the old contract had expired", " after a quarrel with a neighbour",
                    " and was warmly applauded for it", ", which surprised the whole family", " while it was raining heavily"],
             "fr": [" et a déjà prévenu la police", ", parce que l'ancien contrat avait expiré", " après une dispute avec un voisin",
                    " et a été vivement applaudi", ", ce qui a surpris toute la famille", " alors qu'il pleuvait à verse"]}
PLACES = {"en": ["Lisbon", "Oslo", "Chicago", "Vienna"], "fr": ["Lisbonne", "Oslo", "Chicago", "Vienne"]}


def sentences(text):
    out = []
    for line in text.split("\n"):
        out += [s.strip() for s in re.split(r"(?<=[.!?…])\s+(?=[A-ZÉÈÀÂÎÔÇ«\"“#-])", line)]
    return [s for s in out if s]


def n_words(s):
    return len(re.findall(r"\w+", s))


def find_names(text):
    """Names: runs of capitalised words inside a sentence; speakers."""
    found = {}
    for m in re.finditer(r"#Person\d#|(?<![.!?:…]\s)(?<=\s)(?:[A-ZÉÈÀÂÎÔÇ][\wéèàâîôç’-]+(?:\s(?=[A-ZÉ]))?)+", text):
        name = m.group(0).strip()
        if name.lower() not in FUNCTION and name.split()[0].lower() not in FUNCTION and len(name) > 2:
            found[name] = found.get(name, 0) + 1
    return found


def replace_at(s, start, end, new):
    return s[:start] + new + s[end:]


def capital(s):
    return s[:1].upper() + s[1:]


class Corruptor:
    """The fourteen ways. Each returns a false sentence or None; `self` holds the source."""

    def __init__(self, text, lang, rng, foreign):
        self.text, self.lang, self.rng, self.foreign = text, lang, rng, foreign
        self.names = sorted(find_names(text))
        self.speakers = sorted(set(re.findall(r"^([^\n:]{2,30}?)\s?:", text, re.M)))
        self.numbers = sorted(set(re.findall(r"(?<![\w.,:/-])\d[\d.,]*\d|(?<![\w.,:/-])\d(?![\w.,:/])", text)))
        self.sentences = [x for x in sentences(text) if 6 <= n_words(x) <= 40]

    def names_in(self, s):
        return [n for n in self.names if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", s)]

    def swap(self, s, a, b):
        pattern = rf"(?<!\w)({re.escape(a)}|{re.escape(b)})(?!\w)"
        return re.sub(pattern, lambda m: b if m.group(1) == a else a, s)

    def name_swap(self, s):
        inside = [n for n in self.names_in(s) if not n.startswith("#")]
        pairs = [(a, b) for a in inside for b in inside if a < b and a not in b and b not in a]
        # Two names in a list ("Anna and Ben") may be swapped without harm.
        pairs = [(a, b) for a, b in pairs if not re.search(
            rf"{re.escape(a)}\s*(,|and|et|ou|or|-|/|à|to)\s*{re.escape(b)}|{re.escape(b)}\s*(,|and|et|ou|or|-|/|à|to)\s*{re.escape(a)}", s)]
        return self.swap(s, *self.rng.choice(pairs)) if pairs else None

    def name_other(self, s):
        inside = [n for n in self.names_in(s) if not n.startswith("#")]
        others = [n for n in self.names if n not in s and not n.startswith("#") and not any(n in i or i in n for i in inside)]
        if not inside or not others:
            return None
        a = self.rng.choice(inside)
        same = [o for o in others if len(o.split()) == len(a.split())] or others
        return re.sub(rf"(?<!\w){re.escape(a)}(?!\w)", lambda _: self.rng.choice(same), s, count=1)

    def number_other(self, s):
        found = list(re.finditer(r"(?<![\w.,:/-])\d{1,3}(?![\w.,:/])", s))
        if not found:
            return None
        m = self.rng.choice(found)
        new = str(int(m.group(0)) + self.rng.choice([1, 2, 3, 10, 7]))
        return None if new in self.numbers else replace_at(s, *m.span(), new)

    def number_swap(self, s):
        found = [m for m in re.finditer(r"(?<![\w.,:/-])\d[\d.,]*\d|(?<![\w.,:/-])\d(?![\w.,:/])", s)]
        others = [n for n in self.numbers if n not in [m.group(0) for m in found]]
        if len(found) >= 2 and found[0].group(0) != found[1].group(0) and not re.search(
                r"^\s?(à|to|and|et|-|–|ou|or)\s?$", s[found[0].end():found[1].start()]):
            a, b = found[0], found[1]
            return s[:a.start()] + b.group(0) + s[a.end():b.start()] + a.group(0) + s[b.end():]
        if not found or not others:
            return None
        return replace_at(s, *self.rng.choice(found).span(), self.rng.choice(others))

    def unit(self, s):
        options = []
        for group in UNITS[self.lang]:
            for u in group:
                for m in re.finditer(rf"(?<=\d)\s?({re.escape(u)})(?!\w)", s):
                    options.append((m.span(1), self.rng.choice([x for x in group if x != u])))
        if not options:
            return None
        where, new = self.rng.choice(options)
        return replace_at(s, *where, new if s[where[0] - 1] in "  " else " " + new)

    def date(self, s):
        for table in (DAYS[self.lang], MONTHS[self.lang]):
            for word in table:
                m = re.search(rf"\b{word}\b", s)
                if m:
                    inside = [w for w in table if w != word and re.search(rf"\b{w}\b", self.text)]
                    return replace_at(s, *m.span(), self.rng.choice(inside or [w for w in table if w != word]))
        m = re.search(r"\b(19|20)\d\d\b", s)
        if m:
            years = [y for y in set(re.findall(r"\b(?:19|20)\d\d\b", self.text)) if y != m.group(0)]
            return replace_at(s, *m.span(), self.rng.choice(sorted(years) or [str(int(m.group(0)) + 1)]))
        m = re.search(r"\b(\d{1,2})(:\d\d| ?h\d\d| ?h\b| ?(?:am|pm|a\.m\.|p\.m\.))", s)
        if m:
            return replace_at(s, *m.span(1), str(int(m.group(1)) % 11 + 1))
        return None

    def negation(self, s):
        removed = re.sub(r"\b(do|does|did) not (\w)|\b(do|does|did)n't (\w)", r"\2\4", s, count=1)
        removed = removed if removed != s else re.sub(r"n't\b| not\b| never\b", "", s, count=1)
        if self.lang == "fr":
            removed = re.sub(r"\b(n['’]|ne )(\w+) (pas|plus|jamais)\b", r"\2", s, count=1)
        if removed != s:
            return removed
        if self.lang == "fr":
            added = re.sub(r"(?<!['’])(?<!\by )(?<!\bil )(?<!\bon )\b(a|est|avait|était|ont|sont|avaient|étaient|aura|sera|va|vont|peut|peuvent|doit|doivent|veut|devra|devront)\b",
                           lambda m: ("n'" if m.group(1)[0] in "aeé" else "ne ") + m.group(1) + " pas", s, count=1)
            return added if added != s else None
        added = re.sub(r"\b(is|was|are|were|will|can|has|have|had|should|would|could|must)\b(?! to\b)", r"\1 not", s, count=1)
        if added != s:
            return added
        verbs = "|".join(EN_VERBS)
        added = re.sub(rf"\b({verbs})e?s\b", r"does not \1", s, count=1)
        return added if added != s else None

    def speaker(self, s):
        inside = [n for n in self.speakers if re.search(rf"(?<!\w){re.escape(n)}(?!\w)", s)]
        lower = [n for n in self.speakers if re.search(rf"(?<!\w)the {re.escape(n.lower())}(?!\w)", s, re.I)]
        if len(self.speakers) < 2:
            return None
        if lower:
            a = lower[0]
            b = self.rng.choice([n for n in self.speakers if n != a])
            return re.sub(rf"(?<!\w){a}(?!\w)", lambda m: b.lower() if m.group(0)[0].islower() else b, s, count=1, flags=re.I)
        if not inside:
            return None
        if len(inside) >= 2:
            between = s[s.find(inside[0]):s.find(inside[1])]
            return None if re.fullmatch(rf"{re.escape(inside[0])} (and|et) ", between) else self.swap(s, inside[0], inside[1])
        b = self.rng.choice([n for n in self.speakers if n != inside[0]])
        return s.replace(inside[0], b)

    def roles(self, s):
        np = r"((?:[Tt]he|[Ll]e|[Ll]a|[Ll]es|[LlDd]['’]) ?\w+(?: de l['’]\w+)?|#Person\d#|[A-ZÉ]\w+(?: [A-ZÉ]\w+)*)"
        verb = (r"((?:has |had |have |was |were )?\w+ed(?: by)?|\w{3,}s)" if self.lang == "en" else
                r"((?:a|ont|avait|avaient) (?:été )?\w+(?:é|ée|i|u|is|it|ert)(?: par)?)")
        m = re.match(rf"^{np} {verb} {np}\b", s)
        if not m or m.group(1).lower() == m.group(3).lower() or m.group(3).split()[0] in ("Person",):
            return None
        a, b = m.group(1), m.group(3)
        if a[0].isupper() and a.split()[0].lower() in FUNCTION:
            a = a[0].lower() + a[1:]
        return capital(b) + " " + m.group(2) + " " + a + s[m.end():]

    def reversed(self, s):
        options = []
        for a, b in OPPOSITES[self.lang]:
            for x, y in ((a, b), (b, a)):
                for m in re.finditer(rf"(?<![\w'’]){x}(?![\w'’])", s):
                    if not (x == "plus" and re.search(r"\bn[e'’]", s)):
                        options.append((m.span(), y))
        m = re.search(r"\b(?:from|de) (\d[\d.,]*) (?:to|à) (\d[\d.,]*\d|\d)", s)
        if m and m.group(1) != m.group(2):
            return s[:m.start(1)] + m.group(2) + s[m.end(1):m.start(2)] + m.group(1) + s[m.end(2):]
        if not options:
            return None
        where, new = self.rng.choice(options)
        return replace_at(s, *where, new)

    def addition(self, s):
        body, end = re.match(r"^(.*?)([.!?…]*)$", s, re.S).groups()
        if self.rng.random() < 0.5 and self.foreign:
            clause = self.rng.choice(self.foreign)
            return body + (" et " if self.lang == "fr" else " and ") + clause + (end or ".")
        return body + self.rng.choice(ADDITIONS[self.lang]) + (end or ".")

    def merge(self, s):
        """The subject of this sentence with the predicate of another one of the source."""
        split = (r"(?<!['’])\b(is|was|are|were|has|have|had|will|can|should|would|wants|says|asks|thinks|needs)\b" if self.lang == "en" else
                 r"(?<!['’])(?<!y )\b(est|sont|était|étaient|a|ont|avait|avaient|va|vont|sera|peut|doit|devra)\b")
        m = re.search(split, s)
        if not m or m.start() < 3 or n_words(s[:m.start()]) > 9:
            return None
        options = []
        for other in self.sentences:
            o = re.search(split, other)
            if o and o.start() > 3 and s[:m.start()].strip()[:8] not in other and other not in s and s[:20] not in other:
                plural = o.group(1) in ("are", "were", "have", "sont", "étaient", "ont", "avaient", "vont")
                if plural == (m.group(1) in ("are", "were", "have", "sont", "étaient", "ont", "avaient", "vont")):
                    options.append(other[o.start():])
        options = [o for o in options if not re.search(r"\b(he|she|it|they|il|elle|ils|elles|I|you|we)\b", o)] or options
        return s[:m.start()] + self.rng.choice(options) if options else None

    def place(self, s):
        found = [m for m in re.finditer(r"\b(?:in|at|near|from|to|à|en|vers|près de) ([A-ZÉ][\wéèàâîôç-]+)\b", s)
                 if m.group(1).lower() not in FUNCTION and m.group(1) not in MONTHS["en"] and m.group(1) not in DAYS["en"]]
        if not found:
            return None
        m = self.rng.choice(found)
        others = sorted({x for x in re.findall(r"\b(?:in|at|near|from|à|en|vers) ([A-ZÉ][\wéèàâîôç-]+)\b", self.text)
                         if x != m.group(1) and x.lower() not in FUNCTION and x not in MONTHS["en"] and x not in DAYS["en"]})
        return replace_at(s, *m.span(1), self.rng.choice(others or PLACES[self.lang]))

    def certainty(self, s):
        for pattern, new in CERTAIN[self.lang]:
            out = re.sub(pattern, new, s, count=1)
            if out != s:
                return capital(out)
        return None


WAYS = ["name_swap", "name_other", "number_other", "number_swap", "unit", "date", "negation", "speaker", "roles", "reversed",
        "addition", "merge", "place", "certainty"]


def shorten(s):
    """Without a bracket, an aside between two commas, or what follows the last comma."""
    for pattern in (r"\s\([^()]{3,80}\)", r", (?:which|who|qui|dont|où)\b[^,.;]{5,90}(?=[,.])", r",(?! (?:but|mais))[^,.;\d]{12,90}(?=[.!]$)"):
        out = re.sub(pattern, "", s, count=1)
        if out != s and n_words(out) >= 6:
            return out
    return None


def reorder(s, lang):
    """"When A, B." as "B when A." """
    m = re.match(r"^((?:When|If|Because|Although|After|Before|While|Since|Quand|Lorsque|Si|Après|Avant|Depuis|Alors que|Bien que|Selon|Pour)\b[^,;]{8,90}), ([^,;:]{15,140})([.!])$", s)
    if not m or re.search(r"\b(il|elle|he|she|it|they)\b", m.group(1) + " " + m.group(2)):
        return None
    first, second = m.group(1), m.group(2)
    return capital(second) + " " + first[0].lower() + first[1:] + m.group(3)


def passive(s):
    """Passive to active, only where both agents are names or a noun with its article."""
    m = re.match(r"^(.{4,60}?) (?:was|were|has been) (\w+ed) by ((?:the |a )?[\w ]{3,40}?)(\.)$", s)
    if m and "," not in m.group(1) and not re.search(r"\b(is|are|and|who|which)\b", m.group(1)):
        return capital(m.group(3)) + " " + m.group(2) + " " + m.group(1)[0].lower() + m.group(1)[1:] + m.group(4)
    m = re.match(r"^(.{4,60}?) (?:a|ont) été (\w+?)(?:e|es|s)? par ((?:le |la |les |l['’]|un |une )?[\wéèàâîôç -]{3,40}?)(\.)$", s)
    if m and "," not in m.group(1) and not re.search(r"\b(est|sont|et|qui|que)\b", m.group(1)) and m.group(2).endswith(("é", "i", "u")):
        return capital(m.group(3)) + " a " + m.group(2) + " " + m.group(1)[0].lower() + m.group(1)[1:] + m.group(4)
    return None


def resolve(first, second):
    """He or she, opening a sentence, told by the only name of the sentence before."""
    names = [n for n in find_names(" . " + first) if not n.startswith("#")]
    m = re.match(r"^(He|She|Il|Elle) (\w+)", second)
    if m and len(names) == 1 and " " in names[0] and m.group(2) not in ("y", "faut", "est", "s", "n", "ne"):
        return names[0] + second[len(m.group(1)):]
    return None


def report(line, lang):
    """A turn in reported speech."""
    m = re.match(r"^([^:\n]{2,30}?)\s?: (.*)$", line)
    if not m:
        return None
    who, said = m.groups()
    for s in sentences(said):
        if not 5 <= n_words(s) <= 22 or "?" in s or not re.match(r"I\b", s) or re.search(r"\b(you|your|we|our|us)\b", s, re.I):
            continue
        s = re.sub(r"\bI['’ ]+m\b|\bI am\b", f"{who} is", s, count=1)
        s = re.sub(r"\bI ?['’] ?(ll|Ll)\b|\bI will\b", f"{who} will", s, count=1)
        s = re.sub(r"\bI ?['’] ?(ve|Ve)\b|\bI have\b", f"{who} has", s, count=1)
        s = re.sub(r"\bI want\b", f"{who} wants", s, count=1)
        s = re.sub(r"\bI need\b", f"{who} needs", s, count=1)
        s = re.sub(r"\bI think\b", f"{who} thinks", s, count=1)
        s = re.sub(r"\bI (was|had|would|can|could|did|should|went|saw|took|got|used|lost|made|bought|found|came)\b", rf"{who} \1", s, count=1)
        s = re.sub(r"\bmyself\b|\bI\b|\bmy\b|\bme\b", lambda x: {"my": "their", "me": "them", "I": "they"}.get(x.group(0), "themselves"), s)
        if s.startswith(who):
            return s if len(s) % 2 else f"{who} says that {s}"
    return None


def is_in_source(s, text):
    """Editors put names and numbers into their abstracts that the article lacks: such sentences are not true to it."""
    words = re.findall(r"(?<=[\w,;’'\"(] )[A-ZÉÈÀ][\w-]{2,}|\d[\d.,]*\d|\d", s)
    return all(w.lower() in text.lower() for w in words)


def true_sentences(item, lang, rng):
    """(sentence, way) of one item."""
    out = []
    for ref in item["refs"]:
        out += [(s, "true_reference") for s in sentences(ref)
                if 5 <= n_words(s) <= 45 and is_in_source(s, item["text"])]
    every = sentences(item["text"])
    if item["turns"]:
        told = [t for t in (report(line, lang) for line in item["text"].split("\n")) if t]
        return rng.sample(out, min(3, len(out))) + [(t, "true_reported") for t in rng.sample(told, min(2, len(told)))]
    kept = []
    for i, s in enumerate(every):
        if not 7 <= n_words(s) <= 35 or ":" in s[:12] or re.search(r"[|_=*<>]{2}|@|http", s):
            continue
        options = [(reorder(s, lang), "true_reordered"), (passive(s), "true_passive"),
                   (resolve(every[i - 1], s) if i else None, "true_resolved"), (shorten(s), "true_shortened"), (s, "true_verbatim")]
        kept.append(next((o for o in options if o[0]), None))
    told = [k for k in kept if k and k[1] not in ("true_verbatim", "true_shortened")]
    cut = [k for k in kept if k and k[1] == "true_shortened"]
    same = [k for k in kept if k and k[1] == "true_verbatim"]
    return (rng.sample(out, min(2, len(out))) + rng.sample(told, min(2, len(told))) + rng.sample(cut, min(2, len(cut))) +
            rng.sample(same, min(1, len(same))))


def clauses(s):
    m = re.match(r"^((?:The|He|She|They|It|Le|La|Les|Il|Elle|Ils|Elles) [^,;:]{15,80})[.!]$", s)
    return m.group(1)[0].lower() + m.group(1)[1:] if m else None


def corrupted(item, trues, lang, rng, foreign, quota):
    """About two false ones a true sentence; the ways that are rare go first."""
    c = Corruptor(item["text"], lang, rng, foreign)
    out, seen = [], {t for t, _ in trues}
    for s, _ in trues:
        made = {}
        for way in WAYS:
            f = getattr(c, way)(s)
            if f and f not in seen and f.lower() != s.lower() and f not in item["text"]:
                made[way] = f
        for way in sorted(made, key=lambda w: (quota[w], w))[:2]:
            quota[way] += 1
            seen.add(made[way])
            out.append((made[way], way))
    return out


def load(shared, name):
    items = []
    for line in open(f"{shared}/data/{name}.jsonl", encoding="utf-8"):
        d = json.loads(line)
        if name == "meetings_val":
            text = "\n".join(f"{t['speaker']}: {t['text']}" for t in d["turns"])
            refs = [q["answer"] for q in d["queries"] if q["spans"]]
        else:
            text, refs = d["text"], [d["ref"]] if "ref" in d else []
        refs = refs if name != "news_fr_valid" else refs[:1]
        items.append({"id": d["id"], "text": text, "refs": refs, "turns": "dialogue" in name or "meeting" in name})
    return items


def load_own():
    for lang in ("en", "fr"):
        path = f"{ROOT}/tests/eval/check/{'english' if lang == 'en' else 'french'}.txt"
        blocks, block = [], None
        for line in open(path, encoding="utf-8"):
            line = line.rstrip("\n")
            if line.startswith("= "):
                block = {"genre": line[2:], "pairs": []}
                blocks.append(block)
            elif line.startswith("S: "):
                block["text"] = line[3:].replace("\\n", "\n")
            elif line.startswith("T: "):
                block["pairs"].append((line[3:], 1, "true_own"))
            elif line.startswith("F "):
                way, text = line[2:].split(": ", 1)
                block["pairs"].append((text, 0, way))
        for i, b in enumerate(blocks):
            yield lang, "first" if i < len(blocks) // 2 else "second", b


def emit(set_name, lang, half, text, rows, genre=None):
    print(json.dumps({"source": text, "set": set_name, "language": lang, "half": half, "genre": genre or set_name}, ensure_ascii=False))
    for s, label, way in rows:
        print(json.dumps({"text": s, "label": label, "way": way}, ensure_ascii=False))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("shared")
    p.add_argument("--half", default="both")
    p.add_argument("--sets", default="own,own_made," + ",".join(SETS))
    args = p.parse_args()
    wanted = args.sets.split(",")
    for lang, half, b in load_own():
        if args.half not in (half, "both"):
            continue
        if "own" in wanted:
            emit("own", lang, half, b["text"], b["pairs"], b["genre"])
        if "own_made" in wanted:
            rng = random.Random("own" + b["text"])
            item = {"text": b["text"], "refs": [], "turns": b["genre"] == "chat"}
            trues = [(t, w) for t, label, w in b["pairs"] if label] + true_sentences(item, lang, rng)
            made = corrupted(item, trues, lang, rng, [], dict.fromkeys(WAYS, 0))
            emit("own_made", lang, half, b["text"], [(t, 1, w) for t, w in trues] + [(f, 0, w) for f, w in made], b["genre"])
    for name, lang in SETS.items():
        if name not in wanted:
            continue
        items = load(args.shared, name)
        pool = [c for i in items for c in (clauses(s) for s in sentences(i["text"])) if c]
        quota = dict.fromkeys(WAYS, 0)
        for i, item in enumerate(items):
            half = "first" if i < len(items) // 2 else "second"
            rng = random.Random(f"{name} {item['id']}")
            foreign = [c for c in rng.sample(pool, min(12, len(pool))) if c[:20] not in item["text"]]
            repeat = 12 if name == "meetings_val" else 1
            trues = []
            for _ in range(repeat):
                trues += [t for t in true_sentences(item, lang, rng) if t not in trues]
            made = corrupted(item, trues, lang, rng, foreign, quota)
            if args.half in (half, "both"):
                emit(name, lang, half, item["text"], [(t, 1, w) for t, w in trues] + [(f, 0, w) for f, w in made])


main()
