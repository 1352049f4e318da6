#include "core/audit/joint_repair.hpp"

#include <algorithm>

namespace relayctl {

namespace {

constexpr int most_rounds = 32; // a list of restrictions may have several unknown words

class JointRepair {
public:
    JointRepair(const ServiceFacts& facts, const Question& question, const Repair& repair)
        : facts_(facts)
        , mended_(facts)
        , question_(question)
        , repair_(repair)
    {
        make(question.also);
    }

    const ServiceFacts& mended() const { return mended_; }
    const Question& question() const { return question_; }

    // Mends one reason in mind. Returns false where there is none that could still be mended.
    bool take_one(const std::vector<Finding>& reasons)
    {
        const auto found = std::find_if(
            reasons.begin(), reasons.end(), [&](const Finding& reason) { return is_new(reason); });
        if (found == reasons.end()) {
            return false;
        }
        done_.push_back(*found);
        const Mending& mending = found->mending;
        for (const std::string& first : mending.first) {
            if (std::find(all_.first.begin(), all_.first.end(), first) == all_.first.end()) {
                all_.first.push_back(first);
            }
            question_.assumed = Listed::yes; // these are about the table
        }
        if (mending.enables_tls) {
            all_.enables_tls = true;
            mended_.service.parameters["smtpd_tls_chain_files"] = "made by enable-server";
        }
        make(mending.settings);
        return true;
    }

    // The whole command; empty where there is none.
    std::string command()
    {
        all_.settings = settings_changed(facts_, mended_);
        if (all_.enables_tls) {
            std::erase_if(all_.settings,
                [](const Setting& setting) { return setting.name == "smtpd_tls_chain_files"; });
        }
        return repair_.mend(facts_, all_);
    }

    // Whether some command mends it.
    bool can_mend(const Finding& reason) const
    {
        return !reason.mending.empty() && !repair_.mend(facts_, reason.mending).empty();
    }

private:
    // Two reasons with the same words are mended once: there is no third round for them.
    bool is_new(const Finding& reason) const
    {
        return can_mend(reason)
            && std::none_of(done_.begin(), done_.end(), [&](const Finding& done) {
                   return done.id == reason.id && done.message == reason.message;
               });
    }

    void make(const std::vector<Setting>& settings)
    {
        mended_ = with_settings(std::move(mended_), settings);
        if (std::any_of(settings.begin(), settings.end(),
                [](const Setting& setting) { return setting.name == "relay_clientcerts"; })) {
            question_.assumed = Listed::yes;
        }
    }

    const ServiceFacts& facts_;
    ServiceFacts mended_;
    Question question_;
    const Repair& repair_;
    Mending all_;
    std::vector<Finding> done_;
};

} // namespace

void join_repairs(Verdict& verdict, const ServiceFacts& facts, const Question& question,
    const Repair& repair, Verdict (*judge)(const ServiceFacts&, const Question&, const Repair&))
{
    const bool relays = verdict.would_relay.value_or(false);
    const bool has_any = std::any_of(verdict.reasons.begin(), verdict.reasons.end(),
        [](const Finding& reason) { return !reason.mending.empty(); });
    if (question.also.empty() && (relays || !has_any)) {
        return;
    }
    JointRepair joint(facts, question, repair);
    Verdict now = question.also.empty() ? verdict : judge(joint.mended(), joint.question(), repair);
    for (int round = 0;
         round < most_rounds && !now.would_relay.value_or(false) && joint.take_one(now.reasons);
         ++round) {
        now = judge(joint.mended(), joint.question(), repair);
    }
    verdict.repair = joint.command();
    for (Finding& reason : verdict.reasons) {
        if (!relays && !verdict.repair.empty() && joint.can_mend(reason)) {
            reason.hint = verdict.repair;
        }
    }
}

} // namespace relayctl
