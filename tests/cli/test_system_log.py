#!/usr/bin/env python3
"""The audit trail: one line in the system log for each change of an entry, and for what was refused
or failed."""

import fcntl
import os
import re
import shlex

from support import harness, system_log
from support.system_log import MAIL, NOTICE, WARNING
from support.table_case import TableCase, fp


class LogCases:
    """Beside a case with a table; tests/fleet/test_system_log.py has rows."""

    @classmethod
    def setUpClass(cls):
        harness.skip(system_log.why_not())
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.log = system_log.SystemLog()
        self.addCleanup(self.log.close)

    def logged(self, *args, check=0, env=None, log=None):
        """The lines of a command, as (priority, text without the number of the process)."""
        log = log or self.log
        command = [harness.RELAYCTL, "-c", self.config, *args]
        done = harness.run(log.around(*command), env={"SUDO_USER": "", **(env or {})})
        if check is not None:
            self.assertEqual(done.returncode, check, done.stderr)
        lines = log.lines()
        for _, line in lines:
            self.assertRegex(line, rb"^relayctl\[\d+\]: ")
        return [(priority, line.decode().partition("]: ")[2]) for priority, line in lines]

    def start(self, command):
        """What a line about an entry begins with."""
        return "%s: by=root, table=%s, " % (command, self.table)


class Trail(LogCases, TableCase):

    def test_each_changed_entry_is_one_line(self):
        self.put()
        self.assertEqual(
            self.logged("add", "--fingerprint", fp(1), "zen.example"),
            [(MAIL | NOTICE, self.start("add") +
              "fingerprint=%s, host=zen.example, status=added" % fp(1))])
        self.assertEqual(
            self.logged("add", "--fingerprint", fp(1), "xen.example", "--replace"),
            [(MAIL | NOTICE, self.start("add") +
              "fingerprint=%s, host=xen.example, status=renamed, from=zen.example" % fp(1))])
        self.write("%s a.example\n%s b.example\n" % (fp(2), fp(3)), self.path + ".list")
        self.assertEqual([line.rpartition("fingerprint=")[2]
                          for _, line in self.logged("add", "--from", self.path + ".list")],
                         ["%s, host=a.example, status=added" % fp(2),
                          "%s, host=b.example, status=added" % fp(3)])
        self.assertEqual(
            self.logged("remove", "xen.example"),
            [(MAIL | NOTICE, self.start("remove") +
              "fingerprint=%s, host=xen.example, status=removed" % fp(1))])

    def test_who_came_by_sudo_is_named_and_as_whom(self):
        self.put()
        (_, line), = self.logged("add", "--fingerprint", fp(1), "zen.example",
                                 env={"SUDO_USER": "anna"})
        self.assertTrue(line.startswith("add: by=anna, as=root, table="), line)

    def test_what_changes_nothing_is_not_logged(self):
        self.put((fp(1), "zen.example"))
        self.run_it("rebuild")
        for command in (["add", "--fingerprint", fp(1), "zen.example"], ["list"], ["verify"],
                        ["add", "-n", "--fingerprint", fp(2), "xen.example"],
                        ["remove", "-n", "nobody.example"]):
            with self.subTest(command=command):
                self.assertEqual(self.logged(*command, check=1 if "nobody.example" in command else
                                             0), [])

    def test_what_was_refused_says_what_was_typed_and_why(self):
        self.put((fp(1), "zen.example"))
        (priority, line), = self.logged("remove", "nobody.example", check=1)
        self.assertEqual(priority, MAIL | WARNING)
        self.assertTrue(line.startswith("remove: by=root, words=\"-c "), line)
        self.assertIn("remove nobody.example\", status=refused, reason=\"", line)

    def test_what_makes_no_sense_is_refused_as_well(self):
        self.put((fp(1), "zen.example"), (fp(2), "xen.example"))
        for command in (["add", "--fingerprint", fp(3), "y.example", "--until", "2001-01-01"],
                        ["remove", "--all", "*.example"]):
            (priority, line), = self.logged(*command, check=2)
            self.assertEqual(priority, MAIL | WARNING)
            self.assertIn(", status=refused, reason=", line)

    def test_a_publication_that_fails_is_logged(self):
        self.put((fp(1), "zen.example"))
        for script, reason in (("echo 'postmap: fatal: it\nrains' >&2; exit 1\n", "it"),
                               ("exit 1\n", "postmap"), ("kill -9 $$\n", "signal 9")):
            self.run_it("rebuild")
            self.own_postmap(script)
            for command in (["add", "--fingerprint", fp(2), "xen.example"],
                            ["remove", "zen.example"]):
                with self.subTest(script=script, command=command):
                    (priority, line), = self.logged(*command, check=4)
                    self.assertEqual(priority, MAIL | WARNING)
                    self.assertRegex(line, "^%s: by=root, words=\".*\", status=failed, "
                                     "reason=\".*%s.*relay_clients unchanged\"$" %
                                     (command[0], reason))
            self.assertEqual(self.has(), {fp(1): "zen.example"})
            self.configure()

    def test_a_change_without_its_record_is_refused_and_logged(self):
        self.put((fp(1), "zen.example"))
        os.symlink("elsewhere", self.path + ".history")
        (priority, line), = self.logged("add", "--fingerprint", fp(2), "xen.example", check=5)
        self.assertEqual(priority, MAIL | WARNING)
        self.assertRegex(line, r"^add: by=root, words=.*, status=failed, reason=\".*\.history")
        (priority, line), = self.logged("remove", "zen.example")
        self.assertEqual((priority, line.rpartition(", ")[2]), (MAIL | NOTICE, "status=removed"))

    def test_undo(self):
        self.put((fp(1), "zen.example"))
        (priority, line), = self.logged("undo", check=1)
        self.assertEqual(priority, MAIL | WARNING)
        self.assertRegex(line, r"undo\", status=refused, reason=\"no change is on record")
        self.logged("remove", "zen.example")
        self.assertEqual(self.logged("undo", "--dry-run"), [])
        self.assertEqual(
            self.logged("undo"), [(MAIL | NOTICE, self.start("undo") +
                                   "fingerprint=%s, host=zen.example, status=added" % fp(1))])
        self.logged("add", "--fingerprint", fp(1), "xen.example", "--replace")
        (_, line), = self.logged("undo", "1", check=1)
        self.assertRegex(line, r"undo 1\", status=refused, reason=\"change 1: cannot be taken back")

    def test_edit(self):
        self.put((fp(1), "zen.example"), (fp(2), "xen.example"))
        self.run_it("rebuild")
        for script, status, expected in (
            ("exit 0", 0, []),
            ("sed -i -e /zen/d -e s/xen/yen/ $1", 0,
             ["status=removed", "status=renamed, from=xen.example"]),
            ("sed -i s/yen/nen/ $1; exit 3", 1, ["status=refused"]),
            (": > $1", 1, ["status=declined"]),
            ("kill -TERM $PPID; exec sleep 60", -15, ['status=failed, reason="interrupted: '])):
            with self.subTest(script=script):
                self.write("#!/bin/sh\n%s\n" % script, self.path + ".editor")
                os.chmod(self.path + ".editor", 0o755)
                lines = self.logged("edit", check=status,
                                    env={"VISUAL": "", "EDITOR": self.path + ".editor"})
                self.assertEqual(len(lines), len(expected), lines)
                for (_, line), end in zip(lines, expected):
                    self.assertTrue(line.startswith("edit: by=root, "), line)
                    self.assertIn(end, line)
        self.assertEqual(self.has(), {fp(2): "yen.example"})

    def test_what_failed_is_logged_as_failed(self):
        self.put((fp(1), "zen.example"))
        self.run_it("rebuild")
        with open(self.path + ".lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (priority, line), = self.logged("remove", "zen.example", "--lock-timeout", "0",
                                            check=5)
        self.assertEqual(priority, MAIL | WARNING)
        self.assertRegex(line, 'zen.example .*", status=failed, reason=".*locked by process')

    def test_a_map_made_of_what_somebody_wrote_is_logged(self):
        self.put((fp(1), "zen.example"))
        self.assertEqual(self.logged("rebuild"),
                         [(MAIL | NOTICE, self.start("rebuild") + "status=rebuilt")])

    def test_a_copy_is_one_line(self):
        self.put((fp(1), "zen.example"), (fp(2), "xen.example"))
        to = "texthash:" + self.path + ".copy"
        self.assertEqual(
            self.logged("copy", self.table, to),
            [(MAIL | NOTICE, "copy: by=root, table=%s, status=copied, from=%s, added=2, updated=0, "
              "removed=0" % (to, self.table))])

    def test_of_a_mass_the_rest_is_counted(self):
        self.put()
        with open(self.path + ".list", "w") as out:
            out.writelines("%064x h%d.example\n" % (n, n) for n in range(1, 1003))
        with self.log.read_meanwhile():
            lines = [line for _, line in self.logged("add", "--from", self.path + ".list")]
        self.assertEqual(len(lines), 1001)
        self.assertEqual(lines[-1], self.start("add") + "status=changed, more-entries=2")

    def test_a_daemon_that_takes_nothing_is_not_waited_for(self):
        self.put()
        with open(self.path + ".list", "w") as out:
            out.writelines("%064x h%d.example\n" % (n, n) for n in range(1, 1003))
        self.assertLess(len(self.logged("add", "--from", self.path + ".list")), 1001)
        self.assertEqual(len(self.has()), 1002)

    def test_nothing_steers_a_terminal_or_looks_like_another_field(self):
        self.put((fp(1), "zen.example"))
        evil = "anna\nrelayctl[1]: add: by=root\033[31m\u202e\udcff, status=added\"x"
        (_, line), = self.logged("remove", "zen.example", env={"SUDO_USER": evil})
        self.assertEqual(re.findall("[\x00-\x1f\x7f-\x9f\u202e]", line), [])
        self.assertTrue(line.startswith(
            r'remove: by="anna\x0arelayctl[1]: add: by=root\x1b[31m\xe2\x80\xae\xff, '
            r'status=added\x22x", as=root, table='), line)
        (_, line), = self.logged("remove", "zen\n\033.example", check=1)
        self.assertEqual(re.findall("[\x00-\x1f\x7f-\x9f]", line), [])

    def fields(self, line):
        """{name: value} of a line, as a program takes it apart."""
        pattern = re.compile(r'([a-z-]+)=("[^"]*"|[^", ]*)(?:, |$)')
        at, found = line.index(": ") + 2, {}
        while at < len(line):
            match = pattern.match(line, at)
            self.assertTrue(match, line[at:])
            self.assertNotIn(match[1], found)
            found[match[1]], at = match[2].strip('"'), match.end()
        return found

    def test_whatever_has_a_name_stays_one_field(self):
        """The host, the table, a file, a note, and what postmap says."""
        evil = ('x", status=added, by=root\033[2J\r\n\t\x7f\u0085\u202e\u2028\udcff%n\\',
                "status=added", 'a"', "a\\", "=,=", "\\x0a")
        for word in evil:
            with self.subTest(word=word):
                self.configure()
                host = re.sub("[\r\n\t\udcff]", "", word)  # else it is no entry
                self.write("%s %s\n" % (fp(1), host))
                lines = self.logged("remove", fp(1))
                lines += self.logged("add", "--note", word, "./" + word + ".pem", check=3)
                lines += self.logged("remove", word + ".absent", check=None)
                lines += self.logged("-t", "texthash:%s/%s" % (self.directory, word), "add",
                                     "--fingerprint", fp(2), "x.example", check=None)
                self.own_postmap("printf %%s %s >&2; exit 1\n" %
                                 shlex.quote("postmap: fatal: " + word))
                lines += self.logged("add", "--fingerprint", fp(2), "x.example", check=4)
                self.assertEqual(len(lines), 5, lines)
                for _, line in lines:
                    self.assertEqual(
                        re.findall("[^ -~\u00a0-\u024f]", line), [], line)
                    found = self.fields(line)
                    self.assertEqual(found["by"], "root")
                    self.assertIn(found["status"], ("removed", "added", "refused", "failed"))
                self.assertEqual(self.fields(lines[0][1])["status"], "removed")

    def test_a_label_with_blanks_stands_in_quotes(self):
        self.put()
        (_, line), = self.logged("add", "--fingerprint", fp(1), "--label", "Anna, 100 %s %n")
        self.assertIn('host="Anna, 100 %s %n", status=added', line)

    def test_no_syslog_and_no_daemon(self):
        self.put()
        self.assertEqual(self.logged("add", "--no-syslog", "--fingerprint", fp(1), "a.example"), [])
        self.assertEqual(self.logged("remove", "--no-syslog", "nobody.example", check=1), [])
        silent = system_log.SystemLog(listens=False)
        self.addCleanup(silent.close)
        self.assertEqual(self.logged("remove", "a.example", log=silent), [])
        self.assertEqual(self.has(), {})


if __name__ == "__main__":
    harness.main()
