// One smtpd runs with a socket pair for its client and a pipe for its standard error. Three
// conversations go on at once, so that none waits for another: the words that it writes to the
// pipe, the SMTP client that makes it set up TLS, and the stand-in for tlsmgr that it asks for
// random bytes.
#include "core/inspect/smtpd_trial.hpp"

#include "core/base/child_process.hpp"
#include "core/base/deadline.hpp"
#include "core/base/error.hpp"
#include "core/base/file_descriptor.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/text.hpp"
#include "core/inspect/smtp_look.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace relayctl {

namespace {

constexpr auto patience = std::chrono::seconds(10);
constexpr std::size_t most_said = 64 << 10; // bytes of its standard error that are kept

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

// Sorts the lines that smtpd writes to its standard error, "postfix/smtpd: fatal: text".
class SmtpdWords {
public:
    // Takes more of its output, and returns whether nothing of interest comes behind it.
    bool take(std::string_view bytes)
    {
        // What comes behind this is read and dropped, so that smtpd is not blocked.
        if (total_ < most_said) {
            total_ += bytes.size();
            rest_ += bytes;
        }
        for (std::size_t end = 0; (end = rest_.find('\n')) != std::string::npos;) {
            take_line(std::string_view(rest_).substr(0, end));
            rest_.erase(0, end + 1);
        }
        return is_over_;
    }

    ReadingFacts facts; // what came of it

private:
    // Takes a line by the severity that msg(3) of Postfix writes in front of it.
    void take_line(std::string_view line)
    {
        line.remove_prefix(std::min(line.size(), line.find(": ") + 2));
        const auto strip = [&](std::string_view prefix) {
            const bool has = line.starts_with(prefix);
            line.remove_prefix(has ? prefix.size() : 0);
            return has;
        };
        if (strip("fatal: ") || strip("panic: ")) {
            facts.fatal = escape(line);
            is_over_ = true; // msg_fatal() only sleeps for a second and exits
        } else if (strip("warning: ")) {
            strip("localhost[127.0.0.1]: ");
            take_warning(line);
        } else if (strip("error: ") && !contains(line, "open database ")) {
            note(line);
        }
    }

    // Tells warnings about the configuration from those that only come of the trial.
    void take_warning(std::string_view text)
    {
        if (contains(text, "connect #1 to subsystem")) {
            facts.unasked = "smtpd was not asked what it says of its configuration, since it waits "
                            "for another process of Postfix";
            is_over_ = true; // for 100 seconds: mail_connect_wait() in mail_connect.c
        } else if (contains(text, "private/tlsmgr:")) {
            facts.tls_unasked = "smtpd was not asked about TLS, for which it needs tlsmgr";
            is_over_ = true;
        } else if (text.starts_with("connect to Milter service ")) {
            facts.no_milter = escape(text);
        } else if (text == "disabling TLS support") { // the line before says why
            facts.no_tls = facts.warnings.empty() ? std::string(text) : facts.warnings.back();
        } else if (contains(text, "disabling TLS support")
            || contains(text, "TLS won't be enabled")) {
            facts.no_tls = escape(text);
        } else if (contains(text, "cipher grade") || contains(text, "aborting TLS session")) {
            facts.no_tls = facts.no_tls.empty() ? escape(text) : facts.no_tls;
        } else if (!contains(text, "relayctl-none") && !contains(text, "postmaster notify")
            && !contains(text, "NIS lookups disabled") // the default of alias_maps may name nis:
            && !contains(text, "TLS library problem") && !contains(text, " is unavailable. ")
            && !contains(text, "Wrapper-mode request dropped")) {
            note(text);
        }
    }

    // Keeps each warning once: several parameters may bring the same.
    void note(std::string_view text)
    {
        const std::string warning = escape(text);
        if (std::find(facts.warnings.begin(), facts.warnings.end(), warning)
            == facts.warnings.end()) {
            facts.warnings.push_back(warning);
        }
    }

    std::size_t total_ = 0;
    std::string rest_; // no whole line yet
    bool is_over_ = false;
};

// One smtpd, from its start to its end. Destroyed before that, it ends the process (ChildProcess).
class SmtpdTrial {
public:
    SmtpdTrial(const std::vector<std::string>& command, TlsmgrStandIn& tlsmgr, bool tls_first)
        : tlsmgr_(tlsmgr)
        , errors_("smtpd")
        , deadline_(deadline_after(patience))
    {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            throw_errno("smtpd", "make a socket pair");
        }
        FileDescriptor ours(ends[0]);
        FileDescriptor its(ends[1]);
        // An smtpd that runs alone speaks with its client by standard input and output.
        child_.emplace(command, its.get(), its.get(), errors_.write_end.get(), -1);
        errors_.write_end.reset();
        ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
        look_.emplace(std::move(ours), tls_first);
    }

    ReadingFacts run()
    {
        while (errors_.read_end) {
            if (look_ && look_->is_done()) {
                take_look();
            }
            if (!wait()) {
                words_.facts.unasked = "smtpd was asked what it says of its configuration, and "
                                       "gave no answer within 10 seconds";
                break;
            }
        }
        if (look_) {
            take_look();
        }
        return std::move(words_.facts);
    }

private:
    // Waits for the next event and deals with it. Returns false if time is up.
    bool wait()
    {
        std::array<struct pollfd, 4> wanted = { { { errors_.read_end.get(), POLLIN, 0 },
            { look_ ? look_->descriptor() : -1, look_ ? look_->events() : short{ 0 }, 0 },
            { tlsmgr_.descriptor(), POLLIN, 0 }, { interrupt_descriptor(), POLLIN, 0 } } };
        const int ready = ::poll(wanted.data(), wanted.size(), milliseconds_until(deadline_));
        throw_if_interrupted();
        if (ready == 0) {
            return false;
        }
        if (ready > 0 && wanted[0].revents != 0) {
            read_errors();
        }
        if (ready > 0 && look_ && wanted[1].revents != 0) {
            look_->go_on();
        }
        if (ready > 0 && wanted[2].revents != 0) {
            tlsmgr_.go_on();
        }
        return true;
    }

    // Reads what smtpd has written. Its end, or a word behind which nothing of interest comes, ends
    // the trial.
    void read_errors()
    {
        std::array<char, 4096> buffer{};
        const ssize_t size = ::read(errors_.read_end.get(), buffer.data(), buffer.size());
        const bool is_over = size > 0
            && words_.take(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
        if (is_over || size == 0 || (size < 0 && errno != EINTR)) {
            errors_.read_end.reset();
        }
    }

    // Notes what the client's end has seen, and closes it, so that smtpd ends.
    void take_look()
    {
        const LiveFacts& seen = look_->facts();
        ReadingFacts& facts = words_.facts;
        facts.begins_tls = !seen.protocol.empty();
        if (facts.no_tls.empty() && !facts.begins_tls) {
            facts.no_tls = seen.tls_problem;
        }
        look_.reset();
    }

    TlsmgrStandIn& tlsmgr_;
    Pipe errors_;
    SteadyClock::time_point deadline_;
    std::optional<ChildProcess> child_;
    std::optional<SmtpLook> look_;
    SmtpdWords words_;
};

} // namespace

ReadingFacts try_smtpd(
    const std::vector<std::string>& command, TlsmgrStandIn& tlsmgr, bool tls_first)
{
    return SmtpdTrial(command, tlsmgr, tls_first).run();
}

} // namespace relayctl
