// All services are looked at together, in one thread: each is a conversation (SmtpLook) that never
// waits by itself, and one poll(2) waits for all of them. Each conversation has a time limit, and
// so has the whole look, since a command must not hang for a server that does. What the running
// smtpd shows is then put into words together with what the processes and the mail log say.
#include "core/inspect/live_look.hpp"

#include "core/base/deadline.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/inspect/master_process.hpp"
#include "core/inspect/opened_table.hpp"
#include "core/inspect/service_address.hpp"
#include "core/inspect/smtp_look.hpp"
#include "core/inspect/smtpd_log.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>

namespace relayctl {

namespace {

using namespace std::chrono_literals;

// More connections at once from one address would meet smtpd_client_connection_count_limit (50).
constexpr std::size_t most_at_once = 32;
constexpr auto time_for_all = 8000ms;
constexpr auto time_for_one = 4000ms;
constexpr auto time_for_postscreen = 8000ms; // postscreen_greet_wait is 6 s
constexpr auto time_for_quit = 500ms;
constexpr auto time_until_tls = 3000ms; // of silence, before TLS is tried
constexpr auto time_between_checks = 1000ms; // of the processes of a silent service

// One service while it is looked at.
// Times are those of the steady clock, which nobody sets.
struct Visit {
    ServiceFacts* service = nullptr;
    std::string name; // of the service that is connected to, "smtp/inet"
    ServiceAddresses where;
    std::unique_ptr<SmtpLook> look; // null before it begins
    bool is_over = false;
    SteadyClock::time_point begin;
    SteadyClock::time_point end;
    SteadyClock::time_point next_check;
    bool had_no_process = false; // at the last check
    bool tls_was_tried = false;

    bool is_of_postscreen() const { return service->service.name.ends_with("/pass"); }
    bool is_under_way() const { return look && !is_over; }
};

// One call of look_at_services().
class LiveLook {
public:
    LiveLook(Postfix& postfix, std::vector<ServiceFacts>& services)
        : postfix_(postfix)
        , end_(deadline_after(time_for_all))
    {
        for (ServiceFacts& service : services) {
            visits_.push_back({});
            visits_.back().service = &service;
        }
    }

    void run()
    {
        if (const std::string reason = reason_not_to_look(); !reason.empty()) {
            for (Visit& visit : visits_) {
                visit.service->live = LiveFacts{};
                visit.service->live->problem = reason;
            }
            return;
        }
        // inet_interfaces and others are read by master, which no -o of a service concerns.
        main_cf_ = postfix_.effective(judged_parameters(), {});
        for (Visit& visit : visits_) {
            prepare(visit);
        }
        while (begin_visits()) {
            wait();
            look_at_clock();
        }
        for (Visit& visit : visits_) {
            complete(visit);
        }
    }

private:
    // Returns why nothing can be seen of any service; empty if the look can begin.
    std::string reason_not_to_look()
    {
        if (visits_.empty()) {
            return "";
        }
        const std::string& queue = visits_.front().service->parameter("queue_directory");
        const std::optional<bool> runs = Postfix::is_running(queue);
        if (!runs) {
            return "whether Postfix runs cannot be seen by this user";
        }
        if (!*runs) {
            return "Postfix does not run here";
        }
        master_ = find_master(queue);
        return master_.problem;
    }

    // Finds out where to connect to for the service, or why not to.
    void prepare(Visit& visit)
    {
        const ServiceFacts& facts = *visit.service;
        visit.name = facts.service.name;
        if (!facts.disguise.parameter.empty()) {
            visit.where.problem
                = "only a proxy may speak with it (" + facts.disguise.parameter + ")";
        } else if (visit.is_of_postscreen()) {
            const auto postscreens = parse_services(postfix_.master_cf(), "postscreen");
            visit.where.problem = "no postscreen of master.cf hands clients over to it";
            if (!postscreens.empty()) {
                // postscreen takes the connection and hands it on, so it is postscreen's address
                // that is connected to.
                visit.name = postscreens.front().name;
            }
        }
        if (visit.name.ends_with("/inet") && facts.disguise.parameter.empty()) {
            visit.where = addresses_of_service(visit.name.substr(0, visit.name.rfind('/')),
                main_cf_["inet_interfaces"], main_cf_["inet_protocols"]);
        }
        if (visit.where.addresses.empty()) {
            visit.service->live = LiveFacts{};
            visit.service->live->problem = visit.where.problem;
            visit.is_over = true;
        }
    }

    // Begins as many visits as may be under way. Returns false if there is nothing left to do.
    bool begin_visits()
    {
        auto under_way = static_cast<std::size_t>(std::count_if(visits_.begin(), visits_.end(),
            [](const Visit& visit) { return visit.is_under_way(); }));
        for (Visit& visit : visits_) {
            if (visit.look || visit.is_over || under_way == most_at_once) {
                continue;
            }
            visit.begin = SteadyClock::now();
            visit.end = std::min(end_,
                deadline_after(visit.is_of_postscreen() ? time_for_postscreen : time_for_one));
            visit.next_check = visit.begin + time_between_checks;
            visit.look = std::make_unique<SmtpLook>(visit.where.addresses,
                visit.service->is_on("smtpd_tls_wrappermode") && !visit.is_of_postscreen());
            ++under_way;
        }
        return under_way > 0;
    }

    // Waits until a server has said something, or until the next moment at which something must be
    // decided.
    void wait()
    {
        std::vector<struct pollfd> polled;
        std::vector<Visit*> owners;
        auto until = end_;
        for (Visit& visit : visits_) {
            if (!visit.is_under_way()) {
                continue;
            }
            if (visit.look->is_done()) {
                // It is over already, so poll() must not wait for the others.
                until = SteadyClock::now();
                continue;
            }
            polled.push_back({ visit.look->descriptor(), visit.look->events(), 0 });
            owners.push_back(&visit);
            until = std::min({ until, visit.end, visit.next_check });
        }
        if (::poll(polled.data(), polled.size(), milliseconds_until(until)) < 0 && errno != EINTR) {
            throw_errno("smtpd", "poll");
        }
        for (std::size_t i = 0; i < polled.size(); ++i) {
            if (polled[i].revents != 0) {
                owners[i]->look->go_on();
            }
        }
    }

    // Ends what has taken too long, and looks after services that say nothing.
    void look_at_clock()
    {
        const auto now = SteadyClock::now();
        processes_.reset();
        for (Visit& visit : visits_) {
            if (!visit.is_under_way()) {
                continue;
            }
            SmtpLook& look = *visit.look;
            // All is known, and QUIT is only politeness.
            if (look.is_leaving()) {
                visit.end = std::min(visit.end, now + time_for_quit);
                visit.next_check = visit.end;
            } else if (look.is_silent() && now >= visit.next_check) {
                check_silence(visit, now);
            } else if (now >= visit.next_check) {
                visit.next_check = visit.end;
            }
            if (!look.is_done() && now >= visit.end) {
                using std::chrono::duration_cast, std::chrono::seconds;
                look.give_up("within "
                    + count_of(static_cast<std::size_t>(
                                   duration_cast<seconds>(visit.end - visit.begin).count()),
                        "second", "seconds"));
            }
            visit.is_over = look.is_done() || visit.is_over;
        }
    }

    // A service whose smtpd died waits in master's queue: the kernel takes the connection, and
    // nobody ever answers. Observed: master does not start another smtpd for a minute. So does a
    // port that another program holds.
    void check_silence(Visit& visit, SteadyClock::time_point now)
    {
        const bool has_none = has_process(visit) == std::optional(false);
        // One look may fall between two processes of the service, so two in a row must find none.
        visit.is_over = has_none && visit.had_no_process && !visit.is_of_postscreen();
        visit.had_no_process = has_none;
        visit.next_check = now + time_between_checks;
        if (!has_none && !visit.tls_was_tried && !visit.is_of_postscreen()
            && now >= visit.begin + time_until_tls
            && !visit.service->is_on("smtpd_tls_wrappermode")) {
            visit.tls_was_tried = true;
            visit.look->try_tls();
        }
    }

    // Whether a process of the service is there; no value if that cannot be seen.
    std::optional<bool> has_process(const Visit& visit)
    {
        if (!processes_) {
            processes_ = services_with_process(master_.pid);
        }
        return processes_ ? std::optional(processes_->contains(visit.name)) : std::nullopt;
    }

    // Takes over what was seen, and adds what explains it.
    void complete(Visit& visit)
    {
        // It never began: prepare() has said why, or the time was over.
        if (!visit.look) {
            if (!visit.service->live) {
                visit.service->live = LiveFacts{};
                visit.service->live->problem = "time was up before it was its turn";
            }
            return;
        }
        LiveFacts live = visit.look->facts();
        const bool is_silent = visit.look->is_silent();
        if (is_silent && visit.had_no_process) {
            live.status = LiveStatus::dead;
            live.problem = live.address
                + " takes connections, but no smtpd of it is there to "
                  "answer: master(8) waits before it starts one again";
        } else if (is_silent && live.status == LiveStatus::dead && live.from_the_start
            && has_process(visit).value_or(false)) {
            // An smtpd with smtpd_tls_wrappermode that cannot set up TLS drops the connection
            // without a word. It is alive, and its log says why.
            live.status = LiveStatus::alive;
            live.offers_tls = true;
            live.tls_problem = live.problem;
            live.tls_is_disabled = true;
        }
        const bool died = live.status == LiveStatus::dead && !live.is_refused;
        if (died || !live.tls_problem.empty()) {
            live.logged = last_trouble_of_smtpd(main_cf_["maillog_file"],
                died                       ? SmtpdTrouble::fatal
                    : live.tls_is_disabled ? SmtpdTrouble::tls_setup
                                           : SmtpdTrouble::handshake);
        }
        // postscreen may answer itself and never ask for a certificate.
        if (live.status == LiveStatus::alive && visit.is_of_postscreen()
            && !live.asks_for_certificate.value_or(false)) {
            live.status = LiveStatus::unseen;
            live.problem = "it is behind postscreen, which shows something of its own";
        }
        if (is_disabled(visit.name, main_cf_["master_service_disable"])) {
            live.disabled_by = main_cf_["master_service_disable"];
        }
        if (live.asks_for_certificate.value_or(false)) {
            live.configured_authorities = configured_authorities(*visit.service);
        }
        visit.service->live = std::move(live);
    }

    // Returns the names of the CAs in the file as it is now: they differ from those of the running
    // smtpd if somebody has changed the file since it started.
    static std::optional<std::vector<std::string>> configured_authorities(const ServiceFacts& facts)
    {
        const std::string& file = facts.parameter("smtpd_tls_CAfile");
        return file.empty() ? std::vector<std::string>()
                            : authority_names(path_for_smtpd(file, facts));
    }

    Postfix& postfix_;
    SteadyClock::time_point end_;
    MasterProcess master_;
    std::map<std::string, std::string> main_cf_; // effective where no -o overrides it
    std::vector<Visit> visits_;
    std::optional<std::set<std::string>> processes_; // as they were when last looked at
};

} // namespace

void look_at_services(Postfix& postfix, std::vector<ServiceFacts>& services)
{
    LiveLook(postfix, services).run();
}

} // namespace relayctl
