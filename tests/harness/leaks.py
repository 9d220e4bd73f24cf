"""Passwords of tests, none of which may get into what a broker writes down.

All of them end in `secret`, as in `tester-secret`, or are listed here.
"""

import re

WORDS = re.compile(rb"[\w:]+-secret\b|\w+'s secret\b|(?:another|guessed) secret\b|sunflower")
# Signed tokens, by the first letters of their headers and claims.
TOKENS = re.compile(rb"eyJ[\w-]{8,}\.eyJ[\w-]{8,}")


def find(paths):
    """What of secrets is in the files, as in `broker.log: tester-secret`."""
    found = set()
    for path in paths:
        if not path.exists():
            continue
        with open(path, "rb") as log:
            for line in log:
                found |= {f"{path.name}: {secret.decode()}"
                          for pattern in (WORDS, TOKENS) for secret in pattern.findall(line)}
    return sorted(found)
