#!/usr/bin/env python3
"""Clients that are listed, and that Postfix does not find: in a directory that is closed to
proxymap, or in a map that has outgrown its size."""

import hashlib
import json
import os
import subprocess

from support import certs, harness
from test_relay import REFUSED, RELAYED, TRY_AGAIN, ServerCase


class OutOfReach(ServerCase):

    def reason(self, server, client):
        said = self.relayctl(server, "check", "--json", client.cert, check=1)
        return json.loads(said.stdout)["services"][0]["reasons"][0]

    def paste(self, hint):
        path = os.path.dirname(os.path.abspath(harness.RELAYCTL)) + ":" + os.environ["PATH"]
        subprocess.run(["sh", "-ec", hint], check=True, timeout=120, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, PATH=path))

    def test_a_directory_that_is_closed_to_proxymap(self):
        for mode, code in ((0o700, TRY_AGAIN), (0o750, TRY_AGAIN), (0o711, RELAYED)):
            with self.subTest(mode=oct(mode)):
                server = self.server(with_map=False)
                inner = server.directory + "/closed/inner"
                os.makedirs(inner)
                table = "lmdb:" + inner + "/relay_clients"
                zen = certs.Client(server.directory, "zen.example")
                self.relayctl(server, "add", zen.cert, "-t", table)
                server.write_configuration(relay_clientcerts="proxy:" + table,
                                           proxy_read_maps="proxy:" + table)
                os.chmod(server.directory + "/closed", mode)
                server.reload()
                self.assertTrue(server.answer_becomes(zen, code))
                if code == TRY_AGAIN:
                    reason = self.reason(server, zen)
                    self.assertEqual(reason["id"], "proxy-unreadable")
                    self.assertIn(server.directory + "/closed", reason["message"])
                    self.paste(reason["hint"])
                    self.assertTrue(server.answer_becomes(zen, RELAYED))
                self.relayctl(server, "check", zen.cert)
                server.stop()

    def test_a_map_that_has_outgrown_its_size(self):
        server = self.server("lmdb:{dir}/relay_clients", settings={"lmdb_map_size": "65536"})
        zen = certs.Client(server.directory, "zen.example")
        with open(server.path, "w") as source:
            source.write(zen.fingerprint() + " zen.example\n")
            for number in range(4000):
                key = hashlib.sha256(b"%d" % number).digest().hex(":").upper()
                source.write(key + " %d.example\n" % number)
        server.command("postmap", server.table)
        self.assertEqual(server.answer(zen), REFUSED)
        found = json.loads(self.relayctl(server, "verify", "--json", check=1).stdout)["findings"]
        unfolded = [finding for finding in found if finding["id"] == "map-unfolded"]
        reason = self.reason(server, zen)
        self.assertEqual(reason["id"], "not-rebuilt")
        for hint in (unfolded[0]["hint"], reason["hint"]):
            self.assertIn("lmdb_map_size=", hint)
        self.relayctl(server, "rebuild", check=4)  # alone it fails
        self.paste(reason["hint"])
        self.assertEqual(server.answer(zen), RELAYED)
        self.relayctl(server, "check", zen.cert)


if __name__ == "__main__":
    harness.main()
