"""The commands and options of relayctl, as its own table has them (relayctl complete)."""

from support import harness


def rows(*words):
    """What relayctl complete says, each line as its fields."""
    out = harness.relayctl("complete", *words, check=0).stdout
    return [line.split("\t") for line in out.splitlines()]


def commands():
    return [name for name, alias, effect, summary, needs_postfix in rows("commands")]


def options(*command):
    """The long names of a command's options, or of those that every command has."""
    names = {names.split(",")[-1] for names, value, summary in rows("options", *command)}
    return names - {"--help"} if command else names
