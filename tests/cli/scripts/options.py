"""Options with the names of ours, and standard input."""

import argparse
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--json")
parser.add_argument("--ignore-parameters")
parser.add_argument("--i")
parser.add_argument("-m")
parser.add_argument("--quiet", action="store_true")
parser.add_argument("rest", nargs="*")
print(parser.parse_args(), sys.argv)
print(sys.stdin.read())
