#!/usr/bin/env python3
"""seen of a table in a database: each server keeps what its log has, and the rows tell the others
who came last."""

import json
import os
import re

from cli.test_seen import DAY, NOW, Log, stamp
from support import harness
from support.fleet_case import FleetCase
from support.table_case import fp


class Shared(FleetCase):

    def setUp(self):
        super().setUp()
        self.logfile = os.path.join(self.directory, "mail.log")
        self.configure(maillog_file=self.logfile, maillog_file_prefixes=self.directory,
                       smtpd_tls_loglevel="1,peercert")
        for number, host in ((1, "one.example"), (2, "two.example")):
            self.run_it("add", "--fingerprint", fp(number), host)
        self.sql("UPDATE relay_clients SET added = '2020-01-01'")
        self.there = "pgsql:" + self.write_cf(self.path + "2.cf")

    def at(self, *args, check=0):
        return self.run_it(*args, check=check, env={"RELAYCTL_TEST_CLOCK": str(NOW)})

    def last(self, *args):
        data = json.loads(self.at("seen", "--json", *args).stdout)
        return {entry["host"]: entry["last_seen"] for entry in data["entries"]}

    def write_log(self, *sessions):
        log = Log()
        log.session(NOW - 90 * DAY)
        for when, number in sessions:
            log.session(when, fp(number))
        self.write(log.text(), self.logfile)

    def test_who_came_to_another_server_is_seen(self):
        self.write_log((NOW - 2 * DAY, 1))
        self.at("seen", "--save", "-t", self.there)
        self.assertTrue(os.path.exists(self.path + "2.cf.seen"))
        os.unlink(self.logfile)
        self.write_log((NOW - DAY, 2))
        when = {"one.example": stamp(NOW - 2 * DAY)[:19] + "Z",
                "two.example": stamp(NOW - DAY)[:19] + "Z"}
        self.assertEqual(self.last(), when)
        self.assertEqual(self.last("--unseen", "30d"), {})
        self.at("seen", "--save")
        listed = json.loads(self.at("list", "--json").stdout)["entries"]
        self.assertEqual({entry["host"]: entry["last_seen"] for entry in listed}, when)

    def test_a_time_never_goes_back(self):
        self.write_log((NOW - 9 * DAY, 1))
        self.sql("UPDATE relay_clients SET last_seen = '2027-01-14T00:00:00Z' "
                 "WHERE host = 'one.example'")
        self.at("seen", "--save")
        self.assertEqual(self.last()["one.example"], "2027-01-14T00:00:00Z")

    def test_without_the_column_it_is_said(self):
        self.sql("ALTER TABLE relay_clients DROP COLUMN last_seen")
        self.write_log((NOW - DAY, 1))
        said = self.at("seen", "--save").stderr
        command = re.search("ALTER TABLE .*", said)[0]
        self.assertEqual(command, "ALTER TABLE relay_clients ADD COLUMN last_seen timestamptz")
        self.assertEqual(self.last()["one.example"], stamp(NOW - DAY)[:19] + "Z")
        self.sql(command)
        self.assertNotIn("last_seen", self.at("seen", "--save").stderr)
        self.assertEqual(self.sql("SELECT count(last_seen) FROM relay_clients").strip(), "1")


if __name__ == "__main__":
    harness.main()
