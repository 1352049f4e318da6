"""--json outputs judged by python3-jsonschema, which knows nothing of relayctl."""

import json
import os
import unittest

from support import harness

try:
    import jsonschema
except ImportError:
    jsonschema = None


def schema(name):
    with open(os.path.join(harness.SOURCE, "docs/schema", name + ".json")) as text:
        return json.load(text)


def closed(part):
    """The same schema, with no key but those that it names: what the program says beside them is
    not documented."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = {name: closed(value) for name, value in part.items()}
    return (dict(part, additionalProperties=False)
            if "properties" in part and isinstance(part.get("type"), str) else part)


@unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed")
class SchemaCase:
    """Beside a case with run_it()."""

    def validate(self, name, *args, check=0, **options):
        """The output, which is what docs/schema/NAME.json says."""
        value = json.loads(self.run_it(*args, "--json", check=check, **options).stdout)
        jsonschema.Draft202012Validator(closed(schema(name)),
                                        format_checker=jsonschema.FormatChecker()).validate(value)
        return value
