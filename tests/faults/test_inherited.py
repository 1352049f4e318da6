#!/usr/bin/env python3
"""What a caller hands down: signals that are ignored or blocked, closed descriptors, limits, umask,
variables, a directory that is gone. Every command ends as it does without them, with a good postmap
and with one that fails; where a limit leaves too little, relayctl says so, with its status, and
never shows half of something as the whole."""

import os
import resource
import signal
import stat
import subprocess
import tempfile

from support import certs, harness
from support.change_under_test import OwnPostmapCase, Table, fingerprint

CATCHABLE = sorted(set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP})
POSTMAP = {
    "good": 'exec /usr/sbin/postmap "$@"\n', "killed": "kill -9 $$\n",
    "fails": "echo 'postmap: fatal: it does not work' >&2; exit 1\n"
}
VARIABLES = {
    "IFS": "x", "POSIXLY_CORRECT": "1", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Apia",
    "PGHOST": "192.0.2.1", "PGOPTIONS": "-c x=y", "PGSSLMODE": "verify-full", "PGSERVICE": "x",
    "OPENSSL_CONF": "/nonexistent", "SSL_CERT_FILE": "/nonexistent",
    "SOURCE_DATE_EPOCH": "4000000000", "MALLOC_PERTURB_": "7", "HOSTALIASES": "/nonexistent",
    "HOME": "/nonexistent", "MAIL_DEBUG": "1", "CDPATH": "/"
}


def ignore_all():
    for number in CATCHABLE:
        if number not in (32, 33):  # glibc's own
            signal.signal(number, signal.SIG_IGN)


def ignore_children():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def block_all():
    signal.pthread_sigmask(signal.SIG_BLOCK, CATCHABLE)


def limited(**limits):

    def set_them():
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))

    return set_them


INHERITED = {
    "SIGCHLD ignored": dict(preexec_fn=ignore_children),
    "all signals ignored": dict(preexec_fn=ignore_all),
    "all signals blocked": dict(preexec_fn=block_all),
    "umask 0777": dict(preexec_fn=lambda: os.umask(0o777)),
    "umask 0": dict(preexec_fn=lambda: os.umask(0)), "nice": dict(preexec_fn=lambda: os.nice(19)),
    "standard input closed": dict(preexec_fn=lambda: os.close(0)), "variables": dict(env=VARIABLES),
    "all of it": dict(preexec_fn=lambda:
                      (ignore_children(), block_all(), os.umask(0o777), os.close(0)),
                      env=VARIABLES)
}


class InheritedCase(OwnPostmapCase):

    def table(self, postmap, map_type="hash"):
        return self.table_of(map_type, POSTMAP[postmap], last="")

    def commands(self, table):
        cert = os.path.join(table.directory, "list")
        with open(cert, "w") as out:
            out.write("%s new.example\n" % fingerprint(9))
        return [*harness.READING,
                ["add", "--fingerprint", fingerprint(9), "new.example"],
                ["remove", "host2.example"],
                ["annotate", "host1.example", "--note", "n"],
                ["prune", "--yes"],
                ["rebuild"],
                ["add", "--from", cert],
                ["complete", "listed", "h"],
                ["copy", "texthash:" + cert, "hash:" + os.path.join(table.directory, "copied")],
                ["diff", cert],
                ["--version"],
                ["help"]]

    def run_one(self, table, command, env=None, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        environment = {**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}
        return subprocess.run(table.relayctl(*command), stderr=subprocess.PIPE, text=True,
                              env=environment, timeout=60, **options)


class AsWithout(InheritedCase):

    def outcome(self, table, command, **options):
        table.reset()
        for name in os.listdir(table.directory):
            if name.startswith("copied"):
                os.unlink(os.path.join(table.directory, name))
        done = self.run_one(table, command, **options)
        modes = {
            name: stat.S_IMODE(os.stat(os.path.join(table.directory, name)).st_mode)
            for name in table.files()
        }
        return (done.returncode, done.stdout.replace(table.directory, ""),
                done.stderr.replace(table.directory, ""), modes, table.state())

    def test_every_command(self):
        for postmap in POSTMAP:
            table = self.table(postmap)
            for command in self.commands(table):
                expected = self.outcome(table, command)
                for name, inherited in INHERITED.items():
                    with self.subTest(postmap=postmap, command=command, inherited=name):
                        self.assertEqual(self.outcome(table, command, **inherited), expected)

    def test_a_failing_postmap_is_a_failure(self):
        """The comparison is worth something: without any of it these fail."""
        for postmap in ("killed", "fails"):
            table = self.table(postmap)
            for command in (["verify"], ["remove", "host2.example"], ["rebuild"]):
                with self.subTest(postmap=postmap, command=command):
                    self.assertNotEqual(
                        self.outcome(table, command, preexec_fn=ignore_children)[0], 0)

    def test_the_lock_timeout_ends_with_its_signal_blocked(self):
        table = self.table("good")
        with open(table.path + ".lock", "w") as lock:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.run_one(table, ["remove", "host2.example", "--lock-timeout", "0.5"],
                                preexec_fn=block_all)
        self.assertEqual(done.returncode, 5)
        self.assertIn("waited 0.5 seconds", done.stderr)

    def test_a_directory_that_is_gone(self):
        # the real postmap: a shell would have something to say
        table = Table.of(self, "hash", "add")
        for command in self.commands(table):
            with self.subTest(command=command):
                expected = self.outcome(table, command)
                gone = tempfile.mkdtemp(dir=self.directory)
                leave = lambda: (os.chdir(gone), os.rmdir(gone))  # noqa: E731
                self.assertEqual(self.outcome(table, command, preexec_fn=leave), expected)


class Closed(InheritedCase):

    def test_standard_output(self):
        """What would be lost is an error; what needs none is done."""
        table = self.table("good")
        for command in self.commands(table):
            with self.subTest(command=command):
                table.reset()
                expected = self.run_one(table, command)
                table.reset()
                done = self.run_one(table, command, stdout=None, preexec_fn=lambda: os.close(1))
                self.assertEqual(done.returncode, 6 if expected.stdout else expected.returncode,
                                 done.stderr)
                if expected.stdout:
                    self.assertIn("standard output: cannot write", done.stderr)

    def test_a_change_is_told_to_be_made(self):
        table = self.table("good")
        done = self.run_one(table, ["remove", "host2.example", "--json"], stdout=None,
                            preexec_fn=lambda: os.close(1))
        self.assertEqual(done.returncode, 6)
        self.assertIn("is changed", done.stderr)

    def test_all_three(self):
        table = self.table("good")
        self.assertEqual(
            self.run_one(table, ["add", "--fingerprint", fingerprint(9), "new.example"],
                         preexec_fn=lambda: os.closerange(0, 3)).returncode, 0)
        self.assertEqual(table.state(), ("new", "new"))

    def test_standard_input_that_is_to_be_read(self):
        table = self.table("good")
        for command in (["add", "--from", "-"], ["fingerprint", "-"]):
            with self.subTest(command=command):
                done = self.run_one(table, command, preexec_fn=lambda: os.close(0))
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("cannot read", done.stderr)

    def test_nobody_reads_the_messages(self):
        """A pipe whose reader is gone does not stop a change."""
        table = self.table("good")
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(table.relayctl("add", "--fingerprint", fingerprint(9), "new.example"),
                              stdin=subprocess.DEVNULL, stdout=write, stderr=write, timeout=60)
        os.close(write)
        self.assertEqual((done.returncode, table.state()), (0, ("new", "new")))


class TooLittle(InheritedCase):
    """Limits that leave too little: a message of ours, or the whole."""

    LIMITS = ([dict(NOFILE=number)
               for number in range(4, 13)] + [dict(FSIZE=size) for size in (0, 100)] +
              [dict(STACK=256 << 10), dict(CORE=0)])

    def least_memory(self, table):
        """Returns the least address space, in bytes, in which the system's loader comes to its end,
        and with it what is ours begins. The loader says what it cannot map, or dies of it."""
        for kibibytes in range(8 << 10, 1 << 20, 32):
            limit = kibibytes << 10
            done = self.run_one(table, ["--version"], preexec_fn=limited(AS=limit))
            loaded = "error while loading shared libraries" not in done.stderr
            if loaded and (done.returncode != -signal.SIGSEGV or done.stdout + done.stderr):
                return limit
        self.fail("it does not start")

    def test_whole_or_an_error_of_ours(self):
        table = self.table("good")
        least = self.least_memory(table)
        step, count = (64 << 10, 160) if harness.LONG else (96 << 10, 8)
        memory = [dict(AS=least + step * number) for number in range(count)]
        memory += [dict(AS=least + (mebibytes << 20)) for mebibytes in (1, 2, 4, 8)]
        for command in self.commands(table):
            table.reset()
            expected = self.run_one(table, command)
            for limits in memory + self.LIMITS:
                with self.subTest(command=command, limits=limits):
                    table.reset()
                    done = self.run_one(table, command, preexec_fn=limited(**limits))
                    self.assert_whole_or_error(done, expected)

    def assert_whole_or_error(self, done, expected):
        self.assertNotIn("terminate", done.stderr)
        if done.returncode == expected.returncode and done.returncode == 0:
            self.assertEqual(done.stdout, expected.stdout)
        else:
            self.assertIn(done.returncode, range(1, 7), done.stderr)
            self.assertRegex(
                done.stdout + done.stderr,
                "relayctl: |Too many open files|map-unreadable")  # verify makes a finding of it

    def test_no_processes(self):
        """As somebody else, since root has no such limit."""
        table = self.table("good")
        for path in (table.directory, self.directory):
            os.chmod(path, 0o777)

        def as_somebody():  # of whom no other test has a process
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
            os.setgid(61234)
            os.setuid(61234)

        for command in (["list"],
                        ["verify"],
                        ["remove", "host2.example", "--insecure-directory"],
                        ["rebuild", "--insecure-directory"],
                        ["--version"]):
            with self.subTest(command=command):
                done = self.run_one(table, command, preexec_fn=as_somebody)
                self.assertNotIn("terminate", done.stderr)
                self.assertIn(done.returncode, range(0, 7), done.stderr)
                if command != ["--version"]:
                    self.assertNotEqual(done.returncode, 0)
                    self.assertRegex(done.stderr, "cannot run: Resource temporarily unavailable")
        self.assertEqual(table.state(), ("old", "old"))


class TooSlow(InheritedCase):
    """A postmap that does not end is stopped, and what it started; the table stays as it was."""

    def test_lookups(self):
        table = self.table("good")
        self.write_postmap(
            'case "$*" in *-q*|*-s*) echo $$ >> {0}/started; sleep 600 & echo $! >> {0}/started; '
            "wait;; esac".format(self.directory))
        for command, status in ((["verify"], 1), (["remove", "host2.example"], 4)):
            with self.subTest(command=command):
                table.reset()
                done = self.run_one(table, command)
                self.assertEqual(done.returncode, status, done.stdout + done.stderr)
                self.assertIn("gave no sign of life for 10 seconds", done.stdout + done.stderr)
                self.assertEqual(table.state(), ("old", "old"))
                self.assertEqual(table.leftovers(), [])
        with open(os.path.join(self.directory, "started")) as started:
            for pid in started.read().split():
                self.assertFalse(
                    os.path.exists("/proc/%s" % pid)
                    and open("/proc/%s/stat" % pid).read().split()[2] != "Z")

    def test_completion(self):
        table = self.table("good")
        with open(table.path, "w") as out:
            out.write("")
        os.unlink(table.path)
        os.mkfifo(table.path)
        done = self.run_one(table, ["complete", "listed", "h"])
        self.assertEqual(done.stdout, "")


class TestClock(InheritedCase):

    def test_only_by_its_own_name(self):
        table = self.table("good")
        with open(table.path, "a") as out:
            out.write("# relayctl: key retire-after=2030-01-01T00:00:00Z\n%s late.example\n" %
                      fingerprint(8))
        later = str(2_000_000_000)
        environment = {"SOURCE_DATE_EPOCH": later, "RELAYCTL_TEST_CLOCK": ""}
        self.assertIn("nothing is expired or retired",
                      self.run_one(table, ["prune", "--yes"], env=environment).stderr)
        self.assertIn(
            "late.example",
            self.run_one(table, ["prune", "--yes", "-n"],
                         env={"RELAYCTL_TEST_CLOCK": later}).stderr)

    def test_what_is_no_time(self):
        table = self.table("good")
        for clock in ("9223372036854775807", "-9223372036854775808", "253402300800", "-62167219201",
                      "x", "1.5", " 1", "1 "):
            with self.subTest(clock=clock):
                done = self.run_one(table, ["prune", "--yes"], env={"RELAYCTL_TEST_CLOCK": clock})
                self.assertEqual(done.returncode, 2)
                self.assertIn("RELAYCTL_TEST_CLOCK", done.stderr)

    def test_no_time_behind_the_last_year(self):
        table = self.table("good")
        done = self.run_one(table,
                            ["rotate", "host1.example", self.certificate(), "--grace", "5000w"],
                            env={"RELAYCTL_TEST_CLOCK": "253402300799"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("9999", done.stderr)
        self.assertEqual(table.state(), ("old", "old"))

    def certificate(self):
        return certs.Client(self.directory, "new.example").cert


if __name__ == "__main__":
    harness.main()
