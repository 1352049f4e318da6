#!/usr/bin/env python3
"""The files in which people have certificates: what can be read without guessing is read, and
of the rest it is said what it is and what converts it."""

import base64
import gzip
import json
import os
import subprocess
import urllib.parse

from support import certs, harness, odd_keys
from support.harness import relayctl

# 2.16.840.1.101.3.4.3.18, ML-DSA-65, which OpenSSL 3.0 does not know.
ML_DSA = bytes.fromhex("608648016503040312")
EMPTY_BUNDLE = base64.b64decode("MCMGCSqGSIb3DQEHAqAWMBQCAQExADALBgkqhkiG9w0BBwExAA==")
OID, BITS, OCTETS = 0x06, 0x03, 0x04


def pem(label, der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join(
        ["-----BEGIN %s-----" % label, *lines, "-----END %s-----" % label, ""]
    ).encode()


def unknown_public_key():
    algorithm = (odd_keys.SEQUENCE, [(OID, ML_DSA)])
    return odd_keys.encoded([(odd_keys.SEQUENCE, [algorithm, (BITS, b"\0" + bytes(range(200)))])])


def unknown_private_key():
    algorithm = (odd_keys.SEQUENCE, [(OID, ML_DSA)])
    return odd_keys.encoded(
        [(odd_keys.SEQUENCE, [(odd_keys.INTEGER, b"\0"), algorithm, (OCTETS, bytes(range(200)))])]
    )


class Files(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.directory_of_class()
        cls.client = certs.Client(cls.directory, "zen.example", "rsa")
        cls.expected = cls.client.fingerprint()
        with open(cls.client.cert, "rb") as source:
            cls.pem = source.read()
        cls.der = certs.openssl("x509", "-in", cls.client.cert, "-outform", "DER")
        cls.bare = b"".join(cls.pem.splitlines()[1:-1])

    def file(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    def reads(self, files, expected=None, *options):
        """files: {name: content}. Each gives this fingerprint and no other."""
        for name, content in files.items():
            with self.subTest(name):
                path = self.file(name, content)
                done = relayctl("fingerprint", "-d", "sha256", *options, path)
                self.assertEqual(
                    done.stdout, "%s  %s\n" % (expected or self.expected, path), done.stderr
                )

    def refuses(self, name, content, *said):
        path = self.file(name, content)
        done = relayctl("fingerprint", "-d", "sha256", path, check=3)
        self.assertEqual(done.stdout, "")
        self.assertNotIn("OpenSSL error", done.stderr)
        for words in said:
            self.assertIn(words.replace("FILE", path), done.stderr, name)
        return done.stderr


class Text(Files):
    """A certificate in PEM, in a text of whatever program."""

    def test_encodings(self):
        text = self.pem.decode()
        self.reads(
            {
                "utf16.pem": text.encode("utf-16"),
                "utf16-le.pem": text.encode("utf-16-le"),
                "utf16-be.pem": b"\xfe\xff" + text.encode("utf-16-be"),
                "utf16-be-bare.pem": text.encode("utf-16-be"),
                "utf32.pem": text.encode("utf-32"),
                "utf16-crlf.pem": text.replace("\n", "\r\n").encode("utf-16"),
            }
        )

    def test_line_ends(self):
        self.reads(
            {
                "cr.pem": self.pem.replace(b"\n", b"\r"),
                "blank-line-before-end.pem": self.pem.replace(b"-----END", b"\n-----END"),
                "blank-lines.pem": self.pem.replace(b"\n", b"\n\n"),
                "one-line.pem": self.pem.replace(b"\n", b" "),
                "joined.pem": self.pem.replace(b"\n", b""),
                "trailing-blanks.pem": self.pem.replace(b"\n", b"  \t\n"),
                "no-last-newline.pem": self.pem.rstrip(),
                "long-line.pem": b"-----BEGIN CERTIFICATE-----\n"
                + self.bare
                + b"\n-----END CERTIFICATE-----\n",
            }
        )

    def test_indentation_and_quoting(self):
        def before(mark):
            return b"".join(mark + line + b"\n" for line in self.pem.splitlines())

        self.reads(
            {
                "yaml.yaml": b"tls:\n  cert: |\n" + before(b"    "),
                "tabs.pem": before(b"\t"),
                "mail.txt": before(b"> "),
                "comment.conf": before(b"# "),
                "table.md": before(b"| "),
            }
        )

    def test_strings_of_programs(self):
        text = self.pem.decode()
        self.reads(
            {
                "string.json": json.dumps({"cert": text}).encode(),
                "crlf.json": json.dumps({"cert": text.replace("\n", "\r\n")}).encode(),
                "twice.json": json.dumps(json.dumps({"cert": text})).encode(),
                "slashes.json": json.dumps(text).replace("/", "\\/").encode(),
                "cert.c": b"".join(b'"%s\\n"\n' % line for line in self.pem.splitlines()),
                "cert.env": b'CERT="%s"\n' % self.pem.replace(b"\n", b"\\n"),
                "nginx.txt": urllib.parse.quote(text).encode(),
                "form.txt": b"cert=" + urllib.parse.quote_plus(text).encode(),
                "references.xml": b"<c>%s</c>" % self.pem.replace(b"\n", b"&#10;"),
                "quoted-printable.eml": self.pem.replace(b"=", b"=3D").replace(b"MII", b"MI=\nI"),
            }
        )

    def test_text_from_a_web_page(self):
        text = self.pem.decode()
        self.reads(
            {
                "no-break.pem": text.replace("\n", "\u00a0\n").encode(),
                "no-width.pem": ("\u200b" + text).replace("\n", "\u200b\n").encode(),
                "dashes.pem": text.replace("-----", "\u2014\u2013").encode(),
                "label.pem": text.replace("BEGIN CERTIFICATE", "BEGIN\u00a0CERTIFICATE").encode(),
            }
        )

    def test_prose_that_names_the_marker(self):
        self.reads(
            {"prose.pem": b"Send the part from -----BEGIN CERTIFICATE----- on.\n" + self.pem}
        )

    def test_keys_and_requests(self):
        public = certs.openssl("x509", "-in", self.client.cert, "-noout", "-pubkey")
        pkcs1 = certs.openssl("rsa", "-pubin", "-RSAPublicKey_out", input=public)
        with open(self.client.request(), "rb") as source:
            request = source.read()
        self.reads(
            {
                "pkcs1.pem": pkcs1,
                "utf16.pub": public.decode().encode("utf-16"),
                "request.json": json.dumps(request.decode()).encode(),
            },
            self.client.key_fingerprint(),
            "--kind",
            "key",
        )


class Bare(Files):
    """Without the lines of PEM."""

    def test_base64(self):
        lines = base64.encodebytes(self.der)
        word = base64.b64encode(self.der)
        ldif = b"dn: cn=zen\nuserCertificate;binary:: %s\ncn: zen\n" % word.replace(
            word[60:64], word[60:64] + b"\n ", 1
        )
        self.reads(
            {
                "bare.cer": lines,
                "crlf.cer": lines.replace(b"\n", b"\r\n"),
                "one-line.cer": word,
                "utf16.cer": lines.decode().encode("utf-16"),
                "unpadded.cer": word.rstrip(b"="),
                "x5c.json": json.dumps({"x5c": [word.decode()]}).encode(),
                "saml.xml": b"<ds:X509Certificate>\n%s</ds:X509Certificate>" % lines,
                "header.txt": b"X-SSL-Client-Cert: " + urllib.parse.quote(word).encode(),
                "person.ldif": ldif,
            }
        )

    def test_hexadecimal(self):
        digits = self.der.hex()
        self.reads(
            {
                "plain.hex": digits.encode(),
                "bytea.hex": b"\\x" + digits.encode(),
                "mssql.hex": b"0x" + digits.upper().encode(),
                "pairs.hex": self.der.hex(" ").encode(),
                "colons.hex": self.der.hex(":").encode(),
            }
        )

    def test_der_with_something_behind_it(self):
        self.reads(
            {
                "newline.der": self.der + b"\n",
                "crlf.der": self.der + b"\r\n",
                "padded.der": self.der + bytes(16),
                "in-front.der": b"\n" + self.der,
            }
        )
        self.refuses("more.der", self.der + b"more")

    def test_words_that_look_like_base64(self):
        self.refuses(
            "words.txt",
            b"MIIBMzCB2qADAgECAgISZzAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAdUZXN0\n",
            "no certificate",
        )


class Blocks(Files):
    """Blocks of other kinds and under other labels."""

    def test_what_is_not_ours_spoils_nothing(self):
        pgp = (
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZAAAAAAA\n=abcd\n"
            b"-----END PGP PUBLIC KEY BLOCK-----\n"
        )
        ssh = pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0 and more")
        empty = pem("PKCS7", EMPTY_BUNDLE)
        parameters = certs.openssl("ecparam", "-name", "prime256v1")
        for name, other in (
            ("pgp", pgp),
            ("ssh", ssh),
            ("empty-bundle", empty),
            ("parameters", parameters),
            ("unknown-key", pem("PRIVATE KEY", unknown_private_key())),
            ("garbage", pem("SOMETHING ELSE", b"\x30\x82no asn.1")),
            ("open", b"-----BEGIN PGP MESSAGE-----\n\nabc\n" b"-----END PGP MESSAGE-----\n"),
        ):
            self.reads(
                {name + "-behind.pem": self.pem + other, name + "-before.pem": other + self.pem}
            )

    def test_bundles_under_other_labels(self):
        bundle = certs.openssl(
            "crl2pkcs7", "-nocrl", "-certfile", self.client.cert, "-outform", "DER"
        )
        self.reads(
            {
                label.replace(" ", "-") + ".p7b": pem(label, bundle)
                for label in (
                    "CERTIFICATE",
                    "PKCS7",
                    "CMS",
                    "PKCS #7 SIGNED DATA",
                    "CERTIFICATE CHAIN",
                )
            }
        )
        self.reads({"bare.p7b": base64.encodebytes(bundle), "newline.p7b": bundle + b"\n"})

    def test_a_signed_mail(self):
        mail = certs.openssl(
            "smime", "-sign", "-signer", self.client.cert, "-inkey", self.client.key, input=b"hello"
        )
        cms = certs.openssl(
            "cms",
            "-sign",
            "-keyid",
            "-outform",
            "DER",
            "-signer",
            self.client.cert,
            "-inkey",
            self.client.key,
            input=b"hello",
        )
        self.reads({"signed.eml": mail, "signed.p7s": cms})

    def test_certificates_under_other_labels(self):
        self.reads(
            {
                label.replace(" ", "-") + ".pem": pem(label, self.der)
                for label in ("X509 CERTIFICATE", "X.509 CERTIFICATE", "USER CERTIFICATE")
            }
        )

    def test_damage_is_told_in_our_words(self):
        said = self.refuses("letter.pem", self.pem.replace(b"MII", b"M!I", 1), "'!'")
        said += self.refuses("cut.pem", self.pem[: len(self.pem) // 2], "cut off")
        said += self.refuses("swapped.pem", self.pem.replace(b"MII", b"IIM", 1), "CERTIFICATE")
        said += self.refuses("one-missing.pem", self.pem.replace(b"MII", b"MI", 1), "block 1")
        said += self.refuses("two.pem", self.pem + self.pem.replace(b"MII", b"IIM", 1), "block 2")
        self.assertNotRegex(said, "asn1|ASN1|bad end line|decode error")

    def test_an_unknown_public_key_has_the_fingerprint_of_its_bytes(self):
        der = unknown_public_key()
        expected = certs.digest_of(der, "sha256")
        self.reads(
            {"ml-dsa.pub": pem("PUBLIC KEY", der), "ml-dsa.der": der}, expected, "--kind", "key"
        )


class Pkcs12(Files):
    def box(self, name, *arguments):
        path = os.path.join(self.directory, name)
        certs.openssl(
            "pkcs12",
            "-export",
            "-in",
            self.client.cert,
            "-inkey",
            self.client.key,
            "-out",
            path,
            *arguments
        )
        with open(path, "rb") as source:
            return source.read()

    def test_without_a_password(self):
        empty = self.box("empty.p12", "-passout", "pass:")
        self.reads(
            {
                "empty.p12": empty,
                "empty.b64": base64.encodebytes(empty),
                "only.p12": self.box(
                    "only.p12",
                    "-nokeys",
                    "-passout",
                    "pass:",
                    "-nomac",
                    "-keypbe",
                    "NONE",
                    "-certpbe",
                    "NONE",
                ),
                "legacy.p12": self.box("legacy.p12", "-legacy", "-passout", "pass:"),
            }
        )

    def test_certificates_that_are_not_encrypted(self):
        self.reads(
            {"open.p12": self.box("open.p12", "-certpbe", "NONE", "-passout", "pass:secret")}
        )

    def test_with_a_password(self):
        locked = self.box("locked.p12", "-passout", "pass:secret")
        self.refuses("locked.p12", locked, "PKCS#12", "openssl pkcs12 -in FILE")
        self.refuses(
            "locked.b64", base64.encodebytes(locked), "PKCS#12", "base64 -d FILE | openssl pkcs12"
        )


class Foreign(Files):
    """Files that are not read: what they are, and what converts them."""

    def test_what_they_are(self):
        crl = pem("X509 CRL", b"\x30\x03\x02\x01\x01")
        for name, content, what, command in (
            (
                "jks",
                b"\xfe\xed\xfe\xed\0\0\0\2",
                "Java keystore",
                "keytool -list -rfc -keystore FILE",
            ),
            ("jceks", b"\xce\xce\xce\xce\0\0\0\2", "JCEKS", "-storetype JCEKS"),
            ("bks", b"\0\0\0\2\0\0\0\x14" + bytes(20), "Bouncy Castle", ""),
            ("cert9.db", b"SQLite format 3\0" + bytes(50), "Thunderbird", "certutil -L"),
            ("gz", gzip.compress(self.pem), "gzip", "gzip -dc FILE"),
            ("zip", b"PK\3\4" + bytes(50), "zip", "unzip FILE"),
            ("ppk", b"PuTTY-User-Key-File-3: ssh-rsa\n", "PuTTY", "puttygen"),
            ("sst", b"\0\0\0\0CERT" + bytes(8), "Windows", "certutil"),
            ("html", b"<!DOCTYPE html>\n<title>404</title>", "web page", ""),
            ("text", b"Certificate:\n    Data:\n        Version: 3\n", "description", ""),
            ("crl", crl, "revoked", ""),
            (
                "pgp",
                b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n=abcd\n"
                b"-----END PGP PUBLIC KEY BLOCK-----\n",
                "OpenPGP",
                "relayctl issue",
            ),
            (
                "ssh-rsa.pub",
                b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB me@here\n",
                "SSH",
                "ssh-keygen -e -m PKCS8 -f FILE",
            ),
            (
                "ed25519.pub",
                b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@here\n",
                "SSH",
                "relayctl issue",
            ),
            (
                "ssh2",
                b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n",
                "RFC 4716",
                "ssh-keygen -i -f FILE",
            ),
        ):
            with self.subTest(name):
                self.refuses(name, content, what, command)
        self.refuses(
            "unknown.key",
            pem("PRIVATE KEY", unknown_private_key()),
            "does not know",
            "its certificate",
        )
        self.refuses("empty.p7b", pem("PKCS7", EMPTY_BUNDLE), "PKCS#7", "without a certificate")

    def convert(self, command):
        subprocess.run(
            ["sh", "-c", command],
            cwd=self.directory,
            check=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )

    def test_an_ssh_key_by_the_command_that_is_named(self):
        harness.need("ssh-keygen")
        key = os.path.join(self.directory, "id_rsa")
        certs_key = ["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", key]
        subprocess.run(certs_key, check=True, timeout=60)
        for path in (key, key + ".pub"):
            with open(path, "rb") as source:
                said = self.refuses(os.path.basename(path), source.read(), "SSH")
            self.convert(said.partition("hint: ")[2].splitlines()[0])
            relayctl(
                "fingerprint", "-d", "sha256", os.path.join(self.directory, "public.pem"), check=0
            )

    def test_a_keystore_by_the_command_that_is_named(self):
        harness.need("keytool")
        store = os.path.join(self.directory, "store.jks")
        subprocess.run(
            [
                "keytool",
                "-importcert",
                "-noprompt",
                "-storetype",
                "JKS",
                "-storepass",
                "secret",
                "-alias",
                "a",
                "-file",
                self.client.cert,
                "-keystore",
                store,
            ],
            check=True,
            timeout=60,
            capture_output=True,
        )
        with open(store, "rb") as source:
            said = self.refuses("store.jks", source.read(), "Java keystore")
        self.convert(said.partition("hint: ")[2].splitlines()[0])
        path = os.path.join(self.directory, "cert.pem")
        self.assertIn(self.expected, relayctl("fingerprint", "-d", "sha256", path, check=0).stdout)

    def test_a_name_that_needs_quotes(self):
        said = self.refuses("my store.jks", b"\xfe\xed\xfe\xed\0\0\0\2")
        self.assertIn("-keystore '%s'" % os.path.join(self.directory, "my store.jks"), said)


class Test(Files):
    """relayctl test reads the key of the same files."""

    def test_key_in_the_same_text(self):
        with open(self.client.key, "rb") as source:
            both = self.pem + source.read()
        for name, content in (
            ("both.json", json.dumps(both.decode()).encode()),
            ("both.pem", both.decode().encode("utf-16")),
        ):
            path = self.file(name, content)
            done = relayctl("test", path, "127.0.0.1:1")
            self.assertNotIn("key", done.stderr.replace(path, ""), name)


if __name__ == "__main__":
    harness.main()
