#!/usr/bin/env python3
"""issue: a key, a certificate, a PKCS#12 file and settings for a client, and its entry, whole or
not at all. What they are is said by openssl, NSS, GnuTLS and Java."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess

from support import certs, harness, terminal
from support.certs import openssl
from support.table_case import TableCase
from support.watcher import Watcher

HOST = "zen.example"
FILES = ["README.txt", "cert.pem", "key.pem", HOST + ".p12"]


class IssueCase(TableCase):

    def setUp(self):
        super().setUp()
        self.out = os.path.join(self.directory, "out")
        self.write("")

    def issue(self, *args, host=HOST, check=0, **options):
        return self.run_it("issue", "--out", self.out, *args, host, check=check, **options)

    def made(self, *names, host=HOST):
        return os.path.join(self.out, host, *names)

    def in_out(self):
        return sorted(os.listdir(self.out)) if os.path.isdir(self.out) else []

    def password_of(self, shown):
        found = re.findall(r"shown only now: (\S+)", shown)
        self.assertEqual(len(found), 1, shown)
        return found[0]

    def renewed(self):
        return [name for name in self.in_out() if name.startswith(HOST + "-")]

    def assert_nothing(self):
        self.assertEqual(self.in_out(), [])
        self.assertNotIn(HOST, self.read().decode())


class Made(IssueCase):

    def test_files_and_entry(self):
        done = self.issue()
        self.assertEqual(sorted(os.listdir(self.made())), FILES)
        fingerprint = certs.cert_fingerprint(self.made("cert.pem"))
        self.assertEqual(self.has(), {fingerprint: HOST})
        self.assertIn("cert CN=zen.example expires=", self.noted(fingerprint))
        self.assertEqual(self.in_map(fingerprint), HOST)
        self.assertIn("map rebuilt", done.stderr)

    def test_what_the_certificate_says(self):
        self.issue()
        text = openssl("x509", "-in", self.made("cert.pem"), "-noout", "-text").decode()
        for expected in ("Version: 3", "Subject: CN = zen.example\n", "Issuer: CN = zen.example\n",
                         "NIST CURVE: P-256", "Basic Constraints: critical\n", "CA:FALSE\n",
                         "Key Usage: critical\n                Digital Signature\n",
                         "Extended Key Usage: \n                TLS Web Client Authentication\n",
                         "Alternative Name: \n                DNS:zen.example\n"):
            self.assertIn(expected, text)
        day = 86400
        ends = ["x509", "-in", self.made("cert.pem"), "-noout", "-checkend"]
        openssl(*ends, str(730 * day - 600))
        with self.assertRaises(AssertionError):
            openssl(*ends, str(730 * day + 600))
        openssl("verify", "-CAfile", self.made("cert.pem"), "-purpose", "sslclient",
                self.made("cert.pem"))
        public = openssl("x509", "-in", self.made("cert.pem"), "-noout", "-pubkey")
        self.assertEqual(public, openssl("pkey", "-in", self.made("key.pem"), "-pubout"))

    def test_key_types_and_days(self):
        for kind, expected in (("ec", "id-ecPublicKey"), ("rsa2048", "(2048 bit)"),
                               ("rsa3072", "(3072 bit)"), ("ed25519", "ED25519")):
            with self.subTest(kind=kind):
                host = kind + ".example"
                self.issue("--key-type", kind, "--days", "90", host=host)
                text = openssl("x509", "-in", self.made("cert.pem", host=host), "-noout", "-text")
                self.assertIn(expected, text.decode())
                ends = ["x509", "-in", self.made("cert.pem", host=host), "-noout", "-checkend"]
                openssl(*ends, str(90 * 86400 - 600))
                with self.assertRaises(AssertionError):
                    openssl(*ends, str(90 * 86400 + 600))
        for days in ("0", "-1", "36501", "two"):
            self.issue("--days", days, host="no.example", check=2)

    def test_names_of_every_kind(self):
        long = ".".join(["abcdefghi"] * 10) + ".example"
        for host, alternative in (("2001:db8::7", "IP Address:2001:DB8:0:0:0:0:0:7"),
                                  ("192.0.2.9", "IP Address:192.0.2.9"), (long, "DNS:" + long),
                                  ("single", "DNS:single")):
            with self.subTest(host=host):
                self.issue(host=host)
                shown = openssl("x509", "-in", self.made("cert.pem", host=host), "-noout", "-ext",
                                "subjectAltName").decode()
                self.assertIn(alternative + "\n", shown)
                self.assertIn(host, self.has().values())
        subject = openssl("x509", "-in", self.made("cert.pem", host=long), "-noout", "-subject",
                          "-nameopt", "RFC2253").decode()
        self.assertTrue(subject.startswith("subject=DC=abcdefghi,DC=abc"), subject)
        for host in ("..", "a/b", "zen.pem", "HOST", "under_score.example", "-x"):
            self.issue(host=host, check=2)

    def test_two_keys_are_never_the_same(self):
        self.issue()
        self.issue(host="other.example")
        self.assertNotEqual(self.read(self.made("key.pem")),
                            self.read(self.made("key.pem", host="other.example")))

    def test_the_key_is_pinned(self):
        self.issue("--pin", "key")
        fingerprint = certs.key_fingerprint(self.made("cert.pem"))
        self.assertEqual(self.has(), {fingerprint: HOST})
        self.assertIn("relayctl: key ", self.noted(fingerprint))

    def test_here_is_the_directory_without_out(self):
        harness.relayctl("-c", self.config, "issue", HOST, check=0, cwd=self.directory)
        self.assertEqual(sorted(os.listdir(os.path.join(self.directory, HOST))), FILES)

    def test_a_dry_run_shows_and_writes_nothing(self):
        before = self.snapshot()
        done = self.issue("-n")
        self.assertIn("+# relayctl: cert CN=zen.example", done.stdout)
        self.assertIn("would make %s with cert.pem, README.txt" % self.made(), done.stderr)
        self.assertNotIn("password", done.stderr)
        said = json.loads(self.issue("-n", "--json").stdout)
        self.assertEqual((said["dry_run"], said["p12_password"]), (True, None))
        self.assertEqual(self.snapshot(), before)
        self.assertFalse(os.path.exists(self.out))


class Secret(IssueCase):
    """Who can see the key, and where the password stands."""

    def modes(self):
        return {name: stat.S_IMODE(os.stat(self.made(name)).st_mode) for name in FILES}

    def test_modes_under_a_hostile_umask(self):
        for umask in (0, 0o777, 0o022):
            with self.subTest(umask=oct(umask)):
                self.issue(preexec_fn=lambda: os.umask(umask))
                self.assertEqual(self.modes(), {"README.txt": 0o644, "cert.pem": 0o644,
                                                "key.pem": 0o600, HOST + ".p12": 0o600})
                self.assertEqual(stat.S_IMODE(os.stat(self.out).st_mode), 0o700)
                self.assertEqual(stat.S_IMODE(os.stat(self.made()).st_mode), 0o700)
                shutil.rmtree(self.out)

    def test_a_watcher_never_sees_a_key_that_others_can_read(self):
        harness.need("strace")
        os.mkdir(self.out, 0o755)
        slow = ["strace", "-f", "-o", "/dev/null", "-e", "trace=openat,mkdirat,write,fsync", "-e",
                "inject=openat,mkdirat,write,fsync:delay_exit=3000"]
        with Watcher(self.out) as seen:
            harness.run([*slow, harness.RELAYCTL, "-c", self.config, "issue", "--out", self.out,
                         HOST], preexec_fn=lambda: os.umask(0))
        self.assertEqual(sorted(os.listdir(self.made())), FILES)
        self.assertEqual(seen.modes["key.pem"], {0o600})
        self.assertEqual(seen.modes[HOST + ".p12"], {0o600})
        self.assertEqual(seen.modes[".%s.relayctl-new" % HOST], {0o700})
        self.assertEqual(seen.modes[HOST], {0o700})

    def test_the_password_is_shown_once_and_stands_in_no_file(self):
        done = self.issue()
        password = self.password_of(done.stderr)
        self.assertRegex(password, r"^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$")
        self.assertEqual((done.stdout + done.stderr).count(password), 1)
        for directory, _, names in os.walk(self.directory):
            for name in names:
                self.assertNotIn(password.encode(), self.read(os.path.join(directory, name)), name)
        openssl("pkcs12", "-in", self.made(HOST + ".p12"), "-passin", "pass:" + password, "-noout")
        with self.assertRaises(AssertionError):
            openssl("pkcs12", "-in", self.made(HOST + ".p12"), "-passin", "pass:", "-noout")

    def test_quiet_still_shows_the_password(self):
        self.password_of(self.issue("-q").stderr)

    def test_a_terminal_shows_it(self):
        shown, status = terminal.run([
            harness.RELAYCTL, "-c", self.config, "issue", "--out", self.out, HOST])
        self.assertEqual(status, 0, shown)
        self.password_of(shown)

    def test_json_has_it_and_nothing_else_does(self):
        done = self.issue("--json")
        password = json.loads(done.stdout)["p12_password"]
        self.assertNotIn(password, done.stderr)
        openssl("pkcs12", "-in", self.made(HOST + ".p12"), "-passin", "pass:" + password, "-noout")

    def test_a_password_of_a_file(self):
        path = os.path.join(self.directory, "password")
        self.write("correct horse \u00e9\r\nbattery\n", path)
        os.chmod(path, 0o600)
        done = self.issue("--p12-password-file", path, "--json")
        self.assertIsNone(json.loads(done.stdout)["p12_password"])
        self.assertNotIn("horse", done.stdout + done.stderr)
        openssl("pkcs12", "-in", self.made(HOST + ".p12"), "-passin",
                "pass:correct horse \u00e9", "-noout")
        os.chmod(path, 0o644)
        self.assertIn("everybody on this machine may read this password",
                      self.issue("--p12-password-file", path, host="b.example").stderr)
        for content in ("", "\nsecond\n", b"\xff\xfe\n", "a\tb\n"):
            self.write(content, path)
            self.issue("--p12-password-file", path, host="c.example", check=3)
        self.issue("--p12-password-file", path + "x", host="c.example", check=3)
        self.assertNotIn("c.example", self.in_out())


class Imported(IssueCase):
    """HOST.p12 opened by those that import it, with the right key and certificate in it."""

    KINDS = ("ec", "rsa2048", "rsa3072")

    def each(self, kinds=KINDS):
        for form in ("compatible", "modern"):
            for kind in kinds:
                host = "%s.%s.example" % (kind, form)
                with self.subTest(form=form, kind=kind):
                    done = self.issue("--key-type", kind, "--p12", form, host=host)
                    yield (self.made(host + ".p12", host=host), self.password_of(done.stderr),
                           host)

    def fingerprint(self, host):
        return certs.cert_fingerprint(self.made("cert.pem", host=host))

    def test_openssl(self):
        for p12, password, host in self.each((*self.KINDS, "ed25519")):
            opened = ["pkcs12", "-in", p12, "-passin", "pass:" + password, "-nodes"]
            key = openssl("pkey", "-pubout", input=openssl(*opened, "-nocerts"))
            self.assertEqual(key, openssl("pkey", "-in", self.made("key.pem", host=host),
                                          "-pubout"))
            told = subprocess.run(["openssl", *opened, "-info", "-noout"], capture_output=True,
                                  text=True, check=True).stderr
            if "compatible" in host:
                self.assertEqual(told.count("pbeWithSHA1And3-KeyTripleDES-CBC"), 2, told)
                self.assertIn("MAC: sha1", told)
            else:
                self.assertEqual(told.count("PBES2, PBKDF2, AES-256-CBC"), 2, told)
                self.assertIn("MAC: sha256", told)

    def test_nss(self):
        harness.need("pk12util")
        for p12, password, host in self.each():
            database = "sql:" + self.temporary_directory()
            subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
            done = harness.run(["pk12util", "-d", database, "-i", p12, "-W", password])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            der = subprocess.run(["certutil", "-L", "-d", database, "-n", host, "-r"],
                                 capture_output=True, check=True).stdout
            self.assertEqual(der, openssl("x509", "-in", self.made("cert.pem", host=host),
                                          "-outform", "DER"))
            keys = harness.run(["certutil", "-K", "-d", database]).stdout
            self.assertIn(host, keys)

    def test_gnutls(self):
        harness.need("certtool")
        for p12, password, host in self.each((*self.KINDS, "ed25519")):
            told = harness.run(["certtool", "--p12-info", "--inder", "--password", password,
                                "--infile", p12])
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertIn("PRIVATE KEY-----", told.stdout)
            self.assertIn(self.read(self.made("cert.pem", host=host)).decode().strip(),
                          told.stdout)

    def test_java(self):
        harness.need("keytool")
        for p12, password, host in self.each():
            told = harness.run(["keytool", "-list", "-keystore", p12, "-storetype", "PKCS12",
                                "-storepass", password])
            self.assertEqual(told.returncode, 0, told.stdout)
            self.assertIn("PrivateKeyEntry", told.stdout)
            self.assertIn(self.fingerprint(host), told.stdout)


class Whole(IssueCase):
    """Files and entry together, or neither."""

    def status(self):
        """What would be another one if something were overwritten; the time of reading is not."""
        status = os.lstat(self.made())
        return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def test_nothing_is_overwritten(self):
        os.mkdir(self.out)
        makers = {"file": lambda path: self.write("mine", path),
                  "link": lambda path: os.symlink("nowhere", path), "directory": os.mkdir}
        for name, make in makers.items():
            with self.subTest(there=name):
                make(self.made())
                before, table = self.status(), self.read()
                done = self.issue(check=1)
                self.assertIn("is there already, and is not overwritten", done.stderr)
                self.assertEqual(self.status(), before)
                self.assertEqual((self.in_out(), self.read()), ([HOST], table))
                (os.rmdir if name == "directory" else os.unlink)(self.made())

    def test_files_of_before_stay_as_they_are(self):
        self.issue()
        before = {name: self.read(self.made(name)) for name in FILES}, self.read()
        self.issue(check=1)
        self.assertEqual(({name: self.read(self.made(name)) for name in FILES}, self.read()),
                         before)

    def test_without_an_entry_there_are_no_files(self):
        self.own_postmap("exit 1\n")
        done = self.issue(check=4)
        self.assertRegex(done.stderr, "unchanged|nothing was changed")
        self.assert_nothing()
        self.assertFalse(os.path.exists(self.out))  # it was made for this

    def test_interrupted_while_the_map_is_made(self):
        for name in ("INT", "TERM", "HUP"):
            with self.subTest(signal=name):
                self.own_postmap('kill -%s $PPID\nexec /usr/sbin/postmap "$@"\n' % name)
                done = self.issue(check=None)
                self.assertEqual(done.returncode, -getattr(signal, "SIG" + name), done.stderr)
                self.assert_nothing()

    def test_without_a_table_there_are_no_files(self):
        os.unlink(self.path)
        os.mkdir(self.path)
        self.issue(check=3)
        self.assertEqual(self.in_out(), [])

    def test_without_files_there_is_no_entry(self):
        self.write("", self.out)  # no directory
        done = self.issue(check=6)
        self.assertIn("relayctl: error: " + self.out, done.stderr)
        self.assertNotIn(HOST, self.read().decode())

    def test_what_fails_behind_the_entry_leaves_both_and_shows_the_password(self):
        """--reload fails, since there is no master."""
        done = self.issue("--reload", "-t", "texthash:" + self.path, "-d", "sha256", check=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("postfix reload: postfix exited", done.stderr)
        self.assertIn("the change is published", done.stderr)
        password = self.password_of(done.stderr)
        openssl("pkcs12", "-in", self.made(HOST + ".p12"), "-passin", "pass:" + password, "-noout")
        self.assertEqual(self.has(), {certs.cert_fingerprint(self.made("cert.pem")): HOST})

    def test_what_a_killed_run_left_without_its_entry_is_said(self):
        self.issue("--no-add")
        done = self.issue(check=1)
        self.assertIn("its certificate is not listed", done.stderr)
        command = re.search(r"relayctl: hint: to list it: relayctl (.*)", done.stderr).group(1)
        harness.run(["sh", "-c", harness.RELAYCTL + " " + command])
        self.assertEqual(self.has(), {certs.cert_fingerprint(self.made("cert.pem")): HOST})
        self.assertIn("is not overwritten", self.issue(check=1).stderr)

    def test_a_temporary_directory_of_somebody_else_is_not_used(self):
        harness.need_root("only root can make it another user's")
        os.mkdir(self.out)
        left = os.path.join(self.out, ".%s.relayctl-new" % HOST)
        os.mkdir(left, 0o700)
        os.chown(left, 1, 1)
        self.issue(check=5)
        self.assertEqual(os.listdir(left), [])
        os.rmdir(left)
        os.symlink(self.directory, left)
        self.assertNotEqual(self.issue(check=None).returncode, 0)
        os.unlink(left)
        self.issue()

    def test_two_at_once_are_one(self):
        runs = [subprocess.Popen([harness.RELAYCTL, "-c", self.config, "issue", "--out", self.out,
                                  HOST], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for _ in range(6)]
        statuses = sorted(run.wait(timeout=60) for run in runs)
        self.assertEqual(statuses[0], 0)
        self.assertTrue(set(statuses[1:]) <= {1, 5}, statuses)
        self.assertEqual(self.in_out(), [HOST])
        self.assertEqual(self.has(), {certs.cert_fingerprint(self.made("cert.pem")): HOST})

    def test_others_who_can_write_beside_it_are_warned_of(self):
        os.mkdir(self.out)
        os.chmod(self.out, 0o777)
        self.assertIn("warning: " + self.out, self.issue().stderr)


class Renewal(IssueCase):

    def test_the_old_entry_retires(self):
        self.issue()
        old = certs.cert_fingerprint(self.made("cert.pem"))
        self.issue("--rotate", "--grace", "2d")
        (renewed, ) = self.renewed()
        self.assertRegex(renewed, r"^zen\.example-\d{4}-\d\d-\d\d$")
        self.assertEqual(sorted(os.listdir(os.path.join(self.out, renewed))), FILES)
        new = certs.cert_fingerprint(os.path.join(self.out, renewed, "cert.pem"))
        self.assertEqual(self.has(), {old: HOST, new: HOST})
        self.assertIn("retire-after=", self.noted(old))
        self.assertNotIn("retire-after=", self.noted(new))
        self.issue("--rotate", check=1)  # not twice on one day
        self.assertEqual(self.has(), {old: HOST, new: HOST})

    def test_a_host_that_is_not_listed(self):
        done = self.issue("--rotate", check=1)
        self.assertIn("relayctl issue, without --rotate", done.stderr)
        self.assert_nothing()

    def test_grace_is_of_rotate(self):
        self.issue("--grace", "2d", check=2)

    def test_with_a_request(self):
        self.issue()
        old = certs.cert_fingerprint(self.made("cert.pem"))
        request = Request.make(self)
        self.issue("--rotate", "--csr", request.csr)
        self.assertIn("retire-after=", self.noted(old))
        self.assertEqual(self.has(), {old: HOST, request.fingerprint: HOST})
        (renewed, ) = self.renewed()
        self.assertEqual(os.listdir(os.path.join(self.out, renewed)), ["README.txt"])


class Request(IssueCase):
    """--csr: the key never leaves the client."""

    @staticmethod
    def make(case):
        key = os.path.join(case.directory, "request.key")
        csr = os.path.join(case.directory, "request.csr")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", key, "-subj", "/CN=" + HOST, "-out", csr)
        case.csr, case.key = csr, key
        der = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
        found = openssl("dgst", "-sha256", "-c", input=der).decode().split("= ")[1].strip()
        case.fingerprint = found.upper()
        return case

    def test_only_the_settings_are_written(self):
        self.make(self)
        done = self.issue("--csr", self.csr)
        self.assertEqual(os.listdir(self.made()), ["README.txt"])
        self.assertEqual(self.has(), {self.fingerprint: HOST})
        self.assertNotIn("password", done.stderr)
        said = json.loads(self.run_it("issue", "--out", self.out + "2", "--csr", self.csr, HOST,
                                      "--json").stdout)
        self.assertEqual((said["p12_password"], said["expires"], said["kind"], said["files"]),
                         (None, None, "key", ["README.txt"]))

    def test_what_is_no_request_is_refused(self):
        self.make(self)
        client = self.client()
        for file in (self.key, client.cert):
            self.issue("--csr", file, check=3)
        self.issue("--csr", self.csr, "--pin", "cert", check=2)
        self.issue("--csr", self.csr, "--days", "9", check=2)
        self.assert_nothing()

    def test_a_key_of_another_host_is_refused(self):
        self.make(self)
        self.issue("--csr", self.csr)
        self.issue("--csr", self.csr, host="other.example", check=1)
        self.assertEqual(self.in_out(), [HOST])


class Elsewhere(IssueCase):
    """On the client's machine: --no-add."""

    def test_the_line_for_the_administrator(self):
        for args, line in (([], "relayctl add --fingerprint %s " + HOST),
                           (["--pin", "key"], "relayctl add --key --fingerprint %s " + HOST)):
            with self.subTest(args=args):
                done = harness.without_postfix("issue", "--no-add", "--out", self.out, "--server",
                                            "mx.example.org:587", *args, HOST)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(sorted(os.listdir(self.made())), FILES)
                of = certs.key_fingerprint if args else certs.cert_fingerprint
                fingerprint = of(self.made("cert.pem"))
                self.assertEqual(done.stdout, line % fingerprint + "\n")
                self.run_it(*done.stdout.split()[1:])
                self.assertEqual(self.has(), {fingerprint: HOST})
                self.put()
                shutil.rmtree(self.out)

    def test_without_a_server(self):
        done = harness.without_postfix("issue", "--no-add", "--out", self.out, HOST)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("README.txt says SERVER", done.stderr)
        self.assertIn("SERVER", self.read(self.made("README.txt")).decode())

    def test_the_end_and_how_to_try(self):
        self.issue("--until", "2099-05-31", "--server", "mx.example.org:587")
        text = self.read(self.made("README.txt")).decode()
        self.assertIn("\nIt is to relay until 2099-05-31: ", text)
        self.assertIn("\n  relayctl test cert.pem key.pem mx.example.org:587\n", text)
        shutil.rmtree(self.out)
        self.put()
        self.issue("--server", "[2001:db8::1]:465")
        text = self.read(self.made("README.txt")).decode()
        self.assertNotIn("It is to relay until", text)
        self.assertIn("\n  relayctl test cert.pem key.pem '[2001:db8::1]:465'\n", text)

    def test_with_a_postfix_nothing_is_listed(self):
        self.issue("--no-add", "--json")
        self.assertEqual(self.has(), {})


class Settings(IssueCase):
    """Which server README.txt names."""

    def server(self, *args, master="", **settings):
        self.configure(myhostname="mx.example.org", **settings)
        self.write(master, os.path.join(self.config, "master.cf"))
        os.utime(os.path.join(self.config, "master.cf"), (1, 1))
        said = json.loads(self.issue("-n", "--json", *args).stdout)["server"]
        return said["name"], said["port"], said["tls"], said["fingerprint"]

    def test_the_submission_service_else_the_first_one(self):
        smtp = "smtp inet n - n - - smtpd\n"
        for master, port, tls in (
            (smtp + "submission inet n - n - - smtpd\n", 587, "starttls"),
            (smtp + "127.0.0.1:587 inet n - n - - smtpd\n -o smtpd_tls_wrappermode=yes\n", 587,
             "wrap"),
            (smtp, 25, "starttls"),
            ("submissions inet n - n - - smtpd\n -o smtpd_tls_wrappermode=yes\n", 465, "wrap"),
            ("[::1]:2525 inet n - n - - smtpd\n" + smtp, 2525, "starttls"),
            ("smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd\n", 25, "starttls")):
            with self.subTest(master=master):
                self.assertEqual(self.server(master=master)[:3], ("mx.example.org", port, tls))
        self.assertEqual(self.server(master=smtp + "submission inet n - n - - smtpd\n",
                                     master_service_disable="submission/inet")[1], 25)

    def test_a_server_that_is_named(self):
        for text, name, port, tls in (("mx:587", "mx", 587, "starttls"),
                                      ("mx.example.org", "mx.example.org", 587, "starttls"),
                                      ("mx.example:465", "mx.example", 465, "wrap"),
                                      ("[2001:db8::1]:25", "2001:db8::1", 25, "starttls"),
                                      ("2001:db8::1", "2001:db8::1", 587, "starttls"),
                                      ("192.0.2.1:smtp", "192.0.2.1", 25, "starttls")):
            with self.subTest(server=text):
                self.assertEqual(self.server("--server", text)[:3], (name, port, tls))
        for text in ("mx:", ":25", "mx:0", "mx:65536", "mx:nonsense", "a b:25", "[::1:25"):
            self.issue("--server", text, check=2)

    def test_a_certificate_that_is_self_signed_is_pinned(self):
        master = "submission inet n - n - - smtpd\n"
        own = self.client("mx.example.org")
        self.assertEqual(self.server(master=master, smtpd_tls_cert_file=own.cert)[3],
                         own.fingerprint())
        self.assertEqual(self.server(master=master, smtpd_tls_chain_files="%s, %s" %
                                     (own.key, own.cert))[3], own.fingerprint())
        self.assertIsNone(self.server(master=master)[3])
        issued = os.path.join(self.directory, "issued.pem")
        request = os.path.join(self.directory, "issued.csr")
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout",
                os.path.join(self.directory, "issued.key"), "-subj", "/CN=mx2.example.org", "-out",
                request)
        openssl("x509", "-req", "-in", request, "-CA", own.cert, "-CAkey", own.key, "-out", issued,
                "-days", "9")
        self.assertIsNone(self.server(master=master, smtpd_tls_cert_file=issued)[3])

    def test_another_server_has_another_certificate(self):
        own = self.client("mx.example.org")
        master = "submission inet n - n - - smtpd\n"
        self.assertEqual(
            self.server("--server", "relay.example:587", master=master,
                        smtpd_tls_cert_file=own.cert)[3], own.fingerprint())
        self.assertIsNone(
            self.server("--no-add", "--server", "relay.example:587", master=master,
                        smtpd_tls_cert_file=own.cert)[3])

    def test_one_program_or_all(self):
        self.issue("--server", "mx.example.org:587")
        everything = self.read(self.made("README.txt")).decode()
        self.issue("--server", "mx.example.org:587", "--for", "msmtp", host="b.example")
        one = self.read(self.made("README.txt", host="b.example")).decode()
        self.assertIn("msmtp", one)
        self.assertNotIn("nullmailer", one)
        for program in ("postfix", "msmtp", "nullmailer", "dma", "exim", "opensmtpd", "sendmail",
                        "thunderbird", "swaks", "python"):
            self.assertIn(program, everything.lower())
        self.issue("--for", "pine", host="c.example", check=2)


if __name__ == "__main__":
    harness.main()
