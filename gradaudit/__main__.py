"""`python -m gradaudit` is `gradaudit`."""

import sys

from gradaudit.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
