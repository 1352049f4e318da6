#include "catch.hpp"
#include "core/postfix/parse_output.hpp"

using namespace relayctl;

TEST_CASE("a version is compared by its numbers, the major one first")
{
    struct Row {
        const char* version;
        int major, minor;
        bool is_at_least;
    };
    for (const Row& row :
        { Row{ "3.9.0", 3, 9, true }, Row{ "3.9-20240101", 3, 9, true },
            Row{ "3.10.2", 3, 9, true }, Row{ "3.8.99", 3, 9, false }, Row{ "2.11.3", 3, 9, false },
            Row{ "4.0.1", 3, 9, true }, Row{ "4.0", 3, 9, true }, Row{ "4", 3, 9, true },
            Row{ "10.0", 3, 9, true }, Row{ "4.0.1", 4, 0, true }, Row{ "4.0.1", 4, 1, false },
            Row{ "3.12", 4, 0, false }, Row{ "", 3, 0, false }, Row{ "unknown", 3, 0, false } }) {
        CAPTURE(row.version, row.major, row.minor);
        CHECK(version_is_at_least(row.version, row.major, row.minor) == row.is_at_least);
    }
}
