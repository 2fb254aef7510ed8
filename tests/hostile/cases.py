"""Hostile specs: one entry each, with the words that refuse it. They are made when they are needed, up to 100 MB."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HEAD = "name: t\ninput: {shape: [8, 8, 3]}\n"
KB, MB = 250_000, 1_000_000


@dataclass(frozen=True)
class Case:
    """The content of hostile.yaml, what its refusal says (a regular expression), and other files beside it.

    A `size` beyond the content makes the file sparse: what follows reads as NUL.
    """

    content: str | bytes | Callable[[], str | bytes]
    words: str
    beside: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    def write(self, folder: Path) -> Path:
        """Writes the files into an empty folder and gives the path of the spec."""
        for name, text in self.beside.items():
            (folder / name).write_text(text, encoding="utf-8")
        content = self.content() if callable(self.content) else self.content
        path = folder / "hostile.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        if self.size:
            with path.open("r+b") as file:
                file.truncate(self.size)
        return path


def step(text: str) -> str:
    """A spec of one step."""
    return f"{HEAD}body:\n  - {text}\n"


def number(expression: str, params: str = "{}") -> str:
    """A spec whose only size is an expression."""
    return f"{HEAD}params: {params}\nbody: [Flatten, Dense: {{units: $({expression})}}]\n"


def quoted(expression: str) -> str:
    """A spec whose only size is an expression, which is a text for YAML."""
    return f'{HEAD}body: [Flatten, Dense: {{units: "$({expression})"}}]\n'


def chain(count: int, last: str) -> dict[str, str]:
    """Specs that extend one another in a row."""
    files = {f"c{i}.yaml": f"extends: c{i + 1}.yaml\nname: c{i}\n" for i in range(count)}
    return {**files, f"c{count}.yaml": last}


def blocks(count: int, uses: int, body: str = "ReLU") -> str:
    """Each block uses the next so many times."""
    each = "".join(f"  b{i}: {{body: [{', '.join([f'b{i + 1}'] * uses)}]}}\n" for i in range(count))
    return f"{HEAD}blocks:\n{each}  b{count}: {{body: [{body}]}}\nbody: [b0]\n"


def doubling(count: int) -> str:
    """Params of which each holds the one before it twice."""
    return "".join(f"  p{i}: [$p{i + 1}, $p{i + 1}]\n" for i in range(count)) + f"  p{count}: [1, 1]\n"


def aliases(width: int, depth: int, form: str = "[{}]") -> str:
    """A list of lists of … of aliases: width ** depth values in a few lines."""
    lines = ["  a0: &a0 [x, x, x, x, x, x, x, x, x]\n"]
    for i in range(1, depth):
        lines.append(f"  a{i}: &a{i} {form.format(', '.join([f'*a{i - 1}'] * width))}\n")
    return f"{HEAD}params:\n{''.join(lines)}body: [ReLU]\n"


def long_aliases() -> str:
    """Many aliases of one long text."""
    return (
        f"{HEAD}params:\n  a: &a {'x' * 9_000}\n" + "".join(f"  b{i}: *a\n" for i in range(15_000)) + "body: [ReLU]\n"
    )


def merges(count: int) -> str:
    """Merge keys of YAML 1.1 that double."""
    lines = ["  m0: &m0 {a: 1}\n"]
    lines += [f"  m{i}: &m{i} {{<<: [*m{i - 1}, *m{i - 1}]}}\n" for i in range(1, count)]
    return f"{HEAD}params:\n{''.join(lines)}body: [ReLU]\n"


def indented(count: int) -> str:
    """Mappings in block style, each one column deeper."""
    return HEAD + "".join(f"{' ' * i}a{i}:\n" for i in range(count))


READING: dict[str, Case] = {
    # Aliases and merges
    "alias bomb": Case(aliases(9, 12), "more than 12,000 keys and values"),
    "alias bomb of mappings": Case(aliases(9, 12, "{{{{a: [{}]}}}}"), "more than 12,000 keys and values"),
    "aliases of a long text": Case(long_aliases, "more than 12,000 keys and values"),
    "alias of itself": Case(f"{HEAD}params: &p\n  a: *p\nbody: [ReLU]\n", "no anchor &p is complete before this place"),
    "aliases of each other": Case(f"{HEAD}params:\n  a: &a [*b]\n  b: &b [*a]\nbody: [ReLU]\n", "no anchor &b"),
    "merge bomb": Case(merges(60), "merge keys are not part of YAML 1.2"),
    "merge of itself": Case(f"{HEAD}params: &p\n  <<: *p\nbody: [ReLU]\n", "merge keys|no anchor"),
    "3,000 anchors": Case("".join(f"k{i}: &a{i} [*a{i + 1}]\n" for i in range(3_000)), "no anchor"),
    # Nesting
    "flow lists nested 100,000 deep": Case("a: " + "[" * 100_000, "nest deeper than 64"),
    "flow lists nested and closed": Case("a: " + "[" * 100_000 + "]" * 100_000, "nest deeper than 64"),
    "flow mappings nested 60,000 deep": Case("a: " + "{a: " * 60_000, "nest deeper than 64"),
    "block mappings nested 600 deep": Case(lambda: indented(600), "nest deeper than 64"),
    "block lists nested 100,000 deep": Case("a: \n" + "- " * 100_000, "nest deeper than 64"),
    "keys that are keys": Case("? " * 100_000, "nest deeper than 64|a key is a name"),
    "125,000 open quotes": Case(f"{HEAD}body: " + "'\"" * 125_000, "indented differently"),
    "a quote that never ends": Case(lambda: f'{HEAD}summary: "' + "x " * 125_000, "a quote is not closed"),
    "steps nested": Case(f"{HEAD}body: " + "[" * 60 + "ReLU" + "]" * 60 + "\n", "steps nest deeper than 40"),
    "residuals nested": Case(f"{HEAD}body: " + "[residual: {body: " * 31 + "[ReLU]" + "}]" * 31 + "\n", "nest deeper"),
    # Tags and directives
    "tag python/object/apply": Case('!!python/object/apply:os.system ["touch pwned"]\n', "tags have no meaning here"),
    "tag python/object/new": Case(f"{HEAD}body: !!python/object/new:type [a, [], {{}}]\n", "tags have no meaning"),
    "tag python/name": Case(f"{HEAD}summary: !!python/name:os.system\nbody: [ReLU]\n", "tags have no meaning"),
    "tag python/module": Case(f"{HEAD}summary: !!python/module:antigravity\nbody: [ReLU]\n", "tags have no meaning"),
    "tag binary": Case(f"{HEAD}summary: !!binary aGVsbG8=\nbody: [ReLU]\n", "tags have no meaning here"),
    "tag of one's own": Case(f"{HEAD}summary: !include /etc/passwd\nbody: [ReLU]\n", "tags have no meaning here"),
    "tag with a URL": Case(f"{HEAD}summary: !<http://example.org/x> y\nbody: [ReLU]\n", "tags have no meaning"),
    "tag directive": Case("%TAG ! tag:python,\n--- !object {name: t}\n", "a directive other than %YAML"),
    "tag without a handle": Case(f"{HEAD}body: [!zz!x y]\n", "not YAML"),
    "tag on a key": Case("!!python/name:os.system name: t\n", "without anchor or tag"),
    "tag with escapes": Case(f"{HEAD}summary: !%ff%fe y\nbody: [ReLU]\n", "can't decode byte 0xff"),
    "a YAML version of 4,000 digits": Case(f"%YAML {'9' * 4_000}.1\n---\n{HEAD}", "not YAML"),
    "50,000 directives": Case("%X y\n" * 50_000 + "---\n" + HEAD, "a directive other than %YAML"),
    # Encodings and characters
    "UTF-16 with its mark": Case(step("ReLU").encode("utf-16"), "not UTF-8 text"),
    "UTF-16 without a mark": Case(step("ReLU").encode("utf-16-le"), "not UTF-8 text|U\\+0000"),
    "UTF-32": Case(step("ReLU").encode("utf-32"), "not UTF-8 text"),
    "UTF-7": Case(step("ReLU").replace("ReLU", "+AFI-eLU").encode("ascii"), "no such layer"),
    "latin-1": Case((HEAD + "summary: caf\xe9\nbody: [ReLU]\n").encode("latin-1"), "not UTF-8 text"),
    "overlong UTF-8": Case(HEAD.encode() + b"summary: \xc0\xaf\nbody: [ReLU]\n", "not UTF-8 text"),
    "half of a UTF-8 character": Case(HEAD.encode() + b"summary: \xe2\x82", "not UTF-8 text"),
    "a surrogate in UTF-8": Case(HEAD + "summary: \ud800\nbody: [ReLU]\n", "not UTF-8 text"),
    "a surrogate by its escape": Case(HEAD + 'summary: "\\uD800"\nbody: [ReLU]\n', "half of a character"),
    "an escape beyond Unicode": Case(HEAD + 'summary: "\\UFFFFFFFF"\nbody: [ReLU]\n', "not YAML"),
    "NUL": Case(HEAD + "summary: a\0b\nbody: [ReLU]\n", "U\\+0000"),
    "NUL by its escape in a name": Case('name: "a\\0b"\ninput: {shape: [3]}\nbody: [ReLU]\n', "is no name"),
    "nothing but NUL": Case(b"", "U\\+0000|not YAML|empty", size=100_000),
    "control characters": Case(HEAD + "summary: \x1b[2J\x07\nbody: [ReLU]\n", "U\\+001B"),
    "three byte order marks": Case("\ufeff" * 3 + step("ReLU"), "no section"),
    "a byte order mark inside": Case(HEAD + "bo\ufeffdy: [ReLU]\n", "no section"),
    "text that turns around": Case(HEAD + "body: [\u202eULeR]\n", "no such layer"),
    "a layer in letters that look alike": Case(step("Dеnse: {units: 3}"), "no such layer"),
    "a layer in full width letters": Case(step("Ｄｅｎｓｅ: {units: 3}"), "no such layer"),
    "digits of another script": Case(step("Dense: {units: ١٢}"), "must be an integer"),
    "an image": Case(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100, "not UTF-8 text"),
    "a zip archive": Case(b"PK\x03\x04\x14\x00\x00\x00" * 1000, "U\\+0003|has no place"),
    "nothing": Case("", "the file is empty"),
    "white space and a tab": Case(" \n\t\n", "a tab cannot stand here"),
    # Sizes
    "one value of 100 MB": Case(lambda: b"name: " + b"x" * (100 * MB), "beyond 256 KiB"),
    "100 MB of lines": Case(lambda: b"- ReLU\n" * (100 * MB // 7), "beyond 256 KiB"),
    "100 MB of keys": Case(lambda: b"key: 1\n" * (100 * MB // 7), "beyond 256 KiB"),
    "100 MB of comments": Case(lambda: b"# nothing\n" * (10 * MB), "beyond 256 KiB"),
    "100 MB of white space": Case(lambda: b" " * (100 * MB), "beyond 256 KiB"),
    "100 MB of line feeds": Case(lambda: b"\n" * (100 * MB), "beyond 256 KiB"),
    "100 MB of brackets": Case(lambda: b"[" * (100 * MB), "beyond 256 KiB"),
    "a sparse file of 1 TB": Case(HEAD, "beyond 256 KiB", size=10**12),
    "250 KB in one value": Case(lambda: HEAD + "summary: " + "x" * KB, "a value of more than 10,000 characters"),
    "250 KB in one quoted value": Case(lambda: HEAD + "summary: '" + "x" * KB + "'", "a value of more than 10,000"),
    "250 KB in one literal block": Case(lambda: HEAD + "summary: |\n" + "  xxxxxxxxx\n" * 20_000, "more than 10,000"),
    "250 KB in one folded block": Case(lambda: HEAD + "summary: >\n" + "  x\n\n" * 50_000, "more than 10,000"),
    "250 KB in one key": Case(lambda: HEAD + "x" * KB + ": 1", "a key without its colon"),
    "250 KB in one quoted key": Case(lambda: HEAD + "'" + "x" * KB + "': 1", "a key without its colon"),
    "250 KB in one anchor": Case(lambda: HEAD + "summary: &" + "x" * KB + " 1", "is required"),
    "250 KB in one tag": Case(lambda: HEAD + "summary: !" + "x" * KB + " 1", "tags have no meaning"),
    "250 KB of comments": Case(lambda: "# nothing\n" * 26_000, "the file is empty"),
    "250 KB in one comment": Case(lambda: "#" * KB, "the file is empty"),
    "250 KB of spaces": Case(lambda: " " * KB, "the file is empty"),
    "250 KB of line feeds": Case(lambda: "\n" * KB, "the file is empty"),
    "250 KB of lines in a list": Case(lambda: HEAD + "body:\n" + "- ReLU\n" * 37_000, "more than 12,000 keys"),
    "250 KB of keys": Case(lambda: "".join(f"k{i}: 1\n" for i in range(25_000)), "more than 12,000 keys"),
    "250 KB of values in a line": Case(lambda: f"{HEAD}body: [" + "1, " * 85_000, "more than 12,000 keys"),
    "250 KB of empty values": Case(lambda: f"{HEAD}body: [" + "," * KB, "not YAML"),
    "250 KB of documents": Case(lambda: "---\n" * 62_000, "a second one starts here"),
    "250 KB of document ends": Case(lambda: HEAD + "...\n" * 62_000, "one more end of a document"),
    "250 KB of escapes": Case(lambda: HEAD + 'summary: "' + "\\x41" * 62_000 + '"', "more than 10,000"),
    "250 KB of tabs": Case(lambda: HEAD + "\t" * KB, "a tab cannot stand here"),
    "250 KB of a number": Case(lambda: step("Dense: {units: " + "9" * KB + "}"), "more than 10,000 characters"),
    "250 KB of emoji": Case(lambda: HEAD + "summary: " + "😀" * 62_000, "more than 10,000"),
    "11,000 bad values": Case(lambda: HEAD + "body: [" + "1, " * 11_000 + "]", "a step is a name or a mapping"),
    "11,000 steps": Case(lambda: HEAD + "body: [" + "ReLU, " * 11_000 + "]", "more than 3,500 steps"),
    # What a file may be
    "two documents": Case(step("ReLU") + "---\n" + step("ReLU"), "a file holds one document"),
    "a list": Case("- name: t\n- body: [ReLU]\n", "a spec is a mapping"),
    "a number": Case("42\n", "a spec is a mapping"),
    "a key that is a mapping": Case(f"{HEAD}? {{a: b}}\n: c\n", "a key is a name"),
    "a key that is a list": Case(f"{HEAD}? [a, b]\n: c\n", "a key is a name"),
    "a key that is an alias": Case(f"a: &a b\n*a : c\n{HEAD}", "a key is a name"),
    "a key twice": Case(step("ReLU") + "name: other\n", "the key stands twice"),
    "an empty key": Case(f"{HEAD}? \n: c\nbody: [ReLU]\n", "a spec has no section ''"),
    "keys that are numbers and nulls": Case(f"{HEAD}~: 1\n.nan: 2\n1e9: 3\nbody: [ReLU]\n", "a spec has no section"),
    "JSON with a comment": Case('{"name": "t" /* comment */, "body": []}', "not YAML|a comma|is required"),
}
