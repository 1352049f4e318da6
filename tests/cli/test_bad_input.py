#!/usr/bin/env python3
"""Bad input gets a clear error with the right status, and nothing changes."""

import os
import shutil
import subprocess
import time
import unittest

from support import certs, harness
from support.command_table import rows
from support.table_case import TableCase, fp

USAGE, INPUT, POSTFIX = 2, 3, 4
GOOD = "%s one.example\n" % fp(1)


class BadCase(TableCase):

    def setUp(self):
        super().setUp()
        self.write(GOOD)
        self.postmap()
        self.scratch = os.path.join(self.config,
                                    "scratch")  # beside the table would show in the snapshot
        os.mkdir(self.scratch)

    def file(self, name, content=b""):
        path = os.path.join(self.scratch, name)
        self.write(content, path)
        return path

    def refused(self, status, expected, *args, **options):
        before = self.snapshot()
        result = self.run_it(*args, check=status, **options)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, expected)
        self.assertRegex(result.stderr, r"\Arelayctl: (warning|error): ")
        self.assertEqual(self.snapshot(), before)
        return result

    def refused_certificate(self, path, expected, status=INPUT):
        self.refused(status, expected, "fingerprint", path)
        result = self.refused(status, expected, "add", path, "two.example")
        self.assertRegex(result.stderr, "nothing was changed|unchanged")


class Certificates(BadCase):

    def pem(self):
        return self.read(certs.Client(self.scratch, "zen").cert)

    def refused_each(self, files):
        """files: {name: content}."""
        for name, content in files.items():
            with self.subTest(name=name):
                self.refused_certificate(self.file(name, content), name)

    def test_no_certificate_in_the_file(self):
        block = b"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n"
        self.refused_each({"empty": b"", "text": b"hello\n", "zeros": bytes(1000),
                           "other-block": block})

    def test_truncated_and_corrupt(self):
        pem = self.pem()
        der = certs.openssl("x509", "-outform", "DER", input=pem)
        self.refused_each({"cut": pem[:len(pem) // 2],
                           "no-end": pem[:pem.index(b"-----END")],
                           "letter": pem.replace(b"MII", b"M!I", 1),
                           "swapped": pem.replace(b"MII", b"IIM", 1),
                           "cut.der": der[:100],
                           "short.der": der[:-1]})

    def test_a_good_block_and_then_a_broken_one(self):
        pem = self.pem()
        self.refused_certificate(self.file("two.pem", pem + pem[:-40]), "two.pem")

    def test_a_file_of_one_gigabyte(self):
        path = self.file("huge")
        os.truncate(path, 1 << 30)
        start = time.monotonic()
        self.refused_certificate(path, "huge.*(large|big|MiB)")
        self.assertLess(time.monotonic() - start, 20)

    def test_endless_standard_input(self):
        with open("/dev/zero") as zero:
            result = subprocess.run([harness.RELAYCTL, "-c", self.config, "fingerprint", "-"],
                                    stdin=zero, capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, INPUT, result.stderr)

    def test_directory_fifo_device_and_nothing(self):
        fifo = os.path.join(self.scratch, "fifo")
        os.mkfifo(fifo)
        for path, expected in ((self.scratch, "directory"),
                               (fifo, "FIFO"),
                               ("/dev/null", "null"),
                               (os.path.join(self.scratch, "absent"), "no such file")):
            with self.subTest(path=path):
                self.refused_certificate(path, expected)

    def test_encrypted_key_and_pkcs12(self):
        client = certs.Client(self.scratch, "zen")
        key = self.file("locked.key")
        certs.openssl("pkey", "-in", client.key, "-aes256", "-passout", "pass:secret", "-out", key)
        self.refused_certificate(key, "encrypted|passphrase")
        box = self.file("zen.p12")
        certs.openssl("pkcs12", "-export", "-in", client.cert, "-inkey", client.key, "-passout",
                      "pass:secret", "-out", box)
        self.refused_certificate(box, "(?i)pkcs ?#?12")

    def test_a_key_needs_key(self):
        client = certs.Client(self.scratch, "zen")
        for path in (client.key, client.request(), client.public_key()):
            with self.subTest(path=path):
                self.refused(INPUT, "--key", "add", path, "two.example")


class Words(BadCase):

    def test_hosts_that_are_none(self):
        for host in ("two hosts", "two\nlines", "tab\tbed", "bell\a", "#comment", " lead", "trail ",
                     "", "under_score..x", "-dash.example", "a" * 64 + ".example",
                     "x." * 200 + "example", "caf\u00e9.example", "del\x7f", "esc\x1b[31m"):
            with self.subTest(host=host):
                self.refused(USAGE, "host|HOST|begins with '-'|is empty", "add", "--fingerprint",
                             fp(2), "--", host)

    def test_labels_that_would_break_the_line(self):
        for label in ("two\nlines", "bell\a", " lead", "trail ", "\udcff"):
            with self.subTest(label=label):
                self.refused(USAGE, "label", "add", "--fingerprint", fp(2), "--label", label)

    def test_fingerprints_that_are_none(self):
        for text, expected in ((fp(2, 16), "16 bytes.*md5"),
                               (fp(2, 20), "20 bytes.*sha1"),
                               (fp(2, 31), "31 bytes"),
                               ("GG:" + fp(2, 31), "'G'"),
                               ("zen", "hexadecimal"),
                               ("A", "."),
                               ("::::", ".")):
            with self.subTest(text=text):
                self.refused(INPUT, expected, "add", "--fingerprint", text, "two.example")

    def test_unknown_digest(self):
        for name in ("sha257", "md4", "x" * 300, "sha256 ", ""):
            with self.subTest(name=name):
                client = certs.Client(self.scratch, "zen")
                self.refused(USAGE, "digest", "-d=" +
                             name, "add", client.cert, "two.example") if name else None

    def test_a_digest_unknown_to_smtpd_in_main_cf(self):
        self.configure(smtpd_tls_fingerprint_digest="sha257")
        self.refused(POSTFIX, "sha257.*unknown digest", "add",
                     certs.Client(self.scratch, "zen").cert, "two.example")

    def test_times_to_wait_that_are_none(self):
        """Nobody waits for ever, as for a number that is none."""
        for seconds in ("nan", "-nan", "inf", "1e400", "-1", "86401", "1s", "0x5"):
            with self.subTest(seconds=seconds):
                self.refused(USAGE, "--lock-timeout: expected a number of seconds", "remove",
                             "one.example", "--lock-timeout", seconds)

    def test_usage(self):
        for args in ([],
                     ["fnord"],
                     ["add"],
                     ["remove"],
                     ["fingerprint"],
                     ["add", "--fnord"],
                     ["list", "a", "b"],
                     ["--json", "--plain", "list"],
                     ["add", "--fingerprint", fp(1)],
                     ["add", "a", "b", "c"],
                     ["remove", "--lock-timeout", "-1", "x"],
                     ["-t", "nocolon", "list"],
                     ["-t", "hash:", "list"],
                     ["fingerprint", "--kind", "other", "x"]):
            with self.subTest(args=args):
                result = harness.relayctl(*args, check=USAGE)
                self.assertEqual(result.stdout, "")
                self.assertIn("relayctl", result.stderr)

    def test_near_commands_are_suggested(self):
        for typed, meant in (("ad", "add"),
                             ("lst", "list"),
                             ("verfiy", "verify"),
                             ("finger", None),
                             ("rebuid", "rebuild")):
            with self.subTest(typed=typed):
                said = harness.relayctl(typed, check=USAGE).stderr
                self.assertIn("did you mean: relayctl " +
                              meant, said) if meant else self.assertNotIn("did you mean", said)


class Paths(BadCase):

    def add_to(self, table, status, expected):
        self.refused(status, expected, "-t", table, "add", "--fingerprint", fp(2), "two.example")

    def test_table_that_is_a_directory(self):
        self.add_to("hash:" + self.scratch, INPUT, "directory")

    def test_table_that_is_a_dangling_link(self):
        link = os.path.join(self.scratch, "link")
        os.symlink("nowhere", link)
        self.add_to("hash:" + link, INPUT, "link")
        self.assertFalse(os.path.exists(os.path.join(self.scratch, "nowhere")))

    def test_table_that_is_a_fifo(self):
        fifo = os.path.join(self.scratch, "fifo")
        os.mkfifo(fifo)
        self.add_to("hash:" + fifo, INPUT, "fifo")

    def test_a_type_that_is_misspelt(self):
        for typed, meant in (("hsah", "hash"), ("hahs", "hash"), ("btre", "btree"),
                             ("LMDB", "lmdb"), ("text-hash", "texthash"),
                             ("proxy:pgsl", "pgsql"), ("fnord", None)):
            for words in (("list",), ("add", "--fingerprint", fp(2), "two.example"), ("verify",),
                          ("remove", "one.example")):
                with self.subTest(typed=typed, words=words):
                    said = self.run_it("-t", "%s:%s" % (typed, self.path), *words,
                                       check=USAGE).stderr
                    suggested = "hint: did you mean: %s:%s\n" % (
                        typed.replace(typed.rpartition(":")[2], meant or "?"), self.path)
                    self.assertEqual(suggested in said, meant is not None, said)
                    self.assertEqual("did you mean" in said, meant is not None, said)

    def test_table_in_no_directory(self):
        self.add_to("hash:%s/absent/table" % self.scratch, INPUT, "absent")

    def test_a_table_that_is_misspelt(self):
        """Only what makes a table of a first client makes one; nothing else leaves a file."""
        client = certs.Client(self.scratch, "zen")
        typo = os.path.join(self.scratch, "typo")
        for words in (["remove", "one.example"], ["remove", fp(1)], ["remove", "*.example"],
                      ["rotate", "one.example", client.cert], ["prune", "--expired"],
                      ["annotate", client.cert]):
            for more in ([], ["-n"]):
                with self.subTest(words=words, more=more):
                    self.refused(INPUT, "typo: no such file", "-t", "hash:" + typo, *words, *more)
                    self.assertEqual([name for name in os.listdir(self.scratch) if "typo" in name],
                                     [])
        # It lists nobody, which a script may ask for again and again.
        self.run_it("-t", "hash:" + typo, "remove", "--if-exists", "one.example")
        for words in (["add", "--fingerprint", fp(2), "two.example"],
                      ["rotate", "--create", "zen.example", client.cert]):
            self.run_it("-t", "texthash:" + typo, *words)
            os.unlink(typo)

    def test_a_table_that_is_no_table(self):
        for content in (bytes(range(256)) * 20, b"\x7fELF" + os.urandom(5000)):
            self.write(content)
            for command in ("list", "verify"):
                self.assertIn("is no text, but binary", self.run_it(command, check=3).stderr)


class NoList(BadCase):
    """Files of certificates and keys in the place of a list or a table: they are named as what they
    are, and nothing of them is printed."""

    def setUp(self):
        super().setUp()
        self.client = certs.Client(self.scratch, "zen")
        self.pem = self.read(self.client.key).decode()
        self.body = "".join(line for line in self.pem.splitlines(True) if "-----" not in line)
        self.lines = self.body.split()
        self.assertGreater(len(self.lines), 1)

    def secret(self, *args, status=INPUT, **options):
        """What is said, with nothing of the key in it."""
        done = self.run_it(*args, check=status, **options)
        said = done.stdout + done.stderr
        for line in self.lines:
            for at in range(0, len(line) - 11, 4):
                self.assertNotIn(line[at:at + 12], said)
        self.assertNotIn(self.lines[-1], said)
        return said

    def keys(self):
        """(name, file, what it is) of a private key in several forms."""
        der = certs.openssl("pkey", "-in", self.client.key, "-outform", "DER")
        bag = "Bag Attributes\n    friendlyName: zen\n" + self.pem
        for name, content, what in (
                ("key", self.pem, "holds a private key"),
                ("indented", self.pem.replace("\n", "\n  "), "holds a private key"),
                ("notes", "# of zen\n\n" + self.pem, "holds a private key"),
                ("bag", bag, "holds a private key"),
                ("no-begin", self.pem.partition("\n")[2], "holds a private key"),
                ("base64", self.body, "holds a private key"),
                ("damaged", self.pem.replace(self.lines[0][:8], "!"), "holds a private key"),
                ("putty", "PuTTY-User-Key-File-3: rsa\nPrivate-Lines: 2\n" + self.body,
                 "holds a private key"),
                ("der", der, "holds a private key")):
            content = content.encode() if isinstance(content, str) else content
            yield name, self.file(name, content), what

    def test_a_key_is_no_list(self):
        for name, path, what in self.keys():
            with self.subTest(name=name):
                for words in (("add", "--from", path), ("fingerprint", "--from", path)):
                    said = self.secret(*words)
                    self.assertIn("%s: %s, so it is no list" % (path, what), said)
                    self.assertEqual(said.count("error: "), 1)
                    self.assertIn("with its certificate: relayctl", said)
                    with open(path, "rb") as stdin:
                        said = self.secret(*words[:-1], "-", stdin=stdin)
                    self.assertIn("standard input: " + what, said)

    def test_a_certificate_is_no_list(self):
        said = self.secret("add", "--from", self.client.cert)
        self.assertIn("holds a certificate, so it is no list", said)
        self.assertIn("add %s HOST\n" % self.client.cert, said)
        both = self.file("both", self.read(self.client.cert) + self.pem.encode())
        self.assertIn("a certificate and a private key", self.secret("add", "--from", both))

    def test_other_binary_files_are_no_list(self):
        box = self.file("zen.p12")
        certs.openssl("pkcs12", "-export", "-in", self.client.cert, "-inkey", self.client.key,
                      "-passout", "pass:secret", "-out", box)
        elf = self.file("elf", b"\x7fELF" + bytes(range(32)) * 9)
        for path, what in ((box, "holds DER, PKCS#12 perhaps"), (elf, "is binary")):
            for words in (("add", "--from"), ("fingerprint", "--from")):
                said = self.secret(*words, path)
                self.assertIn(what + ", so it is no list", said)
                self.assertEqual(said.count("error: "), 1)

    def test_a_key_is_no_table(self):
        for name, path, what in self.keys():
            for words in (["list"], ["verify"], ["add", "--fingerprint", fp(2), "two.example"]):
                with self.subTest(name=name, words=words):
                    said = self.secret("-t", "hash:" + path, *words)
                    self.assertRegex(said, "holds a private key|is PEM|is no text, but binary")
                    self.assertIn("not the source of a table", said)


class DefaultInstance(BadCase):

    def test_master_cf_is_where_this_postfix_was_built_for(self):
        """Without -c and MAIL_CONFIG only postconf knows the directory, here another one than
        /etc/postfix, as of a Postfix below /opt."""
        own = self.file("postconf")
        shutil.copy(shutil.which("postconf", path="/usr/sbin:/usr/bin"), own)
        wrapper = self.file(
            "wrapper",
            '#!/bin/sh\ncase " $* " in\n*" -c "*) exec %s "$@" ;;\nesac\nexec %s -c %s "$@"\n' %
            (own, own, self.config))
        os.chmod(wrapper, 0o755)
        self.write("10025 inet n - n - - smtpd\n", os.path.join(self.config, "master.cf"))
        command = ["unshare", "-m", "sh", "-c",
                   'mount --bind %s /usr/sbin/postconf; exec "$@"' % wrapper, "sh"]
        if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
            raise unittest.SkipTest("no mount namespaces here")
        done = harness.run([*command, harness.RELAYCTL, "complete", "services"])
        self.assertIn("10025", done.stdout, done.stderr)


class BrokenPostfix(BadCase):

    def test_which_commands_need_a_postfix(self):
        """The table of commands says it of each, and without its tools that is how it is."""
        client = certs.Client(self.scratch, "zen")
        plain = self.file("plain")
        with open(plain, "w", encoding="ascii"):
            pass
        words = {
            "add": ["-n", client.cert, "zen.example"], "remove": ["--if-exists", "zen.example"],
            "rotate": ["-n", "--create", "zen.example", client.cert], "check": [client.cert],
            "fingerprint": [client.cert], "apply": ["-n", self.scratch], "diff": [self.scratch],
            "annotate": ["--if-exists", client.cert], "init": ["--print"],
            "copy": ["-n", "texthash:" + plain, "texthash:" + plain + "2"],
            "issue": ["-n", "zen.example"]
        }
        for name, alias, effect, summary, needs_postfix in rows("commands"):
            for table in ([], ["-t", "texthash:" + plain]):
                if table and name in ("copy", "init"):
                    continue  # they take no text table by -t
                with self.subTest(command=name, table=table):
                    done = harness.without_postfix(*table, name, *words.get(name, []))
                    fails = needs_postfix == "always" or (not table
                                                          and needs_postfix == "without -t")
                    self.assertEqual(done.returncode == POSTFIX, fails, done.stderr)
                    if needs_postfix == "always":
                        self.assertNotIn("-t", done.stderr)

    def test_no_postfix_at_all(self):
        """With the tools out of sight: what works works, and the rest says what is missing."""
        client = certs.Client(self.scratch, "zen")
        table = "texthash:" + self.file("plain")
        run = harness.without_postfix
        self.assertEqual(run("fingerprint", client.cert).stdout.split()[0], client.fingerprint())
        for args in (["add", client.cert, "zen.example"],
                     ["list"],
                     ["verify"],
                     ["rebuild"],
                     ["remove", "zen.example"],
                     ["add", "-n", client.cert, "z"]):
            done = run("-t", table, *args)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            run("-t", self.table, "list", "--plain").stdout, "%s\tone.example\n" % fp(1))
        for args in (["-t", self.table, "add", client.cert, "two.example"],
                     ["add", client.cert, "two.example"],
                     ["list"]):
            with self.subTest(args=args):
                before = self.snapshot()
                done = run(*args)
                self.assertEqual(done.returncode, POSTFIX, done.stderr)
                self.assertRegex(done.stderr, "post(conf|map)")
                self.assertEqual(self.snapshot(), before)

    def test_main_cf_broken(self):
        for line in ("smtpd_tls_fingerprint_digest = ${", "compatibility_level = x",
                     "no equals sign"):
            with self.subTest(line=line):
                path = os.path.join(self.config, "main.cf")
                self.write(line + "\n", path)
                os.utime(path, (1, 1))
                before = self.snapshot()
                result = self.run_it("-t", self.table, "add", "--fingerprint", fp(2), "two.example",
                                     check=None)
                if result.returncode == 0:  # only where Postfix minds it as little
                    self.assertEqual(self.postmap().returncode, 0)
                    self.write(GOOD)
                else:
                    self.assertEqual(result.returncode, POSTFIX)
                    self.assertIn("fatal: ", result.stderr)
                    self.assertEqual(self.snapshot(), before)

    def test_no_configuration_directory(self):
        result = harness.relayctl("-c", "/nowhere", "add", "--fingerprint", fp(2), "two.example",
                                  check=POSTFIX)
        self.assertIn("/nowhere", result.stderr)

    def change(self, status, expected):
        self.refused(status, expected, "add", "--fingerprint", fp(2), "two.example")
        self.assertEqual(self.in_map(fp(1)), "one.example")

    def test_postmap_fails(self):
        self.own_postmap("echo 'postmap: fatal: it rains' >&2; exit 1\n")
        self.change(POSTFIX, "it rains")

    def test_postmap_is_killed(self):
        self.own_postmap("kill -9 $$\n")
        self.change(POSTFIX, "postmap.*signal 9|postmap.*SIGKILL|postmap.*[Kk]illed")

    def test_postmap_warns_of_the_new_line(self):
        self.own_postmap(
            '/usr/sbin/postmap "$@" || exit; case "$*" in *" -q "*) ;; *) '
            'for t; do :; done; echo "postmap: warning: ${t#*:}, line 2: it smells" >&2;; esac\n')
        self.change(POSTFIX, "it smells")

    def test_postmap_makes_nothing(self):
        self.own_postmap("exit 0\n")
        self.change(POSTFIX, "postmap")

    def test_postmap_makes_another_map(self):
        self.own_postmap(
            'case "$*" in *" -q "*) exec /usr/sbin/postmap "$@";; esac\nfor t; do :; done\n'
            'f=${t#*:}; cp "$f" "$f.kept"; : > "$f"; /usr/sbin/postmap "$@"; mv "$f.kept" "$f"\n')
        self.change(POSTFIX, "does not hold")

    def test_warnings_about_other_things_are_passed_on(self):
        self.own_postmap(
            '/usr/sbin/postmap "$@" || exit; echo "postmap: warning: the moon is full" >&2\n')
        result = self.run_it("add", "--fingerprint", fp(2), "two.example")
        self.assertIn("the moon is full", result.stderr)
        self.assertEqual(self.in_map(fp(2)), "two.example")


if __name__ == "__main__":
    harness.main()
