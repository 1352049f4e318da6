// What somebody has named for removal: one word, which is a host, a pattern of hosts, a fingerprint
// or a certificate file.
#pragma once

#include "core/table/document.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/fingerprint_set.hpp"

#include <exception>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// A word with a slash is a file. Any other word is a host if a table lists such a host, else a
// fingerprint, else a file of this name, else a pattern or an unknown host. So what it is depends
// on the tables.
class RemovalTarget {
public:
    // Errors: those of load_certificates() where it can only be a file; those of
    // require_one_fingerprint().
    explicit RemovalTarget(const std::string& word);

    const std::string& word() const noexcept { return word_; }
    // Returns true if the word is a glob on hosts: it has *, ? or [ in it, and is nothing else.
    bool is_pattern() const noexcept { return is_pattern_; }
    // Returns false for a word that can only be a file.
    bool may_be_host() const noexcept { return !is_file_; }
    // Of the fingerprint or the file; of a file all by which its client may be listed, whatever the
    // digest.
    const std::vector<Fingerprint>& fingerprints() const noexcept { return fingerprints_; }
    // Null unless the word was read as a file.
    const CertificateFile* file() const noexcept { return file_.get(); }

    // Returns true if the word is a host or a pattern. hosts: words that another table lists as
    // hosts. Errors: those of reading the file, if it is one.
    bool is_host(const Document& document, const std::set<std::string>& hosts) const;

    // Returns true if the host of an entry is the word, or fits the pattern.
    bool fits_host(std::string_view host) const;
    // Returns true if the key of an entry is one of the fingerprints, or the word itself: a line
    // that was put there by mistake has no other name.
    bool fits_key(std::string_view key) const noexcept;
    // Returns true if the word is the entry's own host or key, and no pattern that happens to fit.
    bool names(std::string_view key, std::string_view host) const noexcept;

    // The entries that are meant; of those found by their host, none by its key.
    std::vector<const Entry*> find(
        const Document& document, const std::set<std::string>& hosts) const;

private:
    void add(const Fingerprint& fingerprint);
    void read_file();

    std::string word_;
    bool is_file_ = false;
    bool is_pattern_ = false;
    FingerprintSet set_;
    std::vector<Fingerprint> fingerprints_;
    std::exception_ptr file_error_;
    std::shared_ptr<const CertificateFile> file_;
};

// Returns true if an entry has the word as its host, in any case of letters.
bool lists_host(const Document& document, const std::string& word);

} // namespace relayctl
