"""A table of its own with a private configuration, for the tests of the built program."""

import os
import subprocess

from support import certs, harness, release


def fp(number, size=32):
    return ":".join(["%02X" % number] * size)


class CommandCase(harness.Case):
    """A command on self.table, which DIR/conf/main.cf names. What the table is kept in is said by
    the classes below it; the cases that all kinds of tables have in common know these: put(),
    has(), noted(), empty(), snapshot() and what each kind shows in its own way.
    """

    KEEPS = True  # what is noted of an entry

    def setUp(self):
        self.directory = self.temporary_directory()
        self.config = os.path.join(self.directory, "conf")
        os.mkdir(self.config)
        self.path = os.path.join(self.directory, "relay_clients")
        self.table = "%s:%s" % (self.TYPE, self.path)
        self.configure()

    def configure(self, **settings):
        settings = {
            "compatibility_level": "3.6", "relay_clientcerts": self.table,
            "smtpd_tls_fingerprint_digest": "sha256", "smtpd_tls_ask_ccert": "yes",
            "smtpd_relay_restrictions": "permit_tls_clientcerts, reject_unauth_destination",
            **release.SETTINGS,
            **settings
        }
        path = os.path.join(self.config, "main.cf")
        with open(path, "w") as out:
            out.writelines("%s = %s\n" % item for item in settings.items() if item[1] is not None)
        self.write("", os.path.join(self.config, "master.cf"))
        os.utime(path, (1, 1))  # Postfix waits for a main.cf that has just been changed

    def run_it(self, *args, check=0, **options):
        return harness.relayctl("-c", self.config, *args, check=check, **options)

    def write(self, content, path=None):
        with open(path or self.path, "wb") as out:
            out.write(
                content.encode(errors="surrogateescape") if isinstance(content, str) else content)

    def read(self, path=None):
        with open(path or self.path, "rb") as source:
            return source.read()

    def postmap(self, *args, table=None, input=None):
        return subprocess.run(["postmap", "-c", self.config, *args, table or self.table],
                              capture_output=True, text=True, errors="surrogateescape", input=input,
                              timeout=60)

    def own_postmap(self, script):
        """A command_directory of our own, whose postmap is that script of sh."""
        tools = os.path.join(self.directory, "tools")
        os.makedirs(tools, exist_ok=True)
        path = os.path.join(tools, "postmap")
        self.write("#!/bin/sh\n" + script, path)
        os.chmod(path, 0o700)
        self.configure(command_directory=tools)

    def in_map(self, fingerprint, table=None):
        """The value that postmap finds; None where there is none."""
        found = self.postmap("-q", fingerprint, table=table)
        return found.stdout.rstrip("\n") if found.returncode == 0 else None

    def client(self, name="zen.example", **options):
        return certs.Client(self.directory, name, **options)

    def snapshot(self):
        """Name, content and inode of everything beside the table, its lock and history apart."""
        found = {}
        for name in sorted(os.listdir(self.directory)):
            path = os.path.join(self.directory, name)
            if os.path.isfile(path) and not name.endswith((".lock", ".history", ".history-text")):
                found[name] = (self.read(path), os.stat(path).st_ino)
        return found


class TableCase(CommandCase):
    """self.table is hash:DIR/relay_clients."""

    TYPE = "hash"
    MINE = "# mine\n"
    UNCHANGED = "relay_clients unchanged"

    def put(self, *entries):
        """These are the entries, by hand: (key, host) or (key, host, annotation). A comment stands
        in front."""
        self.write(self.MINE + "".join(self.entry(*entry) for entry in entries))

    def entry(self, key, host, annotation=None):
        return ("# relayctl: %s\n" % annotation if annotation else "") + "%s %s\n" % (key, host)

    def has(self):
        """{key: host} by the text."""
        lines = self.read().decode().splitlines()
        return dict(line.split(None, 1) for line in lines if line and not line.startswith("#"))

    def noted(self, fingerprint):
        """What stands beside the entry of what is known of it."""
        lines = self.read().decode().splitlines()
        at = next(i for i, line in enumerate(lines) if line.startswith(fingerprint + " "))
        return lines[at - 1] if at and lines[at - 1].startswith("# relayctl:") else ""

    def empty(self):
        os.unlink(self.path)

    def assert_sound(self):
        said = self.postmap().stderr.splitlines()
        self.assertEqual([line for line in said if not release.is_about_type(line)], [])

    def assert_like_made(self, fingerprint, host):
        """It has this one entry, made by relayctl."""
        self.assertEqual(self.entries(), "%s %s\n" % (fingerprint, host))
        self.assertEqual(os.stat(self.path).st_mode & 0o7777, 0o644)
        self.assertEqual(os.stat(self.path).st_uid, os.geteuid())

    def assert_others_stay(self):
        """What is beside the entries is what put() wrote."""
        self.assertTrue(self.read().decode().startswith(self.MINE))

    def assert_as_put(self, *entries):
        """It is what put() of these entries made; not one byte differs."""
        self.assertEqual(self.read().decode(),
                         self.MINE + "".join(self.entry(*entry) for entry in entries))

    def line(self, number):
        """Of the line of that number of put(), without the comment."""
        return number + 1

    def shown(self, key):
        return key

    def in_order(self, keys):
        """The order of list, for keys in the order of put()."""
        return list(keys)

    def map_state(self, state):
        # A map is updated only where Postfix opens what the table is named after.
        return state if release.opened(self.TYPE) == self.TYPE else "rebuilt"

    def name_in_diff(self):
        return self.path

    def on_another_line(self, number):
        return "line %d" % self.line(number)

    def hidden(self, fingerprint, host):
        """An entry that can stand behind one of the same fingerprint."""
        return [(fingerprint.lower(), host)]

    def entries(self):
        """The source without the annotations."""
        return "".join(line for line in self.read().decode().splitlines(True)
                       if not line.startswith("# relayctl:"))
