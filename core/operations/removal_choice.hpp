// Who is to be removed, and the plan for it.
#pragma once

#include "core/operations/change_report.hpp"
#include "core/operations/consent.hpp"
#include "core/store/plan.hpp"
#include "core/table/scope.hpp"
#include "core/x509/certificate.hpp"
#include "core/x509/fingerprint_set.hpp"

#include <exception>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// One WHO: a host that is listed wins over a fingerprint, that over a file of this name; whatever
// has a slash is a file.
class Target {
public:
    // Errors: those of load_certificates() where it can only be a file.
    explicit Target(const std::string& who);

    const std::string& text() const noexcept { return text_; }
    bool is_pattern() const noexcept { return is_pattern_; }
    bool may_be_host() const noexcept { return !is_file_; }
    const std::vector<Fingerprint>& fingerprints() const noexcept { return fingerprints_; }

    // Decides what it is. hosts: words that another table lists as hosts. Errors: those of reading
    // the file, where it is one.
    bool is_host(const Document& document, const std::set<std::string>& hosts) const;

    bool has_host(std::string_view host) const;
    bool has_key(std::string_view key) const noexcept;
    // Whether the word is this entry's own host or key, and no pattern that happens to fit.
    bool names(std::string_view key, std::string_view host) const noexcept;

    // The certificates, where it was read as a file; else null.
    const CertificateFile* file() const noexcept { return file_.get(); }

private:
    void take(const Fingerprint& fingerprint);
    void take_file();

    std::string text_;
    bool is_file_ = false;
    bool is_pattern_ = false;
    FingerprintSet set_;
    std::vector<Fingerprint> fingerprints_;
    std::exception_ptr file_error_;
    std::shared_ptr<const CertificateFile> file_;
};

// What is to be removed from every table.
struct Removal {
    std::vector<Target> targets;
    std::set<std::string> hosts; // words that some table lists as hosts
    bool all = false;
    bool absent_is_fine = false;
};

bool is_listed_host(const Document& document, const std::string& text);

std::vector<const Entry*> entries_of(
    const Document& document, const Target& target, const std::set<std::string>& hosts);

[[noreturn]] void throw_not_listed(const Target& target);

// mass: what of it goes by a pattern; its table is left as it is. Errors: ErrorKind::refused where
// one is not listed, or several match without `all`.
Plan plan_removal(
    const Document& document, const Removal& removal, ChangeReport& report, MassRemoval& mass);

// The removal must outlive it.
Scope scope_of(const Removal& removal);

} // namespace relayctl
