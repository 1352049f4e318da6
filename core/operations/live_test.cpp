#include "core/operations/live_test.hpp"

#include "core/audit/test_remarks.hpp"
#include "core/base/error.hpp"
#include "core/base/ip_address.hpp"
#include "core/base/text.hpp"
#include "core/inspect/test_servers.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace relayctl {

namespace {

constexpr std::size_t most_tried_at_once = 16;

// One server before and while it is tested.
struct Candidate {
    LiveTestServer server;
    LiveTestFacts facts;
    bool is_postscreen = false;
};

std::vector<std::string> issuers_of(const CertificateFile& file)
{
    std::vector<std::string> issuers;
    for (const Certificate& certificate : file.certificates) {
        issuers.push_back(certificate.issuer);
    }
    return issuers;
}

class LiveTestRun {
public:
    LiveTestRun(Postfix& postfix, const ClientIdentity& identity, const TestRequest& request)
        : postfix_(postfix)
        , identity_(identity)
        , request_(request)
        , deadline_(request.time)
        , end_(deadline_after(request.time))
    {
    }

    TestResult run()
    {
        result_.client = tested_client();
        if (identity_.tls) {
            if (const auto weak = readable_by_others(identity_.key_file)) {
                result_.findings.push_back(readable_key(*weak));
            }
        }
        if (request_.target.empty()) {
            take_services();
        } else {
            take_host();
        }
        test_all();
        for (Candidate& candidate : candidates_) {
            finish(candidate);
        }
        return std::move(result_);
    }

private:
    CheckedClient tested_client() const
    {
        CheckedClient tested = client_of(identity_.file);
        if (identity_.is_pkcs12) {
            tested.client.add_words.clear(); // relayctl add does not ask for a password
        }
        return tested;
    }

    void take_services()
    {
        if (const std::string reason = reason_not_to_connect(postfix_); !reason.empty()) {
            throw Error(ErrorKind::postfix, "the services of this machine: " + reason,
                { "name the server to be tested: relayctl test CERT KEY HOST" });
        }
        services_ = services_to_test(postfix_);
        for (const TestedService& service : services_) {
            if (!request_.service.empty() && !is_service_named(service.name, request_.service)) {
                continue;
            }
            Candidate candidate;
            candidate.server = service.server;
            candidate.facts.name = service.name;
            candidate.facts.service = service.name;
            candidate.facts.untested = service.problem;
            candidate.is_postscreen = service.is_postscreen;
            settle(candidate.server);
            candidates_.push_back(std::move(candidate));
        }
        if (candidates_.empty()) {
            throw Error(ErrorKind::postfix,
                request_.service.empty() ? "master.cf: has no smtpd service of type inet"
                                         : "master.cf: has no smtpd service "
                        + quote(request_.service, 100) + " of type inet",
                { "see what it has: postconf -M" });
        }
    }

    void take_host()
    {
        const auto host = parse_host_and_port(request_.target);
        if (!host) {
            throw Error(ErrorKind::usage,
                "test " + quote(request_.target, 200) + ": is neither a file nor HOST[:PORT]",
                { "a port is a number or a name: mx.example:587, [2001:db8::1]:submission" });
        }
        Candidate candidate;
        candidate.facts.name = request_.target;
        LiveTestServer& server = candidate.server;
        server.tls = request_.tls.value_or(usual_tls_start(host->port));
        server.where = addresses_of_host(
            *host, server.tls, std::min(deadline_after(request_.step_time), end_));
        server.name = is_address(host->host) ? "" : host->host;
        find_services();
        for (const SocketAddress& address : server.where.addresses) {
            if (const TestedService* service = service_at(services_, address.text)) {
                server.tls = service->server.tls;
                break;
            }
        }
        settle(server);
        candidates_.push_back(std::move(candidate));
    }

    // What was asked for counts more than what is usual.
    void settle(LiveTestServer& server) const
    {
        server.tls = request_.tls.value_or(server.tls);
        server.tls_is_certain = request_.tls.has_value();
        if (!request_.server_name.empty()) {
            server.name = request_.server_name;
        }
    }

    // The host may be this machine. Whatever keeps us from its configuration is no fault here.
    void find_services()
    {
        try {
            if (postfix_.is_configured() && reason_not_to_connect(postfix_).empty()) {
                services_ = services_to_test(postfix_);
            }
        } catch (const Error&) {
            services_.clear();
        }
    }

    // Tests all servers, several at a time.
    void test_all()
    {
        const LiveTestTerms terms{ identity_.tls, request_.sender, request_.recipient,
            request_.step_time, end_ };
        std::atomic<std::size_t> next = 0;
        std::mutex mutex;
        std::exception_ptr failure;
        const auto work = [&] {
            for (std::size_t i = 0; (i = next++) < candidates_.size();) {
                Candidate& candidate = candidates_[i];
                try {
                    if (candidate.facts.untested.empty()) {
                        run_live_test(candidate.server, terms, candidate.facts);
                    }
                } catch (...) {
                    const std::lock_guard lock(mutex);
                    failure = std::current_exception();
                }
            }
        };
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < std::min(candidates_.size(), most_tried_at_once); ++i) {
            threads.emplace_back(work);
        }
        work();
        for (std::thread& thread : threads) {
            thread.join();
        }
        if (failure) {
            std::rethrow_exception(failure);
        }
    }

    void finish(Candidate& candidate)
    {
        TestedServer tested;
        const Digest digest = request_.digest.value_or(Digest::by_name("sha256"));
        tested.digest = digest.name();
        tested.fingerprints = result_.client.client.fingerprints(digest);
        LiveTestFacts& facts = candidate.facts;
        if (facts.untested.empty()) {
            const SessionFacts& session = facts.session ? *facts.session : *facts.control;
            if (const TestedService* service = service_at(services_, session.address)) {
                facts.service = service->name;
                candidate.is_postscreen = service->is_postscreen;
            }
            if (!facts.service.empty() && facts.session && session.end == SessionEnd::answered) {
                tested.check = check_for(candidate, session);
            }
            if (tested.check && !request_.digest && !tested.check->digest.empty()) {
                tested.digest = tested.check->digest;
                tested.fingerprints = tested.check->fingerprints;
            }
            TestQuestion question{ result_.client.client, issuers_of(identity_.file),
                Digest::find(tested.digest), request_.target.empty() ? "" : candidate.server.name,
                request_.now, tested.check };
            tested.verdict = judge_test(facts, question);
        }
        tested.facts = std::move(facts);
        result_.servers.push_back(std::move(tested));
    }

    // By the configuration alone where that says what the server did; else the running smtpd is
    // looked at, too, as relayctl check does.
    std::optional<Verdict> check_for(const Candidate& candidate, const SessionFacts& session)
    {
        try {
            auto verdict = verdict_of(candidate, session.client_address, true);
            if (verdict && verdict->would_relay && *verdict->would_relay != session.relays()) {
                verdict = verdict_of(candidate, session.client_address, false);
            }
            return verdict;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::interrupted) {
                throw;
            }
            result_.notes.push_back(
                escape(candidate.facts.service) + ": not compared with check: " + error.what());
            return std::nullopt;
        }
    }

    // Judges all services at once if several are tested. What is behind postscreen has another
    // name.
    const std::vector<Verdict>& verdicts_for(const std::string& address, bool is_offline)
    {
        const Candidate& first = candidates_.front();
        const bool is_alone = candidates_.size() == 1 && !first.is_postscreen;
        std::vector<Verdict>& verdicts = verdicts_[{ address, is_offline }];
        if (verdicts.empty()) {
            std::vector<CheckedClient> clients;
            clients.push_back(tested_client());
            verdicts = check_clients(postfix_, clients,
                { address, is_alone ? first.facts.service : "", "", "", request_.repair,
                    request_.now, is_offline, request_.open })
                           .front()
                           .verdicts;
        }
        return verdicts;
    }

    std::optional<Verdict> verdict_of(
        const Candidate& candidate, const std::string& address, bool is_offline)
    {
        const std::vector<Verdict>& verdicts = verdicts_for(address, is_offline);
        const auto found
            = std::find_if(verdicts.begin(), verdicts.end(), [&](const Verdict& verdict) {
                  return candidate.is_postscreen ? verdict.service.ends_with("/pass")
                                                 : verdict.service == candidate.facts.service;
              });
        return found == verdicts.end() ? std::nullopt : std::optional(*found);
    }

    Postfix& postfix_;
    const ClientIdentity& identity_;
    const TestRequest& request_;
    OverallDeadline deadline_; // of Postfix's commands as well
    SteadyClock::time_point end_;
    std::vector<TestedService> services_; // of this machine, as far as it has any
    std::vector<Candidate> candidates_;
    // By the address of the client, and whether the configuration alone was judged.
    std::map<std::pair<std::string, bool>, std::vector<Verdict>> verdicts_;
    TestResult result_;
};

} // namespace

TestResult test_client(Postfix& postfix, const ClientIdentity& identity, const TestRequest& request)
{
    return LiveTestRun(postfix, identity, request).run();
}

} // namespace relayctl
