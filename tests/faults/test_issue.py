#!/usr/bin/env python3
"""Every system call of issue is the last one (SIGKILL), or fails: no key is without its
certificate, and no entry without its files."""

import os
import shutil

from support import certs, harness, history
from support.change_under_test import Table, calls_of, text_of

HOST = "issued.example"
FILES = {"README.txt", "cert.pem", "key.pem", HOST + ".p12"}
TEMPORARY = ".%s.relayctl-new" % HOST

FAILURES = {"mkdir": ["ENOSPC", "EACCES"], "mkdirat": ["ENOSPC", "EIO"],
            "openat": ["EMFILE", "ENOSPC", "EACCES"], "write": ["ENOSPC", "EIO"],
            "fsync": ["EIO"], "flock": ["EIO", "ENOLCK"], "renameat2": ["EIO", "EROFS", "EINVAL"],
            "renameat": ["EIO"], "newfstatat": ["EIO"], "close": ["EIO"], "getrandom": ["EAGAIN"],
            "clone3": ["EAGAIN"], "pipe2": ["EMFILE"], "read": ["EIO"], "unlinkat": ["EIO"],
            "fchmod": ["EPERM"], "rename": ["EIO"], "link": ["EIO"], "unlink": ["EIO"],
            "ftruncate": ["EIO"]}


class IssueCase(harness.Case):

    def setUp(self):
        harness.need("strace")
        self.table = Table.of(self, self.TYPE, "add")
        self.out = os.path.join(self.table.directory, "out")
        self.command = self.table.relayctl("issue", "--out", self.out, "--for", "swaks",
                                           "--server", "mx.example:587", HOST)

    def reset(self):
        self.table.reset()
        shutil.rmtree(self.out, ignore_errors=True)

    def calls(self):
        """From the first call that is about the files on; before that there is nothing to lose."""
        shutil.rmtree(self.out, ignore_errors=True)
        calls = calls_of(self.table, self.command,
                         lambda name, line: name == "mkdir" and "/out" in line)
        self.assertTrue(calls)
        return calls

    def run_injected(self, call, what):
        self.reset()
        return harness.run(["strace", "-o", "/dev/null", "-e", "inject=%s:%s:when=%d" %
                            (call.name, what, call.number), *self.command])

    def entries(self):
        """The fingerprints by which the host is listed."""
        with open(self.table.path) as source:
            return [line.split()[0] for line in source if line.rstrip().endswith(" " + HOST)]

    def directories(self):
        """{name: the files in it} of what is there."""
        if not os.path.isdir(self.out):
            return {}
        return {name: set(os.listdir(os.path.join(self.out, name)))
                for name in os.listdir(self.out)}

    def judge(self):
        """(listed, made); what must never be fails."""
        self.table.settle()
        directories, entries = self.directories(), self.entries()
        self.assertLessEqual(set(directories), {HOST, TEMPORARY})
        for name, files in directories.items():
            path = os.path.join(self.out, name)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o700)
            for secret in files & {"key.pem", HOST + ".p12"}:
                self.assertEqual(os.stat(os.path.join(path, secret)).st_mode & 0o777, 0o600)
                self.assert_pair(path, secret)
        made = HOST in directories
        if made:
            self.assertEqual(directories[HOST], FILES)
        self.assertLessEqual(len(entries), 1)
        self.assertEqual(self.table.shown_changes(), [(1, "issue")] * len(entries))
        if entries:
            self.assertTrue(made, "an entry without its files")
            self.assertEqual(
                entries, [certs.cert_fingerprint(os.path.join(self.out, HOST, "cert.pem"))])
        return bool(entries), made

    def assert_pair(self, path, secret):
        certificate = os.path.join(path, "cert.pem")
        self.assertTrue(os.path.exists(certificate), "a key without its certificate")
        own = certs.openssl("x509", "-in", certificate, "-noout", "-pubkey")
        key = os.path.join(path, "key.pem")
        if secret == "key.pem" and harness.read_text(key).endswith("-----END PRIVATE KEY-----\n"):
            self.assertEqual(own, certs.openssl("pkey", "-in", key, "-pubout"))


class Killed:

    def test_what_is_left_is_whole_and_the_next_run_goes_on(self):
        tried, found = 0, set()
        for call in self.calls():
            with self.subTest(killed_at=str(call)):
                result = self.run_injected(call, "signal=KILL")
                state = self.judge()
                found.add(state)
                if result.returncode == 0:
                    self.assertEqual(state, (True, True))
                self.go_on(*state)
                tried += 1
        self.assertGreater(tried, 60)
        self.assertEqual(found, {(False, False), (False, True), (True, True)})

    def go_on(self, listed, made):
        """A further run makes what is missing, or says what to do."""
        again = harness.run(self.command)
        if made:
            self.assertEqual(again.returncode, 1, again.stderr)
            self.assertIn("not overwritten" if listed else "is not listed", again.stderr)
        else:
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertEqual(self.judge(), (True, True))
            self.assertEqual(set(self.directories()), {HOST})
        self.assert_recorded(listed or not made)

    def assert_recorded(self, listed):
        """The next change finds the records of what was listed, and no others."""
        again = harness.run(self.table.relayctl("remove", "host1.example"))
        self.assertEqual(again.returncode, 0, again.stderr)
        found = history.records(self.table.path)
        self.assertEqual([record["command"] for record in found], ["issue"] * listed + ["remove"])
        texts = history.replayed(text_of(self.table.old_entries).encode(), found)
        self.assertEqual(texts[-1].decode(), harness.read_text(self.table.path))


class Failing:

    def test_both_or_neither(self):
        tried = 0
        for call in self.calls():
            if call.name == "close" and "pipe:" in call.text:
                continue
            for failure in FAILURES.get(call.name, []):
                with self.subTest(failing=str(call), error=failure):
                    result = self.run_injected(call, "error=" + failure)
                    listed, made = self.judge()
                    self.assertEqual(listed, made, result.stderr)
                    if result.returncode == 0:
                        self.assertTrue(listed)
                    elif call.name != "write":  # perhaps that of the message
                        self.assertIn("relayctl: error: ", result.stderr)
                    if listed and result.returncode == 0:
                        self.assertRegex(result.stderr, r"shown only now: \S{23}\n")
                    if not listed and call.name not in ("unlinkat", "renameat"):
                        self.assertEqual(self.directories(), {})
                    tried += 1
        self.assertGreater(tried, 60)


for _type in ("hash", "texthash", "lmdb") if harness.LONG else ("hash", "texthash"):
    for _kind in (Killed, Failing):
        _name = "%s_%s" % (_kind.__name__, _type)
        globals()[_name] = type(_name, (_kind, IssueCase), {"TYPE": _type})

if __name__ == "__main__":
    harness.main()
