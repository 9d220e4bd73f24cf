#!/usr/bin/python3
"""Finds passwords of tests where they must not be."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import leaks


class LeaksTest(unittest.TestCase):
    def found(self, text):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "a.log"
            log.write_text(text)
            return leaks.find((log, Path(folder) / "missing.log"))

    def test_finds_passwords_and_tokens(self):
        self.assertEqual(["a.log: tester-secret"], self.found("no login: tester-secret!\n"))
        self.assertEqual(["a.log: ann's secret"], self.found("x\nann's secret\nann's secret\n"))
        self.assertEqual(["a.log: sunflower"], self.found("(sunflower)"))
        token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln"
        self.assertEqual([f"a.log: {token.rpartition('.')[0]}"], self.found(f"pass={token}\n"))

    def test_finds_nothing_where_nothing_is(self):
        self.assertEqual([], self.found("wrong password\nno secrets: eyJ.eyJ\n"))


if __name__ == "__main__":
    unittest.main()
