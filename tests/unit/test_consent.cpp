#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/operations/consent.hpp"

using namespace relayctl;

namespace {

MassRemoval of(const std::string& table, std::vector<std::string> unnamed, std::size_t left)
{
    const std::size_t removed = unnamed.size();
    return { table, std::move(unnamed), removed, left };
}

} // namespace

TEST_CASE("consent is asked for from two entries on, over all tables")
{
    Consent consent({ false, false }, false, 2);
    CHECK(consent.note(of("hash:a", { "AA" }, 3)) == 0);
    CHECK(consent.note(of("hash:b", { "AA" }, 3)) == 2);
    CHECK(consent.note(of("hash:c", {}, 3)) == 0);
    CHECK(consent.note(of("hash:d", { "DD" }, 3)) == 1); // the others were asked about already
    CHECK(Consent({ true, false }, false, 2).note(of("hash:a", { "AA", "BB" }, 3)) == 0);
}

TEST_CASE("what has come since then is not agreed to, unless all is")
{
    Consent consent({ false, false }, false, 2);
    consent.note(of("hash:a", { "AA" }, 3));
    CHECK_NOTHROW(consent.require(of("hash:a", { "AA" }, 3)));
    CHECK_NOTHROW(consent.require(of("hash:a", {}, 3)));
    CHECK_THROWS_AS(consent.require(of("hash:a", { "AA", "BB" }, 3)), Error);
    CHECK_THROWS_AS(consent.require(of("hash:b", { "AA" }, 3)), Error);
    CHECK_NOTHROW(Consent({ true, false }, false, 2).require(of("hash:a", { "AA", "BB" }, 3)));
}

TEST_CASE("many never empty a table unasked, one does")
{
    CHECK_THROWS_AS(
        Consent({ true, false }, false, 2).require(of("hash:a", { "AA", "BB" }, 0)), Error);
    CHECK_NOTHROW(Consent({ true, true }, false, 2).require(of("hash:a", { "AA", "BB" }, 0)));
    CHECK_NOTHROW(Consent({ true, false }, false, 2).require(of("hash:a", { "AA" }, 0)));
    CHECK_THROWS_AS(Consent({ true, false }, false, 1).require(of("hash:a", { "AA" }, 0)), Error);
    CHECK_NOTHROW(
        Consent({ true, false }, false, 1).require({ "hash:a", {}, 2, 0 })); // all of them named
    Consent both({ true, false }, false, 2);
    both.note(of("hash:a", { "AA" }, 3));
    both.note(of("hash:b", { "BB" }, 0));
    CHECK_THROWS_AS(both.require(of("hash:b", { "BB" }, 0)), Error);
}
