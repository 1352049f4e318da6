#!/usr/bin/env python3
"""Until when a client is to relay, who is responsible for it, and what add fills in.

The classes of cases are for all kinds of tables; tests/fleet/test_ends.py runs them on rows."""

import json
import re

from cli.test_lifecycle import DAY, NOW, LifeCases, utc
from support import harness, terminal
from support.table_case import TableCase, fp


class EndCases(LifeCases):

    def ends(self, fingerprint=fp(1)):
        entry = self.json()[fingerprint]
        return entry["until"], entry["owner"]

    def test_add_sets_the_end_of_the_day(self):
        self.at(0, "add", "--fingerprint", fp(1), "x.example", "--until", "2027-05-31", "--owner",
                "Anna Smith, IT", env={"TZ": "Europe/Berlin"})
        self.assertEqual(self.ends(), ("2027-05-31T21:59:59Z", "Anna Smith, IT"))
        self.assert_like_made(fp(1), "x.example")

    def test_days_are_those_of_the_local_time(self):
        # Winter and summer, east and west; the night in which the clock goes back in Havana; one
        # whose midnight is not there, since it goes forward in Cairo, and one without its last hour
        # in Nuuk.
        for zone, day, end in (("UTC", "2027-02-28", "2027-02-28T23:59:59Z"),
                               ("Europe/Berlin", "2027-02-28", "2027-02-28T22:59:59Z"),
                               ("America/New_York", "2027-12-31", "2028-01-01T04:59:59Z"),
                               ("Asia/Kolkata", "2027-05-31", "2027-05-31T18:29:59Z"),
                               ("America/Havana", "2027-11-06", "2027-11-07T03:59:59Z"),
                               ("Africa/Cairo", "2027-04-29", "2027-04-29T21:59:59Z"),
                               ("America/Nuuk", "2027-03-27", "2027-03-28T00:59:59Z")):
            with self.subTest(zone=zone, day=day):
                self.put((fp(1), "x.example"))
                said = self.at(0, "annotate", "x.example", "--until", day, env={"TZ": zone}).stderr
                self.assertEqual(self.ends()[0], end)
                self.assertIn("x.example: to relay until %s\n" % day, said)

    def test_a_time_is_taken_as_it_is(self):
        self.put((fp(1), "x.example"))
        self.at(0, "annotate", "x.example", "--until", "2027-05-31T12:00:00+02:00",
                env={"TZ": "Asia/Kolkata"})
        self.assertEqual(self.ends()[0], "2027-05-31T10:00:00Z")

    def test_days_from_now_on(self):
        """As other options take them: the end is that of the last of these days."""
        self.put((fp(1), "x.example"))
        for until, end in (("14d", "2027-02-14T23:59:59Z"), ("2w", "2027-02-14T23:59:59Z"),
                           ("36h", utc(NOW + 36 * 3600))):
            with self.subTest(until=until):
                said = self.at(0, "annotate", "x.example", "--until", until, env={"TZ": "UTC"})
                self.assertEqual(self.ends()[0], end)
        self.assertIn("to relay until ", said.stderr)
        self.at(0, "add", "--fingerprint", fp(2), "y.example", "--until", "14d", env={"TZ": "UTC"})
        self.assertEqual(self.ends(fp(2))[0], "2027-02-14T23:59:59Z")
        self.assertIn("14d", self.at(0, "annotate", "x.example", "--until", "14", check=2).stderr)

    def test_what_is_past_or_no_date_is_refused(self):
        self.put((fp(1), "x.example"))
        before = self.snapshot()
        for until in (utc(NOW - 1), "2027-01-30", "2027-02-30", "tomorrow", "", "31.5.2027"):
            for command in (["add", "--fingerprint", fp(2), "y.example"],
                            ["annotate", "x.example"]):
                with self.subTest(until=until, command=command):
                    said = self.at(0, *command, "--until", until, check=2).stderr
                    self.assertIn("--until", said)
        self.assertIn("no date",
                      self.at(0, "add", "--fingerprint", fp(2), "y.example", "--until", "never",
                              check=2).stderr)
        self.assertEqual(self.snapshot(), before)
        self.at(0, "annotate", "x.example", "--until", utc(NOW))

    def test_annotate_takes_whoever_is_listed(self):
        self.put((fp(0xA1), "x.example", "cert CN=x added=2026-01-01 by=anna note=n"),
                 (fp(0xB2), "y.example"), (fp(0xC3), "z.example"), (fp(0xC4), "z.example"))
        for who, concerned in ((["x.example"], [0xA1]), ([fp(0xB2)], [0xB2]),
                               (["b2b2b2"], [0xB2]), (["z.example"], [0xC3, 0xC4]),
                               (["[xy].example"], [0xA1, 0xB2])):
            with self.subTest(who=who):
                self.at(0, "annotate", *who, "--until", "2027-05-31", "--owner", "Anna")
                self.assertEqual(
                    sorted(f for f, entry in self.json().items() if entry["until"]),
                    sorted(fp(number) for number in concerned))
                self.at(0, "annotate", "*.example", "--until", "never")
                self.assertEqual([e["until"] for e in self.json().values()], [None] * 4)
        entry = self.json()[fp(0xA1)]
        self.assertEqual([entry[k] for k in ("kind", "subject", "added", "by", "note", "owner")],
                         ["cert", "CN=x", "2026-01-01T00:00:00Z", "anna", "n", "Anna"])
        self.assert_others_stay()

    def test_undo_puts_both_back(self):
        self.put((fp(1), "x.example", "until=2027-05-31 owner=Anna"), (fp(2), "y.example"))
        for command in (["remove", "x.example"],
                        ["annotate", "x.example", "--until", "never", "--owner", "Otto"],
                        ["add", "--fingerprint", fp(1), "z.example", "--replace", "--owner", "O"]):
            with self.subTest(command=command):
                self.at(0, *command)
                self.at(0, "undo")
                self.assertEqual(self.ends(), ("2027-05-31T23:59:59Z", "Anna"))
                self.assertEqual(self.has(), {fp(1): "x.example", fp(2): "y.example"})

    def test_the_history_says_it_in_words(self):
        self.put((fp(1), "x.example", "note=n"))
        for words in (["--until", "2027-05-31", "--owner", "Anna Smith"], ["--until", "never"],
                      ["--until", utc(NOW + 60)]):
            self.at(0, "annotate", "x.example", *words, env={"TZ": "UTC"})
        self.at(0, "undo", "1", check=1)
        shown, _ = terminal.run([harness.RELAYCTL, "-c", self.config, "history"], columns=200,
                                RELAYCTL_TEST_CLOCK=str(NOW), TZ="UTC")
        self.assertEqual(re.findall(r"1 entry annotated: (.*)", shown),
                         ["x.example (until %s)" % utc(NOW + 60), "x.example (no end any more)",
                          "x.example (until 2027-05-31, owner Anna Smith)"])

    def test_annotate_needs_somebody_and_something(self):
        self.put((fp(1), "x.example"))
        before = self.snapshot()
        self.at(0, "annotate", "nobody.example", "--until", "2027-05-31", check=1)
        self.at(0, "annotate", fp(2), "--until", "2027-05-31", check=1)
        self.assertIn("--until", self.at(0, "annotate", "x.example", check=2).stderr)
        self.assertEqual(self.snapshot(), before)

    def test_twice_is_once(self):
        self.put((fp(1), "x.example"))
        words = ["annotate", "x.example", "--until", "2027-05-31", "--owner", "Anna"]
        self.at(0, *words)
        before = self.snapshot()
        self.assertFalse(json.loads(self.at(0, *words, "--json").stdout)["changed"])
        self.assertEqual(self.snapshot(), before)

    def test_list_and_prune(self):
        self.put((fp(1), "x.example", "until=2027-01-30 owner=Anna"),
                 (fp(2), "y.example", "until=2027-01-31"),
                 (fp(3), "z.example", "until=2027-03-01 note=n"))
        self.assertEqual(self.hosts("--retired"), ["x.example"])
        self.assertEqual(self.hosts("--retired", later=DAY), ["x.example", "y.example"])
        shown, _ = terminal.run(
            [harness.RELAYCTL, "-c", self.config, "list", "--no-color"], columns=0,
            RELAYCTL_TEST_CLOCK=str(NOW))
        self.assertRegex(shown, "(?m)^x.example +ended 12 hours ago +Anna ")
        self.assertRegex(shown, "(?m)^y.example +ends in 11 hours ")
        self.assertRegex(shown, "(?m)^z.example +ends in 29 days; n ")
        self.assertEqual(
            self.at(0, "list", "--long", "x.example").stdout.rstrip("\n").split("\t")[2:],
            ["", "", "", "", "", "", "", "2027-01-30T23:59:59Z", "Anna"])
        self.at(0, "prune", "--expired", "--yes")
        self.assertEqual(self.hosts(), ["x.example", "y.example", "z.example"])
        said = self.at(0, "prune", "--retired", "--yes").stderr
        self.assertIn("removed", said)
        self.assertEqual(self.hosts(), ["y.example", "z.example"])
        self.at(DAY, "prune", "--yes")
        self.assertEqual(self.hosts(), ["z.example"])

    def test_list_expiring_has_both_ends(self):
        """The certificate expires, or the client's own end comes: NOTE says so of the second."""
        self.put((fp(1), "x.example", "cert expires=2028-01-01T00:00:00Z until=2027-02-05"),
                 (fp(2), "y.example", "cert expires=2027-02-03T00:00:00Z"),
                 (fp(3), "z.example", "until=2027-03-20"),
                 (fp(4), "over.example", "until=2027-01-30"))
        self.assertEqual(self.hosts("--expiring", "14d"), ["x.example", "y.example"])
        self.assertEqual(self.hosts("--expiring", "60d"), ["x.example", "y.example", "z.example"])
        self.at(1, "list", "--expiring", "14d", "--exit-code", check=1)
        mail = self.at(0, "-q", "list", "--expiring", "14d", "--text").stdout
        self.assertRegex(mail, "(?m)^x.example .* ends in 5 days ")
        self.assertNotRegex(mail, "(?m)^y.example .* ends in ")
        self.assertRegex(mail, "(?m)^To let a client relay beyond .*: relayctl .*annotate HOST")
        mail = self.at(0, "-q", "list", "--expiring", "14d", "--text", "y.*").stdout
        self.assertNotIn("annotate", mail)

    def test_prune_says_why(self):
        self.put((fp(1), "x.example", "until=2027-01-30"), (fp(2), "y.example"))
        shown, status = terminal.run(
            [harness.RELAYCTL, "-c", self.config, "prune"], can_ask=True, answer="n\n",
            RELAYCTL_TEST_CLOCK=str(NOW), TZ="UTC")
        self.assertEqual(status, 1)
        self.assertIn("x.example 01:01:01:01…, ended on 2027-01-30", re.sub(r"\s+", " ", shown))

    def test_verify_finds_what_has_ended(self):
        self.put((fp(1), "x.example", "until=2027-01-30"), (fp(2), "y.example", "until=2027-02-01"))
        found = [(f["id"], f["severity"])
                 for f in json.loads(self.at(0, "verify", "--json", check=1).stdout)["findings"]
                 if f["id"].startswith("entry-")]
        self.assertEqual(found, [("entry-ended", "warning")])

    def test_add_keeps_the_end_and_warns_of_one_that_is_over(self):
        self.put((fp(1), "x.example", "until=2027-01-30 owner=Anna"), (fp(2), "y.example"))
        words = ["add", "--fingerprint", fp(1), "x.example"]
        self.assertIn("was to relay until", self.at(0, *words).stderr)
        self.assertEqual(self.ends(), ("2027-01-30T23:59:59Z", "Anna"))
        said = self.at(0, *words, "--until", "2027-02-28", "--owner", "Otto", env={"TZ": "UTC"})
        self.assertIn("the owner is new, to relay until 2027-02-28", said.stderr)
        self.assertNotIn("was to relay", said.stderr)
        self.assertEqual(self.ends(), ("2027-02-28T23:59:59Z", "Otto"))

    def test_add_fills_in_what_the_certificate_says(self):
        zen = self.client(subject="/O=SUSE/CN=zen.example")
        self.put((zen.fingerprint(), "zen.example"))
        self.assertIn("its annotation is filled in",
                      self.at(0, "add", zen.cert, "zen.example").stderr)
        entry = self.json()[zen.fingerprint()]
        self.assertEqual(entry["kind"], "cert")
        self.assertIn("SUSE", entry["subject"])
        self.assertTrue(entry["not_after"])
        # When it was added and by whom was not known before, and is not now.
        self.assertEqual([entry["added"], entry["by"]], [None, None])
        before = self.snapshot()
        self.assertIn("is listed already",
                      self.at(0, "add", zen.cert, "zen.example").stderr)
        self.assertEqual(self.snapshot(), before)

    def test_add_loses_nothing_that_is_noted(self):
        zen = self.client()
        self.put((zen.fingerprint(), "zen.example",
                  "cert CN=mine expires=2027-05-05 added=2026-01-01 by=anna note=n"))
        self.run_it("rebuild")
        before = self.snapshot()
        self.at(0, "add", zen.cert, "zen.example")
        self.assertEqual(self.snapshot(), before)

    def test_rotate_hands_owner_and_end_on(self):
        old, new = self.client(), self.client("new", subject="/CN=zen.example")
        self.put((old.fingerprint(), "zen.example", "cert until=2027-05-31 owner=Anna"))
        self.at(0, "rotate", "zen.example", new.cert)
        self.assertEqual(self.ends(new.fingerprint()), ("2027-05-31T23:59:59Z", "Anna"))
        third = self.client("third", subject="/CN=zen.example")
        self.at(0, "rotate", "zen.example", third.cert, "--until", "2027-06-30", "--owner", "Otto",
                env={"TZ": "UTC"})
        self.assertEqual(self.ends(third.fingerprint()), ("2027-06-30T23:59:59Z", "Otto"))

    def test_without_an_end_the_new_one_has_none(self):
        first, second, new = (self.client(name, subject="/CN=zen.example")
                              for name in ("first", "second", "new"))
        self.put((first.fingerprint(), "zen.example", "cert until=2027-05-31"),
                 (second.fingerprint(), "zen.example", "cert"))
        self.at(0, "rotate", "zen.example", new.cert)
        self.assertIsNone(self.ends(new.fingerprint())[0])

    def test_copy_keeps_both(self):
        self.put((fp(1), "x.example", "until=2027-05-31 owner=Anna"))
        for kind in ("texthash", "hash"):
            to = "%s:%s/copy.%s" % (kind, self.directory, kind)
            self.at(0, "copy", self.table, to)
            entry, = json.loads(
                self.run_it("-t", to, "list", "--json").stdout)["entries"]
            self.assertEqual((entry["until"], entry["owner"]), ("2027-05-31T23:59:59Z", "Anna"))


class Ends(EndCases, TableCase):

    def test_how_it_stands_in_the_text(self):
        self.put((fp(1), "x.example"))
        self.at(0, "annotate", "x.example", "--until", "2027-05-31", "--owner", "Anna Smith",
                env={"TZ": "UTC"})
        self.assertEqual(self.noted(fp(1)),
                         '# relayctl: until=2027-05-31 owner="Anna Smith" for=01:01:01:01')
        self.at(0, "annotate", "x.example", "--until", "2027-06-01T00:00:00Z")
        self.assertIn("until=2027-06-01T00:00:00Z ", self.noted(fp(1)))
        self.assertEqual(self.ends()[0], "2027-06-01T00:00:00Z")

    def test_a_time_that_is_none_is_found(self):
        self.put((fp(1), "x.example", "until=soon"))
        self.run_it("rebuild")
        self.assertIn("[annotation-time]", self.at(0, "verify", check=1).stdout)


if __name__ == "__main__":
    harness.main()
