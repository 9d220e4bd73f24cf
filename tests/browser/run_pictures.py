#!/usr/bin/python3
"""Takes the pictures of the web console that the guides show, at the widths of a desk and of a
phone: `./dev pictures`."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import options as harness
from harness.node import Node

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
BYTES_MAX = 100_000


def run():
    parser = harness.parser(__doc__)
    parser.add_argument("--folder", type=Path, default=IMAGES, help="where they are put")
    options = parser.parse_args()
    here = Path(__file__).resolve().parent
    options.folder.mkdir(parents=True, exist_ok=True)
    with (tempfile.TemporaryDirectory(prefix="etc-") as etc,
          harness.broker_for(options, settings={"http.listen": "127.0.0.1:0"}, listener="auto",
                             with_java=False,
                             document=shutil.copy(here / "activemq.xml", etc)) as (broker, _),
          harness.broker_for(options, settings={"http.listen": "127.0.0.1:0",
                                                "http.open": "false"},
                             listener="auto", with_java=False) as (closed, _)):
        Node(here).run("pictures.js", shutil.which("chromium"), broker.http_port, broker.port,
                       closed.http_port, options.folder.resolve())
    for image in sorted(options.folder.glob("console-*.png")):
        subprocess.run(["pngquant", "--force", "--ext", ".png", "--strip", "--speed", "1", "64",
                        image], check=True)
        assert image.stat().st_size < BYTES_MAX, f"{image} has {image.stat().st_size} bytes"


if __name__ == "__main__":
    harness.main(run)
