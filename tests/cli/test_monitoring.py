#!/usr/bin/env python3
"""verify for node_exporter's textfile collector, and as a plugin of Nagios."""

import os
import re

from support import harness
from support.table_case import TableCase, fp

NOW = 1700000000
NEXT = 1700086400  # 2023-11-15T22:13:20Z


def samples(text):
    """A reader of Prometheus' text format: {name{labels}: value}. Each name has its HELP and TYPE
    before its first sample."""
    values, typed, helped = {}, set(), set()
    for line in text.splitlines():
        if line.startswith("# HELP "):
            helped.add(line.split()[2])
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert kind == "gauge" and name in helped and name not in typed, line
            typed.add(name)
        else:
            match = re.fullmatch(
                r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\} (-?[0-9]+)', line)
            assert match and match.group(1) in typed, line
            values["%s{%s}" % (match.group(1), match.group(2))] = int(match.group(3))
    assert text.endswith("\n")
    return values


class Monitoring(TableCase):

    def verify(self, form, check, *args):
        return self.run_it("-t", self.table, "-d", "sha256", "verify", "--format", form, *args,
                           check=check, env={"RELAYCTL_TEST_CLOCK": str(NOW)}).stdout

    def measured(self, check):
        label = 'table="%s"' % self.table
        return {
            name.replace(label, "").replace("{,", "{").replace("{}", ""): value
            for name, value in samples(self.verify("prometheus", check)).items()
        }

    def publish(self, text):
        self.write(text)
        self.assertEqual(self.postmap().returncode, 0)

    def test_a_sound_table(self):
        self.publish("# relayctl: cert expires=2023-11-15T22:13:20Z\n%s one.example\n"
                     "# relayctl: cert expires=2030-01-01\n%s two.example\n"
                     "%s three.example\n" % (fp(1), fp(2), fp(3)))
        self.assertEqual(
            self.measured(0), {
                "relayctl_entries": 3, "relayctl_expired_entries": 0,
                "relayctl_unknown_expiry_entries": 1,
                "relayctl_soonest_expiry_timestamp_seconds": NEXT,
                'relayctl_findings{severity="error"}': 0,
                'relayctl_findings{severity="warning"}': 0, 'relayctl_findings{severity="note"}': 0,
                "relayctl_map_current": 1, "relayctl_sound": 1,
                "relayctl_verified_timestamp_seconds": NOW
            })
        self.assertEqual(
            self.verify("nagios", 0),
            "RELAYCTL OK - %s: 3 entries, 0 errors, 0 warnings, the next certificate expires in 24 "
            "hours, "
            "the expiry of 1 entry is not known | entries=3;;;0 errors=0;;;0 "
            "warnings=0;;;0 expired=0;;;0 unknown_expiry=1;;;0 soonest_expiry=86400s;;;0\n" %
            self.table)

    def test_a_certificate_that_has_expired_warns(self):
        self.publish("# relayctl: cert expires=2020-01-01\n%s one.example\n" % fp(1))
        found = self.measured(1)
        self.assertEqual((found["relayctl_expired_entries"],
                          found['relayctl_findings{severity="warning"}'], found["relayctl_sound"]),
                         (1, 1, 0))
        self.assertNotIn("relayctl_soonest_expiry_timestamp_seconds", found)
        self.assertRegex(self.verify("nagios", 1),
                         r"^RELAYCTL WARNING - [^\n|]*1 warning \(entry-expired\) \| [^\n]*\n$")

    def test_a_map_that_was_forgotten_is_critical(self):
        self.publish("%s one.example\n" % fp(1))
        self.write("%s one.example\n%s two.example\n" % (fp(1), fp(2)))
        found = self.measured(1)
        self.assertEqual((found["relayctl_map_current"], found["relayctl_sound"]), (0, 0))
        self.assertRegex(self.verify("nagios", 2),
                         r"^RELAYCTL CRITICAL - [^\n|]*\(map-differs\), [^\n|]* \| [^\n]*\n$")

    def test_no_table_is_critical_and_no_answer_unknown(self):
        self.assertRegex(self.verify("nagios", 2),
                         r"^RELAYCTL CRITICAL - [^\n]*source-missing[^\n]*\n$")
        os.mkdir(self.path)
        self.assertRegex(self.verify("nagios", 3), r"^RELAYCTL UNKNOWN - [^\n]*\n$")
        self.verify("prometheus", 3)
        self.assertRegex(
            harness.relayctl("-t", "hash", "verify", "--format", "nagios", check=3).stdout,
            "^RELAYCTL UNKNOWN - ")

    def test_no_other_form_beside(self):
        for other in ("--json", "--plain"):
            self.assertIn("--format",
                          self.run_it("verify", "--format", "nagios", other, check=2).stderr)
        self.assertIn("prometheus", self.run_it("verify", "--format", "xml", check=2).stderr)

    def test_a_name_with_quotes_stays_one_label(self):
        path = os.path.join(self.directory, 'a"b\\c')
        self.write("%s one.example\n" % fp(1), path)
        text = harness.relayctl("-t", "texthash:" + path, "-d", "sha256", "verify", "--format",
                                "prometheus", check=0).stdout
        self.assertIn(
            'relayctl_entries{table="texthash:%s"}' %
            path.replace("\\", "\\\\").replace('"', '\\"'), samples(text))


if __name__ == "__main__":
    harness.main()
