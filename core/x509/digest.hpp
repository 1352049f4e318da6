// The digest that fingerprints are made with. It is found by name exactly as Postfix finds it.
#pragma once

#include "core/x509/fingerprint.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct evp_md_ctx_st; // OpenSSL's EVP_MD_CTX
struct evp_md_st; // OpenSSL's EVP_MD

namespace relayctl {

// Threads may share one.
class Digest {
public:
    // Looks the name up as tls_digest_byname() in tls_fprint.c does (Postfix 3.6 and later):
    // EVP_get_digestbyname(), then a trial of EVP_DigestInit_ex(). It also tries
    // EVP_DigestFinal_ex(). Has no value if one of them fails; smtpd disables TLS if one of the
    // first two does.
    static std::optional<Digest> find(const std::string& name);

    // Does the same, but throws ErrorKind::usage with the list of names if the name is unknown.
    static Digest by_name(const std::string& name);

    // Returns the digests that work here, of those that smtpd_tls_fingerprint_digest may name; the
    // common ones come first.
    static std::vector<Digest> all();

    // OpenSSL's short name in lower case ("sha256"), whichever alias was asked for.
    const std::string& name() const noexcept { return name_; }
    std::size_t size() const noexcept { return size_; } // bytes of a fingerprint

    // Throws ErrorKind::system if OpenSSL fails.
    Fingerprint of(std::span<const std::uint8_t> data) const;

    // Returns true for md5 and sha1: collisions are known, and TLS_README advises against both.
    bool is_weak() const noexcept { return name_ == "md5" || name_ == "sha1"; }

    friend bool operator==(const Digest& a, const Digest& b) noexcept { return a.name_ == b.name_; }
    friend class DigestStream;

private:
    Digest(std::string name, std::size_t size, std::shared_ptr<const evp_md_st> algorithm)
        : name_(std::move(name))
        , size_(size)
        , algorithm_(std::move(algorithm))
    {
    }

    std::string name_;
    std::size_t size_;
    std::shared_ptr<const evp_md_st> algorithm_;
};

// The digest of data that comes in pieces. Throws ErrorKind::system if OpenSSL fails.
class DigestStream {
public:
    explicit DigestStream(const Digest& digest);
    ~DigestStream();
    DigestStream(const DigestStream&) = delete;
    DigestStream& operator=(const DigestStream&) = delete;

    // Adds the next piece of the data.
    void add(std::string_view data);
    Fingerprint finish(); // may be called once

private:
    struct evp_md_ctx_st* context_;
};

// Returns the version of the library that is loaded, which may differ from the one of the build:
// "OpenSSL 3.0.11".
std::string openssl_version();

// The names of Digest::all().
std::vector<std::string> usable_digests();

// Returns the name of the customary digest with this many bytes ("sha256" for 32), or an empty
// text.
std::string_view digest_of_size(std::size_t bytes) noexcept;

} // namespace relayctl
