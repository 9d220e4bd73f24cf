#!/usr/bin/python3
"""Documents that come with ActiveMQ Classic: each loads, or is refused for what is not here.

Debian's package `activemq` brings those of 5.17; it is unpacked, not installed, as it would add a
service. Those of other versions lie in the folder `assembly/src/release` of a clone of ActiveMQ,
which `--release` names.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS = 30
DEBIAN = ("usr/share/doc/activemq/examples/conf", "etc/activemq/instances-available")
# What there is not: stores other than KahaDB's.
REFUSED = ("persistenceAdapter/jdbcPersistenceAdapter", "persistenceAdapter/replicatedLevelDB",
           "persistenceFactory/journalPersistenceAdapterFactory")
# Where a package has left them out.
COMPANIONS = {"credentials.properties": "activemq.username=system\nactivemq.password=m-secret\n",
              "credentials-enc.properties": "activemq.password=m-secret\nguest.password=g-secret\n"}


def debian(cache):
    """Where the package's documents lie; they are fetched once."""
    root = cache / "activemq"
    if not root.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            subprocess.run(["apt-get", "-qq", "download", "activemq"], cwd=work, check=True)
            package = next(Path(work).glob("*.deb"))
            subprocess.run(["dpkg-deb", "--extract", package, f"{work}/unpacked"], check=True)
            os.rename(f"{work}/unpacked", root)
    return [root / folder for folder in DEBIAN]


def documents(folders):
    found = sorted(path for folder in folders for path in folder.rglob("activemq*.xml"))
    if not found:
        sys.exit(f"no documents in {', '.join(map(str, folders))}")
    return found


def check(tern, document, conf, folders):
    """What is refused of the document, as `tern config check` says it."""
    for name, text in COMPANIONS.items():
        (conf / name).write_text(text, encoding="utf-8")
    for companion in (path for folder in folders for path in folder.glob("*.properties")):
        shutil.copy(companion, conf)
    copy = conf / document.name
    shutil.copy(document, copy)
    # What the distribution's own secrets are encrypted with.
    done = subprocess.run([tern, "config", "check", copy], capture_output=True, text=True,
                          timeout=SECONDS,
                          env={**os.environ, "ACTIVEMQ_ENCRYPTION_PASSWORD": "activemq"})
    *lines, total = done.stdout.splitlines()
    form = re.compile(rf"(rejected|without effect): {re.escape(str(copy))}:\d+:\d+: (\S+): .+")
    findings = [form.fullmatch(line) for line in lines]
    assert all(findings), (document, [line for line in lines if not form.fullmatch(line)])
    refused = [one[2] for one in findings if one[1] == "rejected"]
    assert total.endswith(f"{len(refused)} rejected"), (document, total)
    assert not total.startswith("0 applied"), (document, total)
    assert done.returncode == (1 if refused else 0), (document, done)
    return set(refused)


def expected(document):
    """What has to be refused of it."""
    text = re.sub("<!--.*?-->", "", document.read_text(encoding="utf-8"), flags=re.S)
    return {f"broker/{one}" for one in REFUSED if f"<{one.rpartition('/')[2]}" in text}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tern", required=True, metavar="PATH", help="the command")
    parser.add_argument("--release", metavar="DIR", type=Path, action="append",
                        help="with conf/ and examples/conf/, instead of Debian's package")
    parser.add_argument("--cache", metavar="DIR", type=Path, default=Path(tempfile.gettempdir()),
                        help="where Debian's package is unpacked")
    options = parser.parse_args()
    if options.release:
        folders = [root / name for root in options.release for name in ("conf", "examples/conf")]
    else:
        folders = debian(options.cache)
    count = 0
    for document in documents(folders):
        with tempfile.TemporaryDirectory(prefix="tern-test-") as work:
            conf = Path(work) / "conf"
            conf.mkdir()
            refused = check(Path(options.tern).resolve(), document, conf, folders)
        assert refused == expected(document), (document, refused)
        count += 1
    print(f"{count} documents")


if __name__ == "__main__":
    main()
