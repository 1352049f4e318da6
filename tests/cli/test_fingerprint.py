#!/usr/bin/env python3
"""relayctl fingerprint prints what openssl computes, for every kind of certificate, file and
digest."""

import glob
import json
import os
import subprocess
import unittest

from support import certs, harness
from support.harness import relayctl

KINDS = ("rsa", "rsa-pss", "ec", "ed25519", "dsa")
DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha512-224", "sha512-256",
           "sha3-224", "sha3-256", "sha3-384", "sha3-512", "blake2b512", "blake2s256", "ripemd160",
           "sm3")


class WithFiles(harness.Case):

    @classmethod
    def setUpClass(cls):
        cls.directory = cls.directory_of_class()

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as out:
            out.write(data)
        return self.path(name)

    def read(self, path):
        with open(path, "rb") as source:
            return source.read()

    def printed(self, *args, **options):
        return relayctl("fingerprint", "-d", "sha256", *args, check=0, **options).stdout


class AgainstOpenssl(WithFiles):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clients = {kind: certs.Client(cls.directory, kind, kind) for kind in KINDS}

    def test_every_kind_of_key_and_every_digest(self):
        for kind, client in self.clients.items():
            for digest in DIGESTS:
                with self.subTest(kind=kind, digest=digest):
                    out = relayctl("fingerprint", "-d", digest, "--kind", "both", client.cert,
                                   check=0).stdout
                    expected = "%s  cert  %s\n%s  key   %s\n" % (client.fingerprint(
                        digest), client.cert, client.key_fingerprint(digest), client.cert)
                    self.assertEqual(out, expected)

    def test_x509_fingerprint_prints_the_same(self):
        out = certs.openssl("x509", "-noout", "-fingerprint", "-sha256", "-in",
                            self.clients["rsa"].cert).decode()
        self.assertEqual(
            self.printed(self.clients["rsa"].cert).split()[0],
            out.strip().partition("=")[2])

    def test_other_names_of_digests(self):
        client = self.clients["ec"]
        for name in ("SHA256", "sha-256", "SHA2-256", "RSA-SHA256"):
            with self.subTest(name=name):
                out = relayctl("fingerprint", "-d", name, client.cert, check=0).stdout
                self.assertEqual(out.split()[0], client.fingerprint("sha256"))

    def test_every_certificate_of_debian(self):
        files = sorted(glob.glob("/etc/ssl/certs/*.pem"))
        if len(files) < 50:
            raise unittest.SkipTest("no ca-certificates here")
        for digest in ("sha256", "sha1"):
            out = relayctl("fingerprint", "-d", digest, "--plain", "--kind", "both", *files,
                           check=0).stdout
            got = {}
            for line in out.splitlines():
                fingerprint, file, kind = line.split("\t")
                got[file, kind] = fingerprint
            self.assertEqual(len(got), 2 * len(files))
            for file in files:
                self.assertEqual(got[file, "cert"], certs.cert_fingerprint(file, digest), file)
                self.assertEqual(got[file, "key"], certs.key_fingerprint(file, digest), file)

    def test_the_whole_bundle_of_debian(self):
        bundle = "/etc/ssl/certs/ca-certificates.crt"
        if not os.path.exists(bundle):
            raise unittest.SkipTest("no ca-certificates here")
        blocks = self.read(bundle).decode().count("BEGIN CERTIFICATE")
        lines = self.printed(bundle).splitlines()
        self.assertEqual(len(lines), blocks)
        self.assertEqual(lines[0].split()[0], certs.cert_fingerprint(bundle))


class Forms(WithFiles):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = certs.Client(cls.directory, "zen.example", "rsa")
        cls.other = certs.Client(cls.directory, "other.example")
        cls.expected = cls.client.fingerprint()
        cls.key_expected = cls.client.key_fingerprint()

    def only(self, path, expected=None, *args, **options):
        self.assertEqual(self.printed(*args, path, **options),
                         "%s  %s\n" % (expected or self.expected, path))

    def test_pem(self):
        self.only(self.client.cert)

    def test_text_before_the_block(self):
        self.only(self.write("text.pem", certs.openssl("x509", "-in", self.client.cert, "-text")))

    def test_byte_order_mark(self):
        self.only(self.write("bom.pem", b"\xef\xbb\xbf" + self.read(self.client.cert)))

    def test_request_and_key_of_different_clients_in_one_file(self):
        """Neither is the key of the other: both are told."""
        other = certs.Client(self.directory, "other.example")
        path = self.write("mixed.pem", self.read(self.client.request()) + self.read(other.key))
        expected = [self.client.key_fingerprint(), other.key_fingerprint()]
        self.assertEqual(self.printed(path), "".join("%s  %s\n" % (f, path) for f in expected))

    def test_crlf(self):
        self.only(self.write("crlf.pem", self.read(self.client.cert).replace(b"\n", b"\r\n")))

    def test_der(self):
        self.only(
            self.write("zen.der", certs.openssl("x509", "-in", self.client.cert, "-outform",
                                                "DER")))

    def test_trusted_certificate(self):
        trusted = certs.openssl("x509", "-in", self.client.cert, "-trustout", "-addtrust",
                                "clientAuth")
        self.only(self.write("trusted.pem", trusted))

    def test_bundle_in_order(self):
        bundle = self.write("bundle.pem", self.read(self.client.cert) + self.read(self.other.cert))
        self.assertEqual([line.split()[0] for line in self.printed(bundle).splitlines()],
                         [self.expected, self.other.fingerprint()])

    def test_certificate_and_key_in_one_file(self):
        self.only(self.write("both.pem", self.read(self.client.key) + self.read(self.client.cert)))

    def test_pkcs7(self):
        for form in ("PEM", "DER"):
            data = certs.openssl("crl2pkcs7", "-nocrl", "-certfile", self.client.cert, "-outform",
                                 form)
            self.only(self.write("zen.p7." + form, data))

    def test_standard_input(self):
        for name in ("-", "/dev/stdin"):
            with open(self.client.cert) as source:
                self.assertEqual(self.printed(name, input=source.read()).split()[0], self.expected)

    def test_key_fingerprint_of_everything_that_holds_the_key(self):
        for file in (self.client.cert, self.client.request(), self.client.public_key(),
                     self.client.key):
            self.only(file, self.key_expected, "--kind", "key")
        for form in (["-outform", "DER"], ["-traditional"]):
            self.only(self.write("key", certs.openssl("pkey", "-in", self.client.key, *form)),
                      self.key_expected, "--kind", "key")

    def test_a_bare_key_gives_its_key_fingerprint_and_a_note(self):
        result = relayctl("fingerprint", "-d", "sha256", self.client.key, check=0)
        self.assertEqual(result.stdout.split()[0], self.key_expected)
        self.assertIn("note: ", result.stderr)

    def test_several_files(self):
        out = self.printed(self.client.cert, self.other.cert)
        self.assertEqual(
            out, "%s  %s\n%s  %s\n" %
            (self.expected, self.client.cert, self.other.fingerprint(), self.other.cert))

    def test_a_list_of_files(self):
        odd = self.write("odd {name}, with\tblanks.pem", open(self.client.cert, "rb").read())
        both = self.printed(self.other.cert, odd)
        for text in ("%s\n%s\n", "%s\r\n\r\n%s", "%s\0%s\0"):
            text %= (self.other.cert, odd)
            self.assertEqual(relayctl("fingerprint", "-d", "sha256", "--from", "-", input=text,
                                      check=0).stdout, both)
        path = self.write("list", (odd + "\n").encode())
        self.assertEqual(self.printed(self.other.cert, "--from", path), both)
        self.assertEqual(self.printed("--from", self.write("none", b"")), "")
        gone = self.write("gone.list", b"/no/such/file.pem\n")
        self.assertIn("/no/such/file.pem: no such file",
                      relayctl("fingerprint", "--from", gone, check=3).stderr)

    def test_many_files_take_little_memory(self):
        """Of each file its digests are kept, and not the file."""
        der = self.write("small.der", certs.openssl("x509", "-in", self.client.cert, "-outform",
                                                    "DER"))
        peaks = []
        for count in (20, 4000):
            listed = self.write("many", (der + "\n").encode() * count)
            done = subprocess.Popen(
                [harness.RELAYCTL, "fingerprint", "-d", "sha256", "--from", listed],
                stdout=subprocess.DEVNULL,
                env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0:quarantine_size_mb=1"))
            _, status, usage = os.wait4(done.pid, 0)
            done.returncode = status  # so that nobody waits for it again
            self.assertEqual(status, 0)
            peaks.append(usage.ru_maxrss * 1024)
        self.assertLess((peaks[1] - peaks[0]) / 4000, 6000, peaks)

    def test_json(self):
        data = json.loads(self.printed("--json", self.client.cert))
        self.assertEqual(list(data), ["schema", "digest", "certificates"])
        certificate = data["certificates"][0]
        self.assertEqual(list(certificate), [
            "file", "index", "subject", "issuer", "serial", "not_before", "not_after", "cert",
            "key", "key_up_to_3_8", "key_from_3_9", "client"
        ])
        self.assertEqual((certificate["cert"], certificate["key"]),
                         (self.expected, self.key_expected))
        end = certs.openssl("x509", "-in", self.client.cert, "-noout", "-enddate", "-dateopt",
                            "iso_8601").decode()
        self.assertEqual(certificate["not_after"], end.strip().partition("=")[2].replace(" ", "T"))
        subject = certs.openssl("x509", "-in", self.client.cert, "-noout", "-subject", "-nameopt",
                                "RFC2253").decode()
        self.assertEqual(certificate["subject"], subject.strip().partition("=")[2])
        serial = certs.openssl("x509", "-in", self.client.cert, "-noout", "-serial").decode()
        self.assertEqual(certificate["serial"].upper().replace(":", "").lstrip("0"),
                         serial.strip().partition("=")[2].lstrip("0"))

    def test_a_request_has_null_where_a_certificate_has_dates(self):
        certificate = json.loads(self.printed("--json", self.client.request()))["certificates"][0]
        self.assertIsNone(certificate["cert"])
        self.assertIsNone(certificate["not_after"])
        self.assertEqual(certificate["key"], self.key_expected)

    def test_no_line_where_one_of_the_files_is_bad(self):
        result = relayctl("fingerprint", "-d", "sha256", self.client.cert,
                          self.write("no.pem", b"nothing"), check=3)
        self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    harness.main()
