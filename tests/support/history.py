"""An independent reader of the history of a text table: its records, as Python applies them."""

import json
import os


def path_of(table):
    return table + ".history"


def records(table):
    """The records of the file, without the mark of those that are kept no longer."""
    try:
        with open(path_of(table), "rb") as file:
            lines = file.read().decode("ascii").splitlines()
    except FileNotFoundError:
        return []
    found = [json.loads(line) for line in lines]
    return [record for record in found if "changes" in record]


def as_bytes(text):
    return text["latin1"].encode("latin-1") if isinstance(text, dict) else text.encode()


def applied(text, record):
    """The text with the change of the record, which must fit it byte by byte."""
    assert len(text) == record["size"], (len(text), record["size"])
    result, at = b"", 0
    for change in record["changes"]:
        before, after = (as_bytes(change.get(side, "")) for side in ("before", "after"))
        offset = change["offset"]
        assert offset >= at, record
        assert text[offset:offset + len(before)] == before, (text[offset:], before)
        assert text[:offset].count(b"\n") + 1 == change["line"], record
        result += text[at:offset] + after
        at = offset + len(before)
    return result + text[at:]


def replayed(first, found):
    """Every text from the first one on, as the records have it."""
    texts = [first]
    for record in found:
        texts.append(applied(texts[-1], record))
    return texts


def remove_all(table):
    for suffix in (".history", ".history-text"):
        if os.path.exists(table + suffix):
            os.unlink(table + suffix)
