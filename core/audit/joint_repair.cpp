// The commands of single reasons may undo one another: two of them may set the same list. So the
// settings are made in a copy of the facts, one reason after the other, and the result is compared
// with what there is: one command sets each parameter once, to its last value.
#include "core/audit/joint_repair.hpp"

#include <algorithm>

namespace relayctl {

namespace {

// The limit is a guard against settings that undo each other.
constexpr int most_rounds = 32; // a list of restrictions may have several unknown words
// Stands for the path of the certificate that "postfix tls enable-server" will make. No setting
// with this value gets into a command.
constexpr const char* made_by_enable_server = "made by enable-server";

using Judge = Verdict (*)(const ServiceFacts&, const Question&, const Repair&);

// Mends the facts of a service step by step in memory, and judges them again after each step, until
// the client would relay or no reason is left that a command mends.
class JointRepair {
public:
    JointRepair(
        const ServiceFacts& facts, const Question& question, const Repair& repair, Judge judge)
        : facts_(facts)
        , mended_(facts)
        , question_(question)
        , repair_(repair)
        , judge_(judge)
    {
        // These settings come with the question, so they are made before the first judgement.
        make({ {}, false, question.also });
    }

    // Mends in mind one reason after the other, and judges again what is left.
    void run(std::vector<Finding> reasons)
    {
        for (int round = 0; round < most_rounds; ++round) {
            // The first reason decides, so it is mended first. What stands behind it may be gone
            // then.
            const auto found = std::find_if(reasons.begin(), reasons.end(),
                [&](const Finding& reason) { return is_new(reason); });
            if (found != reasons.end()) {
                done_.push_back(*found);
                make(found->mending);
            } else if (question_.assumed != Listed::yes) {
                question_.assumed = Listed::yes; // what would keep the client out once it is listed
            } else {
                return;
            }
            const Verdict verdict = judge_(mended_, question_, repair_);
            if (verdict.would_relay.value_or(false)) {
                return;
            }
            reasons = verdict.reasons;
        }
    }

    // The command of all settings that were made in mind; empty where there is none.
    std::string command() const { return command_with({}); }

    // The same with a mending of another kind, which lists the client first.
    std::string command_with(const Mending& mending) const
    {
        Mending all{ mending.first, enables_tls_,
            settings_changed(facts_, with_settings(mended_, mending.settings)) };
        // "postfix tls enable-server" makes that setting itself.
        std::erase_if(all.settings,
            [](const Setting& setting) { return setting.value == made_by_enable_server; });
        return repair_.mend(facts_, all);
    }

    // Whether it is mended by settings alone, and some command makes them.
    bool can_make(const Mending& mending) const
    {
        return !mending.empty() && mending.first.empty() && !repair_.mend(facts_, mending).empty();
    }

private:
    // Two reasons with the same words are mended once: there is no third round for them.
    bool is_new(const Finding& reason) const
    {
        return can_make(reason.mending)
            && std::none_of(done_.begin(), done_.end(), [&](const Finding& done) {
                   return done.id == reason.id && done.message == reason.message;
               });
    }

    // Makes the settings of a mending in the copy of the facts.
    void make(const Mending& mending)
    {
        mended_ = with_settings(std::move(mended_), mending.settings);
        if (mending.enables_tls) {
            enables_tls_ = true;
            mended_.service.parameters["smtpd_tls_chain_files"] = made_by_enable_server;
        }
        // A service that asks another table now is judged as if that one lists the client, because
        // nobody has asked it yet.
        if (std::any_of(mending.settings.begin(), mending.settings.end(),
                [](const Setting& setting) { return setting.name == "relay_clientcerts"; })) {
            question_.assumed = Listed::yes;
        }
    }

    const ServiceFacts& facts_;
    ServiceFacts mended_;
    Question question_;
    const Repair& repair_;
    Judge judge_;
    bool enables_tls_ = false;
    std::vector<Finding> done_;
};

} // namespace

void join_repairs(Verdict& verdict, const ServiceFacts& facts, const Question& question,
    const Repair& repair, Judge judge)
{
    // The settings count after a reload, and what runs now ends with it.
    ServiceFacts configured = facts;
    configured.live.reset();
    const Verdict as_configured = facts.live ? judge(configured, question, repair) : verdict;
    const bool relays = as_configured.would_relay.value_or(false);
    // A client that relays needs a command only if settings were asked for besides. Without any
    // setting there is nothing to join.
    // A mending that only runs a command needs no joining.
    const bool has_settings
        = std::any_of(verdict.reasons.begin(), verdict.reasons.end(), [](const Finding& reason) {
              return reason.mending.enables_tls || !reason.mending.settings.empty();
          });
    if (question.also.empty() && (relays || !has_settings)) {
        return;
    }
    JointRepair joint(configured, question, repair, judge);
    if (!relays) {
        joint.run(as_configured.reasons);
    }
    verdict.repair = joint.command();
    for (Finding& reason : verdict.reasons) {
        // A reason gets the joint command if settings alone mend it. If it needs a command first
        // that lists the client, that command comes in front. All others keep their own hint.
        const Mending& mending = reason.mending;
        const bool lists_first = !mending.first.empty() && !mending.settings.empty();
        const std::string command = relays ? ""
            : joint.can_make(mending)      ? verdict.repair
            : lists_first                  ? joint.command_with(mending)
                                           : "";
        reason.hint = command.empty() ? reason.hint : command;
    }
}

} // namespace relayctl
