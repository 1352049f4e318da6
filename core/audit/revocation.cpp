// The question is whether anything else lets a removed client relay. Of most removed clients only
// the fingerprint of the entry is known, so the facts are cut down to the answers for that one, and
// the service is judged as for any client.
#include "core/audit/revocation.hpp"

#include "core/audit/verdict.hpp"
#include "core/base/text.hpp"
#include "core/postfix/asked_tables.hpp"

#include <algorithm>
#include <set>

namespace relayctl {

namespace {

// Stands for the other fingerprint of a client of whom only this one is known: nobody lists it.
ClientFingerprint other_fingerprint(const ClientFingerprint& known)
{
    return { known.kind == "cert" ? "key" : "cert",
        fingerprint_of_nobody(known.fingerprint.size()) };
}

// The same table with the answers of one fingerprint: once for each of the two that smtpd asks for.
// both: nobody knows whether it is of the certificate or of the key, so it counts as either.
TableFacts answers_of_one(const TableFacts& table, std::size_t number, bool both)
{
    TableFacts one = table;
    if (number < table.answers.size()) {
        const LookupStatus answer = table.answers[number];
        // What cannot be asked for one of the two cannot be asked for the other.
        const bool is_known = answer == LookupStatus::found || answer == LookupStatus::missing;
        one.answers = { answer, both || !is_known ? answer : LookupStatus::missing };
        one.values = { table.values[number], both ? table.values[number] : std::string() };
    }
    return one;
}

// Returns the facts as they would be if only the fingerprint of this number existed.
ServiceFacts facts_of_one(const ServiceFacts& facts, std::size_t number, bool both)
{
    ServiceFacts one = facts;
    for (TableFacts& table : one.tables) {
        table = answers_of_one(table, number, both);
    }
    for (auto& [argument, access] : one.ccert_access) {
        access.table = answers_of_one(access.table, number, both);
    }
    return one;
}

// Returns whether any table of the service has the fingerprint of this number.
bool is_found_anywhere(const ServiceFacts& facts, std::size_t number)
{
    const auto finds = [&](const TableFacts& table) {
        return number < table.answers.size() && table.answers[number] == LookupStatus::found;
    };
    return std::any_of(facts.tables.begin(), facts.tables.end(), finds)
        || std::any_of(facts.ccert_access.begin(), facts.ccert_access.end(),
            [&](const auto& access) { return finds(access.second.table); });
}

// Returns how the client is taken out of the table that lists it.
std::string hint_for(const Match& match, const Repair& repair)
{
    const TableName table
        = folded_table(TableName::parse(match.table), "/"); // without proxy: and debug:
    // Other types are changed by hand or by their own tools.
    if (table.is_writable()) {
        return repair.relayctl("remove " + match.fingerprint);
    }
    return "relayctl does not change tables of type " + quote(table.type)
        + ": take the client out of it by hand";
}

// Returns the reason that helps most: an error; else the entry that lists the client; else a
// remark.
Finding reason_of(const Verdict& verdict, const Repair& repair)
{
    const auto with = [&](auto predicate) {
        return std::find_if(verdict.reasons.begin(), verdict.reasons.end(), predicate);
    };
    const auto error = with([](const Finding& f) { return f.severity == Severity::error; });
    if (error != verdict.reasons.end()) {
        return *error;
    }
    if (verdict.match) {
        const std::string what
            = verdict.match->host.empty() ? "" : " as " + quote(verdict.match->host, 100);
        return { Severity::error, "still-listed", "", 0, 0,
            escape(verdict.match->table) + " lists " + verdict.match->fingerprint + what,
            hint_for(*verdict.match, repair) };
    }
    const auto remark = with([](const Finding& f) {
        return f.id == "ccert-access-permits" || f.id == "permitted-otherwise";
    });
    if (remark != verdict.reasons.end()) {
        return *remark;
    }
    return { Severity::error, "permitted-otherwise", "", 0, 0, "its restrictions permit the client",
        "" };
}

// Returns what the doubt is about: the first reason that is more than a note.
Finding doubt_of(const Verdict& verdict)
{
    const auto found = std::find_if(verdict.reasons.begin(), verdict.reasons.end(),
        [](const Finding& f) { return f.severity != Severity::note; });
    return found != verdict.reasons.end() ? *found
                                          : Finding{ Severity::warning, "depends", "", 0, 0,
                                                "it depends on what cannot be seen", "" };
}

// Judges one service for all clients that were removed, each known only by what was in its entry.
class RevocationJudge {
public:
    RevocationJudge(const ServiceFacts& facts, const RevokedClients& revoked, Time now,
        const Repair& repair, RevocationVerdict& result)
        : facts_(facts)
        , revoked_(revoked)
        , now_(now)
        , repair_(repair)
        , result_(result)
    {
    }

    void run()
    {
        // The client is a file, so all its fingerprints are known and were asked for.
        if (revoked_.client.listed.empty()) {
            take(judge(facts_, { revoked_.client, std::nullopt, now_ }, repair_),
                { revoked_.client.name });
            return;
        }
        const auto fingerprints = facts_.digest ? revoked_.client.fingerprints(*facts_.digest)
                                                : std::vector<ClientFingerprint>();
        // A removal of thousands would need thousands of judgements. Clients that no table finds
        // any more all get the same one, so one of them stands for the rest.
        std::set<std::string> unlisted; // all of them are judged as one
        for (const auto& [fingerprint, name] : revoked_.names) {
            unlisted.insert(name);
        }
        // The number of a fingerprint that no table finds.
        std::optional<std::size_t> example;
        for (std::size_t i = 0; i < fingerprints.size(); ++i) {
            if (is_found_anywhere(facts_, i)) {
                const std::string& name = revoked_.names.at(fingerprints[i].fingerprint);
                take(judge_one(fingerprints[i], i), { name });
                unlisted.erase(name);
            } else {
                example = i;
            }
        }
        // Without a digest or a fingerprint of this service there is no example, so the question is
        // asked of a client that nobody lists.
        if (!unlisted.empty()) {
            take(example ? judge_one(fingerprints[*example], *example)
                         : judge(facts_, { Client(), Listed::no, now_ }, repair_),
                { unlisted.begin(), unlisted.end() });
        }
    }

private:
    Verdict judge_one(const ClientFingerprint& known, std::size_t number) const
    {
        Client client;
        client.name = revoked_.names.at(known.fingerprint);
        client.add_words = "--fingerprint " + known.fingerprint.to_string();
        // The kind is not known, so the fingerprint is asked as that of the certificate and as that
        // of the key.
        if (known.kind.empty()) {
            client.listed = { { "cert", known.fingerprint }, { "key", known.fingerprint } };
        } else {
            client.listed = { known, other_fingerprint(known) };
        }
        const ServiceFacts facts = facts_of_one(facts_, number, known.kind.empty());
        Question question{ client, std::nullopt, now_ };
        const Listing listing = look_up(facts, client);
        // A miss of the only known fingerprint leaves the listing unknown; here it counts as not
        // listed, since the caller tells the user of the other fingerprint.
        if (listing.listed == Listed::unknown && listing.decided_by == nullptr) {
            question.assumed = Listed::no;
        }
        return judge(facts, question, repair_);
    }

    void take(const Verdict& verdict, std::vector<std::string> names)
    {
        // A table that fails at this moment refuses everybody; what it says of the client is not
        // known.
        static const std::set<std::string_view> failures
            = { "table-fails", "map-missing", "proxy-unreadable", "ccert-access-fails" };
        const bool fails = std::any_of(verdict.reasons.begin(), verdict.reasons.end(),
            [](const Finding& reason) { return failures.contains(reason.id); });
        // A "no" that comes of a failing table ends when the table is mended, so it is reported as
        // unsure.
        if (verdict.would_relay == std::optional(false) && !fails) {
            return;
        }
        const bool relays = verdict.would_relay.value_or(false);
        const Finding reason = relays ? reason_of(verdict, repair_) : doubt_of(verdict);
        (relays ? result_.relaying : result_.unsure)
            .push_back({ facts_.parameter("config_directory"), facts_.service.name,
                std::move(names), reason });
    }

    const ServiceFacts& facts_;
    const RevokedClients& revoked_;
    Time now_;
    const Repair& repair_;
    RevocationVerdict& result_;
};

} // namespace

Finding reload_needed(const TableName& table, const Repair& repair)
{
    return { Severity::error, "reload-needed", "", 0, 0,
        escape(table.to_string()) + " is read anew only after a reload", repair.reload() };
}

void judge_revocation(const ServiceFacts& facts, const RevokedClients& revoked, Time now,
    const Repair& repair, RevocationVerdict& result)
{
    RevocationJudge(facts, revoked, now, repair, result).run();
}

} // namespace relayctl
