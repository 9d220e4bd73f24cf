#!/usr/bin/env python3
"""Shows that check_includes.py finds what it is there for, and nothing else."""

import tempfile
import unittest
from pathlib import Path

import check_includes

LAYERS = """
# words
set(TERN_LAYER_base "")
set(TERN_LAYER_broker_queue base)
set(TERN_LAYER_protocol_stomp base)
set(TERN_LAYER_protocol_mqtt base)
set(TERN_LAYER_runtime
    base)  # I/O
set(TERN_IO_MODULES runtime)
"""


class Tree:
    """A small source tree in a scratch folder."""

    def __init__(self, root):
        self.root = Path(root)
        self.write("cmake/layers.cmake", LAYERS)
        self.write("src/base/CMakeLists.txt", "tern_module(base HEADERS word.h)")
        self.write("src/base/word.h", '#pragma once\n#include <string>\n')

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def findings(self):
        return list(check_includes.findings(self.root))


class CheckIncludes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = Tree(folder.name)

    def expect_clean(self, name, text):
        self.tree.write(name, text)
        self.assertEqual(self.tree.findings(), [])

    def expect_finding(self, name, text, expected):
        self.tree.write(name, text)
        found = self.tree.findings()
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def test_an_allowed_edge_passes(self):
        self.expect_clean("src/runtime/loop.cc", '#include "base/word.h"\n')

    def test_io_is_fine_where_it_belongs(self):
        self.expect_clean(
            "src/runtime/loop.cc",
            "#include <boost/asio/io_context.hpp>\n#include <thread>\n"
            "auto now() { return std::chrono::steady_clock::now(); }\n")

    def test_an_edge_that_is_not_listed(self):
        self.expect_finding("src/base/word.cc", '\n#include "runtime/loop.h"\n',
                            "src/base/word.cc:2: base may not include runtime")

    def test_a_room_includes_another(self):
        self.expect_finding("src/protocol/mqtt/session.cc", '#include "protocol/stomp/frame.h"\n',
                            "protocol_mqtt may not include protocol_stomp")

    def test_a_module_that_is_not_listed(self):
        self.expect_finding("src/federation/bridge.cc", "int x;\n",
                            "src/federation/bridge.cc:1: federation is no module")

    def test_an_include_of_a_module_that_is_not_listed(self):
        self.expect_finding("src/runtime/loop.cc", '#include "federation/bridge.h"\n',
                            "lies in no module")

    def test_an_include_that_is_no_full_path(self):
        self.expect_finding("src/base/word.cc", '#include "word.h"\n', "no full path")

    def test_product_code_includes_a_test_helper(self):
        self.expect_finding("src/base/word.cc", '#include "base/word_fixture.h"\n', "tests only")

    def test_tests_may_use_more(self):
        for name in ("word_test.cc", "word_fuzz.cc", "word_story.h", "testing.h"):
            with self.subTest(name):
                self.expect_clean(f"src/base/{name}",
                                  '#include "runtime/loop.h"\n#include <thread>\n')

    def test_a_source_listed_as_a_test_is_one(self):
        self.tree.write("src/broker/queue/CMakeLists.txt",
                        "tern_module(broker_queue\n  TESTS counting_new.cc)")
        self.expect_clean("src/broker/queue/counting_new.cc", "#include <thread>\n")

    def test_rules_include_io_headers(self):
        for header in ("boost/asio/ip/tcp.hpp", "boost/beast/core.hpp", "openssl/ssl.h", "thread",
                       "sys/socket.h", "fstream", "mutex", "ctime", "random", "coroutine"):
            with self.subTest(header):
                self.expect_finding("src/broker/queue/queue.cc", f"#include <{header}>\n",
                                    f"broker_queue does no I/O but includes <{header}>")

    def test_rules_use_clocks_threads_and_randomness(self):
        for code in ("std::chrono::system_clock::now()", "std::thread t", "time(nullptr)",
                     "std::random_device d", "std::this_thread::yield()", "co_return"):
            with self.subTest(code):
                self.expect_finding("src/broker/queue/queue.cc", f"void f() {{ {code}; }}\n",
                                    "broker_queue does no I/O but uses")

    def test_words_in_comments_and_literals_are_no_code(self):
        self.expect_clean(
            "src/broker/queue/queue.cc",
            '// std::thread is not for us\n/* nor\n co_await */ const char* s = "fopen(";\n'
            "const int big = 1'000'000;\n")

    def test_a_header_that_is_not_built(self):
        self.expect_finding("src/base/forgotten.h", "#pragma once\n", "in no HEADERS list")

    def test_the_list_has_a_cycle(self):
        self.expect_finding("cmake/layers.cmake", "set(TERN_LAYER_base bytes)\n"
                            "set(TERN_LAYER_bytes base)\n", "a cycle: ")

    def test_the_list_lets_rules_do_io(self):
        self.expect_finding("cmake/layers.cmake", LAYERS + "set(TERN_LAYER_store runtime)\n",
                            "store does no I/O but lists runtime")

    def test_the_list_lets_rooms_meet(self):
        self.expect_finding("cmake/layers.cmake",
                            LAYERS + "set(TERN_LAYER_protocol_amqp10 protocol_mqtt)\n",
                            "a room knows no other room")

    def test_the_list_names_a_module_that_does_not_exist(self):
        self.expect_finding("cmake/layers.cmake", LAYERS + "set(TERN_LAYER_store bytes)\n",
                            "which has no TERN_LAYER_bytes")


if __name__ == "__main__":
    unittest.main()
