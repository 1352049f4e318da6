#!/usr/bin/env python3
"""Each mail program, as its settings have it, relays a real message by its certificate through a
real Postfix, and is refused once its entry is removed."""

import json
import os
import re
import subprocess

from support import certs, delivering_server, harness, program_root, running
from support.delivering_server import STARTTLS, WRAPPED, DeliveringServer

PRINT = os.environ.get("RELAYCTL_PRINT_SETTINGS", "/tmp/c21/ps")


def settings(program, port, fingerprint=""):
    kind = "wrapped" if port == WRAPPED else "starttls"
    said = harness.run([PRINT, program, program_root.HOST, "server.example", str(port), kind,
                        *([fingerprint] if fingerprint else [])])
    return said.stdout


def two_parts(text):
    """The commands that set up the program, and the one that tries it."""
    set_up, _, attempt = text.partition("# Try it:\n")
    return set_up, attempt
