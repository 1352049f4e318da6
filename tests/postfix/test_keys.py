#!/usr/bin/env python3
"""Which keys smtpd takes for which client, held against a real smtpd: the fingerprints of keys that
are not encoded as OpenSSL does it, keys that cannot log in, and clients that withhold their
certificate. Which of two fingerprints smtpd computes depends on its version."""

import json
import os
import re
import shutil
import smtplib
import ssl
import subprocess
import unittest

from support import certs, harness, odd_keys, postfix_server

POSTFIX_VERSION = subprocess.run(["postconf", "-dh", "mail_version"],
                                 capture_output=True,
                                 text=True).stdout.strip() if shutil.which("postconf") else ""
ENCODES_ANEW = tuple(int(n) for n in re.findall(r"\d+", POSTFIX_VERSION)[:2]) >= (3, 9)


class Case(harness.Case):

    def setUp(self):
        postfix_server.require()
        self.server = postfix_server.Server(settings={"smtpd_tls_loglevel": "1,peercert"}.items())
        self.addCleanup(self.server.stop)
        self.directory = self.server.directory

    def run_it(self, *args, check=0):
        return harness.relayctl("-c", self.server.config, *args, check=check)

    def verdict(self, client, *args):
        said = json.loads(self.run_it("check", "--json", client, *args, check=None).stdout)
        ids = [reason["id"] for service in said["services"] for reason in service["reasons"]]
        return said["would_relay"], ids

    def answer(self, client, version=None):
        """What RCPT gets; None where there is no session."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")
        if version:
            context.minimum_version = context.maximum_version = version
        try:
            context.load_cert_chain(client.cert, client.key)
            with smtplib.SMTP("127.0.0.1", self.server.port, "client.example", timeout=30) as smtp:
                smtp.starttls(context=context)
                smtp.ehlo()
                smtp.docmd("MAIL FROM:<sender@client.example>")
                return smtp.docmd("RCPT TO:" + postfix_server.RECIPIENT)[0]
        except (OSError, smtplib.SMTPException):
            return None


class Encodings(Case):
    """Up to 3.8 smtpd digests the key as it stands in the certificate, since 3.9 the key encoded
    anew (tls_fprint.c)."""

    def setUp(self):
        super().setUp()
        open(self.server.path, "w").close()
        self.server.command("postmap", self.server.table)
        self.server.start()
        self.clients = [make(self.directory) for make in odd_keys.ALL]

    def logged(self, client):
        """The key fingerprint that smtpd itself computes."""
        log = self.server.log_of(lambda: self.answer(client))
        found = re.findall(r"pkey.fingerprint=([0-9A-F:]+)", log)
        self.assertEqual(len(found), 1, log)
        return found[0]

    def test_fingerprints_of_certificate_request_and_key(self):
        for client in self.clients:
            with self.subTest(client.name):
                logged = self.logged(client)
                written = certs.digest_of(odd_keys.own_key(client.cert), "sha256")
                anew = client.key_fingerprint()
                self.assertNotEqual(written, anew)
                self.assertEqual(logged, anew if ENCODES_ANEW else written)
                request = client.cert[:-len(".pem")] + ".csr"
                for file in (client.cert, request, client.odd_key):
                    said = json.loads(self.run_it("fingerprint", "--json", file).stdout)
                    found = said["certificates"][0]
                    self.assertEqual((found["key"], found["key_up_to_3_8"], found["key_from_3_9"]),
                                     (logged, written, anew), file)
                    shown = self.run_it("fingerprint", "--kind", "key", file)
                    self.assertTrue(shown.stdout.startswith(logged), shown.stdout)
                    self.assertIn(written if ENCODES_ANEW else anew, shown.stderr)

    def test_a_pinned_key_relays(self):
        for client in self.clients:
            with self.subTest(client.name):
                self.assertEqual(self.answer(client), 554)
                done = self.run_it("add", "--key", "--reload", client.cert, client.name)
                self.assertIn("has another fingerprint for Postfix", done.stderr)
                self.assertTrue(self.server.answer_becomes(client, 250))
                self.assertEqual(self.verdict(client.cert)[0], True)
                self.run_it("remove", "--reload", client.cert)
                self.assertTrue(self.server.answer_becomes(client, 554))

    def other(self, client):
        written = certs.digest_of(odd_keys.own_key(client.cert), "sha256")
        return written if ENCODES_ANEW else client.key_fingerprint()

    def list_by_the_other(self, client):
        with open(self.server.path, "w") as out:
            out.write("%s %s\n" % (self.other(client), client.name))
        self.run_it("rebuild", "--reload")

    def test_an_entry_of_another_version(self):
        for client in self.clients:
            with self.subTest(client.name):
                self.list_by_the_other(client)
                self.assertEqual(self.answer(client), 554)
                self.assertEqual(self.verdict(client.cert), (False, ["other-key-encoding"]))
                repair = json.loads(
                    self.run_it("check", "--json", client.cert, check=1).stdout)
                hint = repair["services"][0]["reasons"][0]["hint"]
                subprocess.run(["sh", "-c", hint.replace("relayctl", harness.RELAYCTL, 1)],
                               check=True,
                               capture_output=True)
                self.server.reload()
                self.assertTrue(self.server.answer_becomes(client, 250), hint)
                self.run_it("remove", "--all", client.cert)
                with open(self.server.path) as table:
                    self.assertNotIn(self.other(client), table.read())

    def test_apply_lists_it_anew(self):
        client = self.clients[0]
        self.list_by_the_other(client)
        wanted = os.path.join(self.directory, "wanted")
        os.mkdir(wanted)
        shutil.copy(client.cert, wanted)
        self.run_it("diff", "--key", wanted, check=1)
        self.run_it("apply", "--key", "--reload", wanted)
        with open(self.server.path) as table:
            self.assertNotIn(self.other(client), table.read())
        self.assertTrue(self.server.answer_becomes(client, 250))
        self.run_it("diff", "--key", wanted)


def made_key(directory, name, *arguments):
    key = os.path.join(directory, name + ".key")
    certs.openssl("genpkey", *arguments, "-out", key)
    return key


def ec(curve):
    return ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve)


def pss(digest, salt):
    return ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt",
            "rsa_pss_keygen_md:" + digest, "-pkeyopt", "rsa_pss_keygen_mgf1_md:" + digest,
            "-pkeyopt", "rsa_pss_keygen_saltlen:%d" % salt)


KINDS = {
    "p224": ec("P-224"), "p256": ec("P-256"), "p384": ec("P-384"), "p521": ec("P-521"),
    "k256": ec("secp256k1"), "p192": ec("prime192v1"), "brainpool": ec("brainpoolP256r1"),
    "brainpool384": ec("brainpoolP384r1"), "binary": ec("sect233k1"),
    "rsa512": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"),
    "rsa768": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:768"),
    "rsa1024": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"),
    "rsa2048": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "pss": ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
    "pss512": pss("sha512", 64), "pss1": pss("sha1", 20), "ed25519": ("-algorithm", "ED25519"),
    "ed448": ("-algorithm", "ED448"), "sm2": ("-algorithm", "SM2"), "mldsa": ("-algorithm",
                                                                              "ML-DSA-65")
}
CANNOT_SIGN = {"x25519": ("-algorithm", "X25519"), "x448": ("-algorithm", "X448")}


class Logins(Case):
    """Keys of all kinds, each listed by its certificate: check against clients that speak TLS 1.2
    and TLS 1.3."""

    def listed_clients(self):
        clients = []
        for name, arguments in KINDS.items():
            try:
                key = made_key(self.directory, name, *arguments)
                clients.append(certs.Client(self.directory, name, key=key))
            except AssertionError:
                pass  # not every OpenSSL makes every kind
        clients.append(certs.Client(self.directory, "dsa", "dsa"))
        for name, arguments in CANNOT_SIGN.items():
            clients.append(self.signed_by_another(name, made_key(self.directory, name, *arguments)))
        with open(self.server.path, "w") as out:
            for client in clients:
                out.write("%s %s.example\n" % (client.fingerprint(), client.name))
        self.server.command("postmap", self.server.table)
        return clients

    def signed_by_another(self, name, key):
        client = certs.Client(self.directory, name + "-signer")
        public = os.path.join(self.directory, name + ".pub")
        certs.openssl("pkey", "-in", key, "-pubout", "-out", public)
        cert = os.path.join(self.directory, name + ".pem")
        certs.openssl("x509", "-req", "-in", client.request(), "-signkey", client.key,
                      "-force_pubkey", public, "-days", "30", "-out", cert)
        client.name, client.cert, client.key = name, cert, key
        return client

    def compare_under(self, clients, **settings):
        self.server.write_configuration(**settings)
        self.server.start()
        self.compare(clients)

    def compare(self, clients):
        for client in clients:
            with self.subTest(client.name):
                old = self.answer(client, ssl.TLSVersion.TLSv1_2) == 250
                new = self.answer(client, ssl.TLSVersion.TLSv1_3) == 250
                would_relay, ids = self.verdict(client.cert)
                expected = True if old and new else None if old or new else False
                self.assertEqual(would_relay, expected, (client.name, old, new, ids))
                self.assertEqual("key-cannot-log-in" in ids, expected is False)
                self.assertEqual("key-one-tls-version" in ids, expected is None)

    def test_all_kinds(self):
        clients = self.listed_clients()
        self.server.start()
        self.compare(clients)

    def test_few_curves(self):
        clients = [c for c in self.listed_clients() if c.name[0] == "p" or "256" in c.name]
        self.compare_under(clients, tls_eecdh_auto_curves="prime256v1 secp256k1",
                           tls_ffdhe_auto_groups="")

    def test_a_security_level_in_the_ciphers(self):
        clients = [c for c in self.listed_clients() if c.name.startswith("rsa")]
        self.compare_under(clients, tls_medium_cipherlist="HIGH:@SECLEVEL=2",
                           tls_high_cipherlist="HIGH:@SECLEVEL=2")

    def test_a_client_that_needs_no_certificate(self):
        self.server.write_configuration(
            mynetworks="127.0.0.0/8",
            smtpd_relay_restrictions="permit_mynetworks, reject_unauth_destination")
        clients = {client.name: client for client in self.listed_clients()}
        self.server.start()
        for name in ("dsa", "p256", "k256"):
            would_relay, _ = self.verdict(clients[name].cert, "--address", "127.0.0.1")
            answers = {self.answer(clients[name], version) == 250
                       for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)}
            self.assertEqual(answers.pop() if len(answers) == 1 else None, would_relay, name)

    def test_add_warns_and_lists(self):
        clients = {client.name: client for client in self.listed_clients()}
        open(self.server.path, "w").close()
        for name, words in (("k256", "cannot log in"), ("x25519", "cannot log in"),
                            ("dsa", "by TLS 1.2 only"), ("rsa512", "by TLS 1.2 only")):
            done = self.run_it("add", clients[name].cert, name + ".example")
            self.assertIn(words, done.stderr, name)
        for name in ("p256", "ed25519", "rsa2048", "pss"):
            done = self.run_it("add", clients[name].cert, name + ".example")
            self.assertNotIn("log in", done.stderr, name)


@unittest.skipUnless(shutil.which("gnutls-cli") and shutil.which("msmtp"),
                     "gnutls-bin and msmtp are not installed")
class Withheld(Case):
    """smtpd sends the names of the CAs in smtpd_tls_CAfile; GnuTLS sends no certificate of
    others."""

    def setUp(self):
        super().setUp()
        self.authority = certs.authority(self.directory, "ca")
        self.clients = {
            "self": certs.Client(self.directory, "self.example"),
            "issued": certs.issued(self.directory, "issued.example", self.authority)
        }
        with open(self.server.path, "w") as out:
            for client in self.clients.values():
                out.write("%s %s\n" % (client.fingerprint(), client.name))
        self.server.command("postmap", self.server.table)

    def by_msmtp(self, client):
        """Whether smtpd lets msmtp relay."""
        os.chmod(client.key, 0o600)
        done = subprocess.run([
            "msmtp", "-C", "/dev/null", "--host=127.0.0.1",
            "--port=%d" % self.server.port, "--tls=on", "--tls-certcheck=off",
            "--tls-cert-file=" + client.cert, "--tls-key-file=" + client.key,
            "--from=sender@client.example", "someone@elsewhere.example"
        ],
                              input="Subject: test\n\n",
                              capture_output=True,
                              text=True,
                              timeout=60)
        self.assertTrue(done.returncode == 0 or "Relay access denied" in done.stderr, done.stderr)
        return done.returncode == 0

    def test_gnutls_withholds_where_other_cas_are_named(self):
        for settings, withheld in (({"smtpd_tls_CAfile": self.authority.cert}, {"self"}),
                                   ({"smtpd_tls_CAfile": self.clients["self"].cert}, {"issued"}),
                                   ({"smtpd_tls_CAfile": None, "smtpd_tls_CApath":
                                     self.directory}, set())):
            self.server.write_configuration(**settings)
            if self.server.master is None:
                self.server.start()
            else:
                self.server.reload()
            for name, client in self.clients.items():
                with self.subTest(settings=settings, client=name):
                    self.assertTrue(self.server.answer_becomes(client, 250))
                    would_relay, ids = self.verdict(client.cert)
                    self.assertEqual(would_relay, True)
                    self.assertEqual("ca-names-sent" in ids, name in withheld)
                    self.assertEqual(self.by_msmtp(client), name not in withheld)


if __name__ == "__main__":
    harness.main()
