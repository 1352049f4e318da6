"""The Postfix of this machine, as far as expectations differ by it: its version, and which type it
opens for hash: and btree:."""

import functools
import os
import re
import shutil
import subprocess

_PATH = os.environ.get("PATH", "") + ":/usr/sbin"

# What tests/releases/run RELEASE+LEVEL sets: non_bdb_migration_level of every configuration.
LEVEL = os.environ.get("RELAYCTL_MIGRATION")
SETTINGS = {"non_bdb_migration_level": LEVEL} if LEVEL else {}
SERVICES = ""
if LEVEL == "enable-reindex":
    SETTINGS["non_bdb_migration_allow_root_prefixes"] = "/tmp"
    SERVICES = "nbdb_reindex unix y n n - 1 nbdb_reindexd\n"

SUFFIXES = {"hash": ".db", "btree": ".db", "lmdb": ".lmdb", "cdb": ".cdb"}


@functools.lru_cache(maxsize=None)
def _default(parameter):
    postconf = shutil.which("postconf", path=_PATH)
    if not postconf:
        return ""
    # A directory without main.cf: what is built in.
    said = subprocess.run([postconf, "-dh", parameter], capture_output=True, text=True, timeout=60)
    return said.stdout.strip()


def version():
    """(3, 10, 13); () without Postfix."""
    return tuple(int(number) for number in re.findall(r"\d+", _default("mail_version"))[:3])


def since(*first):
    """Whether it is this version or a later one."""
    return version() >= first


def has_fix(*branches):
    """Whether it is one of these versions, a later one of the same branch, or newer than all."""
    same = [first for first in branches if first[:2] == version()[:2]]
    return since(*(same or branches[-1:])[0])


def opened(table_type):
    """The type that Postfix opens for this one."""
    if not LEVEL:
        return table_type
    return {
        "hash": _default("default_database_type"), "btree": _default("default_cache_db_type")
    }.get(table_type, table_type)


def is_about_type(line):
    """Whether this line of postmap tells of the redirection, or that Berkeley DB is going away, and
    nothing about the table."""
    return re.fullmatch(
        r"postmap: (redirecting (hash|btree):.* to .*"
        r"|warning: .*: hash/btree support is deprecated\..*"
        r"|warning: See \S*/NON_BERKELEYDB_README\.gz for more info\.)", line) is not None


def suffix(table_type="hash"):
    """Of the map of a table of this type."""
    return SUFFIXES[opened(table_type)]
