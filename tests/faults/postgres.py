"""A PostgreSQL server of the trial's own, which it may restart as it likes."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from server import Place, free_port

# As scripts/postgres has them: every page is checked and every commit synced.
INITDB = ["--username=postgres", "--auth=trust", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8",
          "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"]


class Cluster:
    def __init__(self, *settings):
        """`settings` as `name=value`, beside those every Kish needs."""
        self.bin = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        # Not below a folder of the trial's, in which the user postgres may not look.
        self.folder = Path(tempfile.mkdtemp(prefix="kish-postgres."))
        self.port = free_port()
        self.settings = settings
        self.made = 0
        # Root may not run it.
        self.by = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.by:
            os.chown(self.folder, pwd.getpwnam("postgres").pw_uid, -1)
        self.do("initdb", "-D", self.folder / "data", *INITDB)
        self.start()
        self.admin("CREATE ROLE kish LOGIN CREATEDB")

    def do(self, program, *arguments):
        # Those who ask it where else it listens must not be led there.
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
        command = [*self.by, self.bin / program, *map(str, arguments)]
        # What it starts keeps the output open: a pipe would never end.
        with open(self.folder / "said", "wb") as said:
            done = subprocess.run(command, cwd=self.folder, env=variables, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {(self.folder / 'said').read_text()}")

    def start(self):
        options = " ".join(f"-c {setting}" for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=on", *self.settings))
        self.do("pg_ctl", "start", "-w", "-D", self.folder / "data", "-l", self.folder / "log", "-o", f"-p {self.port} {options}")

    def stop(self, mode):
        """`fast` lets it write what it knows; `immediate` is a crash of PostgreSQL, though not of the machine."""
        self.do("pg_ctl", "stop", "-w", "-D", self.folder / "data", "-m", mode)

    @property
    def superuser(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def admin(self, sql):
        self.do("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.superuser, "-c", sql)

    def process(self, kind):
        """The number of one of its own processes."""
        found = Place(self.folder, self.superuser).rows(f"SELECT pid FROM pg_stat_activity WHERE backend_type = '{kind}'")
        return int(found[0][0])

    def place(self, folder):
        """A new database, with a data folder for the keys."""
        self.made += 1
        self.admin(f"CREATE DATABASE kish_{self.made} OWNER kish")
        folder.mkdir(parents=True, mode=0o700)
        return Place(folder, f"postgres://kish@127.0.0.1:{self.port}/kish_{self.made}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop("immediate")
        except RuntimeError:
            # It was stopped already.
            pass
        shutil.rmtree(self.folder)
