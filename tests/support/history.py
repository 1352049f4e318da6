"""An independent reader of the history of a text table: its records, as Python applies them."""

import json
import os


def path_of(table):
    return table + ".history"


def records(table):
    """The records of the file, without the mark of those that are kept no longer."""
    try:
        with open(path_of(table), "rb") as file:
            lines = file.read().decode("ascii").splitlines()
    except FileNotFoundError:
        return []
    found = [json.loads(line) for line in lines]
    return [record for record in found if "changes" in record]


def as_bytes(text):
    return text["latin1"].encode("latin-1") if isinstance(text, dict) else text.encode()


def applied(text, record):
    """The text with the change of the record, which must fit it byte by byte."""
    assert len(text) == record["size"], (len(text), record["size"])
    result, at = b"", 0
    for change in record["changes"]:
        before, after = (as_bytes(change.get(side, "")) for side in ("before", "after"))
        offset = change["offset"]
        assert offset >= at, record
        assert text[offset:offset + len(before)] == before, (text[offset:], before)
        assert text[:offset].count(b"\n") + 1 == change["line"], record
        result += text[at:offset] + after
        at = offset + len(before)
    return result + text[at:]


def replayed(first, found):
    """Every text from the first one on, as the records have it."""
    texts = [first]
    for record in found:
        texts.append(applied(texts[-1], record))
    return texts


def remove_all(table):
    for suffix in (".history", ".history-text"):
        if os.path.exists(table + suffix):
            os.unlink(table + suffix)


class EveryCommand:
    """Each change of any command is one record, and what changes nothing has none. Beside a case of
    tests/support with self.table; other_table() gives one to copy from, with these entries."""

    START = 1_800_000_000

    def at(self, now, *words, **options):
        env = {"RELAYCTL_TEST_CLOCK": str(now), "EDITOR": "sed -i s/Anna/Otto/", "SUDO_USER": ""}
        return self.run_it("-d", "sha256", *words, env=env, **options)

    def shown(self):
        changes = json.loads(self.run_it("history", "--json").stdout)["changes"]
        return [change["command"] for change in changes]

    def steps(self, directory):
        """(words of a command that changes something, its exit status where it is given again)"""
        client, renewed = self.client("zen.example", days=3650), self.client("new", days=3650)
        wanted = os.path.join(directory, "wanted")
        os.mkdir(wanted)
        os.link(renewed.cert, os.path.join(wanted, "wanted.example.pem"))
        issue = ["issue", "--out", os.path.join(directory, "out")]
        return [(["add", client.cert], 0),
                (["add", "--owner", "Anna", client.cert], 0),
                (["add", "--replace", client.cert, "other.example"], 0),
                (["annotate", "other.example", "--note", "a remark"], 0),
                (["annotate", "other.example", "--until", "2999-05-31"], 0),
                (["edit"], 0),
                (["rotate", "other.example", renewed.cert], 0),
                ([*issue, "new.example"], 1),
                ([*issue, "--rotate", "new.example"], 1),
                (["remove", "--all", "new.example", "--yes"], 1),
                (["apply", "--prune", "--yes", wanted], 0),
                (["copy", "--replace", self.other_table(), self.table], 0),
                (["add", "--until", "2030-01-01", "--fingerprint", ":".join(["77"] * 32),
                  "until.example"], 0),
                (["prune", "--retired", "--yes"], 0),
                (["remove", "--all", "*", "--yes", "--allow-empty"], 1),
                (["undo"], None)]

    def test_each_change_is_one_record(self):
        now = self.START
        for words, again in self.steps(self.directory):
            now = self.START * 2 if "prune" in words else now
            with self.subTest(words):
                before = self.shown()
                self.at(now, *words, "--dry-run")
                self.assertEqual(self.shown(), before)
                self.at(now, *words, check=0)
                self.assertEqual(self.shown(), [words[0], *before])
                if again is not None:
                    self.at(now, *words, check=again)
                for idle in ("rebuild", "verify", "list"):
                    self.at(now, idle, check=None)
                self.assertEqual(self.shown(), [words[0], *before])
