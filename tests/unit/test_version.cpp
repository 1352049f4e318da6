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

TEST_CASE("a mistake is mended from a release of each branch on")
{
    for (const auto& [version, is_fixed] :
        { std::pair{ "3.5.27", false }, { "3.7.11", false }, { "3.7.12", true }, { "3.8.20", true },
            { "3.8-20230101", false }, { "3.9.0", false }, { "3.9.1", true }, { "3.10.0", true },
            { "3.12-20260821", true }, { "4.0", true }, { "", false } }) {
        CAPTURE(version);
        CHECK(has_fix(version, { { 3, 7, 12 }, { 3, 8, 7 }, { 3, 9, 1 } }) == is_fixed);
    }
}
