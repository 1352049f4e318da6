#!/usr/bin/env python3
"""The reader of the mail log against logs that a generator made together with what is true of
them: interleaved sessions, lost lines, restarts, the end of a year, both forms of stamps, all
wordings, rotated and compressed files, and reading on where the last reading ended."""

import gzip
import json
import lzma
import os
import random
import shutil
import subprocess
import time

from support import harness, mail_log_model

LOGS = 400 if harness.LONG else 40
NEW_YEAR = 1798761600  # 2027-01-01T00:00:00Z
COMPRESSORS = {".gz": gzip.compress, ".xz": lzma.compress, ".bz2": None, ".zst": None}


class Case(harness.Case):

    def setUp(self):
        self.directory = self.temporary_directory("relayctl-log-")
        self.rng = random.Random(harness.seed())

    def path(self, name):
        return os.path.join(self.directory, name)

    def dump(self, *args, check=0, **options):
        done = harness.run([harness.DUMP_SIGHTINGS, *args], **options)
        self.assertEqual(done.returncode, check, done.stderr)
        return done

    def read(self, *args, zone="UTC", **options):
        """(the sightings, the lines about the log)."""
        return mail_log_model.reported(self.dump(*args, env={"TZ": zone}, **options).stdout)

    def write(self, lines, form, name="mail.log"):
        """A file that was written to when its last line came."""
        path = self.path(name)
        mail_log_model.write(lines, form, path)
        kept = [line.when for line in lines if not line.is_lost]
        if kept:
            os.utime(path, (kept[-1], kept[-1]))
        return path

    def compress(self, path, ending):
        if COMPRESSORS[ending]:
            with open(path, "rb") as source, open(path + ending, "wb") as out:
                out.write(COMPRESSORS[ending](source.read()))
            shutil.copystat(path, path + ending)
        else:
            program = {".zst": ["zstd", "-q"], ".bz2": ["bzip2", "-k"]}[ending]
            harness.need(program[0])
            subprocess.run([*program, path], check=True)
        os.unlink(path)
        return path + ending

    def same(self, found, expected, hint):
        if found != expected:
            missing = [one for one in expected if one not in found]
            false = [one for one in found if one not in expected]
            self.fail("%s, seed %d:\nmissing %s\nfalse %s" %
                      (hint, harness.seed(), missing[:3], false[:3]))


class Model(Case):

    def test_every_form(self):
        for number in range(LOGS):
            form = self.rng.choice(list(mail_log_model.FORMS))
            mode = self.rng.choice(("told", "told", "untold", "debug"))
            log = mail_log_model.Log(self.rng, mode=mode)
            path = self.write(log.lines, form)
            table = ["--table", "debug:" + log.table] if log.table else []
            found, about = self.read(path, *table)
            expected = log.expected()
            self.same(found, expected, "log %d, %s, %s" % (number, form, mode))
            counts = {line[1]: [int(line[2]), int(line[4]), int(line[5])]
                      for line in about if line[0] == "service"}
            self.assertEqual(counts, log.counts())
            self.assertEqual(about[-1][4],
                             {"told": "yes", "untold": "no", "debug": "yes"}[mode])

    def test_lost_lines(self):
        for number in range(LOGS):
            form = self.rng.choice(list(mail_log_model.FORMS))
            log = mail_log_model.Log(self.rng, losing=self.rng.choice((0.02, 0.2, 0.6)))
            begin, end = sorted(self.rng.randrange(len(log.lines)) for _ in "12")
            if self.rng.random() < 0.5:  # cut off at both ends
                for line in log.lines[:begin] + log.lines[end:]:
                    line.is_lost = True
            self.same(self.read(self.write(log.lines, form))[0], log.expected(),
                      "log %d, %s" % (number, form))

    def test_the_end_of_a_year(self):
        for number in range(LOGS):
            form = self.rng.choice(list(mail_log_model.FORMS))
            zone = self.rng.choice(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"))
            span = self.rng.choice((7200, 40 * 86400, 3 * 366 * 86400))
            start = NEW_YEAR - self.rng.randrange(span)
            os.environ["TZ"] = zone
            time.tzset()
            self.addCleanup(time.tzset)
            self.addCleanup(os.environ.pop, "TZ", None)
            # Sessions at the hour that a clock shows twice are tested elsewhere.
            log = mail_log_model.Log(self.rng, start=start, span=span, sessions=120)
            twice = [line for line in log.lines
                     if time.localtime(line.when - 3600)[:5] == time.localtime(line.when)[:5]
                     or time.localtime(line.when + 3600)[:5] == time.localtime(line.when)[:5]]
            if twice:
                continue
            self.same(self.read(self.write(log.lines, form), zone=zone)[0], log.expected(),
                      "log %d, %s, %s, from %d" % (number, form, zone, start))

    def test_a_large_one(self):
        """Many pieces, read by several threads."""
        log = mail_log_model.Log(self.rng, sessions=20000, span=86400 * 30)
        path = self.write(log.lines, "traditional")
        self.assertGreater(os.path.getsize(path), 10 << 20)
        expected = log.expected()
        self.same(self.read(path)[0], expected, "plain")
        with open(path) as source:
            self.same(self.read("-", input=source.read())[0], expected, "standard input")
        for ending in COMPRESSORS:
            packed = self.compress(self.write(log.lines, "traditional"), ending)
            self.same(self.read(packed)[0], expected, ending)
            os.unlink(packed)


class Files(Case):

    def rotated(self, log, form, pieces):
        """The log in files of which the newest is the first."""
        cuts = sorted(self.rng.sample(range(1, len(log.lines)), pieces - 1))
        parts = [log.lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(log.lines)])]
        paths = []
        for number, part in enumerate(reversed(parts)):
            path = self.write(part, form, "mail.log" + (".%d" % number if number else ""))
            if number >= 2:
                path = self.compress(path, self.rng.choice(list(COMPRESSORS)))
            paths.append(path)
        return paths

    def test_in_any_order(self):
        for form in mail_log_model.FORMS:
            log = mail_log_model.Log(self.rng, start=NEW_YEAR - 5 * 86400, span=30 * 86400)
            paths = self.rotated(log, form, 5)
            found = self.read("--maillog", self.path("mail.log"))[0]
            self.same(found, log.expected(), form)
            self.rng.shuffle(paths)
            self.same(self.read(*paths)[0], log.expected(), form)
            linked = self.path("linked")
            os.symlink(paths[0], linked)
            self.same(self.read(*paths, linked, paths[1])[0], log.expected(), "twice, " + form)
            shutil.rmtree(self.directory)
            os.mkdir(self.directory)

    def test_reading_on(self):
        """Whatever is written, rotated, compressed and removed between two readings: each sighting
        is told once, and no line is read twice."""
        for number in range(LOGS):
            shutil.rmtree(self.directory)
            os.mkdir(self.directory)
            form = self.rng.choice(list(mail_log_model.FORMS))
            log = mail_log_model.Log(self.rng, start=NEW_YEAR - 43200)
            state, live = self.path("state"), self.path("mail.log")
            told, done, begun = [], 0, 0
            open(live, "w").close()
            while done < len(log.lines):
                step = self.rng.choice((0, 1, 10, 100, 300))
                part = log.lines[begun:done + step]
                done = min(done + step, len(log.lines))
                if part:
                    self.write(part, form)
                found, about = self.read("--maillog", live, "--position", state, "--keep")
                told += found
                again, more = self.read("--maillog", live, "--position", state, "--keep")
                self.assertEqual(again, [], (number, form))
                self.assertEqual(sum(int(l[4]) for l in more if l[0] == "source"), 0)
                if part and self.rng.random() < 0.3:
                    self.rotate()
                    begun = done
            told += self.read("--maillog", live, "--position", state)[0]
            self.same(sorted(told), log.expected(), "log %d, %s" % (number, form))

    def rotate(self):
        """As logrotate does it with delaycompress."""
        old = sorted((int(name.split(".")[2]), name) for name in os.listdir(self.directory)
                     if name.startswith("mail.log."))
        for number, name in reversed(old):
            path = self.path(name)
            if number == 1:
                path = self.compress(path, self.rng.choice(list(COMPRESSORS)))
                name = os.path.basename(path)
            os.rename(path, self.path(name.replace(".%d" % number, ".%d" % (number + 1), 1)))
        os.rename(self.path("mail.log"), self.path("mail.log.1"))
        open(self.path("mail.log"), "w").close()

    def test_a_position_that_is_lost(self):
        """The log was edited, or replaced: what is newer counts, and nothing twice."""
        log = mail_log_model.Log(self.rng)
        half = len(log.lines) // 2
        path, state = self.write(log.lines[:half], "rfc3339"), self.path("state")
        first = self.read(path, "--position", state)[0]
        last = log.lines[half - 1].when
        self.write([log.lines[0]] + log.lines[2:], "rfc3339")  # a line is gone
        second, about = self.read(path, "--position", state)
        self.assertEqual(about[-1][5], "begun")
        self.assertTrue(all(one[0] > last for one in second))
        everything = log.expected()
        self.assertTrue(all(one in everything or one[0] <= last for one in second))

    def test_copied_and_truncated(self):
        log = mail_log_model.Log(self.rng)
        third = len(log.lines) // 3
        path, state = self.write(log.lines[:third], "traditional"), self.path("state")
        told = self.read("--maillog", path, "--position", state, "--keep")[0]
        self.write(log.lines[:2 * third], "traditional", "mail.log.1")
        self.write(log.lines[2 * third:], "traditional")
        told += self.read("--maillog", path, "--position", state)[0]
        self.same(sorted(told), log.expected(), "copytruncate")

    def test_a_line_without_its_end(self):
        log = mail_log_model.Log(self.rng)
        path, state = self.path("mail.log"), self.path("state")
        mail_log_model.write(log.lines, "rfc3339", path)
        with open(path, "rb") as source:
            content = source.read()
        told = []
        for end in sorted(self.rng.sample(range(len(content)), 20)) + [len(content)]:
            with open(path, "wb") as out:
                out.write(content[:end])
            told += self.read(path, "--position", state, "--keep")[0]
        told += self.read(path, "--position", state)[0]
        self.same(sorted(told), log.expected(), "cut anywhere")

    def test_what_is_refused(self):
        for argument, said in (("none", "no such file"), ("", "a directory")):
            self.assertIn(said, self.dump(self.path(argument), check=1).stderr)
        damaged = self.path("damaged.gz")
        with open(damaged, "wb") as out:
            out.write(gzip.compress(os.urandom(100000))[:50000])
        self.assertIn("cannot be decompressed", self.dump(damaged, check=1).stderr)
        with open(self.path("empty"), "wb"), gzip.open(self.path("empty.gz"), "wb"):
            pass
        self.assertEqual(self.read(self.path("empty"), self.path("empty.gz"))[0], [])
        self.assertIn("--log -", self.dump("--maillog", "/dev/stdout", check=1).stderr + "--log -")

    def test_a_pipe(self):
        log = mail_log_model.Log(self.rng)
        path = self.write(log.lines, "rfc3339")
        done = subprocess.run(["bash", "-c", '"$1" <(cat "$2")', "-", harness.DUMP_SIGHTINGS, path],
                              capture_output=True, text=True, timeout=60, check=True)
        self.same(mail_log_model.reported(done.stdout)[0], log.expected(), "a pipe")


class Journal(Case):

    def test_entries(self):
        log = mail_log_model.Log(self.rng)
        path = self.path("journal")
        with open(path, "w") as out:
            for number, line in enumerate(log.lines):
                entry = {"__CURSOR": "s=%d" % number, "_HOSTNAME": line.origin[0],
                         "__REALTIME_TIMESTAMP": str(line.when * 1000000 + number),
                         "SYSLOG_IDENTIFIER": line.origin[1], "MESSAGE": line.message,
                         "_PID": str(line.pid)}
                if self.rng.random() < 0.3:
                    entry["MESSAGE"] = list(line.message.encode())
                out.write(json.dumps(entry) + "\n")
        self.same(self.read(path)[0], log.expected(), "a file of entries")
        self.by_journalctl(path, log)

    def by_journalctl(self, entries, log):
        """A journalctl of our own, where the log is nowhere else; in a mount namespace."""
        program, state = self.path("journalctl"), self.path("state")
        with open(program, "w") as out:
            out.write("#!/bin/sh\nfor w; do\n"
                      "case $w in --after-cursor=s=*) n=$((${w##*=s=} + 2)) ;; esac\ndone\n"
                      'echo "$*" > %s.args\ntail -n +${n:-1} %s\n' % (program, entries))
        os.chmod(program, 0o755)
        hidden = ["unshare", "-m", "sh", "-c",
                  "mount -t tmpfs tmpfs /var/log && mount --bind %s /usr/bin/journalctl && "
                  'exec "$@"' % program, "sh"]
        harness.skip("no journalctl" if not os.path.exists("/usr/bin/journalctl") else None)
        harness.skip("no mount namespaces" if harness.run([*hidden, "true"]).returncode else None)
        done = harness.run([*hidden, harness.DUMP_SIGHTINGS, "--position", state])
        self.assertEqual(done.returncode, 0, done.stderr)
        found, about = mail_log_model.reported(done.stdout)
        self.same(found, log.expected(), "journalctl")
        self.assertEqual(about[0][:2], ["source", "journal"])
        words = harness.read_text(program + ".args")
        self.assertIn("-o json", words)
        self.assertIn("SYSLOG_FACILITY=2", words)
        done = harness.run([*hidden, harness.DUMP_SIGHTINGS, "--position", state])
        self.assertEqual(mail_log_model.reported(done.stdout)[0], [], "nothing new")


if __name__ == "__main__":
    harness.main()
