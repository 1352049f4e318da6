#include "catch.hpp"
#include "core/base/error.hpp"
#include "core/x509/digest.hpp"
#include "core/x509/fingerprint_set.hpp"
#include "core/x509/pasted_fingerprint.hpp"

using namespace relayctl;

namespace {
// printf abc | openssl dgst -md5 -c
const std::string md5_abc = "90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72";
} // namespace

TEST_CASE("a key is pairs of hexadecimal digits joined by colons, nothing else")
{
    CHECK(Fingerprint::from_key(md5_abc)->to_string() == md5_abc);
    CHECK(Fingerprint::from_key("90:01:50:98:3c:d2:4f:b0:d6:96:3f:7d:28:e1:7f:72")
        == Fingerprint::from_key(md5_abc));
    const std::string bad = GENERATE("", "A", "AA", "AABB", "AA:", "AA:B", "AA:BB:", ":AA:BB",
        "AA-BB", "AA:BG", "AA:BB ", " AA:BB", "AA::BB");
    CAPTURE(bad);
    CHECK_FALSE(Fingerprint::from_key(bad));
}

TEST_CASE("a key of more than 64 bytes is none")
{
    std::string key = "00";
    for (int i = 1; i < 64; ++i) {
        key += ":00";
    }
    CHECK(Fingerprint::from_key(key));
    CHECK_FALSE(Fingerprint::from_key(key + ":00"));
    CHECK_FALSE(Fingerprint::from_any(key + ":00"));
}

TEST_CASE("people's spellings all mean the same")
{
    const std::string text
        = GENERATE("900150983cd24fb0d6963f7d28e17f72", "900150983CD24FB0D6963F7D28E17F72",
            "MD5 Fingerprint=90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72",
            "MD5(stdin)= 900150983cd24fb0d6963f7d28e17f72", "md5:900150983cd24fb0d6963f7d28e17f72",
            " 90 01 50 98 3c d2 4f b0 d6 96 3f 7d 28 e1 7f 72 ",
            "9001-5098-3cd2-4fb0-d696-3f7d-28e1-7f72",
            "MD5 Fingerprint=90:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72\n");
    CAPTURE(text);
    REQUIRE(Fingerprint::from_any(text));
    CHECK(Fingerprint::parse(text).to_string() == md5_abc);
}

TEST_CASE("what tools and people write around a fingerprint")
{
    const std::string hex = "900150983cd24fb0d6963f7d28e17f72";
    const std::string base64 = "kAFQmDzST7DWlj99KOF/cg==";
    for (const std::string& text : { "MD5: " + md5_abc, // keytool
             "MD5:" + md5_abc, "MD5 " + md5_abc, "MD5 Fingerprint: " + md5_abc,
             "Cert Hash(md5): " + hex, // certutil of Windows
             "Fingerprint (MD5): " + md5_abc, "Certificate fingerprint (MD5): " + md5_abc,
             "Fingerprint MD5:" + md5_abc, "MD5-Fingerabdruck: " + md5_abc,
             "Empreinte MD5 : " + md5_abc, "MD5 fingerprint of the certificate: " + md5_abc,
             "Thumbprint = " + hex, "Certificate fingerprint (MD5)\n" + md5_abc,
             '"' + md5_abc + '"', "'" + md5_abc + "'", "`" + md5_abc + '`', '[' + md5_abc + ']',
             '<' + md5_abc + '>', "md5=\"" + hex + '"', md5_abc + ',', md5_abc + '.', md5_abc + ';',
             "0x" + hex, "\\x" + hex, hex + "  -", "\xe2\x80\x8b" + md5_abc,
             "\xef\xbb\xbf" + md5_abc, "\xc2\xa0" + md5_abc + "\xc2\xa0",
             md5_abc.substr(0, 24) + "\xe2\x80\x8b" + md5_abc.substr(24), // without width
             md5_abc.substr(0, 23) + "\xc2\xa0" + md5_abc.substr(24), // a no-break space
             "\xe2\x80\x9c" + md5_abc + "\xe2\x80\x9d", // quotes of a word processor
             base64, '"' + base64 + '"', "md5:" + base64, "MD5:" + base64.substr(0, 22),
             "pin-md5=\"" + base64 + '"', "md5//" + base64, "md5-" + base64,
             "ni:///md5;kAFQmDzST7DWlj99KOF_cg" }) {
        CAPTURE(text);
        const auto found = Fingerprint::from_any(text);
        REQUIRE(found);
        CHECK(found->to_string() == md5_abc);
    }
}

TEST_CASE("what stands before or behind a fingerprint may say that it is none")
{
    const std::string hex = "900150983cd24fb0d6963f7d28e17f72";
    for (const std::string& text : { "Serial Number: " + md5_abc, "zen.example " + md5_abc,
             md5_abc + " zen.example", hex + "  cert.pem", // sha256sum, maybe of the PEM text
             "X509v3 Subject Key Identifier: " + md5_abc, "Key Id Hash(md5): " + hex,
             "sha.example " + md5_abc, "kAFQmDzST7DWlj99KOF/cg", // could be a name
             std::string("verylongcertificatename1"), "helo=<" + md5_abc + '>' }) {
        CAPTURE(text);
        CHECK_FALSE(Fingerprint::from_any(text));
        CHECK_THROWS_AS(Fingerprint::parse(text), Error);
    }
    CHECK_THROWS_WITH(Fingerprint::parse(md5_abc + " zen.example"),
        contains("'zen.example' stands behind the fingerprint (column 49)"));
    CHECK_THROWS_WITH(Fingerprint::parse("Serial Number: " + md5_abc),
        contains("'Serial Number:' does not say that a fingerprint follows"));
}

TEST_CASE("what is no fingerprint is refused with the column")
{
    struct Case {
        std::string text;
        std::string part;
    };
    const auto c = GENERATE(values<Case>({
        { "95:B4:G5:87:D7:34:CA:C4:27:B0:F3:8F:66:8A:77:8D",
            "'G' is not a hexadecimal digit (column 7)" },
        { "900150983cd24fb0d6963f7d28e17f7", "an odd number of hexadecimal digits (column 31)" },
        { "9:01:50:98:3C:D2:4F:B0:D6:96:3F:7D:28:E1:7F:72", "a lone digit before ':' (column 2)" },
        { "AA:BB", "2 bytes are too few" },
        { "zen.suse.co.uk", "'z' is not a hexadecimal digit (column 1)" },
    }));
    CHECK_FALSE(Fingerprint::from_any(c.text));
    CHECK_THROWS_WITH(Fingerprint::parse(c.text), contains(c.part));
}

TEST_CASE("digests are found as Postfix finds them")
{
    CHECK(Digest::find("SHA256")->name() == "sha256");
    CHECK(Digest::find("sha2-256")->name() == "sha256");
    CHECK(Digest::find("RSA-SHA256")->name() == "sha256");
    CHECK(Digest::find("sha3-256")->size() == 32);
    CHECK_FALSE(Digest::find("sha3_256"));
    CHECK_FALSE(Digest::find("sha"));
    CHECK_FALSE(Digest::find(""));
    CHECK_FALSE(Digest::find("md4")); // known, but its init fails without the legacy provider
    const std::string abc = "abc";
    const auto bytes = std::span(reinterpret_cast<const std::uint8_t*>(abc.data()), abc.size());
    CHECK(Digest::by_name("md5").of(bytes).to_string() == md5_abc);
    CHECK_THROWS_AS(Digest::by_name("nonsense"), Error);
}

TEST_CASE("a set of fingerprints finds what a key means, in every spelling")
{
    const std::string key = "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:9f";
    FingerprintSet set;
    CHECK(set.empty());
    CHECK_FALSE(set.find_written(key));
    const Fingerprint member = *Fingerprint::from_key(key);
    CHECK(set.insert(member));
    CHECK_FALSE(set.insert(member));
    CHECK_FALSE(set.empty());
    CHECK(set.contains(member));
    for (const std::string& written :
        { key, std::string("aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:9F"),
            std::string("AABBCCDDEEFF0011223344556677889F"), "md5:" + key, "MD5(stdin)=" + key,
            std::string("Fingerprint=aa-bb-cc-dd-ee-ff-00-11-22-33-44-55-66-77-88-9f") }) {
        CAPTURE(written);
        const auto found = set.find_written(written);
        REQUIRE(found);
        CHECK(*found == member);
    }
    for (const std::string& other :
        { std::string(), std::string("9"), std::string("9f"), std::string("host"), key + ":",
            key.substr(3), std::string("BB:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:9F"),
            std::string("AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:9E") }) {
        CAPTURE(other);
        CHECK(set.find_written(other).has_value() == (other == key + ":"));
    }
}

TEST_CASE("a text with several fingerprints has none that is meant")
{
    const std::string other = "FF" + md5_abc.substr(2);
    std::string bare = md5_abc;
    std::erase(bare, ':');
    for (const std::string& text : { "fingerprint=" + md5_abc + ", pkey_fingerprint=" + other,
             md5_abc + ' ' + other, bare + '\n' + bare, "SHA1: " + md5_abc + " SHA256: " + other,
             "cert fingerprint=" + md5_abc + ", pkey fingerprint=" + other }) {
        CAPTURE(text);
        CHECK(has_several_fingerprints(text));
        CHECK_FALSE(Fingerprint::from_any(text));
        CHECK_THROWS_WITH(Fingerprint::parse(text), contains("has 2 fingerprints in it"));
    }
    for (const std::string& text : { md5_abc, bare, "MD5 Fingerprint=" + md5_abc,
             bare + ".example.com", bare + "-x", "x" + bare, std::string() }) {
        CAPTURE(text);
        CHECK_FALSE(has_several_fingerprints(text));
    }
    CHECK_FALSE(Fingerprint::from_any("subject_CN=" + md5_abc)); // a name that the client chose
    CHECK_FALSE(Fingerprint::from_any("helo=" + md5_abc));
    CHECK_FALSE(Fingerprint::from_any(bare + ".example.com"));
}
