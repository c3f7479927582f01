"""One trial of a fault: what it is called with, what it claims, and how it ends."""

import argparse
import random
import shutil
import sys
import time
from pathlib import Path


class Trial:
    """`NAME.py KISH SCRATCH [--seed N] [--brief]`: KISH is the program, SCRATCH a folder that is emptied first.
    What a trial takes besides are numbers, by `more`."""

    def __init__(self, words, **more):
        parser = argparse.ArgumentParser(description=words.splitlines()[0])
        parser.add_argument("kish", type=Path)
        parser.add_argument("scratch", type=Path)
        parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
        parser.add_argument("--brief", action="store_true", help="as much as every change has to pass")
        for name, words in more.items():
            parser.add_argument(f"--{name}", type=int, help=words)
        given = self.given = parser.parse_args()
        self.kish, self.scratch, self.seed, self.is_brief = given.kish.resolve(), given.scratch.resolve(), given.seed, given.brief
        self.draws = random.Random(self.seed)
        self.failed = 0
        self.began = time.monotonic()
        shutil.rmtree(self.scratch, ignore_errors=True)
        # The server refuses a folder in which others may write.
        self.scratch.mkdir(parents=True, mode=0o700)
        self.say(f"seed {self.seed}")

    def pick(self, full, brief):
        return brief if self.is_brief else full

    def say(self, words):
        print(f"{time.monotonic() - self.began:6.1f} s  {words}", flush=True)

    def claim(self, holds, words):
        """What must hold; where it does not, the trial goes on and fails at the end."""
        if not holds:
            self.failed += 1
            print(f"!!! does not hold: {words}", file=sys.stderr, flush=True)
        return holds

    def end(self):
        self.say("all held" if self.failed == 0 else f"{self.failed} claims did not hold")
        return 0 if self.failed == 0 else 1


def wait_until(is_so, what, patience=60.0):
    """Asks until it is so; the seconds that took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > patience:
            raise TimeoutError(f"{what}: not within {patience:.0f} s")
        time.sleep(0.02)
    return time.monotonic() - began
