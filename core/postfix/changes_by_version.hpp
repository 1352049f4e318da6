// What changed in Postfix from version to version, as far as it bears on who may relay. This is the
// one place that knows from which release on Postfix behaves how.
#pragma once

#include <span>
#include <string_view>

namespace relayctl {

enum class Change {
    protocol_bounds, // smtpd_tls_protocols takes ">=TLSv1.2"
    depth_counts_issuers, // smtpd_tls_ccert_verifydepth = 0 trusts a certificate of a known CA
    proxy_folds_keys, // proxymap folds the keys of texthash:, inline: and unionmap:
    databases_in_utf8, // smtpd talks UTF-8 with a database server, before that Latin-1
    key_encoded_anew, // the key's fingerprint is of the key as OpenSSL encodes it anew
    key_asked_first, // permit_tls_clientcerts looks the key up before the certificate
    raw_public_keys, // smtpd_tls_enable_rpk
    old_words_removed, // permit_naked_ip_address, reject_maps_rbl, check_relay_domains: 451
    forbidden_proxy_is_451, // a table that proxymap refuses no longer ends smtpd
    debug_tables, // debug:TYPE:NAME logs what TYPE:NAME is asked; older: 451, as any unknown type
    redirection, // non_bdb_migration_level, which lets hash: and btree: open another type
    nameless_type_is_451, // a table without a type no longer ends smtpd
};

// One row of the table: the first release that has the change, and where its source has it.
struct ChangeByVersion {
    Change change;
    int major;
    int minor;
    std::string_view source;
};

// Returns all rows, in the order of the releases.
std::span<const ChangeByVersion> changes_by_version() noexcept;

// Returns true if a Postfix of this version has the change. mail_version: empty if it is not known;
// then the newest Postfix is meant.
bool has_change(std::string_view mail_version, Change change) noexcept;

} // namespace relayctl
