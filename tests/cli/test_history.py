#!/usr/bin/env python3
"""What was changed, when and by whom: history, and taking it back: undo."""

import json
import os
import shutil
import stat
import time

from support import harness, history, terminal
from support.schema_case import SchemaCase
from support.table_case import TableCase, fp

NOW = 1_790_000_000
ENV = {"RELAYCTL_TEST_CLOCK": str(NOW), "SUDO_USER": "anna"}
HAND_MADE = ("# mine\n# relayctl: cert CN=zen expires=2030-01-01T00:00:00Z for=01:01:01:01\n"
             "%s zen.example\n%s\n  folded.example\n# in between\n  .more\n%s last.example" %
             (fp(1), fp(2), fp(3)))


class HistoryCase(SchemaCase, TableCase):

    def setUp(self):
        super().setUp()
        self.write(HAND_MADE)
        self.now = NOW

    def run_it(self, *args, **options):
        options.setdefault("env", dict(ENV, RELAYCTL_TEST_CLOCK=str(self.now)))
        return super().run_it(*args, **options)

    def add(self, number, **options):
        self.now += 60
        return self.run_it("add", "--fingerprint", fp(number), "n%d.example" % number, **options)

    def changes(self, *args, **options):
        return self.validate("history", "history", *args, **options)["changes"]

    def numbers(self, *args, **options):
        return [change["number"] for change in self.changes(*args, **options)]

    def records(self):
        return history.records(self.path)


class History(HistoryCase):

    def test_each_change_is_one_record_that_fits_the_text(self):
        self.add(9)
        self.run_it("remove", "zen.example")
        self.run_it("add", "--fingerprint", fp(9), "n9.example")  # is listed already
        self.run_it("rebuild")
        found = self.records()
        self.assertEqual([record["number"] for record in found], [1, 2])
        self.assertEqual([record["command"] for record in found], ["add", "remove"])
        texts = history.replayed(HAND_MADE.encode(), found)
        self.assertEqual(texts[-1], self.read())
        self.assertEqual(texts[-2], self.read(self.path + ".history-text"))
        status = os.stat(history.path_of(self.path))
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o600)
        self.assertEqual(status.st_uid, os.geteuid())

    def test_who_when_and_what(self):
        harness.need_root("SUDO_USER counts for root only")
        self.add(9)
        self.run_it("remove", "zen.example")
        removed, added = self.changes()
        self.assertEqual((added["user"], added["sudo_user"], added["command"], added["number"]),
                         ("root", "anna", "add", 1))
        self.assertEqual(added["time"],
                         time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now)))
        self.assertIsNone(added["entries"][0]["before"])
        self.assertEqual(added["entries"][0]["after"]["host"], "n9.example")
        before = removed["entries"][0]["before"]
        self.assertEqual((before["host"], before["subject"], before["line"]),
                         ("zen.example", "CN=zen", 3))
        self.assertIsNone(removed["entries"][0]["after"])
        self.assertEqual(
            self.run_it("history", "--plain", "1").stdout.split("\t"),
            ["1", added["time"], "root", "anna", "add", "added",
             fp(9), "n9.example", self.table + "\n"])

    def test_who_is_asked_for(self):
        self.add(9)
        self.add(8)
        self.run_it("remove", "n9.example")
        self.assertEqual(self.numbers("n9.example"), [3, 1])
        self.assertEqual(self.numbers("N9.*"), [3, 1])
        self.assertEqual(self.numbers(fp(8)), [2])
        self.assertEqual(self.numbers("080808"), [2])
        self.assertEqual(self.numbers("08:08:08"), [2])
        self.assertEqual(self.numbers("nobody.example", check=1), [])
        client = self.client()
        self.run_it("add", client.cert, "zen.example")
        self.assertEqual(self.numbers(client.cert), [4])
        self.assertEqual(self.numbers("--by", "nobody"), [])
        self.assertEqual(self.numbers("--limit", "2"), [4, 3])
        self.assertTrue(self.validate("history", "history", "--limit", "2")["more"])
        self.assertEqual(self.numbers("--since", "30s"), [4, 3, 2])
        second = self.changes()[2]["time"]
        self.assertEqual(self.numbers("--since", second), [4, 3, 2])
        self.assertEqual(self.numbers("--since", second[:10]), [4, 3, 2, 1])
        self.assertEqual(self.numbers("--since", "2099-01-01"), [])
        for text in ("yesterday", "2026-02-30", "30"):
            said = self.run_it("history", "--since", text, check=2).stderr
            self.assertIn("--since '%s': is no time" % text, said)

    def test_one_is_a_diff_that_patch_takes(self):
        self.add(9)
        before = self.read()
        self.run_it("remove", "zen.example")
        shown = self.run_it("history", "2").stdout
        self.assertIn("-%s zen.example\n" % fp(1), shown)
        harness.need("patch")
        self.write(before, self.path + ".copy")
        done = harness.run(["patch", self.path + ".copy"], input=shown)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.read(self.path + ".copy"), self.read())

    def test_a_table_for_people(self):
        self.add(9)
        shown, _ = terminal.run([harness.RELAYCTL, "-c", self.config, "history"], columns=120)
        self.assertIn("CHANGE  WHEN", terminal.without_color(shown))
        self.assertIn("1 entry added: n9.example", shown)

    def test_what_each_did_in_words(self):
        self.run_it("annotate", fp(1), "--note", "a remark")
        self.run_it("add", "--replace", "--fingerprint", fp(1), "other.example")
        self.run_it("remove", "--all", "*", "--yes", "--allow-empty")
        command = [harness.RELAYCTL, "-c", self.config, "history"]
        shown = terminal.run(command, columns=120)[0]
        for words in ("1 entry annotated: zen.example", "1 entry renamed: zen.example to other.ex",
                      "3 entries removed: other.example, folded.example  .more, last.example"):
            self.assertIn(words, shown)
        self.assertIn("1 entry removed: last.example",
                      terminal.run([*command, "last.example"], columns=120)[0])

    def test_its_order_is_that_of_the_changes(self):
        self.add(9)
        self.now -= 3600  # the clock is set back
        self.add(8)
        self.assertEqual(self.numbers(), [2, 1])
        self.run_it("undo")
        self.assertEqual(self.in_map(fp(9)), "n9.example")

    def test_none_is_no_error(self):
        result = self.run_it("history")
        self.assertIn("no change is on record yet", result.stderr)
        self.assertEqual(self.run_it("undo", check=1).stdout, "")

    def test_without_a_record(self):
        self.run_it("add", "--no-history", "--fingerprint", fp(9), "n9.example")
        self.assertEqual(self.records(), [])
        self.assertFalse(os.path.exists(history.path_of(self.path)))

    def test_bytes_that_are_no_utf8(self):
        self.write(b"# caf\xe9\n%s caf\xe9.example \x01\xff\n" % fp(5).encode())
        first = self.read()
        self.add(9)
        self.run_it("undo")
        self.assertEqual(self.read(), first)
        self.write(first + b"%s \xfe.example\n" % fp(6).encode())
        self.add(8)
        self.assertEqual(history.replayed(first, self.records())[-1], self.read())

    def test_the_oldest_fold_into_a_mark(self):
        for number in range(10, 20):
            self.add(number)
        self.now += 60
        self.run_it("add", "--history-limit", "4", "--fingerprint", fp(20), "n20.example")
        self.assertEqual(self.numbers(), [11, 10, 9])
        with open(history.path_of(self.path)) as file:
            self.assertEqual(json.loads(file.readline())["number"], 8)
        self.assertIn("older changes are kept no longer", self.run_it("history").stderr)
        self.assertEqual(stat.S_IMODE(os.stat(history.path_of(self.path)).st_mode), 0o600)
        self.run_it("undo")
        self.assertEqual(self.numbers(), [12, 11, 10, 9])
        self.assertEqual(self.run_it("history", "3", check=1).stdout, "")
        self.run_it("add", "--history-limit", "1k", "--fingerprint", fp(21), "n21.example")
        self.assertLessEqual(os.path.getsize(history.path_of(self.path)), 1024)
        self.assertGreater(len(self.numbers()), 0)


class Outside(HistoryCase):

    def outside(self, text):
        """As an editor saves."""
        self.write(text, self.path + ".edited")
        os.rename(self.path + ".edited", self.path)

    def test_it_is_named_and_recorded(self):
        self.add(9)
        self.outside(self.read().replace(b"%s zen.example\n" % fp(1).encode(), b""))
        result = self.add(8)
        self.assertIn("changed outside since", result.stderr)
        self.assertIn("1 entry removed: zen.example", result.stderr)
        self.assertEqual([change["outside"] for change in self.changes()], [False, True, False])
        self.assertEqual(history.replayed(HAND_MADE.encode(), self.records())[-1], self.read())
        self.assertNotIn("outside", self.add(7).stderr)

    def test_history_shows_it_before_it_is_recorded(self):
        self.add(9)
        self.outside(self.read() + b"\n%s hand.example\n" % fp(7).encode())
        change = self.changes()[0]
        self.assertIsNone(change["number"])
        self.assertEqual(change["entries"][0]["after"]["host"], "hand.example")
        self.assertEqual(len(self.records()), 1)

    def test_rebuild_records_it_since_the_map_takes_it_over(self):
        self.add(9)
        self.outside(self.read() + b"\n%s hand.example\n" % fp(7).encode())
        self.assertIn("1 entry added: hand.example", self.run_it("rebuild").stderr)
        self.assertEqual(self.numbers(), [2, 1])
        self.assertNotIn("outside", self.run_it("rebuild").stderr)
        self.outside(self.read() + b"%s more.example\n" % fp(6).encode())
        self.add(5)
        self.assertEqual(history.replayed(HAND_MADE.encode(), self.records())[-1], self.read())

    def test_what_only_looks_changed_is_none(self):
        self.add(9)
        self.outside(self.read())
        os.utime(self.path, (1, 1))
        self.assertNotIn("outside", self.add(8).stderr)
        os.unlink(self.path + ".lock")
        self.assertNotIn("outside", self.add(7).stderr)
        self.assertEqual(self.numbers(), [3, 2, 1])

    def test_without_a_number_it_is_not_guessed_which_is_meant(self):
        self.add(9)
        self.outside(self.read().replace(b"%s zen.example\n" % fp(1).encode(), b""))
        before = self.read()
        said = self.run_it("undo", "--yes", check=1).stderr
        self.assertIn("changed outside after change 1", said)
        self.assertIn("relayctl", said.split("to take change 1 back: ")[1])
        self.assertEqual(self.read(), before)
        self.run_it("undo", "1")
        self.assertNotIn("n9.example", self.read().decode())

    def test_the_table_is_named_that_was_changed_outside(self):
        other = os.path.join(self.directory, "other_clients")
        self.write("%s other.example\n" % fp(5), other)
        self.configure(relay_clientcerts="%s:%s, texthash:%s" % (self.TYPE, self.path, other))
        self.run_it("annotate", "-t", "texthash:" + other, fp(5), "--note", "first")
        self.add(9)
        self.write("%s more.example\n" % fp(6), other)
        said = self.run_it("undo", "--yes", check=1).stderr
        self.assertIn("texthash:%s was changed outside after change" % other, said)
        undo, = [line for line in said.splitlines() if "back: " in line]
        self.assertIn(self.path, undo)

    def test_a_change_without_a_record_counts_as_outside(self):
        self.add(9)
        self.run_it("add", "--no-history", "--fingerprint", fp(8), "n8.example")
        self.assertIn("1 entry added: n8.example", self.add(7).stderr)
        self.assertEqual(history.replayed(HAND_MADE.encode(), self.records())[-1], self.read())

    def test_without_the_old_text_it_is_not_known(self):
        self.add(9)
        self.outside(self.read() + b"\n%s hand.example\n" % fp(7).encode())
        os.unlink(self.path + ".history-text")
        self.assertIn("what was changed is not known", self.add(8).stderr)
        self.assertEqual([change["known"] for change in self.changes()], [True, False, True])
        self.run_it("undo")
        self.assertIn("nobody knows how", self.run_it("undo", "1", check=1).stderr)
        self.assertIn("nobody knows", self.run_it("undo", "2", check=1).stderr)

    def test_what_is_left_of_an_entry_continues_the_one_in_front(self):
        self.add(9)
        before = self.read()
        self.outside(before.replace(b"%s\n  folded.example" % fp(2).encode(), b"  folded.example"))
        self.add(8)
        self.assertEqual(self.in_map(fp(1)), "zen.example  folded.example  .more")
        entries = {entry["before"]["host"]: entry["after"] and entry["after"]["host"]
                   for entry in self.changes()[1]["entries"]}
        self.assertEqual(entries, {"zen.example": "zen.example  folded.example  .more",
                                   "folded.example  .more": None})
        self.run_it("undo", "2")
        self.assertEqual(self.in_map(fp(1)), "zen.example")
        self.run_it("undo", "3")
        self.run_it("undo", "2", check=1)
        self.run_it("undo", "4")

    def test_it_is_taken_back_by_its_number(self):
        self.add(9)
        before = self.read()
        self.outside(before.replace(b"folded", b"other"))
        self.add(8)
        self.run_it("undo", "3")
        self.run_it("undo", "2")
        self.assertEqual(self.read(), before)


class Undo(HistoryCase):

    def test_the_last_one_and_again(self):
        self.add(9)
        added = self.read()
        self.run_it("undo")
        self.assertEqual(self.read(), HAND_MADE.encode())
        self.assertIsNone(self.in_map(fp(9)))
        self.run_it("undo")
        self.assertEqual(self.read(), added)
        self.assertEqual(self.in_map(fp(9)), "n9.example")
        self.assertEqual([change["undoes"] for change in self.changes()], [2, 1, None])

    def test_a_removal_comes_back_at_its_place(self):
        for number in (1, 2, 3):
            self.write(HAND_MADE)
            history.remove_all(self.path)
            self.run_it("remove", fp(number))
            self.add(9)
            self.assertIn("lets in again", self.run_it("undo", "1").stderr)
            self.run_it("undo", "2")
            self.assertEqual(self.read(), HAND_MADE.encode())

    def test_by_client(self):
        self.run_it("remove", "zen.example")
        self.add(9)
        self.run_it("undo", "zen.example")
        self.assertEqual(self.in_map(fp(1)), "zen.example")
        self.assertEqual(self.in_map(fp(9)), "n9.example")
        self.assertIn("no change on record", self.run_it("undo", "nobody.example", check=1).stderr)

    def test_refused_where_its_entries_have_changed(self):
        self.add(9)
        self.run_it("add", "--replace", "--fingerprint", fp(9), "other.example")
        before = self.snapshot()
        error = self.run_it("undo", "1", check=1).stderr
        self.assertIn("has changed since, by change 2 (add)", error)
        self.assertIn(" undo 2 -t %s\n" % self.table, error)
        self.assertEqual(self.snapshot(), before)
        self.run_it("undo", "2")
        self.run_it("undo", "1")
        self.assertEqual(self.read(), HAND_MADE.encode())

    def test_refused_where_somebody_lists_the_client_again(self):
        self.run_it("remove", "zen.example")
        self.run_it("add", "--fingerprint", fp(1), "zen.example")
        self.assertIn("has changed since", self.run_it("undo", "1", check=1).stderr)

    def test_a_dry_run_shows_the_diff(self):
        self.run_it("remove", "zen.example")
        before = self.snapshot()
        shown = self.run_it("undo", "-n")
        self.assertIn("+%s zen.example\n" % fp(1), shown.stdout)
        self.assertEqual(self.snapshot(), before)

    def test_a_terminal_is_asked_before_a_client_is_let_in(self):
        self.run_it("remove", "zen.example")
        command = [harness.RELAYCTL, "-c", self.config, "undo"]
        shown, status = terminal.run(command, can_ask=True, answer="n\n")
        self.assertIn("take change 1 back", shown)
        self.assertEqual(status, 1)
        self.assertIsNone(self.in_map(fp(1)))
        self.assertEqual(terminal.run(command, can_ask=True, answer="y\n")[1], 0)
        self.assertEqual(self.in_map(fp(1)), "zen.example")

    def test_of_several_tables_the_newest(self):
        other = os.path.join(self.directory, "other")
        shutil.copy(self.path, other)
        self.write("25 inet n - n - - smtpd\n26 inet n - n - - smtpd -o relay_clientcerts=hash:%s\n"
                   % other, os.path.join(self.config, "master.cf"))
        self.add(9)
        self.now += 60
        self.run_it("add", "-t", "hash:" + other, "--fingerprint", fp(8), "n8.example")
        self.assertIn("hash:%s#1" % other, self.run_it("undo", "1", check=1).stderr)
        self.now += 60
        self.run_it("undo")
        self.assertEqual(self.read(other), HAND_MADE.encode())
        self.assertEqual(self.in_map(fp(9)), "n9.example")
        self.run_it("undo", self.table + "#1")
        self.assertEqual(self.read(), HAND_MADE.encode())


class EveryCommand(history.EveryCommand, TableCase):

    def other_table(self):
        self.write("# relayctl: note=copied\n%s copied.example\n" % fp(5), self.path + "2")
        return "texthash:%s2" % self.path


if __name__ == "__main__":
    harness.main()
