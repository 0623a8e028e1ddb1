"""Runs as `-m parcel`, and as a directory without relative imports."""

import sys

print(__name__, __package__, __spec__.name, __file__, sys.argv, sys.path[0])
if __package__:
    from .part import VALUE

    print(VALUE)
