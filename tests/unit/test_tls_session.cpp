#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/x509/tls_session.hpp"
#include "temp_dir.hpp"

using namespace relayctl;

TEST_CASE("a TLS session begins with a ClientHello, in whatever pieces the answer comes")
{
    TlsSession session;
    CHECK(session.take_output().starts_with("\x16\x03"));
    CHECK(session.take_output().empty());
    CHECK_FALSE(session.is_established());
    CHECK(session.problem().empty());
    // RFC 8446, 6: an alert record, fatal, handshake_failure
    for (const char c : std::string("\x15\x03\x03\x00\x02\x02\x28", 7)) {
        CHECK(session.problem().empty());
        session.receive({ &c, 1 });
    }
    CHECK_THAT(session.problem(), contains("handshake failure"));
    session.receive("more");
    CHECK_FALSE(session.is_established());
}

TEST_CASE("a TLS session ends where the server speaks something else, or hangs up")
{
    TlsSession other;
    other.receive("220 mx.example ESMTP\r\n");
    CHECK_FALSE(other.problem().empty());
    TlsSession gone;
    gone.receive_end();
    CHECK_FALSE(gone.problem().empty());
}

TEST_CASE("an identity that cannot be loaded is an error of what was given")
{
    try {
        const TlsSession session(TlsIdentity{ { 'n', 'o' }, {}, { 'n', 'o' } });
        FAIL("it was loaded");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::input);
        CHECK_THAT(error.what(), contains("certificate"));
    }
}

TEST_CASE("a file without certificates has no names of CAs")
{
    const TempDir dir;
    CHECK_FALSE(authority_names(dir.write("c.pem", "no certificate")));
    CHECK_FALSE(authority_names("/nowhere.pem"));
}
