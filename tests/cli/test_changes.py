#!/usr/bin/env python3
"""add, remove, list and rebuild: what they print, what they change, their exit statuses, and what
they leave alone.

The classes of cases are for all kinds of tables; tests/fleet/test_commands.py runs them on rows."""

import json
import os
import subprocess

from support import certs, harness
from support.table_case import TableCase, fp

# The members of an entry in JSON, in this order.
ENTRY = """fingerprint host line kind subject not_after added retire_after note by until owner
table""".split()


def assert_file_takes_both_entries(test):
    """rm CERT removes the entry of the certificate and that of its key."""
    zen = test.client()
    test.run_it("add", zen.cert)
    test.run_it("add", "--key", zen.cert)
    data = json.loads(test.run_it("rm", zen.cert, "--json").stdout)
    test.assertEqual({entry["fingerprint"] for entry in data["removed"]},
                     {zen.fingerprint(), zen.key_fingerprint()})


class AddCases:

    def test_certificate_and_host(self):
        zen = self.client()
        result = self.run_it("add", zen.cert, "zen.suse.co.uk")
        self.assertEqual(self.has(), {zen.fingerprint(): "zen.suse.co.uk"})
        self.assert_like_made(zen.fingerprint(), "zen.suse.co.uk")
        self.assertEqual(self.in_map(zen.fingerprint()), "zen.suse.co.uk")
        self.assertEqual(result.stdout, "")

    def test_host_from_the_certificate(self):
        cases = [(["/CN=only.example"], (), "only.example"),
                 (["/CN=Some Person"], ("subjectAltName=DNS:san.example",), "san.example"),
                 (["/CN=san.example"], ("subjectAltName=DNS:san.example",), "san.example")]
        for number, (subject, extensions, host) in enumerate(cases):
            with self.subTest(host=host, extensions=extensions):
                client = self.client("c%d" % number, subject=subject[0], extensions=extensions)
                added = json.loads(self.run_it("add", client.cert, "--json").stdout)["added"][0]
                self.assertEqual(added["host"], host)

    def test_host_is_needed_where_there_is_none_or_several(self):
        for number, (subject, extensions) in enumerate([
            ("/CN=Some Person", ()),
            ("/CN=a.example", ("subjectAltName=DNS:a.example,DNS:b.example",))
        ]):
            with self.subTest(subject=subject):
                client = self.client("c%d" % number, subject=subject, extensions=extensions)
                before = self.snapshot()
                result = self.run_it("add", client.cert, check=2)
                self.assertIn("HOST is needed", result.stderr)
                self.assertEqual(self.snapshot(), before)

    def test_again_changes_nothing(self):
        zen = self.client()
        self.run_it("add", zen.cert)
        before = self.snapshot()
        again = self.run_it("add", zen.cert, "--json")
        data = json.loads(again.stdout)
        self.assertEqual((data["changed"], data["added"], data["map"], data["reload_needed"]),
                         (False, [], self.map_state("unchanged"), False))
        self.assertEqual(self.snapshot(), before)

    def test_another_host_is_refused_and_replace_renames(self):
        zen = self.client()
        self.run_it("add", zen.cert, "one.example")
        before = self.snapshot()
        refused = self.run_it("add", zen.cert, "two.example", check=1)
        self.assertIn("one.example", refused.stderr)
        self.assertIn("--replace", refused.stderr)
        self.assertEqual(self.snapshot(), before)
        data = json.loads(self.run_it("add", "--replace", zen.cert, "two.example", "--json").stdout)
        self.assertEqual([e["host"] for e in data["removed"] + data["added"]],
                         ["one.example", "two.example"])
        self.assertEqual(self.in_map(zen.fingerprint()), "two.example")

    def test_json(self):
        zen = self.client()
        data = json.loads(self.run_it("add", zen.cert, "zen.example", "--json").stdout)
        self.assertEqual(
            list(data)[:7],
            ["schema", "table", "changed", "added", "removed", "map", "reload_needed"])
        self.assertEqual(data["schema"], 1)
        self.assertEqual(data["table"], self.table)
        self.assertEqual(data["map"], self.map_state("rebuilt"))
        self.assertEqual(list(data["added"][0]), ENTRY)
        self.assertEqual(data["added"][0]["kind"], "cert")
        self.assertEqual(data["added"][0]["subject"], "CN=zen.example")

    def test_fingerprints_as_people_paste_them(self):
        zen = self.client()
        colons = zen.fingerprint()
        for text in ("sha256 Fingerprint=" + colons,
                     "SHA2-256(stdin)= " + colons.replace(":", "").lower(), colons.lower(),
                     colons.replace(":", ""), "SHA256 Fingerprint=" + colons, " " + colons + "\n"):
            with self.subTest(text=text):
                self.run_it("add", "--fingerprint", text, "zen.example")
                self.assertEqual(self.has(), {colons: "zen.example"})
                self.empty()

    def test_label(self):
        self.run_it("add", "--fingerprint", fp(1), "--label", "Anna's laptop, room 7")
        self.assertEqual(self.in_map(fp(1)), "Anna's laptop, room 7")

    def test_hosts_that_are_hosts(self):
        for number, host in enumerate([
                "a", "zen.suse.co.uk", "xn--bcher-kva.example", "192.0.2.7", "2001:db8::7",
                "a-b.example"
        ]):
            with self.subTest(host=host):
                self.run_it("add", "--fingerprint", fp(number), host)
                self.assertEqual(self.in_map(fp(number)), host)

    def test_the_certificate_that_fits_the_key_in_the_file(self):
        zen, ca = self.client(), self.client("ca.example")
        chain = os.path.join(self.directory, "chain.pem")
        self.write(self.read(ca.cert) + self.read(zen.cert) + self.read(zen.key), chain)
        self.run_it("add", chain, "zen.example")
        self.assertIsNotNone(self.in_map(zen.fingerprint()))
        self.assertIsNone(self.in_map(ca.fingerprint()))

    def test_warnings(self):
        self.configure(smtpd_tls_fingerprint_digest="md5")
        old = certs.expired(self.directory, "old.example")
        result = self.run_it("add", old.cert)
        self.assertRegex(result.stderr, "warning: .*expired")
        self.assertRegex(result.stderr, "warning: .*md5.*weak")
        second = self.run_it("add", self.client("new").cert, "old.example")
        self.assertRegex(second.stderr, "warning: old.example has another entry")

    def test_quiet_says_nothing_when_all_is_well(self):
        result = self.run_it("-q", "add", self.client().cert)
        self.assertEqual(result.stdout + result.stderr, "")

    def test_options_before_and_after(self):
        harness.relayctl("add", "--fingerprint", fp(1), "one.example", "--table", self.table, "-d",
                         "sha256", "-c", self.config, check=0)
        self.assertEqual(self.in_map(fp(1)), "one.example")


class Add(AddCases, TableCase):

    def test_a_missing_last_newline_stays_missing(self):
        self.write("%s one.example" % fp(1))
        self.run_it("add", "--fingerprint", fp(2), "two.example")
        self.assertEqual(self.entries(), "%s one.example\n%s two.example" % (fp(1), fp(2)))
        self.assertEqual(self.in_map(fp(2)), "two.example")

    def test_crlf_files_get_crlf_lines(self):
        self.write("# hosts\r\n%s one.example\r\n" % fp(1))
        self.run_it("add", "--fingerprint", fp(2), "two.example")
        self.assertEqual(self.entries(),
                         "# hosts\r\n%s one.example\r\n%s two.example\r\n" % (fp(1), fp(2)))


MESSY = ("# kept by hand, since 2011\n\n"
         "  \t \n"
         "%s   one.example\t\n"
         "%s\n    two.example\n"
         "this line is nonsense\n"
         "#%s gone.example\n"
         "%s three.example\r\n"
         "\n# the end, no newline" % (fp(1), fp(2).lower(), fp(9), fp(3))).encode()


class RemoveCases:

    def setUp(self):
        super().setUp()
        self.put((fp(1), "one.example"), (fp(2).lower(), "two.example"), (fp(3), "three.example"))
        self.run_it("rebuild")

    def test_however_it_is_named(self):
        for who in ("one.example", "ONE.EXAMPLE", fp(1), fp(1).lower(), fp(1).replace(":", ""),
                    "sha256 Fingerprint=" + fp(1)):
            with self.subTest(who=who):
                self.put((fp(1), "one.example"), (fp(2), "two.example"))
                said = self.run_it("remove", who).stderr
                self.assertIn("removed %s one.example" % fp(1), said)
                self.assertEqual(self.has(), {fp(2): "two.example"})
                self.assert_others_stay()
                self.assertEqual([self.in_map(fp(n)) for n in (1, 2)], [None, "two.example"])

    def test_certificate_file_takes_both_entries(self):
        assert_file_takes_both_entries(self)
        self.assertEqual(sorted(self.has().values()),
                         ["one.example", "three.example", "two.example"])

    def test_absent(self):
        before = self.snapshot()
        result = self.run_it("remove", "nobody.example", check=1)
        self.assertIn("not listed", result.stderr)
        self.assertIn(self.UNCHANGED, result.stderr)
        data = json.loads(self.run_it("remove", "--if-exists", "nobody.example", "--json").stdout)
        self.assertFalse(data["changed"])
        self.assertEqual(self.snapshot(), before)

    def test_one_absent_of_several_changes_nothing(self):
        before = self.snapshot()
        self.run_it("remove", "one.example", "nobody.example", check=1)
        self.assertEqual(self.snapshot(), before)

    def test_several_need_all(self):
        self.put((fp(1), "twin.example"), (fp(2), "twin.example"), (fp(3), "other.example"))
        before = self.snapshot()
        refused = self.run_it("remove", "twin.example", check=1)
        self.assertIn("--all", refused.stderr)
        self.assertEqual(self.snapshot(), before)
        self.run_it("remove", "twin.example", "--all")
        self.assertEqual(self.has(), {fp(3): "other.example"})
        self.assert_others_stay()

    def test_pattern(self):
        self.run_it("remove", "--all", "t*.example", check=2)
        self.run_it("remove", "--all", "--yes", "t*.example")
        self.assertEqual([self.in_map(fp(n)) for n in (1, 2, 3)], ["one.example", None, None])

    def test_a_pattern_in_capitals_means_the_same_hosts(self):
        self.put((fp(1), "One.example"), (fp(2), "two.EXAMPLE"))
        self.run_it("remove", "--all", "ONE*")
        self.assertEqual(self.has(), {fp(2): "two.EXAMPLE"})

    def test_a_hidden_duplicate_would_go_on_relaying(self):
        hidden = self.hidden(fp(1), "other.example")
        self.put((fp(1), "one.example"), *hidden)
        refused = self.run_it("remove", "one.example", check=1 if hidden else 0)
        if hidden:
            self.assertIn(self.on_another_line(2), refused.stderr)
            self.run_it("remove", "one.example", "--all")
        self.assertIsNone(self.in_map(fp(1)))
        self.assertEqual(self.has(), {})
        self.assert_others_stay()


class Remove(RemoveCases, TableCase):
    pass


class RemoveFromMessy(TableCase):

    def setUp(self):
        super().setUp()
        self.write(MESSY)
        self.postmap()

    def test_by_host_fingerprint_and_any_spelling(self):
        for who, line in (("one.example", b"%s   one.example\t\n" % fp(1).encode()),
                          ("ONE.EXAMPLE", None),
                          (fp(1), None),
                          (fp(1).lower(), None),
                          (fp(1).replace(":", ""), None),
                          ("sha256 Fingerprint=" + fp(1), None)):
            with self.subTest(who=who):
                self.write(MESSY)
                self.run_it("remove", who)
                self.assertEqual(self.read(),
                                 MESSY.replace(b"%s   one.example\t\n" % fp(1).encode(), b""))
                self.assertIsNone(self.in_map(fp(1)))
                self.assertEqual(self.in_map(fp(2)), "two.example")

    def test_a_folded_entry_goes_as_a_whole(self):
        self.run_it("remove", "two.example")
        self.assertEqual(self.read(),
                         MESSY.replace(b"%s\n    two.example\n" % fp(2).lower().encode(), b""))
        self.assertEqual(self.in_map(fp(1)), "one.example")

    def test_copy_puts_another_host_and_its_annotation_on_a_folded_entry(self):
        source = "texthash:%s/source" % self.directory
        entry = "# relayctl: note=new kind=cert\n%s other.example\n"
        self.write(entry % fp(2), source.partition(":")[2])
        self.run_it("copy", "--replace", source, self.table)
        self.assertRegex(
            self.read().decode(),
            r"(?m)^# relayctl: note=new .*kind=cert\n%s other\.example\n#09" % fp(2).lower())
        self.assertEqual(self.in_map(fp(2)), "other.example")

    def test_all_the_rest_stays_byte_for_byte(self):
        self.run_it("remove", "three.example")
        self.assertEqual(self.read(), MESSY.replace(b"%s three.example\r\n" % fp(3).encode(), b""))

    def test_certificate_file_takes_both_entries(self):
        assert_file_takes_both_entries(self)
        self.assertEqual(self.read(), MESSY)

    def test_one_absent_changes_nothing(self):
        before = self.snapshot()
        self.run_it("remove", "nobody.example", check=1)
        self.run_it("remove", "one.example", "nobody.example", check=1)
        self.run_it("remove", "--if-exists", "nobody.example")
        self.assertEqual({k: v
                          for k, v in self.snapshot().items() if k == "relay_clients"},
                         {k: v
                          for k, v in before.items() if k == "relay_clients"})

    def test_a_flaw_that_was_there_before_is_mentioned_not_refused(self):
        self.write("junk\n%s one.example\n%s two.example\n\xff x\n" % (fp(1), fp(2)))
        for command in (["add", "--fingerprint", fp(3), "three.example"],
                        ["add", "--fingerprint", fp(4), "four.example"],
                        ["remove", "one.example"],
                        ["rotate", "--create", "two.example", self.client(days=400).cert]):
            with self.subTest(command=command):
                result = self.run_it(*command)
                warnings = self.postmap().stderr.count("warning")
                self.assertIn("postmap has %d warning" % warnings, result.stderr)
                self.assertRegex(result.stderr, "relayctl -c [^ ]+ verify")
        self.assertEqual([self.in_map(fp(n)) for n in (1, 2, 3, 4)],
                         [None, "two.example", "three.example", "four.example"])


class DryRunCases:

    def test_shows_the_change_and_writes_nothing(self):
        self.put((fp(1), "one.example"), (fp(3), "three.example"))
        self.run_it("rebuild")
        before = self.snapshot()
        for command, sign, line, done in (
                (["add", "--fingerprint", fp(7), "seven.example"],
                 "+", fp(7) + " seven.example", "added"),
                (["remove", "one.example"], "-", fp(1) + " one.example", "removed")):
            with self.subTest(command=command):
                result = self.run_it("-n", *command)
                lines = result.stdout.splitlines()
                self.assertEqual(lines[:2],
                                 ["--- " + self.name_in_diff(), "+++ " + self.name_in_diff()])
                self.assertEqual([
                    text for text in lines[2:]
                    if text.startswith(("+", "-")) and "# relayctl:" not in text
                ], [sign + line])
                self.assertIn("would have %s %s" % (done, line), result.stderr)
                self.assertEqual(self.snapshot(), before)
        self.assertEqual([self.in_map(fp(n)) for n in (1, 3, 7)],
                         ["one.example", "three.example", None])

    def test_json(self):
        self.put((fp(1), "one.example"))
        before = self.snapshot()
        data = json.loads(self.run_it("remove", "--dry-run", "one.example", "--json").stdout)
        self.assertEqual((data["changed"], data["dry_run"]), (True, True))
        self.assertEqual(data["removed"][0]["line"], self.line(1))
        self.assertEqual(self.snapshot(), before)


class DryRun(DryRunCases, TableCase):

    def test_the_diff_is_what_patch_would_apply(self):
        for content in (MESSY, b"%s one.example" % fp(1).encode(), b"",
                        b"%s one.example\n\n" % fp(1).encode()):
            for command in (["add", "--fingerprint", fp(7), "seven.example"],
                            ["remove", "--if-exists", "one.example"]):
                with self.subTest(content=content, command=command):
                    self.write(content)
                    before = self.snapshot()
                    now = {"RELAYCTL_TEST_CLOCK": "1790000000"}
                    diff = self.run_it("-n", *command, text=False, env=now).stdout
                    self.assertEqual(self.snapshot(), before)
                    patched = os.path.join(self.directory, "patched")
                    self.write(content, patched)
                    if diff:
                        done = subprocess.run(["patch", "--binary", "-s", patched], input=diff,
                                              capture_output=True)
                        self.assertEqual(done.returncode, 0, done.stdout + diff)
                    self.run_it(*command, env=now)
                    self.assertEqual(self.read(), self.read(patched))
                    os.unlink(patched)

    def test_nothing_is_made(self):
        self.run_it("add", "-n", "--fingerprint", fp(1), "one.example")
        self.assertEqual(os.listdir(self.directory), ["conf"])


class ListingCases:

    def hosts(self, *args, check=0):
        return [
            line.split("\t")[1]
            for line in self.run_it("list", "--plain", *args, check=check).stdout.splitlines()
        ]

    def put_three(self):
        self.put((fp(1), "one.example"), (fp(2).lower(), "two.example"), (fp(3), "three.example"))

    def test_plain(self):
        self.put_three()
        self.assertEqual(
            self.run_it("ls",
                        "--plain").stdout, "%s\tone.example\n%s\ttwo.example\n%s\tthree.example\n" %
            (fp(1), self.shown(fp(2).lower()), fp(3)))

    def test_patterns(self):
        self.put_three()
        self.assertEqual(self.hosts("t*.example"), ["two.example", "three.example"])
        self.assertEqual(self.hosts("ONE.*"), ["one.example"])
        self.assertEqual(self.hosts("0202"), ["two.example"])
        self.assertEqual(self.hosts("03:03"), ["three.example"])
        self.assertEqual(self.hosts("nobody*", check=1), [])

    def test_json(self):
        self.put_three()
        listed = self.run_it("list", "--json").stdout
        data = json.loads(listed)
        self.assertEqual(list(data),
                         ["schema", "table", "digest", "entries", "unknown_expiry", "tables"])
        self.assertEqual((data["table"], data["digest"]), (self.table, "sha256"))
        self.assertEqual([(e["fingerprint"], e["host"], e["line"]) for e in data["entries"]],
                         [(fp(1), "one.example", self.line(1)),
                          (self.shown(fp(2).lower()), "two.example", self.line(2)),
                          (fp(3), "three.example", self.line(3))])
        self.assertEqual(list(data["entries"][0]), ENTRY + ["last_seen"])
        done = subprocess.run(["jq", "-r", ".entries[].host"], input=listed, capture_output=True,
                              text=True)
        self.assertEqual(done.stdout.splitlines()[0], "one.example", done.stderr)

    def test_nothing_listed(self):
        self.put()
        self.assertEqual(self.run_it("list").stdout, "")
        self.assertEqual(json.loads(self.run_it("list", "--json").stdout)["entries"], [])


class Listing(ListingCases, TableCase):
    pass


class ListingOfMessy(ListingCases, TableCase):

    def put_three(self):
        self.write(MESSY.replace(b"this line is nonsense\n", b"\n"))

    def line(self, number):
        return (4, 5, 9)[number - 1]

    def test_nonsense(self):
        self.write(MESSY)
        self.assertEqual(
            self.run_it("ls", "--plain").stdout,
            "%s\tone.example\n%s\ttwo.example\nthis\tline is nonsense\n%s\tthree.example\n" %
            (fp(1), fp(2).lower(), fp(3)))
        data = json.loads(self.run_it("list", "--json").stdout)
        self.assertEqual([(e["host"], e["line"]) for e in data["entries"]],
                         [("one.example", 4),
                          ("two.example", 5),
                          ("line is nonsense", 7),
                          ("three.example", 9)])

    def test_a_table_that_does_not_exist(self):
        result = self.run_it("list", check=3)
        self.assertIn("no such file", result.stderr)
        self.assertIn("hint: ", result.stderr)

    def test_bytes_that_are_no_text_stay_valid_json(self):
        self.write(b"%s caf\xe9 \x1b[31mred\n%s \xc3\xa9\n" % (fp(1).encode(), fp(2).encode()))
        raw = self.run_it("list", "--json", text=False).stdout
        json.loads(raw.decode("utf-8"))
        self.assertNotIn(b"\x1b", self.run_it("list", text=False).stdout)


class Rebuild(TableCase):

    def test_brings_a_hand_edited_source_into_the_map(self):
        self.write("%s one.example\n" % fp(1))
        self.assertIsNone(self.in_map(fp(1)))
        data = json.loads(self.run_it("rebuild", "--json").stdout)
        self.assertEqual((data["changed"], data["map"]), (False, "rebuilt"))
        self.assertEqual(self.in_map(fp(1)), "one.example")

    def test_no_rebuild_leaves_the_map_and_says_so(self):
        self.write("%s one.example\n" % fp(1))
        self.run_it("rebuild")
        result = self.run_it("add", "--no-rebuild", "--fingerprint", fp(2), "two.example")
        self.assertIsNone(self.in_map(fp(2)))
        self.assertRegex(result.stderr, r"hint: relayctl (-c \S+ )?rebuild -t ")
        self.run_it("rebuild")
        self.assertEqual(self.in_map(fp(2)), "two.example")

    def test_without_a_table_there_is_nothing_to_rebuild(self):
        self.run_it("rebuild", check=3)
        self.assertFalse(os.path.exists(self.path))


class WhichTableCases:

    def test_the_first_writable_of_relay_clientcerts(self):
        self.configure(relay_clientcerts="static:x, %s, lmdb:/nowhere/else" % self.table)
        self.run_it("add", "--fingerprint", fp(1), "one.example")
        self.assertEqual(self.in_map(fp(1)), "one.example")

    def test_parameters_are_expanded(self):
        self.configure(relay_clientcerts="${mapdir}%s" % os.path.basename(self.path),
                       mapdir="%s:%s/" % (self.TYPE, self.directory))
        self.run_it("add", "--fingerprint", fp(1), "one.example")
        self.assertEqual(self.in_map(fp(1)), "one.example")

    def test_mail_config(self):
        harness.relayctl("add", "--fingerprint", fp(1), "one.example",
                         env={"MAIL_CONFIG": self.config}, check=0)
        self.assertEqual(self.in_map(fp(1)), "one.example")

    def test_services_that_override_it(self):
        self.configure(relay_clientcerts=None)
        master = os.path.join(self.config, "master.cf")

        def services(*tables):
            with open(master, "w") as out:
                for port, table in enumerate(tables):
                    out.write("%d inet n - n - - smtpd\n  -o relay_clientcerts=%s\n" %
                              (2500 + port, table))
            os.utime(master, (1, 1))

        services(self.table, self.table)
        self.run_it("add", "--fingerprint", fp(1), "one.example")
        self.assertEqual(self.in_map(fp(1)), "one.example")
        before = self.snapshot()
        services(self.table, "hash:%s/other" % self.directory)
        result = self.run_it("add", "--fingerprint", fp(2), "two.example", check=2)
        self.assertIn("-t " + self.table, result.stderr)
        self.assertIn("-t hash:%s/other" % self.directory, result.stderr)
        self.assertEqual(self.snapshot(), before)


class WhichTable(WhichTableCases, TableCase):

    def test_none_configured_is_made_and_the_commands_are_shown(self):
        self.configure(relay_clientcerts=None, default_database_type="btree",
                       smtpd_tls_ask_ccert="no",
                       smtpd_relay_restrictions="reject_unauth_destination")
        result = self.run_it("add", "--fingerprint", fp(1), "one.example")
        self.assertTrue(os.path.exists(os.path.join(self.config, "relay_clients.db")))
        self.assertIn("postconf -c %s -e 'relay_clientcerts = btree:" % self.config, result.stderr)
        self.assertIn("relay_clientcerts = btree:%s/relay_clients" % self.config, result.stderr)

    def test_other_types_are_refused_by_name(self):
        for name in ("regexp", "pcre", "static", "sqlite", "ldap", "proxy:hash", "dbm", "cidr",
                     "unknown"):
            with self.subTest(type=name):
                result = self.run_it("-t", "%s:%s" % (name, self.path), "add", "--fingerprint",
                                     fp(1), "one.example", check=2)
                self.assertIn(name.partition(":")[0], result.stderr)
                self.assertFalse(os.path.exists(self.path))

    def test_relative_path(self):
        self.run_it("-t", "hash:relay_clients", "add", "--fingerprint", fp(1), "one.example",
                    cwd=self.directory)
        self.assertEqual(self.in_map(fp(1)), "one.example")


if __name__ == "__main__":
    harness.main()
