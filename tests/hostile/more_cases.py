"""Hostile specs that are good YAML: extends, params, expressions, sizes, repeats, searches, names."""

from tests.hostile.cases import HEAD, Case, blocks, chain, doubling, number, quoted, step

BIG = 10**12
TAIL = "body: [Flatten, Dense: {units: 3}]\n"

DENSE = "Flatten, Dense: {units: $n}"
DROPOUT = "Flatten, Dropout: {rate: $r}"


def searched(params: str, body: str, space: str) -> str:
    """A spec with a search."""
    return f"{HEAD}params: {{{params}}}\nbody: [{body}]\nsearch: {{space: {{{space}}}}}\n"


MEANING: dict[str, Case] = {
    # extends
    "extends itself": Case("extends: hostile.yaml\nname: t\n", "extend one another in a circle"),
    "extends in a circle of two": Case(
        "extends: a.yaml\nname: t\n", "in a circle", {"a.yaml": "extends: hostile.yaml\nname: a\n"}
    ),
    "extends in a circle of three": Case(
        "extends: a.yaml\nname: t\n",
        "in a circle",
        {"a.yaml": "extends: b.yaml\nname: a\n", "b.yaml": "extends: hostile.yaml\nname: b\n"},
    ),
    "a circle that the spec is not part of": Case(
        "extends: a.yaml\nname: t\n", "in a circle", {"a.yaml": "extends: a.yaml\nname: a\n"}
    ),
    "extends in a row of a hundred": Case(
        "extends: c0.yaml\nname: t\n", "more than 8 specs extend one another", chain(100, step("ReLU"))
    ),
    "extends what is no YAML": Case("extends: a.yaml\nname: t\n", "nest deeper than 64", {"a.yaml": "[" * 100_000}),
    "extends a bomb": Case(
        "extends: a.yaml\nname: t\n",
        "more than 12,000",
        {"a.yaml": "a: &a [x, x, x]\n" + "b: [" + "*a, " * 10_000 + "]\n"},
    ),
    "extends a list": Case("extends: [a.yaml, b.yaml]\nname: t\n", "must be the name of a shipped model"),
    "extends with 1,500 changed steps": Case(
        lambda: "extends: a.yaml\nname: t\nbody:\n" + "".join(f"  s{i}: {{name: s{i}}}\n" for i in range(1_500)),
        ".",
        {"a.yaml": HEAD + "body:\n" + "".join(f"  - {{ReLU, name: s{i}}}\n" for i in range(1_400))},
    ),
    # Expressions
    "9**9**9": Case(number("9**9**9"), "has an exponent above 64|gives a value above"),
    "a tower of powers": Case(number("2**" * 40 + "2"), "exponent above 64|gives a value"),
    "a power of a negative": Case(number("(-8)**0.5"), "no number"),
    "a huge product": Case(number("*".join(["9" * 9] * 19)), "above 1e\\+18"),
    "a shift": Case(number("1 << 10**9"), "holds more than arithmetic"),
    "text that grows": Case(number("'a' * 10**9"), "no number"),
    "nested calls": Case(quoted("max(" * 30 + "1" + ",1)" * 30), "longer|nested|characters|no arithmetic|not an"),
    "deeper parentheses": Case(number("(" * 100_0 + "1" + ")" * 100_0), "longer than|characters|long"),
    "a long sum": Case(number("+".join(["1"] * 100_00)[:9_000]), "long"),
    "digits by the thousand": Case(number("9" * 5_000), "long"),
    "a number of 190 digits": Case(number("9" * 190), "above 1e\\+18"),
    "an import": Case(number("__import__('os').system('touch pwned')"), "holds more than arithmetic"),
    "an attribute": Case(number("().__class__.__bases__"), "holds more than arithmetic"),
    "a comprehension": Case(quoted("[x for x in range(10**9)]"), "holds more than arithmetic"),
    "a lambda": Case(quoted("(lambda f: f(f))(lambda f: f(f))"), "holds more than arithmetic"),
    "an f-string": Case(quoted("f'{9**9**9}'"), "holds more than arithmetic"),
    "a walrus": Case(number("(a := 9**9)"), "holds more than arithmetic"),
    "starred arguments": Case(quoted("max(*[1, 2])"), "holds more than arithmetic"),
    "a format specification": Case(number("'%1000000000d' % 1"), "no number"),
    "bytes": Case(number("b'a' * 9"), "holds more than arithmetic"),
    "a complex number": Case(number("1j * 1j"), "holds more than arithmetic"),
    "round to 10**9 digits": Case(quoted("round(2.5, 10**9)"), "rounds to more than 64"),
    "round to -10**9 digits": Case(quoted("round(25, -10**9)"), "rounds to more than 64"),
    "a division by zero": Case(number("1 // 0"), "divides by zero"),
    "divisible by nothing": Case(quoted("divisible(8, 0)"), "divides by zero|cannot"),
    "an underflow": Case(number("1e-300 ** 64"), "must be an integer"),
    "an expression over lines": Case(
        f'{HEAD}body: [Flatten, Dense: {{units: "$(1\\n+\\n1 2)"}}]\n', "not an arithmetic expression"
    ),
    "an expression with a NUL": Case(
        f'{HEAD}body: [Flatten, Dense: {{units: "$(1\\0)"}}]\n', "not an arithmetic expression"
    ),
    # Params
    "params in a circle": Case(f"{HEAD}params: {{a: $b, b: $c, c: $a}}\n{TAIL}", "refers to itself"),
    "a param of itself": Case(f"{HEAD}params: {{a: $(a + 1)}}\n{TAIL}", "refers to itself"),
    "params in a long row": Case(
        f"{HEAD}params:\n" + "".join(f"  p{i}: $p{i + 1}\n" for i in range(2_500)) + "  p2500: 1\n" + TAIL, "in a row"
    ),
    "expressions in a long row": Case(
        f"{HEAD}params:\n" + "".join(f"  p{i}: $(p{i + 1} * 2)\n" for i in range(2_500)) + "  p2500: 1\n" + TAIL,
        "in a row|above",
    ),
    "params that double": Case(f"{HEAD}params:\n{doubling(60)}{TAIL}", "references put in more than"),
    "params that double through a block": Case(
        f"{HEAD}params: {{p: [1, 1]}}\nblocks:\n"
        + "".join(f"  b{i}: {{params: {{p: required}}, body: [b{i + 1}: {{p: [$p, $p]}}]}}\n" for i in range(38))
        + "  b38: {params: {p: required}, body: [Reshape: {target_shape: $p}]}\nbody: [b0: {p: [1, 1]}]\n",
        "references put in more than",
    ),
    "a param beyond every size": Case(
        f"{HEAD}params: {{n: {BIG}}}\nbody: [Flatten, Dense: {{units: $n}}]\n", "at most 2147483647"
    ),
    "a param of 4,000 digits": Case(
        f"{HEAD}params: {{n: {'9' * 4_000}}}\nbody: [Flatten, Dense: {{units: $n}}]\n", "number of more than 50"
    ),
    "an infinite param": Case(f"{HEAD}params: {{n: .inf}}\nbody: [Flatten, Dropout: {{rate: $n}}]\n", "finite"),
    "a param that is no number": Case(f"{HEAD}params: {{n: .nan}}\nbody: [Flatten, Dropout: {{rate: $n}}]\n", "finite"),
    "5,000 params that nothing declares": Case(
        HEAD + "body: [" + ", ".join(f"$b{i}" for i in range(5_000)) + "]\n", "no param is named"
    ),
    "5,000 references to one long text": Case(
        lambda: f"{HEAD}params: {{t: {'x' * 9_000}}}\nbody: [" + ", ".join(["$t"] * 5_000) + "]\n", "no such layer"
    ),
    # Sizes
    "filters: 10**12": Case(step(f"conv: {{filters: {BIG}, kernel_size: 1}}"), "at most 2147483647"),
    "units: 10**40": Case(step(f"Dense: {{units: {10**40}}}"), "at most 2147483647"),
    "units: -1": Case(step("Dense: {units: -1}"), "must be at least 1"),
    "units: 1e300": Case(step("Dense: {units: 1e300}"), "must be an integer"),
    "units: .inf": Case(step("Dense: {units: .inf}"), "must be an integer"),
    "units: .nan": Case(step("Dense: {units: .nan}"), "must be an integer"),
    "rate: 1e400": Case(step("Dropout: {rate: 1e400}"), "must be a finite number"),
    "units: 0x with 10,000 digits": Case(step("Dense: {units: 0x" + "f" * 9_000 + "}"), "more than 50 characters"),
    "units: 1_000": Case(step("Dense: {units: 1_000}"), "must be an integer"),
    "units: 1:30, sixty and thirty in YAML 1.1": Case(step("Dense: {units: 1:30}"), "must be an integer"),
    "units: a day": Case(step("Dense: {units: 2001-12-14t21:59:43.10-05:00}"), "must be an integer"),
    "units: yes": Case(step("Dense: {units: yes}"), "must be an integer"),
    "a kernel of 10**9": Case(step("Conv2D: {filters: 1, kernel_size: 1000000000}"), "does not fit into a height of 8"),
    "the most weights there can be": Case(
        step("Conv2D: {filters: 2147483647, kernel_size: 2147483647, padding: same}"),
        "weights, and no tensor has 2\\*\\*63",
    ),
    "pads of 10**9": Case(
        f"{HEAD}body:\n" + "  - ZeroPadding2D: {padding: 1000000000}\n" * 40 + "  - Flatten\n", "no tensor has 2"
    ),
    "pads of 10**12": Case(step(f"ZeroPadding2D: {{padding: {BIG}}}"), "at most"),
    "upsampling that multiplies": Case(
        f"{HEAD}body:\n" + "  - UpSampling2D: {size: 1000000}\n" * 40, "no tensor has 2"
    ),
    "a vector repeated 10**9 times": Case(
        f"{HEAD}body:\n  - Flatten\n" + "  - RepeatVector: {n: 1000000000}\n  - Flatten\n" * 30, "no tensor has 2"
    ),
    "an input of 10**12": Case(f"name: t\ninput: {{shape: [{BIG}, {BIG}, 3]}}\n{TAIL}", "at most"),
    "an input of 2**31 by 2**31": Case(
        f"name: t\ninput: {{shape: [2147483647, 2147483647, 3]}}\n{TAIL}", "no tensor has 2"
    ),
    "an input of 10,000 axes": Case(
        lambda: f"name: t\ninput: {{shape: [{', '.join(['9'] * 10_000)}]}}\n{TAIL}", "10,000 axes"
    ),
    "an input of -1": Case(f"name: t\ninput: {{shape: [-1, 8, 3]}}\n{TAIL}", "at least 1"),
    "a shape of 10,000 axes": Case(
        lambda: step(f"Reshape: {{target_shape: [{', '.join(['1'] * 10_000)}]}}"), "has 1 values"
    ),
    "a vocabulary of 11,000 equal words": Case(
        lambda: step(f"StringLookup: {{vocabulary: [{', '.join(['a'] * 11_000)}]}}"), "holds 'a' twice"
    ),
    "a vocabulary of one word twice at its end": Case(
        lambda: step(f"StringLookup: {{vocabulary: [{', '.join(f'w{i}' for i in range(9_000))}, z, z]}}"), "twice"
    ),
    "heads by the billion": Case(
        step("MultiHeadAttention: {num_heads: 2000000000, key_dim: 2000000000}"), "weights, and no"
    ),
    "features of a Maxout": Case(step("Maxout: {units: 2000000000, pieces: 2000000000}"), "weights, and no"),
    "bins by the thousand": Case(
        lambda: step(f"Discretization: {{bin_boundaries: [{', '.join(str(9_000 - i) for i in range(9_000))}]}}"),
        "must rise",
    ),
    # Repeats
    "repeat: 10**9": Case(step("{ReLU, repeat: 1000000000}"), "more than 3,500 steps"),
    "repeat: 10**12": Case(step(f"{{ReLU, repeat: {BIG}}}"), "at most|more than 3,500 steps"),
    "repeat of nothing": Case(
        f"{HEAD}body:\n  - residual: {{body: []}}\n    repeat: 2000000000\n", "more than 3,500 steps"
    ),
    "units of three layers": Case(step("{conv: {filters: 1, kernel_size: 1}, repeat: 3400}"), "more than 5,000 layers"),
    "repeats whose product explodes": Case(
        step("dense: {repeat: 900, body: [dense: {repeat: 900, body: [dense: {repeat: 900, body: [ReLU]}]}]}"),
        "more than 3,500 steps",
    ),
    "dense repeats": Case(
        step("dense: {repeat: 2000000000, body: [conv: {filters: 9, kernel_size: 1}]}"), "3,500 steps"
    ),
    "dense repeats that grow": Case(
        step("dense: {repeat: 9000, body: [conv: {filters: 9, kernel_size: 1}]}"), "more than 3,500 steps"
    ),
    "a block that repeats blocks": Case(
        f"{HEAD}blocks:\n"
        + "".join(f"  b{i}: {{body: [{{b{i + 1}, repeat: 100}}]}}\n" for i in range(9))
        + "  b9: {body: [ReLU]}\nbody: [b0]\n",
        "more than 3,500 steps",
    ),
    "a repeat from an expression": Case(step("{ReLU, repeat: $(10**17)}"), "at most|10,000"),
    "blocks that double": Case(blocks(36, 2), "more than 3,500 steps"),
    "blocks of a hundred": Case(blocks(3, 100), "more than 3,500 steps"),
    "blocks in a long row": Case(blocks(1_700, 1), "steps nest deeper than 40"),
    "a block that uses itself": Case(
        f"{HEAD}blocks: {{a: {{body: [a]}}}}\nbody: [a]\n", "a block cannot use itself: a → a"
    ),
    "blocks that use each other": Case(
        f"{HEAD}blocks: {{a: {{body: [b, b]}}, b: {{body: [a, a]}}}}\nbody: [a]\n", "cannot use itself"
    ),
    "a block that uses itself in a branch": Case(
        f"{HEAD}blocks: {{a: {{body: [parallel: {{branches: [[a], [a]]}}]}}}}\nbody: [a]\n", "cannot use itself"
    ),
    "100,000 branches by a block": Case(
        f"{HEAD}blocks: {{a: {{body: [parallel: {{branches: [{', '.join(['[ReLU]'] * 400)}]}}]}}}}\n"
        f"body: [parallel: {{branches: [{', '.join(['[a]'] * 250)}]}}]\n",
        "more than 3,500 steps",
    ),
    "25,000 branches": Case(
        lambda: f"{HEAD}body: [parallel: {{branches: [{', '.join(['[ReLU]'] * 25_000)}]}}]\n",
        "more than 12,000|10,000 steps",
    ),
    "doubling by concatenation with itself": Case(
        f"{HEAD}body:\n  - {{ReLU, name: s0}}\n"
        + "".join(f"  - {{Concatenate, name: s{i}, from: [s{i - 1}, s{i - 1}]}}\n" for i in range(1, 200)),
        "no tensor has 2\\*\\*63",
    ),
    # Searches
    "a range of 10**9 values": Case(
        searched("n: 3", DENSE, "n: {min_value: 0, max_value: 1000000000}"), "0 does not fit line 4"
    ),
    "a grid of 10**20 points": Case(
        searched(
            ", ".join(f"p{i}: 1" for i in range(20)),
            ", ".join(["Flatten", *(f"Dense: {{units: $p{i}}}" for i in range(20))]),
            ", ".join(f"p{i}: {{min_value: 0, max_value: 9}}" for i in range(20)),
        ),
        "0 does not fit line 4",
    ),
    "a search of 1,200 params": Case(
        lambda: searched(
            ", ".join(f"p{i}: 1" for i in range(1_200)),
            "Flatten, Dense: {units: 3}",
            ", ".join(f"p{i}: {{values: [1, 2]}}" for i in range(1_200)),
        ),
        "nothing refers to",
    ),
    "a search of 3,000 values": Case(
        lambda: searched("n: 1", DENSE, f"n: {{values: [{', '.join(str(-i) for i in range(3_000))}]}}"),
        "does not fit line 4",
    ),
    "a step of 1e-300": Case(
        searched("r: 0.1", DROPOUT, "r: {min_value: 0.0, max_value: 2.0, step: 1e-300}"), "at most 1"
    ),
    "a range of floats without end": Case(
        searched("r: 0.1", DROPOUT, "r: {min_value: -1e308, max_value: 1e308}"), "at least 0"
    ),
    "a log range of 600 decades": Case(
        searched("r: 0.1", DROPOUT, "r: {min_value: 1e-308, max_value: 1e308, sampling: log, step: 1.0000001}"),
        "at most 1",
    ),
    "a search over repeats of 10**9": Case(
        searched("n: 1", "{ReLU, repeat: $n}", "n: {min_value: 1, max_value: 1000000000}"), "more than 3,500 steps"
    ),
    "a search over two repeats": Case(
        searched(
            "n: 1, m: 1",
            "{ReLU, repeat: $n}, {ReLU, repeat: $m}",
            "n: {min_value: 1, max_value: 10000}, m: {min_value: 1, max_value: 10000}",
        ),
        "more than 3,500 steps",
    ),
    # Names
    "a name of 10,000 characters": Case(f"name: {'n' * 9_999}\ninput: {{shape: [8, 8, 3]}}\n{TAIL}", "is no name"),
    "an output of nothing": Case(f"{HEAD}body: [ReLU]\noutputs: {{a: ''}}\n", "must not be empty"),
    "a name with a path": Case(f"name: ../../tmp/pwned\ninput: {{shape: [8, 8, 3]}}\n{TAIL}", "is no name"),
    "a name with a line feed": Case(f'name: "a\\nb"\ninput: {{shape: [8, 8, 3]}}\n{TAIL}', "is no name"),
    "a name with an escape sequence": Case(f'name: "\\e[2J"\ninput: {{shape: [8, 8, 3]}}\n{TAIL}', "is no name"),
    "a section named by an escape sequence": Case(f'{HEAD}"\\e[2J\\e]0;x\\a": 1\n{TAIL}', "a spec has no section"),
    "a section over lines": Case(f'{HEAD}"a\\nhostile.yaml:1:1: all is well": 1\n{TAIL}', "a spec has no section"),
    "a step of 10,000 characters": Case(step(f"{{ReLU, name: {'a' * 9_999}}}"), "a name is made of letters"),
    "a step with a path": Case(step("{ReLU, name: ../a}"), "a name is made of letters"),
    "a step with an escape sequence": Case(step('{ReLU, name: "\\e[2J"}'), "a name is made of letters"),
    "1,000 names that are nearly right": Case(
        lambda: (
            HEAD
            + "body:\n"
            + "".join(f"  - {{ReLU, name: step{i}}}\n" for i in range(1_000))
            + "".join(f"  - {{ReLU, from: stop{i}}}\n" for i in range(1_000))
        ),
        "no step above",
    ),
    "5,000 unknown keys": Case(
        lambda: HEAD + "body:\n  - Dense: {" + ", ".join(f"unit{i}: 1" for i in range(5_000)) + "}\n", "Dense has no"
    ),
    "5,000 unknown layers": Case(
        lambda: HEAD + "body: [" + ", ".join(f"Dens{i}" for i in range(5_000)) + "]\n", "no such layer"
    ),
    "5,000 unknown sections": Case(lambda: HEAD + "".join(f"sect{i}: 1\n" for i in range(5_000)) + TAIL, "no section"),
    "limits that cannot be held": Case(
        f"{HEAD}limits: {{memory: {'9' * 15}TiB}}\nbody: [Dense: {{units: 0}}]\n", "must be at least 1"
    ),
    "limits of 10,000 digits": Case(f"{HEAD}limits: {{memory: {'9' * 9_000}TiB}}\n{TAIL}", "a size with its unit"),
    "a memory limit that backtracks": Case(
        f"{HEAD}limits: {{memory: {'9.' * 4_000}B}}\n{TAIL}", "a size with its unit"
    ),
}
