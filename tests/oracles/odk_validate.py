"""Asks ODK Validate, the judge inside the pyxform package, whether it accepts an XForm: odk_validate.py XFORM.xml"""

import subprocess
import sys
from pathlib import Path

from pyxform.validators.odk_validate import ODK_VALIDATE_PATH

ACCEPTED = "Xform is valid"
SECONDS = 120


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        print(__doc__, file=sys.stderr)
        return 2
    run = subprocess.run(
        ["java", "-Djava.awt.headless=true", "-jar", ODK_VALIDATE_PATH, arguments[0]],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    said = (run.stdout + run.stderr).strip()
    if run.returncode == 0 and ACCEPTED in said:
        print(f"OK: ODK Validate accepts {arguments[0]}")
        return 0
    print(said)
    print(f"REFUSED: {arguments[0]} (exit {run.returncode})")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
