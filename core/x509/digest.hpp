// The digest that fingerprints are made with, found by name exactly as Postfix finds it.
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

// Can be shared by threads.
class Digest {
public:
    // As tls_digest_byname() in tls_fprint.c does (Postfix 3.6 and later): EVP_get_digestbyname(),
    // then a trial EVP_DigestInit_ex(), and besides EVP_DigestFinal_ex(). No value where one fails;
    // where it is one of the first two, smtpd disables TLS.
    static std::optional<Digest> find(const std::string& name);

    // The same, but ErrorKind::usage with the list of names where it is unknown.
    static Digest by_name(const std::string& name);

    // OpenSSL's short name in lower case ("sha256"), whatever alias it was asked by.
    const std::string& name() const noexcept { return name_; }
    std::size_t size() const noexcept { return size_; } // bytes of a fingerprint

    Fingerprint of(std::span<const std::uint8_t> data) const;

    // md5 and sha1: collisions are known, TLS_README advises against them.
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

// The digest of data that comes bit by bit.
class DigestStream {
public:
    explicit DigestStream(const Digest& digest);
    ~DigestStream();
    DigestStream(const DigestStream&) = delete;
    DigestStream& operator=(const DigestStream&) = delete;

    void add(std::string_view data);
    Fingerprint finish(); // once

private:
    struct evp_md_ctx_st* context_;
};

// "OpenSSL 3.0.11": the library that is loaded, which need not be the one of the build.
std::string openssl_version();

// The digests that work here, of those that smtpd_tls_fingerprint_digest may name; the common ones
// first.
std::vector<std::string> usable_digests();

// The customary digest with this many bytes ("sha256" for 32), empty where there is none.
std::string_view digest_of_size(std::size_t bytes) noexcept;

} // namespace relayctl
