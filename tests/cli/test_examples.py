#!/usr/bin/env python3
"""The files in docs/examples do what they say."""

import glob
import os
import re
import shlex
import shutil
import unittest

from support import harness
from cli.test_lifecycle import DAY, NOW, LifeCases, utc
from support.table_case import TableCase, fp

EXAMPLES = os.path.join(harness.SOURCE, "docs", "examples")


def example(name):
    with open(os.path.join(EXAMPLES, name)) as text:
        return text.read()


class ExampleCase(LifeCases, TableCase):

    def setUp(self):
        super().setUp()
        # As an administrator has it: relayctl in the path, and the instance by MAIL_CONFIG.
        self.bin = os.path.join(self.directory, "bin")
        os.mkdir(self.bin)
        os.symlink(harness.RELAYCTL, os.path.join(self.bin, "relayctl"))

    def shell(self, command, check=0, **variables):
        done = harness.run(
            ["sh", "-c", command],
            env={
                "PATH": self.bin + ":" + os.environ["PATH"], "MAIL_CONFIG": self.config,
                "RELAYCTL_TEST_CLOCK": str(NOW), **variables
            })
        self.assertEqual(done.returncode, check, done.stderr)
        return done

    def three_entries(self):
        self.write(
            self.entry(fp(1), "over.example", "cert expires=2027-01-01") +
            self.entry(fp(2), "soon.example", "cert expires=%s" % utc(NOW + 20 * DAY)) +
            self.entry(fp(3), "late.example", "cert expires=2030-01-01"))
        self.run_it("rebuild")


class Hook(ExampleCase):

    def test_certbot_and_lego_and_twice(self):
        old = self.client("old", subject="/CN=zen.example", days=400)
        new = self.client("new", subject="/CN=zen.example", days=500)
        lineage = os.path.join(self.directory, "live")
        os.mkdir(lineage)
        shutil.copy(new.cert, os.path.join(lineage, "cert.pem"))
        hook = shlex.quote(os.path.join(EXAMPLES, "renewal-hook"))
        for variables in ({"RENEWED_LINEAGE": lineage,
                           "RENEWED_DOMAINS": "zen.example www.zen.example"},
                          {"LEGO_CERT_DOMAIN": "zen.example", "LEGO_CERT_PATH": new.cert}):
            with self.subTest(variables=variables):
                self.write("")
                self.at(0, "add", old.cert, "zen.example")
                self.shell(hook, RELAYCTL="relayctl", **variables)
                self.assertEqual(self.json()[old.fingerprint()]["retire_after"],
                                 utc(NOW + 14 * DAY))
                self.assertIsNone(self.json()[new.fingerprint()]["retire_after"])
                before = self.snapshot()
                self.shell(hook, RELAYCTL="relayctl", **variables)
                self.assertEqual(self.snapshot(), before)
        self.assertNotEqual(
            harness.run(["sh", os.path.join(EXAMPLES, "renewal-hook")],
                        env={"RELAYCTL": "relayctl"}).returncode, 0)

    def test_a_name_that_a_remote_shell_would_run_goes_nowhere(self):
        mark = os.path.join(self.directory, "PWNED")
        remote = os.path.join(self.bin, "remote")  # as ssh does: its words become one command line
        self.write('#!/bin/sh\ntouch %s.asked\nexec sh -c "$*"\n' % mark, remote)
        os.chmod(remote, 0o755)
        certificate = self.client().cert
        for name in ("$(touch %s)" % mark, "x;touch %s" % mark, "x`touch %s`" % mark,
                     "x|touch %s" % mark, "-n", "*.example.org", "x\ntouch %s" % mark,
                     "x>%s" % mark):
            with self.subTest(name=name):
                self.shell(shlex.quote(os.path.join(EXAMPLES, "renewal-hook")), check=1,
                           RELAYCTL="remote relayctl", LEGO_CERT_DOMAIN=name,
                           LEGO_CERT_PATH=certificate)
                self.assertFalse(os.path.exists(mark) or os.path.exists(mark + ".asked"))


class Daily(ExampleCase):

    def cron_command(self, word):
        return next(
            line.split(None, 6)[6] for line in example("relayctl.cron").splitlines()
            if word in line and not line.startswith("#") and " root " in line)

    def test_cron_mails_what_expires(self):
        self.three_entries()
        said = self.shell(self.cron_command("list"))
        lines = said.stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines[:3]],
                         ["HOST", "over.example", "soon.example"])
        self.assertRegex(lines[1], "^over.example +expired [0-9]+ days ago +2027-01-01 ")
        self.assertEqual(lines[3:], [
            "", "To list a renewed certificate: relayctl -c %s rotate HOST CERT" % self.config,
            "To remove what is over: relayctl -c %s prune" % self.config
        ])
        self.assertEqual(said.stderr, "")
        self.write(self.entry(fp(3), "late.example", "cert expires=2030-01-01"))
        said = self.shell(self.cron_command("list"))
        self.assertEqual((said.stdout, said.stderr), ("", ""))

    def test_cron_and_timer_prune(self):
        service = re.search(r"^ExecStart=/usr/sbin/(.*)$", example("relayctl-prune.service"),
                            re.M).group(1)
        for command in (self.cron_command("prune"), service):
            self.three_entries()
            said = self.shell(command)
            if "--text" in command:
                self.assertEqual((said.stdout, said.stderr), (
                    "over.example: removed, expired on 2027-01-01; cert %s in %s\n"
                    "To take back what was removed from %s, which the next prune removes again "
                    "while it is over: relayctl -c %s undo %s -t %s\n" %
                    (fp(1), self.table, self.table, self.config, fp(1), self.table), ""))
            self.assertEqual(self.hosts(), ["soon.example", "late.example"])
            before = self.snapshot()
            said = self.shell(command)
            if "--text" in command:
                self.assertEqual((said.stdout, said.stderr), ("", ""))
            self.assertEqual(self.snapshot(), before)

    def test_cron_names_whom_to_ask_and_the_way_back(self):
        text = "cert expires=2027-01-01 owner=\"Anna Smith\" note=\"the\\x1bprinter\""
        self.three_entries()
        self.write(self.entry(fp(1), "over.example", text)
                   + self.entry(fp(2), "ended.example", "until=2027-01-01")
                   + self.entry(fp(3), "late.example", "cert expires=2030-01-01"))
        before = self.hosts()
        said = self.shell(self.cron_command("prune")).stdout.splitlines()
        self.assertTrue(said[0].endswith("; owner Anna Smith; note: the\\x1bprinter"), said)
        self.assertNotIn("owner", said[1])
        self.assertEqual(len(said), 3, said)
        self.assertEqual(self.hosts(), ["late.example"])
        self.shell(said[2].partition("over: ")[2])
        self.assertEqual(self.hosts(), before)
        said = self.shell(self.cron_command("prune") + " --dry-run").stdout
        self.assertIn("owner Anna Smith", said)
        self.assertNotIn("undo", said)

    def test_systemd_takes_the_units(self):
        if shutil.which("systemd-analyze") is None:
            raise unittest.SkipTest("systemd-analyze is not installed")
        units = os.path.join(self.directory, "units")
        os.mkdir(units)
        for path in glob.glob(os.path.join(EXAMPLES, "relayctl-*.[st][ei]*")):
            with open(path) as source, open(os.path.join(units, os.path.basename(path)),
                                            "w") as copy:
                copy.write(source.read().replace("/usr/sbin/relayctl", harness.RELAYCTL))
        done = harness.run(
            ["systemd-analyze", "verify", "--man=no", *sorted(glob.glob(units + "/*"))])
        self.assertEqual([line for line in done.stderr.splitlines() if "relayctl" in line], [])
        for timer in ("relayctl-prune.timer", "relayctl-metrics.timer", "relayctl-seen.timer"):
            when = re.search(r"^OnCalendar=(.*)$", example(timer), re.M).group(1)
            self.assertEqual(harness.run(["systemd-analyze", "calendar", when]).returncode, 0)

    def metrics_command(self):
        """What the service runs, as systemd reads it."""
        started = re.search(r"^ExecStart=(.*)$", example("relayctl-metrics.service"), re.M).group(1)
        command = shlex.split(started)[2]
        return command.replace("/usr/sbin/relayctl", "relayctl").replace("$$", "$")

    def test_metrics_are_put_in_place_whole_and_stay_where_nothing_can_be_seen(self):
        self.three_entries()
        command = self.metrics_command()
        self.shell(command, TEXTFILES=self.directory)
        gauges = os.path.join(self.directory, "relayctl.prom")
        self.assertIn(b"} 3\n", self.read(gauges))
        os.unlink(self.path)
        os.mkdir(self.path)
        before = self.read(gauges)
        self.shell(command, check=1, TEXTFILES=self.directory)
        self.assertEqual(self.read(gauges), before)
        self.assertEqual(
            [name for name in os.listdir(self.directory) if name.startswith(".relayctl")], [])

    def test_metrics_follow_no_link_that_somebody_put_there(self):
        self.three_entries()
        command = self.metrics_command()
        precious = os.path.join(self.directory, "precious")
        self.write("precious", precious)
        directory = os.path.join(self.directory, "there")
        for name in ("relayctl.prom.new", "relayctl.prom"):
            os.makedirs(directory, exist_ok=True)
            os.symlink(precious, os.path.join(directory, name))
            self.shell(command, TEXTFILES=directory)
            self.assertEqual(self.read(precious), b"precious")
            gauges = os.path.join(directory, "relayctl.prom")
            self.assertFalse(os.path.islink(gauges))
            self.assertEqual(os.stat(gauges).st_mode & 0o777, 0o644)
            shutil.rmtree(directory)

    def test_the_units_give_away_what_they_do_not_need(self):
        for name in ("relayctl-prune.service", "relayctl-metrics.service",
                     "relayctl-seen.service"):
            for setting in ("ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateTmp=yes",
                            "CapabilityBoundingSet="):
                self.assertIn("\n" + setting, example(name))

    def test_the_plugin_of_nrpe(self):
        self.three_entries()
        command = re.search(r"^command\[check_relayctl\]=/usr/bin/sudo -n /usr/sbin/(.*)$",
                            example("relayctl-nrpe.cfg"), re.M).group(1)
        self.assertTrue(self.shell(command, check=1).stdout.startswith("RELAYCTL WARNING - "))


class Ansible(ExampleCase):

    def play(self, *options):
        done = harness.run(
            [
                "ansible-playbook", "-i", "relays,", "-e",
                "ansible_connection=local ansible_python_interpreter=/usr/bin/python3 relayctl=%s "
                "clients=%s" % (harness.RELAYCTL, self.directory + "/srv"), *options,
                self.directory + "/relay-clients.yml"
            ],
            env={
                "MAIL_CONFIG": self.config, "HOME": self.directory, "ANSIBLE_NOCOWS": "1",
                "ANSIBLE_LOCAL_TEMP": self.directory + "/tmp", "LANG": "C.UTF-8"
            },
            timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return int(re.search(r"changed=(\d+)", done.stdout).group(1))

    def test_a_playbook(self):
        if shutil.which("ansible-playbook") is None:
            raise unittest.SkipTest("ansible is not installed")
        zen = self.client()
        os.makedirs(self.directory + "/clients")
        shutil.copy(zen.cert, self.directory + "/clients/zen.example.pem")
        shutil.copy(os.path.join(EXAMPLES, "relay-clients.yml"), self.directory)
        self.write("%s old.example\n" % fp(1))
        self.assertEqual(self.play(), 2)
        self.assertEqual(self.json(), {zen.fingerprint(): self.json()[zen.fingerprint()]})
        self.assertEqual(self.play(), 0)
        shutil.copy(self.client("anna").cert, self.directory + "/srv/anna.example.pem")
        self.assertEqual(self.play("--check"), 1)
        self.assertEqual(self.hosts(), ["zen.example"])


if __name__ == "__main__":
    harness.main()
