#!/usr/bin/env python3
"""docs/clients.md says for each mail program what issue writes for it."""

import os
import re

from support import harness, postfix_server

EXAMPLE = ("1F:0C:8D:57:8A:B7:5E:33:0D:3B:90:3F:B1:E4:DA:16:"
           "EF:2A:C5:74:0D:62:B8:CF:41:26:6B:97:D0:D1:49:5B")


def forms(fingerprint):
    digits = fingerprint.replace(":", "")
    return fingerprint, digits, digits.lower()


class Page(harness.Case):

    def readme(self, server, program):
        out = os.path.join(server.directory, program)
        harness.relayctl("-c", server.config, "issue", "zen.example", "--for", program, "--server",
                         "mx.example:587", "--out", out, check=0)
        harness.relayctl("-c", server.config, "remove", "zen.example", check=0)
        text = harness.read_text(os.path.join(out, "zen.example", "README.txt"))
        for own, example in zip(forms(server.server.fingerprint()), forms(EXAMPLE)):
            text = text.replace(own, example)
        return text

    def test_each_program(self):
        page = harness.read_text(os.path.join(harness.SOURCE, "docs/clients.md"))
        blocks = re.findall(r"^```(?:sh|text)\n(.*?)^```$", page, re.M | re.S)
        server = postfix_server.Server()
        self.addCleanup(server.stop)
        with open(server.path, "w"):
            pass
        server.command("postmap", server.table)
        programs = re.findall(r"^\| ([a-z]+) \| ", page.partition("|---|")[2], re.M)
        self.assertEqual(len(programs), len(blocks))
        everything = self.readme(server, "all")
        for program, block in zip(programs, blocks):
            with self.subTest(program=program):
                self.assertTrue(self.readme(server, program).endswith("\n\n\n" + block))
                self.assertIn(block, everything)


if __name__ == "__main__":
    harness.main()
