"""A module that can be run, and imports its neighbours."""

import sys

from . import __name__ as package

VALUE = "from the package"
if __name__ == "__main__":
    print(package, __name__, __spec__.name, __package__, sys.argv, __file__)
    raise LookupError(VALUE)
