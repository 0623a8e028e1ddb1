"""Records how much work an audit does in a healthy step, for tests/overhead to compare with.

    python -m benchmarks.record_counts [--check]

Run it when a step was meant to become more expensive, or has become cheaper, and commit
tests/overhead/counts.json. Numbers of other versions of Python and torch stay as they are. With
`--check` nothing is written: what rose and what fell is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys


def main() -> None:
    """Count, tell what changed, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    only_look: bool = parser.parse_args().check
    # Read before torch is: how work is shared between threads must not depend on the machine.
    os.environ["OMP_NUM_THREADS"] = "1"
    from tests.overhead import counting

    everything = counting.stored()
    before = everything.get(counting.VERSIONS, {})
    now = {name: counting.measure(name) for name in counting.NAMES if counting.is_counted(name)}
    print(counting.VERSIONS)
    for name, counted in now.items():
        for what, number in counted.items():
            old = before.get(name, {}).get(what)
            change = "new" if old is None else f"{number - old:+,.6g}" if number != old else ""
            print(f"{name:24} {what:20} {number:>14,.6g}  {change}")
    if only_look:
        sys.exit(any(counting.complaints(n, c, before.get(n, {})) for n, c in now.items()))
    everything[counting.VERSIONS] = now
    counting.STORED.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
