// Shows what a changing operation does while it does it, asks its questions, and writes its result.
#pragma once

#include "app/cli/context.hpp"
#include "app/commands/change_options.hpp"
#include "core/audit/revocation.hpp"
#include "core/x509/certificate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace relayctl {

// What operations are given to work on: the tables of the context.
TableAccess table_access(Context& context);

// Refuses what could change no table at all. Errors: those of require_writable(), and of several
// tables those of choose_table().
void require_any_changeable(Context& context);

// Shows a change to people on standard error, and to programs on standard output.
class ChangeView : public Observer {
public:
    ChangeView(Context& context, const ChangeOptions& options)
        : context_(context)
        , options_(options)
    {
    }

    // Observer says when an operation calls each of these. All of them only tell; agrees() asks.
    void during(const std::string& what, std::size_t steps,
        const std::function<void(const Advance&)>& work) override;
    void would_change(const TableOutcome& outcome, const Document& document,
        const std::vector<Edit>& edits) override;
    void changed(const TableOutcome& outcome) override;
    void published(
        const TableName& table, const Publication& publication, bool has_removed) override;
    void reloaded() override;
    void needs_reload(const TableName& table, ReloadReason reason) override;
    void failed(const TableOutcome& outcome, bool is_unchanged) override;
    void has_unknown_expiry(std::size_t entries) override;
    void done(const std::string& sentence) override;
    void warning(const std::string& sentence) override;
    bool agrees(const std::vector<Loss>& losses, const std::string& question) override;

    // Writes the result in the form that was asked for. Where clients were revoked, the services
    // are asked first whether they still relay, and those that do are named. files: where somebody
    // named the clients, those of them that are certificates; else null. Where Postfix does not
    // know the table yet, hints say how it is told. Errors: the failure of the result;
    // ErrorKind::refused where a service still relays.
    void show(
        const ChangeResult& result, const std::vector<const CertificateFile*>* files = nullptr);

    // Says that nothing was changed, since somebody was asked and said no. Returns the status of
    // that.
    ExitStatus declined();

protected:
    // Writes the result with --json; a command that has more to say writes it there. verdict: null
    // where the services were not asked.
    virtual void write_json(
        const std::vector<TableOutcome>& outcomes, const RevocationVerdict* verdict);

private:
    // Writes a sentence for each entry that was changed, or would be.
    void tell_entries(const ChangeReport& report);
    void tell_nothing_to_do(const TableOutcome& outcome);
    // Returns whether the services still relay for removed clients; no value if that was not asked.
    std::optional<RevocationVerdict> ask_services(const std::vector<TableOutcome>& outcomes,
        const std::vector<const CertificateFile*>* files);
    // Says how Postfix is told of a table that it does not ask yet.
    void hint_at_configuration();

    Context& context_;
    const ChangeOptions& options_;
};

} // namespace relayctl
