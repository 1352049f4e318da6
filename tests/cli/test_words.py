#!/usr/bin/env python3
"""What people type, paste and keep in lists is understood, or everything that is wrong with it is
told at once."""

import os
import re

from support import certs, harness, terminal
from support.table_case import TableCase, fp


class Words(TableCase):
    def setUp(self):
        super().setUp()
        self.write(
            "%s zen.example\n%s department9.example\n%s tokyo.example\n"
            % (fp(1), fp(2), "AB:CD:EF" + fp(3)[8:])
        )
        self.postmap()

    def listed(self):
        out = self.run_it("list", "--plain", check=0).stdout
        return dict(line.split("\t")[:2] for line in out.splitlines())

    def list_file(self, content):
        path = os.path.join(self.directory, "clients.txt")
        with open(path, "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
        return path


class Lists(Words):
    """add --from."""

    def added(self, content, *expected):
        before = self.listed()
        self.run_it("add", "--from", self.list_file(content), check=0)
        new = {key: host for key, host in self.listed().items() if key not in before}
        self.assertEqual(new, dict(expected))

    def test_spellings(self):
        self.added("sha256 Fingerprint=%s one.example\n" % fp(11), (fp(11), "one.example"))
        self.added("%s,two.example\n" % fp(12), (fp(12), "two.example"))
        self.added("%s;three.example;\n" % fp(13), (fp(13), "three.example"))
        self.added("SHA256: %s four.example\n" % fp(14), (fp(14), "four.example"))
        self.added('"%s","five.example"\n' % fp(15), (fp(15), "five.example"))
        self.added("six.example,%s\n" % fp(16), (fp(16), "six.example"))
        self.added("%s\u00a0seven.example\u200b\n" % fp(17), (fp(17), "seven.example"))
        self.added(
            "%s|eight.example\n" % fp(18).replace(":", "").lower(), (fp(18), "eight.example")
        )

    def test_the_host_first(self):
        """Where one column is a fingerprint and the other is none, it is certain which is which."""
        lines, expected = [], []
        for quotes in ("", '"', "'", "\u201c"):
            ends = (quotes, "\u201d" if quotes == "\u201c" else quotes)
            for separator in (",", ";", "\t", "=", "|", " ", " ; "):
                for key_quoted in (False, True):
                    key = fp(40 + len(lines))
                    host = "h%d.example" % len(lines)
                    expected.append((key, host))
                    lines.append(host.join(ends) + separator +
                                 (key.join(ends) if key_quoted else key))
        self.added("\n".join(lines), *expected)

    def test_the_fingerprint_first_in_quotes(self):
        for number, line in enumerate(("'%s','h%d.example'", "'%s';h%d.example",
                                       '"%s"\t\'h%d.example\'', "%s 'h%d.example'"), 110):
            with self.subTest(line=line):
                self.added(line % (fp(number), number) + "\n",
                           (fp(number), "h%d.example" % number))

    def test_columns_of_which_neither_or_both_are_fingerprints(self):
        for line in ('"one.example";"two.example"', "%s;%s" % (fp(41), fp(42))):
            with self.subTest(line=line):
                said = self.run_it("add", "--from", self.list_file(line + "\n"), check=3).stderr
                self.assertIn("clients.txt:1: ", said)

    def test_comments(self):
        client = certs.Client(self.directory, "zen")
        for number, line in enumerate(("%s c%d.example # note", "%s c%d.example #note, more",
                                       "'%s';'c%d.example'\t# it's hers", "%s,c%d.example,# x"),
                                      120):
            with self.subTest(line=line):
                self.added(line % (fp(number), number) + "\n",
                           (fp(number), "c%d.example" % number))
        self.added("last.example %s # %s was the former\n" % (fp(130), fp(131)),
                   (fp(130), "last.example"))
        self.added("%s zen.example # renewed\n" % client.cert,
                   (client.fingerprint(), "zen.example"))
        other = certs.Client(self.directory, "other.example")
        os.link(other.cert, other.cert + "#1")
        self.added("%s#1 # the host is in it\n" % other.cert,
                   (other.fingerprint(), "other.example"))
        self.run_it("add", "--labels", "--from",
                    self.list_file("%s Anna's # 2\n" % fp(132)), check=0)
        self.assertEqual(self.listed()[fp(132)], "Anna's # 2")

    def test_encodings(self):
        line = "%s one.example\r\n%s two.example\r\n"
        self.added(
            "\ufeff" + line % (fp(21), fp(22)), (fp(21), "one.example"), (fp(22), "two.example")
        )
        self.added(
            (line % (fp(23), fp(24))).encode("utf-16"),
            (fp(23), "one.example"),
            (fp(24), "two.example"),
        )

    def test_lines_of_spreadsheets(self):
        self.added("fingerprint,host\r\n%s,one.example\r\n" % fp(25), (fp(25), "one.example"))
        self.added("%s one.example\r%s two.example\r" % (fp(27), fp(28)),
                   (fp(27), "one.example"), (fp(28), "two.example"))
        path = self.list_file("%s a.example\nfingerprint,host\n" % fp(29))
        said = self.run_it("add", "--from", path, check=3).stderr
        self.assertIn("clients.txt:2: fingerprint: no such file", said)

    def test_files_with_commas(self):
        client = certs.Client(self.directory, "a,b")
        self.added("%s one.example\n" % client.cert, (client.fingerprint(), "one.example"))
        client = certs.Client(self.directory, "plain")
        self.added("%s,two.example\n" % client.cert, (client.fingerprint(), "two.example"))

    def test_every_fault_is_told_at_once(self):
        lines = [
            "%s good.example" % fp(31),
            "nonsense one.example",
            "/no/such/file.pem two.example",
            "%s under_score..x" % fp(32),
            '"never closed',
            "%s other.example" % fp(31),
            "%s three.example" % fp(33, 20),
            "%s" % fp(34),
            "%sG%s five.example" % (fp(35)[:15], fp(35)[16:]),
            ";%s six.example" % fp(36),
        ]
        path = self.list_file("\n".join(lines))
        before = self.snapshot()
        said = self.run_it("add", "--from", path, check=3).stderr
        self.assertEqual(
            re.findall(r"(?m)^relayctl: error: .*clients.txt:(\d+): ", said),
            ["2", "3", "4", "5", "6", "7", "8", "9", "10"],
        )
        self.assertIn("'under_score..x' is no host name: it has '_' in it", said)
        self.assertRegex(said, r"clients.txt:9: .*: 'G' is not a hexadecimal digit \(column 16\)")
        self.assertIn("clients.txt:10: begins with ';'", said)
        self.assertEqual(said.count("relayctl: error: nothing was changed\n"), 1)
        self.assertEqual(self.snapshot(), before)


class Who(Words):
    def test_remove_takes_a_beginning(self):
        self.run_it("remove", "ABCDEF", check=0)
        self.assertNotIn("tokyo.example", self.listed().values())
        self.run_it("remove", fp(1)[:11], check=0)
        self.assertEqual(list(self.listed().values()), ["department9.example"])

    def test_a_beginning_of_several_is_refused(self):
        self.write("%s one.example\n%s two.example\n" % (fp(1), fp(1)[:12] + fp(2)[12:]))
        self.postmap()
        before = self.snapshot()
        said = self.run_it("remove", fp(1)[:11], check=1).stderr
        self.assertIn("2 listed fingerprints begin with it", said)
        self.assertEqual(self.snapshot(), before)

    def test_similar_hosts(self):
        for typed, meant in (
            ("dept9.example", None),
            ("department", "department9.example"),
            ("zenn.example", "zen.example"),
        ):
            said = self.run_it("remove", typed, check=1).stderr
            self.assertIn("'%s': not listed" % typed, said)
            self.assertEqual("similar hosts are listed" in said, meant is not None, said)
            self.assertIn(meant or "", said)

    def test_a_directory_is_no_client(self):
        """issue makes one with the name of the client, which may have been removed since."""
        directory = os.path.join(self.directory, "gone.example")
        os.mkdir(directory)
        certs.Client(directory, "cert")  # cert.pem
        said = self.run_it("check", "gone.example", check=1, cwd=self.directory).stderr
        self.assertIn("the file of that name is a directory", said)
        for command in ("add", "test"):
            said = self.run_it(command, "gone.example", check=3, cwd=self.directory).stderr
            self.assertIn("relayctl: hint: the certificate in it: gone.example/cert.pem\n", said)

    def test_rotate_in_either_order(self):
        client = certs.Client(self.directory, "zen.example")
        for words in ((client.cert,), ("zen.example", client.cert), (client.cert, "zen.example")):
            self.assertIn("zen.example", self.run_it("rotate", "-n", *words, check=0).stderr)
        several = certs.Client(
            self.directory, "several", extensions=["subjectAltName=DNS:a.example,DNS:b.example"]
        )
        self.assertIn(
            "names a.example, b.example, so HOST is needed",
            self.run_it("rotate", several.cert, check=2).stderr,
        )

    def test_rotate_takes_a_beginning(self):
        renewed = certs.Client(self.directory, "renewed", subject="/CN=tokyo.example")
        for words in (("AB:CD:EF", renewed.cert), (renewed.cert, "abcdef0"),
                      ("AB:CD:EF" + fp(3)[8:], renewed.cert)):
            said = self.run_it("rotate", "-n", *words, check=0).stderr
            self.assertIn("would have added %s tokyo.example" % renewed.fingerprint(), said)
            self.assertIn("AB:CD:EF" + fp(3)[8:], said)

    def test_rotate_refuses_a_beginning_of_several(self):
        other = fp(1)[:12] + fp(2)[12:]
        self.write("%s one.example\n%s two.example\n" % (fp(1), other))
        self.postmap()
        client = certs.Client(self.directory, "new.example").cert
        before = self.snapshot()
        said = self.run_it("rotate", fp(1)[:11], client, check=1).stderr
        self.assertIn("2 listed fingerprints begin with it: ", said)
        for listed in ("%s, one.example" % fp(1), "%s, two.example" % other):
            self.assertIn(listed, said)
        self.assertEqual(self.snapshot(), before)

    def test_a_beginning_that_is_too_short(self):
        client = certs.Client(self.directory, "new.example").cert
        for words in (("remove", "AB:CD"), ("check", "abcde"), ("rotate", "AB:CD", client)):
            with self.subTest(words[0]):
                said = self.run_it(*words, check=1).stderr
                self.assertIn("relayctl: hint: the beginning of a fingerprint is understood from "
                              "its sixth digit on\n", said)

    def test_the_names_of_a_certificate(self):
        twice = certs.Client(
            self.directory, "twice", extensions=["subjectAltName=DNS:A.example,DNS:a.EXAMPLE"]
        )
        self.run_it("add", twice.cert, check=0)
        self.assertEqual(self.listed()[twice.fingerprint()].lower(), "a.example")
        for name, subject, extensions, said in (
            (
                "several",
                None,
                ["subjectAltName=DNS:a.example,DNS:b.example"],
                "names a.example, b.example",
            ),
            ("person", "/CN=Anna Smith", [], "names only 'Anna Smith', which is no host name"),
            ("none", "/O=Example", [], "names no host"),
        ):
            client = certs.Client(self.directory, name, subject=subject, extensions=extensions)
            self.assertIn(
                said + ", so HOST is needed", self.run_it("add", client.cert, check=2).stderr
            )


class Places(Words):
    def test_a_configuration_that_is_named_from_here(self):
        """smtpd would look for a relative name below its queue directory."""
        self.configure(relay_clientcerts=None)
        client = certs.Client(self.directory, "new.example")
        done = harness.relayctl("-c", "conf", "add", client.cert, check=0, cwd=self.directory)
        self.assertIn(":%s/relay_clients'" % self.config, done.stderr)
        self.assertIn("reload", done.stderr)
        self.assertNotIn("-c conf", done.stderr)


class Silence(Words):
    def test_a_pattern_that_fits_nothing(self):
        done = self.run_it("list", "nomatch", check=1)
        self.assertEqual((done.stdout, done.stderr), ("", "relayctl: no entry matches 'nomatch'\n"))
        self.assertEqual(self.run_it("-q", "list", "nomatch", check=1).stderr, "")

    def test_quiet_verify_tells_errors(self):
        self.write("%s zen.example\nnonsense one.example\n" % fp(1))
        self.postmap()
        done = self.run_it("-q", "verify", check=1)
        self.assertEqual(done.stdout, "")
        self.assertRegex(
            done.stderr, r"(?m)^relayctl: error: .*relay_clients:2:1: .*\[not-hexadecimal\]$"
        )
        self.assertNotIn("note", done.stderr)


class Table(Words):
    """The causes of lines that match nobody."""

    def test_causes(self):
        word = "kAFQmDzST7DWlj99KOF/cg=="
        for line, message, hint in (
            ("%s\u00a0one.example" % fp(1), "joins the host", "only a blank"),
            (
                "\u200b%s one.example" % fp(1),
                r"'\xe2\x80\x8b' in it is a character that nobody sees",
                "write it as " + fp(1),
            ),
            ("%s\u200e one.example" % fp(1), r"'\xe2\x80\x8e'", "write it as " + fp(1)),
            ("one.example %s" % fp(1), "stands before its fingerprint", "fingerprint first"),
            ("%s,one.example" % fp(1), "',' joins the host", "only a blank"),
            ("%s=one.example" % fp(1), "'=' joins the host", "only a blank"),
            ("%s|one.example" % fp(1), "'|' joins the host", "only a blank"),
            ("%s, one.example" % fp(1), "ends in ','", "only a blank"),
            (word + " one.example", "base64", "write it as 90:01:50"),
            (
                "%s one.example\r%s two.example\r" % (fp(1), fp(2)),
                "carriage return",
                "line ends of Unix",
            ),
            ("%s one.example" % fp(1).replace(":", ""), "without colons", "write it as " + fp(1)),
        ):
            with self.subTest(line):
                self.write((line + "\n").encode())
                self.postmap()
                done = self.run_it("verify", check=1)
                lines = done.stdout.splitlines()
                at = [i for i, text in enumerate(lines) if ": error: " in text and message in text]
                self.assertTrue(at, done.stdout)
                self.assertIn(hint, lines[at[0] + 1])
                self.assertNotIn("value-not-host", done.stdout)
                self.assertFalse(set("\u00a0\u200b\u200e") & set(done.stdout + done.stderr))


    def test_an_entry_that_swallows_another_has_one_fault(self):
        self.write("%s\n  %s two.example\n" % (fp(1), fp(2)))
        self.postmap()
        said = self.run_it("verify", check=1).stdout
        self.assertIn("[swallowed-entry]", said)
        self.assertNotIn("value-not-host", said)
        self.write("%s one\n  two\n" % fp(1))  # this is one entry, of an odd value
        self.assertIn("value-not-host", self.run_it("verify", check=1).stdout)


class Rights(Words):
    def as_nobody(self, *words):
        harness.skip(None if os.geteuid() == 0 else "not root")
        os.chmod(self.directory, 0o755)
        return harness.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                            harness.RELAYCTL, "-c", self.config, *words])

    def test_what_only_root_may_read(self):
        os.chmod(self.config, 0o755)
        os.chmod(self.path, 0o600)
        key = self.client().key
        os.chmod(key, 0o600)
        for words in (("list", ), ("verify", ), ("list", "--json"), ("-q", "verify"),
                      ("check", "zen.example"), ("fingerprint", key), ("add", key),
                      ("history", ), ("undo", )):
            if words[0] in ("history", "undo"):
                self.write("", self.path + ".history")
                os.chmod(self.path + ".history", 0o600)
            done = self.as_nobody(*words)
            self.assertEqual(done.returncode, 1 if words[0] == "check" else 5, done.stderr)
            self.assertRegex(done.stderr, "cannot open: Permission denied")
            self.assertIn("relayctl: hint: run it as root\n", done.stderr, words)
        os.chmod(self.config, 0o700)
        done = self.as_nobody("list")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("relayctl: hint: run it as root\n", done.stderr)

    def test_somebody_without_rights_is_told_what_helps(self):
        harness.skip(None if os.geteuid() == 0 else "not root")
        os.chmod(self.directory, 0o755)
        os.chmod(self.config, 0o755)
        done = harness.run(
            ["setpriv", "--reuid=65534", "--clear-groups", harness.RELAYCTL, "-t", self.table,
             "-d", "sha256", "remove", "zen.example"])
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn("this user may not open the lock file", done.stderr)
        self.assertIn("relayctl: hint: run it as root\n", done.stderr)


class Terminal(Words):
    def test_the_host_comes_first(self):
        said, status = terminal.run(
            [harness.RELAYCTL, "-c", self.config, "add", "--fingerprint", fp(9), "new.example"],
            color=False,
        )
        self.assertEqual(status, 0, said)
        self.assertIn("added new.example  %s" % fp(9)[:11], said)
        self.assertNotIn(fp(9), said)
        self.assertIn(
            "added %s new2.example" % fp(8),
            self.run_it("add", "--fingerprint", fp(8), "new2.example", check=0).stderr,
        )

    def said_on_terminal(self, *words):
        return terminal.without_color(
            terminal.run([harness.RELAYCTL, "-c", self.config, *words])[0])

    def test_other_messages_about_entries(self):
        zen, short = fp(1), fp(1)[:11] + "…"
        again = ("add", "--fingerprint", zen, "zen.example")
        other = ("add", "--fingerprint", zen, "other.example")
        self.assertIn("relayctl: zen.example  %s is listed already\n" % short,
                      self.said_on_terminal(*again))
        self.assertIn("relayctl: %s zen.example is listed already\n" % zen,
                      self.run_it(*again).stderr)
        self.assertIn("error: %s: is listed already, for zen.example" % short,
                      self.said_on_terminal(*other))
        self.assertIn("error: %s: is listed already, for zen.example" % zen,
                      self.run_it(*other, check=1).stderr)
        for words, before in ((("annotate", "zen.example", "--note", "x"), ""),
                              (("remove", "zen.example"), "removed "), (("undo", ), "added ")):
            said = self.said_on_terminal(*words, "--yes") if words[0] == "undo" else \
                self.said_on_terminal(*words)
            self.assertIn("relayctl: %szen.example  %s" % (before, short), said)
            self.assertNotIn(zen, said)

    def test_list_at_a_terminal_and_in_a_pipe(self):
        client = certs.Client(self.directory, "mx1.department9.example")
        self.run_it("add", client.cert, check=0)
        whole = client.fingerprint()
        shown, status = terminal.run([harness.RELAYCTL, "-c", self.config, "list"], columns=80,
                                     color=False)
        line = next(line for line in shown.splitlines() if "mx1" in line)
        self.assertEqual(status, 0)
        self.assertRegex(line, r"^mx1\.department9\.example +in [0-9]+ days +")
        self.assertNotIn("CN=", line)
        beginning = line.split()[-1].rstrip("…~")
        self.assertTrue(whole.startswith(beginning), line)
        self.assertGreaterEqual(len(beginning), len("AA:BB:CC"))  # which other commands take
        piped = self.run_it("list", check=0).stdout
        self.assertIn("%s\tmx1.department9.example\n" % whole, piped)
        self.assertEqual(self.run_it("list", "--plain", check=0).stdout, piped)
        mailed = self.run_it("list", "--text", check=0).stdout
        self.assertNotIn("\t", mailed)
        self.assertRegex(mailed, r"^HOST +EXPIRES ")
        self.assertRegex(mailed, r"(?m)^mx1\.department9\.example +in [0-9]+ days +20[0-9-]{8} ")

    def test_beginnings_that_are_alike_are_told_apart(self):
        self.write("%s one.example\n%s two.example\n" % (fp(1), fp(1)[:12] + fp(2)[12:]))
        self.postmap()
        said = self.said_on_terminal("remove", fp(1)[:11])
        self.assertIn("%s…, one.example; %s…, two.example" % (fp(1)[:14], fp(1)[:12] + "02"), said)


if __name__ == "__main__":
    harness.main()
