#!/usr/bin/python3
"""Installs the client library into a prefix and builds the guide's first example with it, as the
guide says: with CMake, and with pkg-config."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from guides import blocks, programs
from harness import options as harness

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "cpp-client.md"
BUILD_SECONDS = 300


def run_in(folder, command, **environment):
    done = subprocess.run(["bash", "-euc", command], cwd=folder, timeout=BUILD_SECONDS, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, **environment})
    assert done.returncode == 0, f"$ {command}\n{done.stdout}"
    return done.stdout


def with_cmake(folder, prefix, source):
    folder.mkdir()
    (folder / "hello.cc").write_text(source)
    [document] = blocks(GUIDE, "cmake")
    (folder / "CMakeLists.txt").write_text(document)
    run_in(folder, "cmake -B build && cmake --build build", CMAKE_PREFIX_PATH=str(prefix))
    return folder / "build" / "hello"


def with_pkg_config(folder, prefix, source):
    folder.mkdir()
    (folder / "hello.cc").write_text(source)
    [command] = [block for block in blocks(GUIDE, "sh") if "pkg-config" in block]
    [found] = prefix.rglob("ternmq-client.pc")
    run_in(folder, command, PKG_CONFIG_PATH=str(found.parent))
    return folder / "hello"


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--build", required=True, metavar="DIR", help="what is installed")
    options = parser.parse_args()
    source = programs(GUIDE)["hello.cc"]
    with (harness.broker_for(options, with_java=False) as (broker, _),
          tempfile.TemporaryDirectory(prefix="tern-install-") as scratch):
        prefix = Path(scratch) / "prefix"
        run_in(scratch, f"cmake --install '{Path(options.build).resolve()}' --component client "
                        f"--prefix '{prefix}'")
        for build in (with_cmake, with_pkg_config):
            program = build(Path(scratch) / build.__name__, prefix, source)
            said = run_in(scratch, str(program), TERN_URL=broker.url)
            assert said == "hello\n", f"{build.__name__}: {said}"


if __name__ == "__main__":
    harness.main(run)
