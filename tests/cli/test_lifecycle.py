#!/usr/bin/env python3
"""What entries know of themselves, and what is done with it: annotations, list's filters, rotate,
prune, annotate, add --from.

The classes of cases are for all kinds of tables; tests/fleet/test_commands.py runs them on rows."""

import calendar
import json
import os
import pty
import subprocess
import time

from support import certs, harness, terminal
from support.table_case import TableCase, fp

NOW = calendar.timegm((2027, 1, 31, 12, 0, 0))
DAY = 86400


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class LifeCases:
    """Everything happens at NOW; `later` is in seconds from then."""

    def at(self, later, *args, check=0, **options):
        options.setdefault("env", {})["RELAYCTL_TEST_CLOCK"] = str(NOW + later)
        return self.run_it(*args, check=check, **options)

    def hosts(self, *args, later=0, check=0):
        return [
            line.split("\t")[1]
            for line in self.at(later, "list", "--plain", *args, check=check).stdout.splitlines()
        ]

    def json(self, *args, later=0):
        return {
            entry["fingerprint"]: entry
            for entry in json.loads(self.at(later, "list", "--json", *args).stdout)["entries"]
        }


def end_of(client):
    """notAfter as openssl reads it."""
    shown = certs.openssl("x509", "-in", client.cert, "-noout", "-enddate", "-dateopt",
                          "iso_8601").decode()
    return shown.partition("=")[2].strip().replace(" ", "T")


class AnnotationCases(LifeCases):

    def test_add_says_what_the_fingerprint_cannot(self):
        zen = self.client(subject="/O=SUSE, Inc/CN=zen.suse.co.uk")
        self.at(0, "add", zen.cert, "zen.suse.co.uk", "--note", "Anna's laptop")
        self.assert_like_made(zen.fingerprint(), "zen.suse.co.uk")
        self.assertIn("cert", self.noted(zen.fingerprint()))
        entry = self.json()[zen.fingerprint()]
        self.assertEqual((entry["kind"], entry["not_after"], entry["added"], entry["note"],
                          entry["retire_after"]),
                         ("cert", end_of(zen), "2027-01-31T12:00:00Z", "Anna's laptop", None))
        self.assertIn("SUSE\\, Inc", entry["subject"])
        self.assertEqual(self.in_map(zen.fingerprint()), "zen.suse.co.uk")
        self.assert_sound()

    def test_by_is_who_called_sudo(self):
        self.at(0, "add", "--fingerprint", fp(1), "x.example", env={"SUDO_USER": "anna"})
        self.assertEqual(self.json()[fp(1)]["by"],
                         "anna" if os.geteuid() == 0 else self.json()[fp(1)]["by"])
        self.at(0, "add", "--fingerprint", fp(2), "y.example", env={"SUDO_USER": ""})
        self.assertEqual(self.json()[fp(2)]["by"],
                         subprocess.check_output(["id", "-un"], text=True).strip())
        self.assertIsNone(self.json()[fp(2)]["kind"])

    def test_a_key_does_not_expire(self):
        zen = self.client()
        self.at(0, "add", "--key", zen.cert, "zen.example")
        entry = self.json()[zen.key_fingerprint()]
        self.assertEqual((entry["kind"], entry["subject"], entry["not_after"]),
                         ("key", "CN=zen.example", None))

    def test_subjects_with_every_odd_character(self):
        for number, subject in enumerate([
                '/CN=a,b+c"d\\\\e<f>g;h #i=j', "/CN=\u00dcml\u00e4ut \u4e2d\u6587",
                "/CN=two\nlines", "/CN=" + "x" * 60 + "/O=" + "y " * 30, "/CN= blank "
        ]):
            with self.subTest(subject=subject):
                client = certs.Client(self.directory, "odd%d" % number, subject=subject,
                                      arguments=("-utf8",))
                wanted = json.loads(self.run_it("fingerprint", "--json",
                                                client.cert).stdout)["certificates"][0]["subject"]
                self.at(0, "add", client.cert, "odd%d.example" % number)
                self.assertEqual(self.json()[client.fingerprint()]["subject"], wanted)
                self.assert_sound()
                self.at(0, "remove", client.cert)
        self.assertEqual(self.has(), {})

    def test_a_subject_of_two_kilobytes(self):
        subject = ("".join("/OU=" + "unit%02d, " % n + "z" * 50
                           for n in range(34)) + "/CN=long.example")
        client = certs.Client(self.directory, "long", subject=subject)
        self.at(0, "add", client.cert)
        self.assertGreater(len(self.json()[client.fingerprint()]["subject"]), 2000)
        self.assertEqual(self.in_map(client.fingerprint()), "long.example")

    def test_times_at_the_edges_of_certificates(self):
        for number, (start, end, text) in enumerate([
            ("20200101000000Z", "20280229235959Z", "2028-02-29T23:59:59Z"),
            ("20500101000000Z", "20511231235959Z", "2051-12-31T23:59:59Z"),
            ("19500101000000Z", "19690720201640Z", "1969-07-20T20:16:40Z"),
            ("20200101000000Z", "99991231235959Z", "9999-12-31T23:59:59Z")
        ]):
            with self.subTest(end=end):
                client = certs.dated(self.directory, "dated%d" % number, start, end)
                self.at(0, "add", client.cert)
                self.assertEqual(self.json()[client.fingerprint()]["not_after"], text)
                self.assertEqual("dated%d" % number in self.hosts("--expired"), text < "2027")


class Annotations(AnnotationCases, TableCase):

    def test_add_then_remove_gives_the_identical_file(self):
        zen = self.client()
        for text in (b"", b"# mine\n", b"%s x.example" % fp(1).encode(),
                     b"# relayctl: cert CN=orphan\n\n", b"a\r\n b\r\n"):
            with self.subTest(text=text):
                self.write(text)
                self.at(0, "add", zen.cert, "zen.example")
                self.assertNotEqual(self.read(), text)
                self.at(0, "remove", "zen.example")
                self.assertEqual(self.read(), text)

    def test_comments_of_others_are_left_alone(self):
        text = "# relayctl is nice\n# Anna:\n%s anna.example\n" % fp(1)
        self.write(text)
        self.at(0, "remove", "anna.example")
        self.assertEqual(self.read().decode(), "# relayctl is nice\n# Anna:\n")

    def test_a_person_may_delete_or_break_the_comment(self):
        zen = self.client()
        self.at(0, "add", zen.cert, "zen.example")
        self.write(self.entries())
        self.assertIsNone(self.json()[zen.fingerprint()]["subject"])
        self.write(
            self.entry(zen.fingerprint(), "zen.example", 'cert expires=soon note="x " what ever"'))
        entry = self.json()[zen.fingerprint()]
        self.assertEqual((entry["kind"], entry["not_after"]), ("cert", None))
        self.at(0, "annotate", zen.cert)
        self.assertEqual(self.json()[zen.fingerprint()]["not_after"], end_of(zen))
        self.assertIn("what ever", self.read().decode())

    def test_another_fingerprint_put_in_by_hand_has_no_annotation(self):
        zen, new = self.client(), self.client("new.example")
        self.at(0, "add", zen.cert, "zen.example")
        self.write(self.read().replace(zen.fingerprint().encode() + b" ",
                                       new.fingerprint().encode() + b" "))
        self.assertIsNone(self.json()[new.fingerprint()]["not_after"])
        self.at(3000 * DAY, "prune", "--yes", "--allow-empty")
        self.assertEqual(self.hosts(), ["zen.example"])
        self.assertIn("[annotation-foreign]", self.at(0, "verify", check=1).stdout)

    def test_odd_subjects_leave_nothing_behind(self):
        for subject in ('/CN=a,b+c"d\\\\e<f>g;h #i=j', "/CN=two\nlines"):
            client = certs.Client(self.directory, "odd", subject=subject, arguments=("-utf8",))
            self.at(0, "add", client.cert, "odd.example")
            self.at(0, "remove", client.cert)
            self.assertEqual(self.read(), b"")


class ListCases(LifeCases):

    def setUp(self):
        super().setUp()
        self.put((fp(1), "over.example",
                  "cert CN=over expires=%s added=2026-03-01" % utc(NOW - 3 * DAY)),
                 (fp(2), "now.example", "cert CN=now expires=%s added=2026-01-01" % utc(NOW)),
                 (fp(3), "soon.example",
                  "cert CN=soon expires=%s added=2026-02-01T00:00:01Z retire-after=%s" %
                  (utc(NOW + 23 * DAY), utc(NOW - 1))),
                 (fp(4), "Late.example",
                  'cert CN=late expires=2030-01-01 retire-after=%s note="x y"' %
                  utc(NOW + 14 * DAY)), (fp(5), "hand.example"),
                 (fp(6), "odd.example", "cert expires=2027-02-30 retire-after=x"))

    def test_filters(self):
        for options, hosts in ((["--expired"], ["over.example"]),
                               (["--retired"], ["soon.example"]),
                               (["--expiring", "30d"], ["now.example", "soon.example"]),
                               (["--expiring", "0s"], ["now.example"]),
                               (["--expiring", "30d", "--expired"],
                                ["over.example", "now.example", "soon.example"]),
                               (["--expired", "--retired", "s*"], ["soon.example"])):
            with self.subTest(options=options):
                self.assertEqual(self.hosts(*options), hosts)
                self.assertEqual(self.hosts(*options, "--exit-code", check=1), hosts)
        self.assertEqual(self.hosts("--expired", later=1), ["over.example", "now.example"])
        self.assertEqual(self.hosts("--retired", later=-2), [])
        self.assertEqual(self.hosts("--retired", "--exit-code", later=-2), [])
        self.at(0, "list", "--exit-code", check=2)
        self.at(0, "list", "--expiring", "soon", check=2)
        self.assertEqual(self.hosts("--expired", "nobody*", check=1), [])

    def test_sorted(self):
        self.assertEqual(self.hosts("--sort", "expiry"), [
            "over.example", "now.example", "soon.example", "Late.example", "hand.example",
            "odd.example"
        ])
        self.assertEqual(self.hosts("--sort", "added"), [
            "now.example", "soon.example", "over.example", "Late.example", "hand.example",
            "odd.example"
        ])
        self.assertEqual(self.hosts("--sort", "host"), [
            "hand.example", "Late.example", "now.example", "odd.example", "over.example",
            "soon.example"
        ])
        self.at(0, "list", "--sort", "colour", check=2)

    def test_json_has_the_times(self):
        entries = self.json()
        self.assertEqual(entries[fp(1)]["not_after"], "2027-01-28T12:00:00Z")
        self.assertEqual(entries[fp(1)]["added"], "2026-03-01T00:00:00Z")
        self.assertEqual(entries[fp(4)]["retire_after"], "2027-02-14T12:00:00Z")
        self.assertEqual([entries[fp(6)][key] for key in ("not_after", "retire_after")],
                         [None, None])

    def test_long(self):
        line = self.at(0, "list", "--long", "Late*").stdout
        self.assertEqual(
            line, "\t".join([
                fp(4), "Late.example", "cert", "2030-01-01T00:00:00Z", "", "",
                "2027-02-14T12:00:00Z", "CN=late", "x y", "", ""
            ]) + "\n")

    def test_as_a_person_reads_it(self):
        env = dict(os.environ, RELAYCTL_TEST_CLOCK=str(NOW), TERM="xterm", LC_ALL="C.UTF-8")
        env.pop("NO_COLOR", None)
        text = on_terminal([harness.RELAYCTL, "-c", self.config, "list"], env)[0]
        self.assertIn("\033[1;31mexpired 3 days ago\033[0m", text)
        self.assertIn("\033[1;33min 23 days\033[0m", text)
        self.assertIn("retires in 14 days; x y", text)
        plain = on_terminal([harness.RELAYCTL, "-c", self.config, "list", "--no-color"], env)[0]
        self.assertNotIn("\033", plain)
        rows = plain.splitlines()
        self.assertEqual(rows[0].split(),
                         ["HOST", "EXPIRES", "KIND", "NOTE", "SUBJECT", "FINGERPRINT"])
        self.assertEqual(
            {
                row.index(word)
                for row, word in zip(rows, ["FINGERPRINT"] + [fp(i)[:17] for i in range(1, 7)])
            }, {rows[0].index("FINGERPRINT")})
        self.assertNotIn(fp(1)[:18], plain)

    def test_a_table_by_hand_looks_as_ever(self):
        self.put((fp(5), "hand.example"))
        env = dict(os.environ, NO_COLOR="1")
        text = on_terminal([harness.RELAYCTL, "-c", self.config, "list"], env)[0]
        self.assertEqual(text.split(), ["HOST", "FINGERPRINT", "hand.example", fp(5)[:17]])

    def test_state_id(self):

        def state(*entries):
            self.put(*entries)
            return self.run_it("list", "--state-id").stdout

        first = state((fp(1), "a"), (fp(0xAB), "b"))
        self.assertRegex(first, "^[0-9a-f]{16}\n$")
        self.assertEqual(state((fp(0xAB), "b", "key"), (fp(1), "a", "cert note=x")), first)
        self.assertNotEqual(state((fp(1), "a"), (fp(0xAB), "c")), first)
        self.assertNotEqual(state((fp(1), "a")), first)
        self.assertEqual(
            json.loads(self.run_it("list", "--state-id", "--json").stdout)["state_id"] + "\n",
            state((fp(1), "a")))
        self.write("%s b\n%s a\n" % (fp(0xAB), fp(1)), self.directory + "/plain")
        self.assertEqual(
            self.run_it("-t", "texthash:%s/plain" % self.directory, "list", "--state-id").stdout,
            first)


class List(ListCases, TableCase):

    def test_state_id_of_text(self):

        def state(text):
            self.write(text)
            return self.run_it("list", "--state-id").stdout

        first = state(self.entry(fp(1), "a") + self.entry(fp(0xAB), "b"))
        self.assertRegex(first, "^[0-9a-f]{16}\n$")
        self.assertEqual(
            state("# x\n" + self.entry(fp(0xAB).lower(), "b") + self.entry(fp(1), "  a", "cert")),
            first)
        self.assertNotEqual(state(self.entry(fp(1), "a")), first)
        self.assertEqual(
            json.loads(self.run_it("list", "--state-id", "--json").stdout)["state_id"] + "\n",
            state(self.entry(fp(1), "a")))


def on_terminal(argv, env, answer=None):
    """What the program writes to a terminal, and its exit status. answer: typed at once."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, env)
    if answer is not None:
        os.write(fd, answer.encode())
    data = terminal.everything(fd)
    os.close(fd)
    return data.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Verify(LifeCases, TableCase):

    def test_what_is_over_is_found(self):
        self.write(
            self.entry(fp(1), "over.example", "cert expires=2027-01-01") +
            self.entry(fp(2), "old.example", "cert expires=2027-01-01 retire-after=2027-01-01") +
            self.entry(fp(3), "odd.example", "cert expires=2027-02-30") +
            self.entry(fp(4), "good.example", "cert expires=2028-01-01") +
            self.entry(fp(5), "other.example", "cert expires=2027-01-01 for=99:99"))
        self.run_it("rebuild")
        findings = json.loads(self.at(0, "verify", "--json", check=1).stdout)["findings"]
        found = [(f["id"], f["line"], f["severity"]) for f in findings
                 if f["id"].startswith(("entry-", "annotation-"))]
        self.assertEqual(found, [("entry-expired", 2, "warning"),
                                 ("entry-retired", 4, "warning"),
                                 ("annotation-time", 5, "warning"),
                                 ("annotation-foreign", 9, "warning")])


class RotateCases(LifeCases):

    def setUp(self):
        super().setUp()
        self.old = self.client("old", subject="/CN=zen.example", days=400)
        self.new = self.client("new", subject="/CN=zen.example", days=500)

    def test_both_are_listed_until_the_grace_is_over(self):
        self.at(0, "add", self.old.cert, "zen.example")
        result = json.loads(
            self.at(0, "rotate", "ZEN.example", self.new.cert, "--grace", "12h", "--json").stdout)
        self.assertEqual([e["fingerprint"] for e in result["added"]], [self.new.fingerprint()])
        self.assertEqual([(e["fingerprint"], e["retire_after"]) for e in result["updated"]],
                         [(self.old.fingerprint(), utc(NOW + 43200))])
        self.assertEqual((result["removed"], result["map"]), ([], self.map_state("updated")))
        self.assertEqual([self.in_map(c.fingerprint()) for c in (self.old, self.new)],
                         ["zen.example"] * 2)
        self.at(43199, "prune", "--yes")
        self.assertEqual(self.in_map(self.old.fingerprint()), "zen.example")
        self.at(43200, "prune", "--yes")
        self.assertEqual([self.in_map(c.fingerprint()) for c in (self.old, self.new)],
                         [None, "zen.example"])

    def test_again_changes_nothing(self):
        self.at(0, "add", self.old.cert, "zen.example")
        self.at(0, "rotate", "zen.example", self.new.cert)
        self.assertEqual(self.json()[self.old.fingerprint()]["retire_after"], utc(NOW + 14 * DAY))
        before = self.snapshot()
        for later in (0, 1, 5 * DAY):
            self.assertFalse(
                json.loads(self.at(later, "rotate", "zen.example", self.new.cert,
                                   "--json").stdout)["changed"])
        self.assertEqual(self.snapshot(), before)
        self.at(0, "rotate", "zen.example", self.new.cert, "--grace",
                "1d")  # sooner, where that is asked for
        self.assertEqual(self.json()[self.old.fingerprint()]["retire_after"], utc(NOW + DAY))

    def test_every_former_entry_is_marked_and_nobody_elses(self):
        third = self.client("third", subject="/CN=zen.example")
        self.put((self.old.fingerprint(), "zen.example"), (fp(9), "other.example"),
                 ("broken", "zen.example"),
                 (third.fingerprint(), "Zen.Example",
                  "cert CN=zen.example expires=2028-01-01 by=anna colour=blue"))
        self.at(0, "rotate", "zen.example", self.new.cert, "--grace", "3h")
        entries = self.json()
        self.assertEqual([f for f, e in entries.items() if e["retire_after"]],
                         self.in_order([self.old.fingerprint(),
                                        third.fingerprint()]))
        self.assertEqual({e["retire_after"] for e in entries.values()}, {utc(NOW + 10800), None})
        self.assertEqual(entries[third.fingerprint()]["by"], "anna")
        self.assertIn("colour=blue", self.noted(third.fingerprint()))
        before = {
            self.old.fingerprint(): "zen.example",
            fp(9): "other.example", "broken": "zen.example",
            third.fingerprint(): "Zen.Example"
        }
        first = self.in_order([self.old.fingerprint(), third.fingerprint()])[0]  # has the spelling
        self.assertEqual(self.has(), {**before, self.new.fingerprint(): before[first]})
        self.assert_others_stay()

    def test_back_again(self):
        self.at(0, "add", self.old.cert, "zen.example")
        self.at(0, "rotate", "zen.example", self.new.cert)
        result = self.at(60, "rotate", "zen.example", self.old.cert)
        self.assertIn("expires before the one", result.stderr)
        entries = self.json()
        self.assertIsNone(entries[self.old.fingerprint()]["retire_after"])
        self.assertEqual(entries[self.new.fingerprint()]["retire_after"], utc(NOW + 60 + 14 * DAY))

    def test_add_again_takes_the_mark_away(self):
        self.at(0, "add", self.old.cert, "zen.example")
        self.at(0, "rotate", "zen.example", self.new.cert)
        self.assertTrue(
            json.loads(self.at(0, "add", self.old.cert, "zen.example", "--json").stdout)["changed"])
        self.assertIsNone(self.json()[self.old.fingerprint()]["retire_after"])

    def test_a_short_grace_is_said_to_be_risky(self):
        self.at(0, "add", self.old.cert, "zen.example")
        self.assertIn(
            "resumes a TLS session",
            self.at(0, "-n", "rotate", "zen.example", self.new.cert, "--grace", "119m").stderr)
        self.assertNotIn("resumes",
                         self.at(0, "rotate", "zen.example", self.new.cert, "--grace", "2h").stderr)
        for bad in ("2", "x", "-1d", ""):
            self.at(0, "rotate", "zen.example", self.new.cert, "--grace", bad, check=2)

    def test_a_key_entry_goes_on(self):
        renewed = self.client("renewed", subject="/CN=zen.example", key=self.old.key)
        self.at(0, "add", "--key", self.old.cert, "zen.example")
        before = self.snapshot()
        result = self.at(0, "rotate", "zen.example", renewed.cert)
        self.assertIn("listed by its key", result.stderr)
        self.assertEqual(self.snapshot(), before)
        self.at(0, "rotate", "zen.example",
                self.new.cert)  # another key: the entry of the old one is to go
        self.assertIsNotNone(self.json()[self.old.key_fingerprint()]["retire_after"])

    def test_unknown_hosts_and_certificates_of_others(self):
        before = self.snapshot()
        self.assertIn("--create",
                      self.at(0, "rotate", "zen.example", self.new.cert, check=1).stderr)
        self.at(0, "rotate", "not a host", self.new.cert, "--create", check=2)
        self.assertEqual(self.snapshot(), before)
        self.at(0, "rotate", "zen.example", self.new.cert, "--create")
        self.assertEqual(self.hosts(), ["zen.example"])
        self.at(0, "add", self.old.cert, "other.example")
        before = self.snapshot()
        self.assertIn("other.example",
                      self.at(0, "rotate", "zen.example", self.old.cert, check=1).stderr)
        self.assertEqual(self.snapshot(), before)
        self.at(0, "rotate", "zen.example", os.path.join(self.directory, "absent.pem"), check=3)


class Rotate(RotateCases, TableCase):
    pass


class PruneCases(LifeCases):

    def setUp(self):
        super().setUp()
        hidden = self.hidden(fp(1), "hidden.example")
        self.twin = [entry[0] for entry in hidden]
        self.stay = [(fp(3), "hand.example"),
                     (fp(4), "good.example", "cert expires=2030-01-01 retire-after=2029-01-01")]
        self.put((fp(1), "over.example", "cert expires=%s" % utc(NOW - 10 * DAY)),
                 (fp(2), "retired.example", "cert retire-after=%s" % utc(NOW - DAY)), *self.stay,
                 *hidden)
        self.run_it("rebuild")

    def test_selection(self):
        expired = [fp(1), *self.twin]
        both = [fp(1), fp(2), *self.twin]
        for options, gone in (([], both),
                              (["--expired"], expired),
                              (["--retired"], [fp(2)]),
                              (["--expired", "--retired"], both),
                              (["--older-than", "5d"], expired),
                              (["--older-than", "10d"], []),
                              (["--retired", "--older-than", "1d"], [fp(2)])):
            with self.subTest(options=options):
                result = json.loads(self.at(0, "prune", "-n", "--json", *options).stdout)
                self.assertEqual([e["fingerprint"] for e in result["removed"]], gone)

    def test_in_one_publication_and_once(self):
        result = json.loads(self.at(0, "prune", "--yes", "--json").stdout)
        self.assertEqual((result["changed"], result["map"]), (True, self.map_state("updated")))
        self.assert_as_put(*self.stay)
        self.assertEqual([self.in_map(fp(n)) for n in (1, 2, 3)], [None, None, "hand.example"])
        before = self.snapshot()
        again = self.at(0, "prune", "--yes", "-q")
        self.assertEqual((again.stdout, again.stderr), ("", ""))
        self.assertEqual(self.snapshot(), before)

    def test_needs_yes_where_nobody_can_be_asked(self):
        before = self.snapshot()
        result = self.at(0, "prune", check=2)
        self.assertIn(fp(2) + " retired.example", result.stderr)
        self.assertIn("--yes", result.stderr)
        self.assertEqual(self.snapshot(), before)
        self.at(-365 * DAY, "prune")  # nothing to ask about

    def test_asks_on_a_terminal(self):
        env = dict(os.environ, RELAYCTL_TEST_CLOCK=str(NOW))
        before = self.snapshot()
        for answer in ("n\n", "\n", "\4"):
            said, status = on_terminal([harness.RELAYCTL, "-c", self.config, "prune"], env, answer)
            self.assertIn("remove %d entries? [y/N]" % (2 + len(self.twin)), said)
            self.assertEqual(status, 1, said)
            self.assertEqual(self.snapshot(), before)
        said, status = on_terminal([harness.RELAYCTL, "-c", self.config, "prune"], env, "y\n")
        self.assertEqual(status, 0, said)
        self.assertEqual(self.hosts(), ["hand.example", "good.example"])

    def test_never_empties_the_table_by_itself(self):
        self.put((fp(1), "over.example", "cert expires=2020-01-01"))
        before = self.snapshot()
        self.assertIn("--allow-empty", self.at(0, "prune", "--yes", check=1).stderr)
        self.assertEqual(self.snapshot(), before)
        self.at(0, "prune", "--yes", "--allow-empty")
        self.assert_as_put()


class Prune(PruneCases, TableCase):
    pass


class AnnotateCases(LifeCases):

    def test_entries_by_hand_learn_what_their_certificates_say(self):
        zen, anna = self.client(), self.client("anna.example")
        written = self.shown(zen.fingerprint().lower())
        self.put((zen.fingerprint().lower(), "zen.example"),
                 (anna.key_fingerprint(), "anna.example"), (fp(1), "x.example"))
        self.at(0, "annotate", zen.cert, anna.cert, "--note", "a b")
        self.assertEqual(
            {
                f: (e["kind"], e["not_after"], e["subject"], e["note"], e["added"])
                for f, e in self.json().items()
            }, {
                written: ("cert", end_of(zen), "CN=zen.example", "a b", None),
                anna.key_fingerprint(): ("key", None, "CN=anna.example", "a b", None),
                fp(1): (None,) * 5
            })
        self.assertEqual(
            self.has(),
            {written: "zen.example",
             anna.key_fingerprint(): "anna.example",
             fp(1): "x.example"})
        self.assert_others_stay()
        before = self.snapshot()
        self.assertFalse(json.loads(self.at(0, "annotate", zen.cert, "--json").stdout)["changed"])
        self.assertEqual(self.snapshot(), before)

    def test_what_was_known_stays(self):
        zen = self.client()
        self.put((zen.fingerprint(), "zen.example",
                  "retire-after=2027-05-01 added=2026-01-01 by=anna note=x"))
        self.at(0, "annotate", zen.cert)
        entry = self.json()[zen.fingerprint()]
        self.assertEqual([entry[k] for k in ("kind", "retire_after", "added", "by", "note")],
                         ["cert", "2027-05-01T00:00:00Z", "2026-01-01T00:00:00Z", "anna", "x"])

    def test_one_that_is_not_listed_stops_all(self):
        zen, anna = self.client(), self.client("anna.example")
        self.put((zen.fingerprint(), "zen.example"))
        before = self.snapshot()
        self.assertIn("anna.example.pem: is not listed",
                      self.at(0, "annotate", zen.cert, anna.cert, check=1).stderr)
        self.assertEqual(self.snapshot(), before)
        self.at(0, "annotate", "--if-exists", zen.cert, anna.cert)
        self.assertEqual(self.json()[zen.fingerprint()]["kind"], "cert")


class Annotate(AnnotateCases, TableCase):
    pass


class ImportCases(LifeCases):

    def test_many_at_once_with_one_build(self):
        clients = [self.client("c%d.example" % n) for n in range(4)]
        listed = self.directory + "/list"
        self.write(
            '# who\n\n%s first.example\n%s\n  "%s"\tthird.example  \n%s fourth.example\n' %
            (clients[0].cert, clients[1].cert, clients[2].cert, clients[3].fingerprint()), listed)
        for source, text in ((listed, None), ("-", self.read(listed).decode())):
            result = json.loads(
                self.at(0, "add", "--from", source, "--json", "--note", "import",
                        input=text).stdout)
            self.assertEqual([e["host"] for e in result["added"]],
                             ["first.example", "c1.example", "third.example", "fourth.example"])
            self.assertEqual([self.in_map(c.fingerprint()) for c in clients],
                             ["first.example", "c1.example", "third.example", "fourth.example"])
            self.assertEqual(self.json()[clients[3].fingerprint()]["note"],
                             "import" if self.KEEPS else None)
            self.assertFalse(
                json.loads(self.at(0, "add", "--from", source, "--json",
                                   input=text).stdout)["changed"])
            self.at(0, "remove", "--all", "--yes", "--allow-empty", "*")

    def test_a_table_of_another_server(self):
        self.write("".join("# x\n%s h%d.example\n" % (fp(n), n) for n in range(1, 20)),
                   self.directory + "/other")
        self.at(0, "add", "--from", self.directory + "/other")
        self.assertEqual(len(self.hosts()), 19)

    def test_all_or_nothing(self):
        zen, anna = self.client(), self.client("anna.example")
        self.put((fp(1), "old.example"))
        self.run_it("rebuild")
        before = self.snapshot()
        before.pop("list", None)
        self.write("nothing of use\n", self.directory + "/bad.pem")
        for lines, status, said in (
                ([zen.cert + " zen.example", "/no/such.pem x.example"], 3, "list:2: /no/such.pem"),
                ([zen.cert, self.directory + "/bad.pem x"], 3, "list:2: "),
                ([zen.cert + " a..b"], 3, "list:1: 'a..b'"),
                ([zen.cert + " a", anna.cert + " b", zen.cert + " c"], 3, "list:3: "),
                (['"' + zen.cert], 3, "never closed"),
                ([zen.cert + " a", fp(1) + " other.example"], 1, "old.example"),
                ([zen.cert + " a", fp(1, 16) + " md5.example"], 3, "16 bytes")):
            with self.subTest(lines=lines):
                self.write("\n".join(lines), self.directory + "/list")
                self.assertIn(
                    said,
                    self.at(0, "add", "--from", self.directory + "/list", check=status).stderr)
                after = self.snapshot()
                self.assertEqual({name: after[name] for name in before}, before)
        self.at(0, "add", "--from", self.directory + "/list", "x.example", check=2)

    def test_all_conflicts_at_once(self):
        """Each with its line, and what helps is said once."""
        self.put((fp(1), "one.example"), (fp(2), "two.example"), (fp(3), "three.example"))
        before = self.snapshot()
        self.write("# ours\n%s uno.example\n%s new.example\n%s three.example\n%s dos.example\n" %
                   (fp(1), fp(4), fp(3), fp(2)), self.directory + "/list")
        said = self.at(0, "add", "--from", self.directory + "/list", check=1).stderr
        place = "%s/list:" % self.directory
        for line, fingerprint, host in ((2, fp(1), "one"), (5, fp(2), "two")):
            self.assertIn("%s%d: %s: is listed already, for %s.example" %
                          (place, line, fingerprint, host), said)
        self.assertEqual((said.count("is listed already"), said.count("--replace")), (2, 1), said)
        after = self.snapshot()
        self.assertEqual({name: after[name] for name in before}, before)
        self.at(0, "add", "--replace", "--from", self.directory + "/list")
        self.assertEqual(sorted(self.hosts()),
                         ["dos.example", "new.example", "three.example", "uno.example"])

    def test_labels_and_the_same_twice(self):
        zen = self.client()
        self.write("%s Anna's laptop\n%s Anna's laptop\n" % (zen.cert, zen.fingerprint()),
                   self.directory + "/list")
        self.at(0, "add", "--from", self.directory + "/list", check=3)
        self.at(0, "add", "--labels", "--from", self.directory + "/list")
        self.assertEqual(self.hosts(), ["Anna's laptop"])


class Import(ImportCases, TableCase):
    pass


if __name__ == "__main__":
    harness.main()
