"""Runs unmodified Python tools against a local network: `make test-tools`."""

import os
import pathlib
import sys
import unittest

import shared
from network import Network

if __name__ == "__main__":
    with Network() as network:
        # titanoboa keeps what it has read of a chain in the home folder, and each of our chains has the same id.
        os.environ["HOME"] = str(network.folder)
        shared.start(network)
        pattern = sys.argv[1] if len(sys.argv) > 1 else "test_*.py"
        suite = unittest.defaultTestLoader.discover(str(pathlib.Path(__file__).parent), pattern)
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        if not result.wasSuccessful() or result.testsRun == 0:
            raise SystemExit(1)
