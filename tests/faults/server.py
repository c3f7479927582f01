"""`kish serve` as a process: where its data are, started, killed, and looked at from outside."""

import atexit
import http.client
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

from trial import wait_until

HERE = Path(__file__).parent


@dataclass
class Place:
    """A data folder and the URL of a database."""

    folder: Path
    database: str

    @staticmethod
    def on_sqlite(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Place(folder, f"sqlite:{folder / 'kish.sqlite'}")

    @property
    def file(self):
        """SQLite's; nothing where the database is another."""
        return Path(self.database.removeprefix("sqlite:")) if self.database.startswith("sqlite:") else None

    def rows(self, sql):
        """Read past the server, as texts."""
        if self.file:
            connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30)
            try:
                return [tuple(map(str, row)) for row in connection.execute(sql)]
            finally:
                connection.close()
        command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.database, "-c", sql]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [tuple(line.split("\t")) for line in said.splitlines()]

    def run(self, kish, *arguments):
        """A command of the program upon these data."""
        command = [kish, *arguments, "--data-dir", self.folder, "--database", self.database]
        return subprocess.run(command, capture_output=True, text=True)


class Server:
    """One process at one address, through all its deaths."""

    def __init__(self, kish, place, log, **environment):
        self.kish, self.place, self.log = kish, place, log
        self.environment = environment
        self.port = free_port()
        self.process = None
        # Also where the trial breaks off.
        atexit.register(self.kill)

    @property
    def address(self):
        return "127.0.0.1", self.port

    def start(self, **environment):
        """Until it answers; `environment` goes before what all its lives have."""
        variables = {"KISH_DATABASE": self.place.database, "KISH_LOG": "error"} | self.environment | environment
        command = [self.kish, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.place.folder]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, env=os.environ | variables, stdin=subprocess.DEVNULL, stderr=log)
        wait_until(self.is_live, "the server lives")
        return self

    def is_live(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"kish serve ended with {self.process.returncode}: {self.words()[-2000:]}")
        try:
            return self.get("/health/live")[0] == 200
        except OSError:
            return False

    def get(self, path):
        """Status and headers of a route that asks for nobody."""
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, small(answer.getheaders()), answer.read().decode()
        except http.client.HTTPException as error:
            raise OSError(error) from error
        finally:
            connection.close()

    def gauge(self, name):
        """A number of `/metrics`."""
        lines = self.get("/metrics")[2].splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))

    def words(self):
        return Path(self.log).read_text(errors="replace")

    def kill(self):
        if self.process and self.is_alive():
            self.process.kill()
            self.process.wait()

    def stop(self):
        """As an office does."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)

    def is_alive(self):
        return self.process.poll() is None

    def megabytes(self, field):
        """Of memory: `VmRSS` now, `VmHWM` at most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{field}:")) / 1024

    def descriptors(self):
        """Of open files; of a process that lets nobody look into it only root learns that."""
        try:
            return len(os.listdir(f"/proc/{self.process.pid}/fd"))
        except PermissionError:
            return None


def small(headers):
    """By names in small letters."""
    return {name.lower(): value for name, value in headers}


def free_port():
    """Below the range from which the system serves outgoing connections: there a client could take it while the server is dead."""
    for _ in range(100):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise OSError("no port is free")


def built(name, scratch):
    """A library of this folder for LD_PRELOAD."""
    library = scratch / f"{name}.so"
    command = ["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, HERE / f"{name}.c", "-ldl", "-lpthread"]
    subprocess.run(command, check=True)
    return str(library)


def has_postgres():
    return shutil.which("psql") is not None and any(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
