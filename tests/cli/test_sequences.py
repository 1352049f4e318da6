#!/usr/bin/env python3
"""Any sequence of changes on any table by hand keeps every byte that is not relayctl's, and does
what a model says."""

import json
import os
import random
import time

from support import harness
from support.table_case import TableCase

HOSTS = ["a.example", "b.example"]
FOREIGN = [
    "# a comment", "", "  ", "#relayctl is nice", "  # indented", "junk", '"q',
    "key\tvalue # trailing", "folded\n  over\n# within\n lines", "# relayctl/2: another format",
    "# relayctl: cert CN=orphan for=99:99:99:99", "caf\u00e9 x"
]
START = 1_800_000_000


class Sequences(TableCase):
    TYPE = "texthash"

    def setUp(self):
        super().setUp()
        self.seed = harness.seed()
        self.random = random.Random(self.seed)
        self.clients = [self.client("n%d" % number, days=3650) for number in range(4)]
        self.of_client = {client.fingerprint(): client for client in self.clients}

    def hand_made(self):
        newline = self.random.choice(["\n", "\n", "\r\n"])
        lines = [
            self.random.choice(FOREIGN).replace("\n", newline)
            for _ in range(self.random.randrange(8))
        ]
        text = newline.join(lines)
        if lines and lines[-1].strip() == "" or self.random.random() < 0.7:
            text += newline if lines else ""
        return text.lstrip(" \t")

    def foreign(self, text):
        """The text without the entries of the model and their own annotations."""
        kept, lines = [], text.splitlines(True)
        for number, line in enumerate(lines):
            key = line.split(" ")[0]
            after = lines[number + 1].split(" ")[0] if number + 1 < len(lines) else ""
            own = (line.startswith("# relayctl:") and after in self.model
                   and ("for=" + after[:11]) in line)
            if key not in self.model and not own:
                kept.append(line)
        return "".join(kept)

    def step(self, now):
        what = self.random.choice(
            ["add", "add", "remove", "rotate", "rotate", "annotate", "prune", "again", "import"])
        client = self.random.choice(self.clients)
        host = self.random.choice(HOSTS)
        fingerprint = client.fingerprint()
        run = lambda *args, **options: self.run_it("-d", "sha256", "-t", self.table, *args,
                                                   env={"RELAYCTL_TEST_CLOCK": str(now)},
                                                   **options)  # noqa: E731
        if what == "add":
            same = self.model.get(fingerprint, (host,))[0] == host
            run("add", client.cert, host, check=0 if same else 1)
            if same:
                self.model[fingerprint] = (host, None)
        elif what == "remove":
            run("remove", "--if-exists", fingerprint)
            self.model.pop(fingerprint, None)
        elif what == "rotate":
            grace = self.random.choice([0, 3600, 86400])
            others = self.model.get(fingerprint, (host,))[0] != host
            run("rotate", "--create", host, client.cert, "--grace", "%ds" % grace,
                check=1 if others else 0)
            if not others:
                for other, (owner, retire) in self.model.items():
                    if owner == host and other != fingerprint:
                        self.model[other] = (owner, min(retire or now + grace, now + grace))
                self.model[fingerprint] = (host, None)
        elif what == "annotate":
            run("annotate", "--if-exists", client.cert, "--note", "n%d" % now)
        elif what == "prune":
            stay = {f: e for f, e in self.model.items() if e[1] is None or e[1] > now}
            run("prune", "--yes", "--allow-empty")
            self.model = stay
        elif what == "again":
            run("rebuild")
        else:
            listed = os.path.join(self.directory, "list")
            wanted = [(c, self.model.get(c.fingerprint(), (host,))[0]) for c in self.clients[:2]]
            self.write("".join("%s %s\n" % (c.cert, owner) for c, owner in wanted), listed)
            run("add", "--from", listed)
            self.model.update({c.fingerprint(): (owner, None) for c, owner in wanted})
        return what

    def test_random_walks(self):
        for walk in range(100 if harness.LONG else 12):
            text = self.hand_made()
            self.write(text)
            self.model = {}
            done = []
            for number in range(15):
                now = START + number * 40000
                done.append(self.step(now))
                with self.subTest(seed=self.seed, walk=walk, done=done, text=text):
                    table = self.read().decode()
                    # An end without a newline moves to the new end; nothing else of the foreign
                    # text does.
                    self.assertEqual(self.foreign(table).rstrip("\r\n"), text.rstrip("\r\n"))
                    entries = json.loads(
                        self.run_it("-d", "sha256", "-t", self.table, "list",
                                    "--json").stdout)["entries"]
                    ours = {
                        e["fingerprint"]: (e["host"], e["retire_after"])
                        for e in entries if e["fingerprint"] in self.of_client
                    }
                    wanted = {
                        f:
                        (h,
                         None if r is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(r)))
                        for f, (h, r) in self.model.items()
                    }
                    self.assertEqual(ours, wanted)
            self.run_it("-d", "sha256", "-t", self.table, "remove", "--if-exists", "--all",
                        *self.of_client)
            with self.subTest(seed=self.seed, walk=walk, done=done):
                self.assertEqual(self.read().decode(), text)


if __name__ == "__main__":
    harness.main()
