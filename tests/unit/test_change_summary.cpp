#include "catch.hpp"
#include "core/base/time.hpp"
#include "core/table/change_summary.hpp"

using namespace relayctl;

namespace {

EntryView entry(const std::string& host, const std::string& annotation = "")
{
    return { "AA:BB", host, 0, parse_annotation("# relayctl: " + annotation).value() };
}

} // namespace

TEST_CASE("a change in words names what became of its entries")
{
    const std::vector<EntryChange> changes = {
        { std::nullopt, entry("new.example") },
        { entry("gone.example", "note=x"), std::nullopt },
        { entry("one.example", "owner=Anna"), entry("two.example", "owner=Anna") },
        { entry("three.example", "until=2027-05-31T12:00:00Z owner=Anna note=x"),
            entry("three.example", "note=\"\x1b[2J\"") },
        { entry("four.example", "retire-after=2027-01-01"),
            entry("four.example", "until=2027-05-31T12:00:00Z owner=Otto") },
        { entry("five.example"), entry("five.example", "cert CN=five") },
    };
    CHECK(summary_of(changes)
        == "1 entry added: new.example; 1 entry removed: gone.example; "
           "1 entry renamed: one.example to two.example; 3 entries annotated: three.example "
           "(no end any more, no owner any more, note \\x1b[2J), four.example "
           "(until 2027-05-31T12:00:00Z, not to retire any more, owner Otto), five.example");
    CHECK(summary_of({}) == "only lines that are no entries");
}

TEST_CASE("of many entries three are named")
{
    std::vector<EntryChange> changes;
    for (int i = 0; i < 5; ++i) {
        changes.push_back({ std::nullopt, entry("host" + std::to_string(i)) });
    }
    CHECK(summary_of(changes) == "5 entries added: host0, host1, host2, ...");
}
