#include "core/operations/removal_target.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/x509/client_fingerprints.hpp"
#include "core/x509/pasted_fingerprint.hpp"

#include <fnmatch.h>

namespace relayctl {

// Compares without case, as host names are.
bool lists_host(const Document& document, const std::string& word)
{
    return !document
                .entries_where([&](const Entry& entry) {
                    return equal_ignoring_case(document.value(entry), word);
                })
                .empty();
}

RemovalTarget::RemovalTarget(const std::string& word)
    : word_(word)
    , is_file_(word.find('/') != std::string::npos || word == "-")
{
    if (!stat_of(word)) {
        require_one_fingerprint(word); // a line of the log has slashes in it, too
    }
    // The order matters: a path is a file even if there is none, and then an error; a fingerprint
    // is one even if there is a file of that name; any other word that names a file may be a host
    // as well.
    if (is_file_) {
        read_file();
    } else if (const auto fingerprint = Fingerprint::from_any(word)) {
        add(*fingerprint);
    } else if (stat_of(word)) {
        try {
            read_file();
        } catch (const Error&) { // it may be a host all the same
            file_error_ = std::current_exception();
        }
    } else {
        is_pattern_ = word.find_first_of("*?[") != std::string::npos;
    }
}

bool RemovalTarget::is_host(const Document& document, const std::set<std::string>& hosts) const
{
    if (may_be_host() && (hosts.contains(word_) || lists_host(document, word_))) {
        return true;
    }
    // It is no host, so it was meant as a file, and why that could not be read is what helps.
    if (file_error_) {
        std::rethrow_exception(file_error_);
    }
    return fingerprints_.empty() && !is_file_;
}

bool RemovalTarget::fits_host(std::string_view host) const
{
    return equal_ignoring_case(host, word_)
        || (is_pattern_ && ::fnmatch(word_.c_str(), std::string(host).c_str(), FNM_CASEFOLD) == 0);
}

bool RemovalTarget::fits_key(std::string_view key) const noexcept
{
    return set_.find_written(key).has_value() || (!is_file_ && equal_ignoring_case(key, word_));
}

void RemovalTarget::add(const Fingerprint& fingerprint)
{
    if (set_.insert(fingerprint)) {
        fingerprints_.push_back(fingerprint);
    }
}

bool RemovalTarget::names(std::string_view key, std::string_view host) const noexcept
{
    return fits_key(key) || (!is_file_ && equal_ignoring_case(host, word_));
}

void RemovalTarget::read_file()
{
    file_ = std::make_shared<const CertificateFile>(load_certificates(word_));
    for (const ClientFingerprint& own : client_fingerprints(*file_)) {
        add(own.fingerprint);
    }
}

std::vector<const Entry*> RemovalTarget::find(
    const Document& document, const std::set<std::string>& hosts) const
{
    const bool by_host = is_host(document, hosts);
    auto found = document.entries_where(
        [&](const Entry& entry) { return by_host && fits_host(document.value(entry)); });
    // A word that another table lists as a host is one here, too, even if this table has no entry
    // for it.
    if (found.empty() && !hosts.contains(word_)) {
        found = document.entries_where(
            [&](const Entry& entry) { return fits_key(document.key(entry)); });
    }
    return found;
}

} // namespace relayctl
