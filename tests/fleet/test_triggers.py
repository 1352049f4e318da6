#!/usr/bin/env python3
"""A database that makes something else of what is written: a trigger, a rule, a view. What relayctl
says was done is what Postfix's own query finds, and anything else leaves the table as it was."""

from support.fleet_case import FleetCase, harness, own

LISTED, FREE = own(1), own(2)
FUNCTION = (
    "CREATE OR REPLACE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $f$BEGIN %s END$f$; ")
TRIGGER = "CREATE TRIGGER meddle %s ON relay_clients FOR EACH ROW EXECUTE FUNCTION meddle()"
RULE = "CREATE RULE meddle AS ON %s TO relay_clients DO INSTEAD NOTHING"
OTHER = "evil.example"

ADD = ["add", "--fingerprint", FREE, "new.example"]
RENAME = ["add", "--replace", "--fingerprint", LISTED, "new.example"]
REMOVE = ["remove", "zen.example"]


def trigger(when, body):
    return FUNCTION % body + TRIGGER % when


def deferred(when, body):
    """One that the server runs only within COMMIT."""
    return FUNCTION % body + (
        "CREATE CONSTRAINT TRIGGER meddle AFTER %s ON relay_clients DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION meddle()" % when)


class Meddled(FleetCase):

    def setUp(self):
        super().setUp()
        self.start_anew()

    def start_anew(self):
        self.sql(
            "DROP FUNCTION IF EXISTS meddle CASCADE; DROP RULE IF EXISTS meddle ON relay_clients; "
            "TRUNCATE relay_clients")
        self.run_it("add", "--fingerprint", LISTED, "zen.example", "--note", "as it was")
        self.before = self.all()

    def changes(self):
        copied = self.directory + "/list"
        self.write("%s new.example\n" % FREE, copied)
        rotate = ["rotate", "zen.example", self.client().cert]
        copy = ["copy", "--replace", "texthash:" + copied, self.table]
        host = "NEW.host := '%s'; RETURN NEW;" % OTHER
        key = "NEW.fingerprint := '%s'; RETURN NEW;" % own(9).lower()
        capitals = "NEW.fingerprint := upper(NEW.fingerprint); RETURN NEW;"
        rename = ("UPDATE relay_clients SET host = '%s' WHERE host = 'new.example'; RETURN NULL;" %
                  OTHER)
        back = "INSERT INTO relay_clients VALUES (OLD.fingerprint, '%s'); RETURN NULL;" % OTHER
        return [
            (trigger("BEFORE INSERT", host), [ADD, rotate, copy]),
            (trigger("BEFORE INSERT", key), [ADD, rotate, copy]),
            (trigger("BEFORE INSERT", capitals), [ADD, rotate, copy]),
            (trigger("BEFORE UPDATE", host), [RENAME]),
            (trigger("BEFORE UPDATE", key), [RENAME]),
            (trigger("AFTER INSERT OR UPDATE", rename), [ADD, RENAME, copy]),
            (trigger("BEFORE INSERT", "RETURN NULL;"), [ADD, rotate, copy]),
            (trigger("BEFORE UPDATE", "RETURN NULL;"), [RENAME]),
            (trigger("BEFORE DELETE", "RETURN NULL;"), [REMOVE, ["remove", LISTED], copy]),
            (trigger("AFTER DELETE", back), [REMOVE, copy]),
            (deferred("DELETE", back), [REMOVE, copy]),
            (deferred("INSERT OR UPDATE", rename), [ADD, RENAME, copy]),
            (RULE % "INSERT", [ADD, rotate, copy]),
            (RULE % "UPDATE", [RENAME]),
            (RULE % "DELETE", [REMOVE, copy])
        ]

    def test_nothing_is_changed(self):
        for meddling, changes in self.changes():
            for change in changes:
                with self.subTest(meddling=meddling, change=change[:2]):
                    self.start_anew()
                    self.sql(meddling)
                    said = self.run_it(*change, check=3)
                    self.assertRegex(
                        said.stderr,
                        "the database does not keep|would not answer as the change wants|would "
                        "not be the same")
                    self.assertIn("nothing was changed", said.stderr)
                    self.assertNotRegex(said.stderr, "(?m)^relayctl: (added|removed)")
                    self.assertEqual(self.all(), self.before)
                    self.assertEqual((self.in_map(LISTED.lower()), self.in_map(FREE.lower())),
                                     ("zen.example", None))

    def test_it_says_what_became_of_it(self):
        self.sql(trigger("BEFORE INSERT", "NEW.host := '%s'; RETURN NEW;" % OTHER))
        self.assertIn("%s new.example has become '%s'" % (FREE.lower(), OTHER),
                      self.run_it(*ADD, check=3).stderr)

    def test_a_view_that_does_nothing(self):
        self.sql(
            "ALTER TABLE relay_clients RENAME TO kept; CREATE VIEW relay_clients AS SELECT * FROM "
            "kept; GRANT ALL ON relay_clients TO PUBLIC; " + FUNCTION % "RETURN NULL;" +
            TRIGGER % "INSTEAD OF INSERT OR UPDATE OR DELETE")
        before = self.all()
        for change in (ADD, RENAME, REMOVE):
            with self.subTest(change=change[0]):
                self.assertIn("nothing was changed", self.run_it(*change, check=3).stderr)
                self.assertEqual(self.all(), before)

    def test_another_annotation_is_a_warning(self):
        """The client relays as it was meant; what is noted of it is not what was meant."""
        for column, value in (("note", "'other'"),
                              ("retire_after", "'2030-01-01'"),
                              ("not_after", "NULL"),
                              ("kind", "'key'"),
                              ("added_by", "'nobody'")):
            client = self.client(column)
            with self.subTest(column=column):
                self.start_anew()
                self.sql(trigger("BEFORE INSERT", "NEW.%s := %s; RETURN NEW;" % (column, value)))
                said = self.run_it("add", client.cert, "new.example", "--note", "mine").stderr
                self.assertRegex(
                    said, "warning: the database keeps something else than what was written: .* "
                    "new.example, %s\n" % column)
                self.assertIn("added", said)
                self.assertEqual(self.rows()[client.fingerprint()], "new.example")

    def test_a_retirement_that_is_not_kept(self):
        self.sql(trigger("BEFORE UPDATE", "NEW.retire_after := NULL; RETURN NEW;"))
        said = self.run_it("rotate", "zen.example", self.client().cert).stderr
        self.assertRegex(
            said,
            "warning: the database keeps something else than what was written: .* zen.example, "
            "retire_after")

    def test_who_meddles_with_others_is_not_refused(self):
        """What is written is there as it was meant."""
        self.sql(
            trigger(
                "BEFORE INSERT",
                "IF NEW.host = 'other.example' THEN NEW.host := '%s'; END IF; RETURN NEW;" % OTHER))
        self.run_it(*ADD)
        self.run_it(*REMOVE)
        self.assertEqual(self.rows(), {FREE: "new.example"})


class Checked(FleetCase):

    def test_nobody_is_told_to_rebuild_a_database(self):
        self.write("smtp inet n - n - - smtpd\n", self.config + "/master.cf")
        client = self.client()
        self.run_it("add", client.cert, "zen.example")
        for state, says in (("", "listed as zen.example"),
                            ("UPDATE relay_clients SET fingerprint = upper(fingerprint)",
                             "badly-written"),
                            ("TRUNCATE relay_clients", "not listed")):
            with self.subTest(state):
                self.sql(state or "SELECT 1")
                done = self.run_it("check", client.cert, check=None)
                self.assertIn(says, done.stdout)
                self.assertNotIn("rebuild", done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
