"""Random selectors and messages from a seed, in the format of cases.txt."""

import random

# Properties by type; a letter names it. Any may be missing from a message. The values are few, so
# that comparisons often hold.
TEXTS = ("", "a", "ab", "abc", "b", "B", "5", "-7", "+5", "1.5", " 5 ", "true", "a%b", "a_b", "O'x",
         "é", "日本", "😀", "NaN", "1e3", "99999999999", "a\u2424b")
INTEGERS = (0, 1, 2, 3, 5, -1, -5, 10, 100, 2147483647, -2147483648)
LONGS = INTEGERS + (2147483648, 9007199254740993, 9223372036854775807, -9223372036854775808)
FLOATS = ("0.0", "-0.0", "1.5", "-2.25", "0.1", "5.0", "1.0E10", "NaN", "Infinity", "-Infinity")
NAMES = {
    "text": ("s0", "s1", "s2"), "boolean": ("t0", "t1"), "int": ("i0", "i1"), "long": ("l0",),
    "float": ("f0",), "double": ("d0", "d1"), "byte": ("b0",), "short": ("h0",),
}
LITERALS = ("0", "1", "2", "5", "-1", "-5", "10", "100", "2147483647", "2147483648", "0x10", "017",
            "9223372036854775807", "-9223372036854775807", "5L", "0.0", "1.5", "0.1", "5.", ".5",
            "1e3", "-2.25")
LIKES = ("%", "_", "a%", "%b", "a_b", "a!%b", "!_%", "%a%b%", "", "_%_", "!!", "a!", "日_", "___")
REGEXES = ("a", "^a", "b$", "[ab]+", "^.*$", "[0-9]+", "(a)(b)?", "x*", "", "\\d", "a|5", "(?i)B")
# Not those that match the empty text: Java then cuts a character beyond U+FFFF into halves.
SPLITTERS = (",", "b", "[ab]", "\\.")
REPLACED = ("a", "^a", "b$", "[ab]+", "[0-9]+", "(a)(b)?", "\\d", "a|5", "(?i)B")
REPLACEMENTS = ("", "x", "$0$0", "<$1>", "\\$", "$9")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Generator:
    """One stream of cases."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def case(self):
        """A line without its verdict."""
        prefix = "convert_string_expressions:" if self.chance(4) else ""
        return f" ;; {prefix}{self.condition(4)} ;; {self.properties()}"

    def broken_case(self):
        """A selector in which some words are missing, doubled or changed; often no selector."""
        words = self.condition(3).split(" ")
        for _ in range(self.random.randint(1, 2)):
            at = self.random.randrange(len(words))
            what = self.random.randrange(4)
            if what == 0 and len(words) > 1:
                del words[at]
            elif what == 1:
                words.insert(at, words[at])
            elif what == 2:
                words.insert(at, self.word())
            else:
                words[at] = self.word()
        return f" ;; {' '.join(words)} ;; "

    # --- messages ---

    def properties(self):
        return " ".join(f"{name}={self.value(kind)}" for kind, names in NAMES.items()
                        for name in names if not self.chance(5))

    def value(self, kind):
        match kind:
            case "text":
                return quoted(self.one_of(TEXTS))
            case "boolean":
                return self.one_of(("true", "false"))
            case "int":
                return str(self.one_of(INTEGERS))
            case "long":
                return f"{self.one_of(LONGS)}L"
            case "float":
                return f"{self.one_of(FLOATS)}f"
            case "double":
                return self.one_of(FLOATS)
            case "byte":
                return f"{self.one_of((0, 1, 5, -5, 127, -128))}b"
            case _:
                return f"{self.one_of((0, 1, 5, -5, 32767, -32768))}s"

    # --- selectors; words are set apart by single blanks ---

    def condition(self, depth):
        if depth == 0 or self.chance(8):
            return self.one_of((*NAMES["boolean"], "TRUE", "FALSE", "NULL", "s0", "missing"))
        below = depth - 1
        return self.one_of((
            lambda: f"{self.grouped(below)} {self.one_of(('AND', 'OR'))} {self.grouped(below)}",
            lambda: f"NOT ( {self.condition(below)} )",
            lambda: f"{self.left_number(below)} {self.order()} {self.number(below)}",
            lambda: f"{self.left_number(below)} {self.one_of(('=', '<>'))} {self.number(below)}",
            lambda: f"{self.text(below)} {self.one_of(('=', '<>'))} {self.text(below)}",
            lambda: f"{self.one_of(NAMES['text'])} {self.order()} {self.one_of(NAMES['text'])}",
            lambda: f"{self.boolean(below)} {self.one_of(('=', '<>'))} {self.boolean(below)}",
            lambda: self.mixed_comparison(below),
            lambda: f"{self.left_number(below)} {self.maybe_not()}BETWEEN "
                    f"{self.number(below)} AND {self.number(below)}",
            lambda: f"{self.identifier()} {self.maybe_not()}IN ( {self.text_list()} )",
            lambda: f"{self.text(below)} {self.maybe_not()}LIKE {quoted(self.one_of(LIKES))}"
                    + self.one_of(("", " ESCAPE '!'")),
            lambda: f"{self.operand(below)} IS {self.maybe_not()}NULL",
            lambda: f"REGEX( {self.pattern()} , {self.argument(below)} )",
            lambda: f"INLIST( {self.list(below)} , {self.argument(below)} )",
        ))()

    def grouped(self, depth):
        text = self.condition(depth)
        return f"( {text} )" if self.chance(2) else text

    def mixed_comparison(self, depth):
        """Types that need not fit. A narrow integer stands on the left only: there, Classic is
        right."""
        right = self.one_of((self.text, self.number, self.boolean))(depth)
        return f"{self.identifier()} {self.one_of(('=', '<>'))} {right}"

    def operand(self, depth):
        return self.one_of((self.identifier, lambda: self.bracketed(self.number(depth)),
                            lambda: self.bracketed(self.condition(depth))))()

    def identifier(self):
        return self.one_of([name for names in NAMES.values() for name in names] + ["missing"])

    def left_number(self, depth):
        return self.one_of(("b0", "h0")) if self.chance(6) else self.number(depth)

    def number(self, depth):
        if depth == 0 or self.chance(3):
            return self.one_of((
                lambda: self.one_of(LITERALS),
                lambda: self.one_of(("i0", "i1", "l0", "d0", "d1", "missing")),
                lambda: self.one_of(("i0", "f0", "l0", "d0")),
            ))()
        left = self.bracketed(self.number(depth - 1))
        right = self.bracketed(self.number(depth - 1))
        if self.chance(6):
            left = self.one_of(("b0", "h0"))
        if self.chance(6):
            return f"- {left}"
        return f"{left} {self.one_of('+-*/%')} {right}"

    def text(self, depth):
        if depth == 0 or not self.chance(4):
            return self.one_of((quoted(self.one_of(TEXTS)), *NAMES["text"], "missing"))
        if self.chance(2):
            replacement = quoted(self.one_of(REPLACEMENTS))
            replaced = quoted(self.one_of(REPLACED))
            return f"REPLACE( {self.argument(depth - 1)} , {replaced} , {replacement} )"
        return f"( {self.one_of(NAMES['text'])} + {self.concatenated()} )"

    def concatenated(self):
        """No results of arithmetic: older Java versions write some doubles with needless digits."""
        return self.one_of((quoted(self.one_of(TEXTS)), "s1", "t0", "i0", "l0", "f0", "d0", "b0",
                            "17", "1.5", "missing"))

    def boolean(self, depth):
        return self.one_of((lambda: self.one_of(("t0", "t1", "missing")),
                            lambda: f"( {self.condition(depth)} )"))()

    def argument(self, depth):
        return self.one_of((self.identifier, lambda: quoted(self.one_of(TEXTS)),
                            lambda: f"( {self.one_of(NAMES['text'])} + 'b' )",
                            lambda: self.bracketed(self.number(depth) if depth else "i0")
                            if self.chance(4) else self.one_of(NAMES["text"])))()

    def list(self, depth):
        if self.chance(2):
            items = [self.argument(depth) for _ in range(self.random.randint(1, 3))]
            return f"MAKELIST( {' , '.join(items)} )"
        limit = self.one_of(("", "", " , 2", " , -1", " , 1"))
        splitter = quoted(self.one_of(SPLITTERS))
        return f"SPLIT( {self.one_of(('s0', 's1', quoted('a,b,,')))} , {splitter}{limit} )"

    def pattern(self):
        return "s2" if self.chance(20) else quoted(self.one_of(REGEXES))

    def text_list(self):
        texts = (quoted(self.one_of(TEXTS)) for _ in range(self.random.randint(1, 10)))
        return " , ".join(texts)

    def word(self):
        return self.one_of(("AND", "OR", "NOT", "IS", "NULL", "LIKE", "IN", "BETWEEN", "ESCAPE",
                            "TRUE", "XPATH", "(", ")", ",", "=", "<>", "<", ">=", "+", "-", "*",
                            "i0", "s0", "t0", "5", "1.5", "'x'", "REGEX(", "MAKELIST("))

    def order(self):
        return self.one_of(("<", "<=", ">", ">="))

    def maybe_not(self):
        return self.one_of(("", "NOT "))

    def bracketed(self, text):
        return f"( {text} )" if " " in text else text

    def chance(self, one_in):
        return self.random.randrange(one_in) == 0

    def one_of(self, options):
        return self.random.choice(options)
