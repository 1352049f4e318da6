#!/usr/bin/env python3
"""Raw public keys (Postfix 3.9, OpenSSL 3.2): check against a client that sends its key alone."""

import json
import subprocess
import unittest

from support import certs, harness, postfix_server

HAS_RAW_KEYS = "-enable_client_rpk" in subprocess.run(["openssl", "s_client", "-help"],
                                                      capture_output=True, text=True).stderr


@unittest.skipUnless(HAS_RAW_KEYS, "this OpenSSL has no raw public keys")
class RawKeys(harness.Case):

    def setUp(self):
        postfix_server.require()
        self.server = postfix_server.Server(settings={"smtpd_tls_enable_rpk": "yes"}.items())
        self.addCleanup(self.server.stop)
        if not self.server.command("postconf", "-h", "smtpd_tls_enable_rpk").stdout.strip():
            self.skipTest("this Postfix has no raw public keys")
        self.client = certs.Client(self.server.directory, "zen.example")

    def table(self, name, *values):
        path = "%s/%s" % (self.server.directory, name)
        keys = {"cert": self.client.fingerprint(), "key": self.client.key_fingerprint()}
        with open(path, "w") as out:
            out.write("".join("%s %s\n" % (keys[kind], value) for kind, value in values))
        self.server.command("postmap", "hash:" + path)
        return "hash:" + path

    def relays(self, *options):
        """Whether RCPT is answered with 250. Each line is sent when the one before is answered."""
        command = ["openssl", "s_client", "-quiet", "-starttls", "smtp", "-connect",
                   "127.0.0.1:%d" % self.server.port, "-cert", self.client.cert, "-key",
                   self.client.key, *options]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as session:
            code = "250"
            for line in ("ehlo client.example", "mail from:<a@client.example>",
                         "rcpt to:" + postfix_server.RECIPIENT):
                if code != "250":
                    break
                session.stdin.write(line + "\r\n")
                session.stdin.flush()
                code = self.answer(session)
            session.kill()
        return code == "250"

    def answer(self, session):
        for line in session.stdout:
            if line[:3].isdigit() and line[3:4] == " ":
                return line[:3]
        return None

    def test_what_each_gets(self):
        access = self.table("access", ("cert", "REJECT"), ("key", "OK"))
        by_key, by_cert = self.table("by_key", ("key", "zen")), self.table("by_cert",
                                                                           ("cert", "zen"))
        relay, tables = "smtpd_relay_restrictions", "relay_clientcerts"
        trusted = {"smtpd_tls_CAfile": self.client.cert}
        rows = [({relay: "check_ccert_access %s, reject" % access, tables: ""}, "rpk-relays"),
                ({tables: by_key}, None), ({tables: by_cert}, "rpk-cert-only"),
                ({tables: "", relay: "permit_tls_all_clientcerts, reject", **trusted},
                 "rpk-refused"),
                ({tables: by_key, "smtpd_tls_req_ccert": "yes",
                  "smtpd_tls_security_level": "encrypt", **trusted}, "rpk-refused")]
        usual = dict(self.server.settings)
        for settings, remark in rows:
            with self.subTest(settings):
                if self.server.master:
                    self.server.master.terminate()
                    self.server.master.wait(timeout=30)
                self.server.settings = dict(usual)
                self.server.write_configuration(**settings)
                self.server.start()
                said = json.loads(harness.relayctl("-c", self.server.config, "check", "--json",
                                                   self.client.cert).stdout)
                ids = [reason["id"] for reason in said["services"][0]["reasons"]]
                by_cert, by_key = self.relays(), self.relays("-enable_client_rpk",
                                                             "-enable_server_rpk")
                self.assertEqual(said["would_relay"], by_cert)
                self.assertEqual([one for one in ids if one.startswith("rpk-")],
                                 [remark] if remark else [])
                self.assertEqual(by_key, by_cert if remark is None else not by_cert)


if __name__ == "__main__":
    harness.main()
