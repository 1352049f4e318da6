#include "core/x509/digest.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/x509/openssl.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include <array>

namespace relayctl {

namespace {

// The first ones are those that administrators use, for lists that people read.
constexpr std::array<const char*, 19> customary = { "sha256", "sha512", "sha384", "sha224", "sha1",
    "md5", "sha512-256", "sha512-224", "sha3-256", "sha3-512", "sha3-384", "sha3-224", "blake2b512",
    "blake2s256", "ripemd160", "sm3", "shake128", "shake256", "md5-sha1" };

// Returns the digest if it works. The shake digests of OpenSSL 3.5 can be begun but not finished
// (seen on 3.5.9).
const EVP_MD* usable(const std::string& name)
{
    // A name alone proves nothing: in FIPS mode, for example, md5 has one and cannot be begun.
    const EVP_MD* digest = EVP_get_digestbyname(name.c_str());
    const openssl::Ptr<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    std::array<unsigned char, EVP_MAX_MD_SIZE> trial;
    const bool works = digest != nullptr && context
        && EVP_DigestInit_ex(context.get(), digest, nullptr) == 1
        && EVP_DigestFinal_ex(context.get(), trial.data(), nullptr) == 1;
    openssl::clear_errors();
    return works ? digest : nullptr;
}

// Returns the provider's form of a digest. OpenSSL 3 would look for it each time the other form is
// used.
std::shared_ptr<const EVP_MD> fetched(const EVP_MD* digest)
{
    EVP_MD* const found = EVP_MD_fetch(nullptr, EVP_MD_get0_name(digest), nullptr);
    openssl::clear_errors();
    if (found == nullptr) {
        return { digest, [](const EVP_MD*) {} };
    }
    return { found, [](const EVP_MD* owned) { EVP_MD_free(const_cast<EVP_MD*>(owned)); } };
}

} // namespace

std::optional<Digest> Digest::find(const std::string& name)
{
    // A name with a NUL byte would be cut by OpenSSL, and so find another digest.
    const EVP_MD* digest = name.find('\0') == std::string::npos ? usable(name) : nullptr;
    if (digest == nullptr) {
        return std::nullopt;
    }
    // Aliases such as "SHA2-256" get one name, so that digests can be compared by it.
    const char* short_name = OBJ_nid2sn(EVP_MD_type(digest));
    return Digest(to_lower(short_name != nullptr ? short_name : name),
        static_cast<std::size_t>(EVP_MD_size(digest)), fetched(digest));
}

Digest Digest::by_name(const std::string& name)
{
    if (auto digest = find(name)) {
        return *digest;
    }
    throw Error(ErrorKind::usage, "digest " + quote(name) + ": unknown, or not usable here",
        { "digests that work here: " + join(usable_digests(), " ") });
}

Fingerprint Digest::of(std::span<const std::uint8_t> data) const
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> value;
    unsigned int size = 0;
    if (EVP_Digest(data.data(), data.size(), value.data(), &size, algorithm_.get(), nullptr) != 1) {
        throw Error(ErrorKind::system,
            "digest " + name_ + ": OpenSSL does not compute it here" + openssl::last_words());
    }
    return Fingerprint(std::span(value.data(), size));
}

DigestStream::DigestStream(const Digest& digest)
    : context_(EVP_MD_CTX_new())
{
    if (context_ == nullptr || EVP_DigestInit_ex(context_, digest.algorithm_.get(), nullptr) != 1) {
        EVP_MD_CTX_free(context_);
        throw Error(ErrorKind::system,
            "digest " + digest.name_ + ": OpenSSL does not compute it here"
                + openssl::last_words());
    }
}

DigestStream::~DigestStream()
{
    EVP_MD_CTX_free(context_);
}

void DigestStream::add(std::string_view data)
{
    if (EVP_DigestUpdate(context_, data.data(), data.size()) != 1) {
        throw Error(ErrorKind::system,
            "OpenSSL cannot compute the digest to its end" + openssl::last_words());
    }
}

Fingerprint DigestStream::finish()
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> value;
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(context_, value.data(), &size) != 1) {
        throw Error(ErrorKind::system,
            "OpenSSL cannot compute the digest to its end" + openssl::last_words());
    }
    return Fingerprint(std::span(value.data(), size));
}

std::string openssl_version()
{
    const std::string text = OpenSSL_version(OPENSSL_VERSION); // "OpenSSL 3.0.11 19 Sep 2023"
    const auto words = split_list(text, " ");
    return words.size() < 2 ? text : words[0] + ' ' + words[1];
}

std::vector<Digest> Digest::all()
{
    std::vector<Digest> digests;
    for (const char* name : customary) {
        if (auto digest = find(name)) {
            digests.push_back(std::move(*digest));
        }
    }
    return digests;
}

std::vector<std::string> usable_digests()
{
    std::vector<std::string> names;
    for (const Digest& digest : Digest::all()) {
        names.push_back(digest.name());
    }
    return names;
}

std::string_view digest_of_size(std::size_t bytes) noexcept
{
    for (const auto& [name, size] :
        { std::pair("md5", 16U), std::pair("sha1", 20U), std::pair("sha224", 28U),
            std::pair("sha256", 32U), std::pair("sha384", 48U), std::pair("sha512", 64U) }) {
        if (size == bytes) {
            return name;
        }
    }
    return {};
}

} // namespace relayctl
