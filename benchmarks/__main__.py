"""``python -m benchmarks [NAME ...] [--OPTION ...]``: run the measurements, each in a process of its own.

Everything from the first option on goes to the measurements as it is: ``python -m benchmarks engine --quick``.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import takewhile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def names() -> list[str]:
    """The benchmarks: every module of this folder that does not begin with an underscore."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def main(arguments: list[str]) -> int:
    """Run the benchmarks of these names, or all; 1 if one failed or missed a limit, 2 if there is none of a name."""
    wanted = list(takewhile(lambda argument: not argument.startswith("-"), arguments))
    options, known = arguments[len(wanted) :], names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}. Known are: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name in wanted or known:
        print(f"== {name}", file=sys.stderr, flush=True)
        # A process each, so that peak memory and caches of one do not colour the next.
        if subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *options], cwd=FOLDER.parent, check=False
        ).returncode:
            failed.append(name)
    if failed:
        print(f"Failed, or above a limit: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
