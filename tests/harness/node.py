"""JavaScript clients under Node: npm installs what a folder's lock file names, for all runs."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(tempfile.gettempdir()) / f"tern-test-node-{os.getuid()}"
RUN_SECONDS = 240


class Node:
    """The programs in `folder`, which has a package.json and a package-lock.json."""

    def __init__(self, folder):
        lock = (folder / "package-lock.json").read_bytes()
        self.place = CACHE / hashlib.sha256(lock).hexdigest()[:16]
        self.place.mkdir(parents=True, exist_ok=True)
        with open(self.place / "busy", "w") as busy:
            fcntl.flock(busy, fcntl.LOCK_EX)
            for source in (*folder.glob("*.js"), *folder.glob("package*.json")):
                shutil.copy(source, self.place)
            if not (self.place / "installed").exists():
                subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts",
                                "--loglevel", "error"], cwd=self.place, check=True)
                (self.place / "installed").touch()

    def run(self, program, *arguments, seconds=RUN_SECONDS):
        subprocess.run(["node", program, *map(str, arguments)], cwd=self.place, check=True,
                       timeout=seconds)
