#!/usr/bin/env python3
"""Names in main.cf that are no paths from the root begin in queue_directory, as smtpd sees them,
for every command and wherever it is called: beside the caller lie files of the same names."""

import json
import os
import shutil

from support import certs, harness, many_services, postfix_server

RELAYED, REFUSED = 250, 554
NAMES = ("relay_clients", "./sub/../relay_clients")


class RelativeCase(harness.Case):

    def server(self, name, kind="hash", **settings):
        """A Postfix, not yet started, whose table is queue_directory/relay_clients, in which
        old.example is listed, and a directory for the caller with a table of that name for
        other.example."""
        server = postfix_server.Server(table="%s:%s" % (kind, name), settings=settings)
        self.addCleanup(server.stop)
        self.queue = os.path.join(server.directory, "queue")
        self.here = os.path.join(server.directory, "here")
        for directory in (self.queue, self.here):
            os.makedirs(os.path.join(directory, "sub"))
        self.source = os.path.join(self.queue, "relay_clients")
        self.old, self.new, self.other = (certs.Client(server.directory, name + ".example")
                                          for name in ("old", "new", "other"))
        self.fill(server, kind, self.source, self.old)
        self.fill(server, kind, os.path.join(self.here, "relay_clients"), self.other)
        self.decoy = self.files(self.here)
        return server

    def fill(self, server, kind, path, client):
        table = "%s:%s" % (kind, path)
        harness.relayctl("-c", server.config, "-t", table, "add", client.cert, check=0)

    def files(self, directory):
        found = {}
        for name in os.listdir(directory):
            path = os.path.join(directory, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    found[name] = (os.stat(path).st_ino, file.read())
        return found

    def run_it(self, server, *arguments, check=0):
        return harness.relayctl("-c", server.config, *arguments, check=check, cwd=self.here)


class Commands(RelativeCase):

    def answers(self, server):
        return tuple(server.answer(client) for client in (self.old, self.new, self.other))

    def expect(self, server, old, new):
        """What smtpd answers to the two; the caller's own table stays as it is and decides
        nothing."""
        self.assertEqual(self.answers(server), (old, new, REFUSED))
        self.assertEqual(self.files(self.here), self.decoy)

    def hosts(self, server):
        found = json.loads(self.run_it(server, "list", "--json").stdout)
        return sorted(entry["host"] for entry in found["entries"])

    def clients_directory(self, server):
        directory = os.path.join(server.directory, "wanted")
        os.mkdir(directory)
        shutil.copy(self.new.cert, directory)
        return directory

    def test_every_command(self):
        for name in NAMES:
            for command in sorted(c for c in dir(self) if c.startswith("try_")):
                with self.subTest(command, name=name):
                    server = self.server(name)
                    try:
                        server.start()
                        self.expect(server, RELAYED, REFUSED)
                        getattr(self, command)(server)
                    finally:
                        server.stop()

    def try_add(self, server):
        self.run_it(server, "add", self.new.cert)
        self.expect(server, RELAYED, RELAYED)

    def try_remove(self, server):
        self.run_it(server, "remove", "old.example")
        self.run_it(server, "remove", "other.example", check=1)
        self.expect(server, REFUSED, REFUSED)

    def try_rotate(self, server):
        self.run_it(server, "rotate", "old.example", self.new.cert)
        self.expect(server, RELAYED, RELAYED)

    def try_prune(self, server):
        self.run_it(server, "rotate", "--grace", "0s", "old.example", self.new.cert)
        self.run_it(server, "prune", "--retired", "--yes")
        self.expect(server, REFUSED, RELAYED)

    def try_apply(self, server):
        self.run_it(server, "apply", "--prune", "--yes", self.clients_directory(server))
        self.expect(server, REFUSED, RELAYED)

    def try_diff(self, server):
        said = self.run_it(server, "diff", "--prune", self.clients_directory(server), check=1)
        self.assertIn("old.example", said.stdout)
        self.assertNotIn("other.example", said.stdout)
        self.expect(server, RELAYED, REFUSED)

    def try_annotate(self, server):
        self.run_it(server, "annotate", "--note", "seen", self.old.cert)
        with open(self.source) as source:
            self.assertIn("note=seen", source.read())
        self.expect(server, RELAYED, REFUSED)

    def try_rebuild(self, server):
        with open(self.source, "a") as source:
            source.write("%s new.example\n" % self.new.fingerprint())
        self.run_it(server, "rebuild")
        self.expect(server, RELAYED, RELAYED)

    def try_list(self, server):
        self.assertEqual(self.hosts(server), ["old.example"])
        self.expect(server, RELAYED, REFUSED)

    def try_verify(self, server):
        found = json.loads(self.run_it(server, "verify", "--json").stdout)
        self.assertEqual([f["id"] for f in found["findings"] if f["severity"] != "note"], [])
        with open(self.source, "a") as source:
            source.write("this line is no entry\n")
        found = json.loads(self.run_it(server, "verify", "--json", check=1).stdout)
        files = {os.path.realpath(f["file"]) for f in found["findings"] if f["file"]}
        self.assertIn(self.source, files)
        self.expect(server, RELAYED, REFUSED)

    def try_check(self, server):
        for client in (self.old, self.new, self.other):
            said = harness.relayctl("-c", server.config, "check", "--json", client.cert,
                                    cwd=self.here)
            would = json.loads(said.stdout)["would_relay"]
            self.assertEqual(would, server.answer(client) == RELAYED, said.stdout)
        self.expect(server, RELAYED, REFUSED)


class OtherNames(RelativeCase):
    """The files that smtpd reads for TLS, and a table that is asked for the certificate: they lie
    in queue_directory, or beside the caller, where nobody looks."""

    def agrees(self, server, code, client=None):
        """smtpd answers this to the client, or ends the handshake, and check says the same."""
        client = client or self.old
        self.assertEqual(many_services.observe(server.port, client), code, server.log())
        said = self.run_it(server, "check", "--json", client.cert, check=int(code != RELAYED))
        verdict = json.loads(said.stdout)
        self.assertEqual(verdict["would_relay"], code == RELAYED, said.stdout)

    def each_place(self, files, without, client=None, **settings):
        """files: by the name that they have, what gives the path of such a file. without: what
        smtpd answers where they lie beside the caller. client: gives who connects."""
        for place, code in (("queue", RELAYED), ("here", without)):
            with self.subTest(place):
                server = self.server(NAMES[0], **settings)
                for name, make in files.items():
                    shutil.copy(make(server), os.path.join(server.directory, place, name))
                server.start()
                self.agrees(server, code, client and client())

    def test_certificate_of_the_server(self):
        self.each_place({"rs.pem": lambda s: s.server.cert, "rs.key": lambda s: s.server.key},
                        REFUSED, smtpd_tls_cert_file="rs.pem", smtpd_tls_key_file="rs.key")

    def test_chain_of_the_server(self):

        def chain(server):
            path = os.path.join(server.directory, "chain.pem")
            with open(path, "w") as out:
                for part in (server.server.key, server.server.cert):
                    with open(part) as file:
                        out.write(file.read())
            return path

        self.each_place({"chain.pem": chain}, many_services.NO_TLS, smtpd_tls_cert_file="",
                        smtpd_tls_key_file="", smtpd_tls_chain_files="./chain.pem")

    def test_authorities(self):

        def authority(server):
            ca = certs.authority(server.directory, "ca.example")
            self.issued = certs.issued(server.directory, "issued.example", ca)
            return ca.cert

        self.each_place({"ca.pem": authority}, REFUSED, client=lambda: self.issued,
                        smtpd_tls_CAfile="ca.pem",
                        smtpd_relay_restrictions="permit_tls_all_clientcerts, reject")

    def test_a_table_of_check_ccert_access(self):
        server = self.server(NAMES[0],
                             smtpd_relay_restrictions="check_ccert_access hash:access, reject")
        for directory, client in ((self.queue, self.new), (self.here, self.other)):
            path = os.path.join(directory, "access")
            with open(path, "w") as out:
                out.write("%s OK\n" % client.fingerprint())
            server.command("postmap", "hash:" + path)
        server.start()
        self.agrees(server, RELAYED, self.new)
        self.agrees(server, REFUSED, self.other)


if __name__ == "__main__":
    harness.main()
