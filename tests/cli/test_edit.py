#!/usr/bin/env python3
"""edit: the table in an editor, judged before it is published.

The editors are scripts of sh, which get the copy as $1. The classes of cases are for all kinds of
tables; tests/fleet/test_edit.py runs them on rows."""

import fcntl
import json
import os
import pty
import pwd
import re
import shutil
import signal
import subprocess
import tempfile

from support import harness, running, terminal
from support.table_case import TableCase, fp


class EditCases:

    def editor(self, script):
        """The environment with an editor that does this to the copy."""
        path = os.path.join(self.directory, "tools", "editor")  # where snapshot() does not look
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.write('#!/bin/sh\nset -e\necho "${1%%/*}" >> %s.copies\n%s' % (path, script), path)
        os.chmod(path, 0o755)
        return {"EDITOR": path, "VISUAL": "", "SUDO_USER": ""}

    def copies(self):
        """The directories that editor() has got."""
        return self.read(os.path.join(self.directory, "tools", "editor.copies")).decode().split()

    def edit(self, script, *args, check=0, **options):
        return self.run_it("edit", *args, check=check, env=self.editor(script), **options)

    def assert_no_copy(self):
        self.assertEqual([copy for copy in self.copies() if os.path.lexists(copy)], [])

    def test_entries_come_go_and_change(self):
        self.put((fp(1), "a.example"), (fp(2), "b.example"), (fp(3), "c.example"))
        changed = json.loads(
            self.edit("sed -i -e '/a.example/d' -e 's/b.example/bb.example/' $1\n"
                      "echo '%s d.example' >> $1\n" % fp(4), "--json").stdout)
        self.assertEqual([[entry["host"] for entry in changed[name]]
                          for name in ("removed", "added")],
                         [["a.example", "b.example"], ["bb.example", "d.example"]])
        self.assertEqual(self.has(), {fp(2): "bb.example", fp(3): "c.example", fp(4): "d.example"})
        self.assertEqual([self.in_map(fp(n)) for n in (1, 2, 3, 4)],
                         [None, "bb.example", "c.example", "d.example"])
        self.assert_others_stay()
        self.assert_no_copy()

    def test_it_is_one_record_which_undo_takes_back(self):
        entries = ((fp(1), "a.example", "cert CN=a until=2027-05-31 owner=Anna note=n"),
                   (fp(2), "b.example"), (fp(3), "c.example", "note=three"))
        self.put(*entries)
        self.edit("sed -i -e '/b.example/d' -e 's/c.example/cc.example/' -e 's/Anna/Otto/' -e "
                  "s/2027-05-31/2027-06-30/ $1\necho '%s d.example' >> $1\n" % fp(4))
        self.assertEqual([change["command"] for change in self.history()], ["edit"])
        self.edit("exit 0\n")
        self.edit("echo '%s' >> $1\n" % fp(5), check=1)
        self.assertEqual(len(self.history()), 1)
        self.run_it("undo")
        self.assert_as_put(*entries)

    def history(self):
        return json.loads(self.run_it("history", "--json").stdout)["changes"]

    def test_annotations_are_edited_as_well(self):
        self.put((fp(1), "a.example", "cert CN=a added=2026-01-01 by=anna note=old"))
        self.edit("sed -i 's/note=old/note=new owner=Otto/' $1\n")
        entry, = json.loads(self.run_it("list", "--json").stdout)["entries"]
        self.assertEqual([entry[k] for k in ("kind", "subject", "by", "note", "owner")],
                         ["cert", "CN=a", "anna", "new", "Otto"])

    def test_nothing_edited_is_nothing_changed(self):
        self.put((fp(1), "a.example"))
        self.run_it("rebuild")
        before = self.snapshot()
        for script in ("exit 0\n", "cp $1 $1.new; mv $1.new $1\n"):
            self.assertFalse(json.loads(self.edit(script, "--json").stdout)["changed"])
        self.assertEqual(self.snapshot(), before)
        self.assert_no_copy()

    def test_an_editor_that_fails_changes_nothing(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        for script, reason in (("echo x >> $1; exit 3\n", "ended with status 3"),
                               ("echo x >> $1; kill -9 $$\n", "ended by signal 9")):
            said = self.edit(script, check=1).stderr
            self.assertIn(reason, said)
            self.assertIn(self.UNCHANGED, said)
        self.assertEqual(self.snapshot(), before)
        self.assert_no_copy()

    def test_no_editor_is_said(self):
        self.put((fp(1), "a.example"))
        self.assertIn("no such program",
                      self.run_it("edit", check=3, env={"EDITOR": "no-such-editor"}).stderr)

    def test_without_a_terminal_an_editor_has_to_be_named(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        said = self.run_it("edit", check=2, env={"EDITOR": "", "VISUAL": "", "SUDO_USER": ""})
        self.assertIn("there is no terminal for an editor, ", said.stderr)
        self.assertEqual(self.snapshot(), before)

    def test_errors_without_a_terminal_end_it(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        result = self.edit("echo '%s' >> $1\n" % fp(2), check=1)
        self.assertRegex(result.stderr, r"(?m)^line \d+: error: .*\[missing-value\]$")
        self.assertIn("nothing was changed", result.stderr)
        self.assertEqual(self.snapshot(), before)
        self.assert_no_copy()

    def test_an_emptied_copy_is_an_error(self):
        self.put((fp(1), "a.example"), (fp(2), "b.example"))
        before = self.snapshot()
        for script in (": > $1\n", "echo '# nobody' > $1\n"):
            self.assertIn("[source-empty]", self.edit(script, check=1).stderr)
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.at_terminal(": > $1\n", "p\n")[1], 0)
        self.assertEqual(self.has(), {})
        self.assert_no_copy()

    def test_what_is_no_text_is_not_published_anyway(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        for script in ("head -c 3000 /dev/zero >> $1\n", "printf -- '-----BEGIN X-----\\n' > $1\n",
                       "printf '\\377\\376a\\000' > $1\n"):
            shown, status = self.at_terminal(script, "p\n", columns=0)
            self.assertEqual(status, 3, shown)
            self.assertIn("the edited text: is ", shown)
            kept = re.search(r"what you have edited is in (\S+)", shown).group(1)
            shutil.rmtree(os.path.dirname(kept))
        self.assertEqual(self.snapshot(), before)

    def test_what_is_no_file_any_more_is_not_published(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        for script in ("rm $1\n", "rm $1; ln -s /etc/passwd $1\n", "rm $1; mkfifo $1\n",
                       "rm $1; mkdir $1\n", "rm -r ${1%/*}\n", "ln $1 $1.kept; rm $1\n",
                       "mv ${1%/*} ${1%/*}.kept; ln -s ${1%/*}.kept ${1%/*}\n"):
            with self.subTest(script=script):
                said = self.edit("sed -i s/a.ex/b.ex/ $1; " + script, check=None)
                self.assertIn(said.returncode, (3, 6), said.stderr)
                self.assertIn(self.UNCHANGED, said.stderr)
                self.assertEqual(self.snapshot(), before)
        for copy in self.copies():
            if os.path.islink(copy):
                os.unlink(copy)
            for left in (copy, copy + ".kept"):
                shutil.rmtree(left, ignore_errors=True)

    def test_words_in_front_of_the_file(self):
        self.put((fp(1), "a.example"))
        environment = self.editor('[ "$1" = "-x y" ] && [ "$2" = z ] && sed -i s/a.ex/b.ex/ "$3"\n')
        environment["EDITOR"] += " '-x y' z"
        self.run_it("edit", env=environment)
        self.assertEqual(self.has(), {fp(1): "b.example"})

    def test_visual_comes_first(self):
        self.put((fp(1), "a.example"))
        environment = self.editor("sed -i s/a.ex/b.ex/ $1\n")
        environment.update(VISUAL=environment["EDITOR"], EDITOR="false")
        self.run_it("edit", env=environment)
        self.assertEqual(self.has(), {fp(1): "b.example"})

    def test_the_copy_is_private_and_the_editor_has_its_environment(self):
        self.put((fp(1), "a.example"))
        seen = os.path.join(self.directory, "seen")
        environment = self.editor(
            'stat -c "%%a %%u" "$1" "${1%%/*}" > %s; echo "$COLOUR" >> %s\n' % (seen, seen))
        self.run_it("edit", env={**environment, "COLOUR": "blue"})
        self.assertEqual(self.read(seen).decode().splitlines(),
                         ["600 %d" % os.geteuid(), "700 %d" % os.geteuid(), "blue"])

    def test_a_dry_run_shows_it(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        shown = self.edit("sed -i s/a.ex/b.ex/ $1\n", "-n").stdout
        self.assertIn("-%s a.example\n+%s b.example\n" % (self.in_text(fp(1)), self.in_text(fp(1))),
                      shown)
        self.assertEqual(self.snapshot(), before)

    def in_text(self, key):
        return key

    def at_terminal(self, script, answer, columns=100):
        """(what was shown, status), where somebody can be asked."""
        return terminal.run([harness.RELAYCTL, "-c", self.config, "edit"], columns=columns,
                            can_ask=True, answer=answer, color=False, **self.editor(script))

    def test_edit_again(self):
        self.put((fp(1), "a.example"))
        again = os.path.join(self.directory, "again")
        shown, status = self.at_terminal(
            "if [ -e %s ]; then sed -i 's/ $/ b.example/' $1; "
            "else touch %s; echo '%s ' >> $1; fi\n" % (again, again, fp(2)), "e\n")
        self.assertEqual(status, 0, shown)
        self.assertIn("what now?", shown)
        self.assertEqual(self.has(), {fp(1): "a.example", fp(2): "b.example"})
        self.assert_no_copy()

    def test_give_up(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        for answer in ("g\n", "\nq\n", "\x04"):  # Ctrl-D
            shown, status = self.at_terminal("echo '%s' >> $1\n" % fp(2), answer)
            self.assertEqual(status, 1, shown)
        self.assertEqual(self.snapshot(), before)
        self.assert_no_copy()

    def test_a_signal_at_the_question(self):
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [harness.RELAYCTL, "-c", self.config, "edit"], stdin=slave, stdout=slave, stderr=slave,
            env={**os.environ, **self.editor("echo '%s' >> $1\n" % fp(2))})
        os.close(slave)
        shown = b""
        while b"what now?" not in shown:
            shown += os.read(master, 65536)
        process.send_signal(signal.SIGTERM)
        shown += terminal.everything(master)
        os.close(master)
        self.assertEqual(process.wait(), -signal.SIGTERM)
        self.assertEqual(self.snapshot(), before)
        kept = re.search(r"what you have edited is in (\S+)", shown.decode()).group(1)
        self.assertIn(fp(2), self.read(kept).decode())
        shutil.rmtree(os.path.dirname(kept))

    def test_what_an_editor_has_not_saved_survives_a_broken_connection(self):
        self.put((fp(1), "a.example"))
        master, slave = pty.openpty()
        environment = self.editor("trap 'kill $!; echo unsaved > $1.swp; exit 1' TERM\n"
                                  "sleep 60 & touch $0.runs; wait\n")
        process = subprocess.Popen([harness.RELAYCTL, "-c", self.config, "edit"], stdin=slave,
                                   stdout=slave, stderr=slave, env={**os.environ, **environment})
        os.close(slave)
        running.until(lambda: os.path.exists(environment["EDITOR"] + ".runs"), "no editor runs")
        process.send_signal(signal.SIGHUP)
        os.close(master)
        self.assertEqual(process.wait(timeout=30), -signal.SIGHUP)
        kept, = self.copies()
        name = os.path.join(kept, os.path.basename(self.path))
        self.assertEqual(self.read(name + ".swp"), b"unsaved\n")
        self.assertIn(fp(1), self.read(name).decode().upper())
        shutil.rmtree(kept)

    def test_behind_sudo_it_is_the_users_editor(self):
        harness.skip(None if os.geteuid() == 0 else "only root runs it for others")
        user = pwd.getpwnam("nobody")
        self.put((fp(1), "a.example"))
        # Where nobody can come, unlike the test's own directory.
        place = tempfile.mkdtemp(prefix="relayctl-editor-")
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o777)
        path, seen = os.path.join(place, "editor"), os.path.join(place, "seen")
        self.write('#!/bin/sh\nid -u > %s; id -G >> %s; echo "$HOME $USER $LOGNAME" >> %s\n'
                   'stat -c "%%a %%u" "$1" "${1%%/*}" >> %s; sed -i s/a.ex/b.ex/ "$1"\n'
                   'echo "${1%%/*}" > %s.copy\n' % (seen, seen, seen, seen, seen), path)
        os.chmod(path, 0o755)
        self.run_it("edit", env={"EDITOR": path, "VISUAL": "", "SUDO_USER": "nobody"})
        groups = subprocess.run(["id", "-G", "nobody"], capture_output=True, text=True).stdout
        self.assertEqual(self.read(seen).decode(), "%d\n%s%s nobody nobody\n600 %d\n700 %d\n" %
                         (user.pw_uid, groups, user.pw_dir, user.pw_uid, user.pw_uid))
        self.assertEqual(self.has(), {fp(1): "b.example"})
        self.assertFalse(os.path.lexists(self.read(seen + ".copy").decode().rstrip()))

    def test_a_users_link_shows_nothing_of_root(self):
        harness.skip(None if os.geteuid() == 0 else "only root runs it for others")
        self.put((fp(1), "a.example"))
        before = self.snapshot()
        secret = os.path.join(self.directory, "secret")
        self.write("%s secret.example\n" % fp(9), secret)
        os.chmod(secret, 0o600)
        place = tempfile.mkdtemp(prefix="relayctl-editor-")
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o777)
        path = os.path.join(place, "editor")
        environment = {"EDITOR": path, "VISUAL": "", "SUDO_USER": "nobody"}
        for script in ("rm $1; ln -s %s $1" % secret,
                       "d=${1%%/*}; mv $d $d.away 2> /dev/null || true; rm -f $1; mkfifo $1",
                       "rm $1; mkdir $1"):
            with self.subTest(script=script):
                self.write('#!/bin/sh\necho "${1%%/*}" > %s.copy\n%s\n' % (path, script), path)
                os.chmod(path, 0o755)
                result = self.run_it("edit", env=environment, check=None)
                self.assertNotEqual(result.returncode, 0)
                self.assertNotIn("secret.example", result.stdout + result.stderr)
                after = self.snapshot()
                after.pop("secret")
                self.assertEqual(after, before)
                copy = self.read(path + ".copy").decode().rstrip()
                for left in (copy, copy + ".away"):
                    shutil.rmtree(left, ignore_errors=True)


class Edit(EditCases, TableCase):

    def test_every_byte_is_the_editors(self):
        text = "# one\n\n%s a.example\n  # folded\n\t more\n# end without newline" % fp(1)
        self.write(text)
        self.edit("printf '%%s' '# two\n%s b.example\n\n#' > $1\n" % fp(2))
        self.assertEqual(self.read().decode(), "# two\n%s b.example\n\n#" % fp(2))
        self.assertEqual(self.in_map(fp(2)), "b.example")
        self.assertIsNone(self.in_map(fp(1)))

    def test_owner_and_mode_stay(self):
        self.put((fp(1), "a.example"))
        os.chmod(self.path, 0o640)
        self.edit("sed -i s/a.ex/b.ex/ $1\n")
        self.assertEqual(os.stat(self.path).st_mode & 0o7777, 0o640)

    def test_what_was_wrong_before_stops_nobody(self):
        self.write("%s a.example\n%s\n" % (fp(1), fp(2)))
        self.edit("sed -i s/a.ex/b.ex/ $1\n")
        self.assertEqual(self.read().decode(), "%s b.example\n%s\n" % (fp(1), fp(2)))

    def test_publish_anyway(self):
        self.put((fp(1), "a.example"))
        shown, status = self.at_terminal("echo '%s' >> $1\n" % fp(2), "x\np\n")
        self.assertEqual(status, 0, shown)
        self.assertEqual(shown.count("what now?"), 2)
        self.assertTrue(self.read().decode().endswith("%s\n" % fp(2)))
        self.assertEqual(self.in_map(fp(1)), "a.example")

    def test_only_comments(self):
        self.put((fp(1), "a.example"))
        self.edit("sed -i 's/# mine/# ours/' $1\n")
        self.assertTrue(self.read().decode().startswith("# ours\n"))

    def test_who_asks_another_table_is_said(self):
        self.put((fp(1), "a.example"))
        other = "texthash:%s.other" % self.path
        master = os.path.join(self.config, "master.cf")
        self.write("smtp inet n - n - - smtpd\nsubmission inet n - n - - smtpd\n"
                   "  -o relay_clientcerts=%s\n" % other, master)
        os.utime(master, (1, 1))
        said = self.edit("sed -i s/a.ex/b.ex/ $1\n").stderr
        self.assertIn("note: submission/inet asks %s instead\n" % other, said)
        self.assertNotIn("asks", self.edit("exit 0\n").stderr)

    def test_the_lock_is_held_meanwhile(self):
        self.put((fp(1), "a.example"))
        go = os.path.join(self.directory, "go")
        os.mkfifo(go)
        process = subprocess.Popen(
            [harness.RELAYCTL, "-c", self.config, "edit"], stderr=subprocess.PIPE,
            env={**os.environ, **self.editor("read line < %s; sed -i s/a.ex/b.ex/ $1\n" % go)})
        with open(go, "w") as out:  # opens when the editor reads
            with open(self.path + ".lock") as lock:
                with self.assertRaises(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.assertIn("locked by process %d" % process.pid,
                          self.run_it("remove", "a.example", "--lock-timeout", "0",
                                      check=5).stderr)
            out.write("\n")
        self.assertEqual(process.wait(), 0, process.stderr.read())
        process.stderr.close()
        self.assertEqual(self.has(), {fp(1): "b.example"})

    def test_one_without_a_lock_has_saved_meanwhile(self):
        self.put((fp(1), "a.example"))
        said = self.edit("sed -i s/a.ex/b.ex/ $1; echo '%s c.example' >> %s\n" %
                         (fp(3), self.path), check=1).stderr
        self.assertIn("changed by somebody else", said)
        self.assertEqual(self.has(), {fp(1): "a.example", fp(3): "c.example"})

    def test_root_runs_no_editor_of_others(self):
        harness.skip(None if os.geteuid() == 0 else "only root is so careful")
        self.put((fp(1), "a.example"))
        environment = self.editor("sed -i s/a.ex/b.ex/ $1\n")
        os.chown(environment["EDITOR"], pwd.getpwnam("nobody").pw_uid, -1)
        self.assertIn("root does not run it", self.run_it("edit", env=environment, check=5).stderr)
        self.assertEqual(self.has(), {fp(1): "a.example"})

    def test_no_table(self):
        self.assertIn("no such file", self.edit("echo x > $1\n", check=3).stderr)
        self.assertFalse(os.path.exists(self.path))

    def test_killed_while_the_editor_runs(self):
        self.put((fp(1), "a.example"))
        before = self.read()
        process = subprocess.Popen(
            [harness.RELAYCTL, "-c", self.config, "edit"], stderr=subprocess.DEVNULL,
            env={**os.environ, **self.editor("touch %s.seen; exec sleep 60\n" % self.path)})
        running.until(lambda: os.path.exists(self.path + ".seen"), "the editor does not run")
        process.terminate()
        self.assertEqual(process.wait(timeout=30), -signal.SIGTERM)
        self.assertEqual(self.read(), before)
        self.run_it("remove", "a.example", "--lock-timeout", "0")
        self.assert_no_copy()


if __name__ == "__main__":
    harness.main()
