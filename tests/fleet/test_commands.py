#!/usr/bin/env python3
"""The cases of the commands, as they run on text tables, on rows in PostgreSQL: the table that `relayctl init` makes, and one of two
columns made by hand."""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
import test_apply  # noqa: E402
import test_changes  # noqa: E402
import test_lifecycle  # noqa: E402
from rows_case import RowsCase, TwoColumnsCase  # noqa: E402
from table_case import fp  # noqa: E402


class Add(test_changes.AddCases, RowsCase):
    pass


class Remove(test_changes.RemoveCases, RowsCase):
    pass


class DryRun(test_changes.DryRunCases, RowsCase):
    pass


class Listing(test_changes.ListingCases, RowsCase):
    pass


class WhichTable(test_changes.WhichTableCases, RowsCase):
    pass


class Annotations(test_lifecycle.AnnotationCases, RowsCase):
    pass


class List(test_lifecycle.ListCases, RowsCase):
    pass


class Rotate(test_lifecycle.RotateCases, RowsCase):
    pass


class Prune(test_lifecycle.PruneCases, RowsCase):
    pass


class Annotate(test_lifecycle.AnnotateCases, RowsCase):
    pass


class Import(test_lifecycle.ImportCases, RowsCase):
    pass


class Apply(test_apply.ApplyCases, RowsCase):
    pass


class Diff(test_apply.DiffCases, RowsCase):
    pass


class TwoColumnsAdd(test_changes.AddCases, TwoColumnsCase):
    pass


class TwoColumnsRemove(test_changes.RemoveCases, TwoColumnsCase):
    pass


class TwoColumnsDryRun(test_changes.DryRunCases, TwoColumnsCase):
    pass


class TwoColumnsListing(test_changes.ListingCases, TwoColumnsCase):
    pass


class TwoColumnsImport(test_lifecycle.ImportCases, TwoColumnsCase):
    pass


class TwoColumnsApply(test_apply.ApplyCases, TwoColumnsCase):
    test_a_certificate_in_the_directory_is_not_to_be_retired = None  # nobody remembers that it is


class TwoColumnsDiff(test_apply.DiffCases, TwoColumnsCase):
    pass


if __name__ == "__main__":
    harness.main()
