#include "core/inspect/smtp_dialog.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/inspect/smtp_lines.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <utility>

namespace relayctl {

namespace {

constexpr const char* is_no_server = "what answers there is no SMTP server";

std::string code_of(std::string_view line)
{
    return std::string(line.substr(0, 3));
}

} // namespace

SmtpDialog::SmtpDialog(std::vector<SocketAddress> addresses)
    : connection_(std::move(addresses))
{
}

bool SmtpDialog::connect(SteadyClock::time_point deadline)
{
    while (connection_.state() == TcpConnection::State::connecting) {
        if (!wait(deadline, "takes no connection")) {
            return false;
        }
        connection_.finish_connecting();
    }
    if (connection_.state() == TcpConnection::State::refused) {
        fail(SessionEnd::not_connected, "nothing listens on " + address());
    } else if (connection_.state() == TcpConnection::State::failed) {
        fail(SessionEnd::not_connected, connection_.problem());
    }
    return !is_over();
}

std::optional<SmtpReply> SmtpDialog::reply(SteadyClock::time_point deadline)
{
    for (;;) {
        // A reply that came before the end of the session counts.
        if (auto complete = next_reply()) {
            return complete;
        }
        if (is_over() || !wait(deadline, "does not answer")) {
            return std::nullopt;
        }
    }
}

bool SmtpDialog::start_tls(const std::optional<TlsIdentity>& identity,
    const std::string& server_name, SteadyClock::time_point deadline)
{
    tls_ = std::make_unique<TlsSession>(identity, server_name);
    output_ += tls_->take_output();
    if (const std::string rest = std::exchange(input_, {}); !rest.empty()) {
        take(rest); // more than an answer to STARTTLS: whatever it is, it is no TLS
    }
    while (!is_over() && !tls_->is_established()) {
        if (!wait(deadline, "does not finish the TLS handshake")) {
            return false;
        }
    }
    return !is_over();
}

void SmtpDialog::say(const std::string& line)
{
    output_ += bytes_of(line, tls_.get());
    connection_.send(output_);
}

std::string SmtpDialog::client_address() const
{
    struct sockaddr_storage own { };
    socklen_t size = sizeof own;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::getsockname(connection_.descriptor(), reinterpret_cast<struct sockaddr*>(&own), &size)
        != 0) {
        return "";
    }
    const void* bytes = own.ss_family == AF_INET
        ? static_cast<const void*>(&reinterpret_cast<const struct sockaddr_in&>(own).sin_addr)
        : static_cast<const void*>(&reinterpret_cast<const struct sockaddr_in6&>(own).sin6_addr);
    return ::inet_ntop(own.ss_family, bytes, text.data(), text.size()) != nullptr ? text.data()
                                                                                  : "";
}

const TlsShown& SmtpDialog::tls() const noexcept
{
    static const TlsShown none;
    return tls_ ? tls_->shown() : none;
}

// Waits for something to happen and takes what has arrived. late: what the server does if nothing
// happens, "does not answer".
bool SmtpDialog::wait(SteadyClock::time_point deadline, const std::string& late)
{
    const bool is_connecting = connection_.state() == TcpConnection::State::connecting;
    const bool writes = is_connecting || !output_.empty();
    struct pollfd polled
        = { connection_.descriptor(), static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0 };
    const int left = milliseconds_until(deadline);
    const int ready = left > 0 ? ::poll(&polled, 1, left) : 0;
    if (ready < 0 && errno != EINTR) {
        throw_errno("the server", "poll");
    }
    if (ready == 0 && milliseconds_until(deadline) == 0) {
        fail(SessionEnd::silent, "it " + late);
        return false;
    }
    if (ready <= 0 || is_connecting) {
        return true;
    }
    connection_.send(output_);
    std::array<char, 8192> piece{};
    if (const auto received = connection_.receive(piece)) {
        if (received->empty()) {
            take_end();
        } else {
            take(*received);
        }
    }
    connection_.send(output_);
    return true;
}

void SmtpDialog::take(std::string_view bytes)
{
    const bool is_first = total_ == 0;
    total_ += bytes.size();
    if (total_ > most_smtp_bytes) {
        fail(SessionEnd::nonsense, is_no_server);
    } else if (!tls_) {
        input_ += bytes;
    } else if (is_first && is_reply_line(bytes.substr(0, 4))) {
        was_greeted_in_clear_ = true;
        fail(SessionEnd::nonsense,
            "it greets in clear: " + quote(trim(bytes.substr(0, bytes.find('\n'))), 200));
    } else {
        tls_->receive(bytes);
        output_ += tls_->take_output();
        input_ += tls_->take_text();
        if (const std::string& failure = tls_->problem(); !failure.empty()) {
            connection_.send(output_); // our alert
            if (tls_->shown().speaks_tls) {
                fail(SessionEnd::tls_failed,
                    std::string(tls_->is_established() ? "the server ends the TLS session: "
                                                       : "the TLS handshake fails: ")
                        + failure);
            } else {
                fail(SessionEnd::nonsense, "what answers there is no TLS: " + failure);
            }
        }
    }
}

void SmtpDialog::take_end()
{
    const bool shakes_hands = tls_ && !tls_->is_established();
    fail(SessionEnd::closed,
        total_ == 0        ? "it closes the connection at once"
            : shakes_hands ? "it closes the connection during the TLS handshake"
                           : "it closes the connection");
}

// Takes the next whole reply out of the input.
std::optional<SmtpReply> SmtpDialog::next_reply()
{
    SmtpReply reply;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = input_.find('\n', begin)) != std::string::npos;) {
        reply.lines.emplace_back(trim(std::string_view(input_).substr(begin, end - begin)));
        begin = end + 1;
        const std::string& line = reply.lines.back();
        if (!is_reply_line(line) || code_of(line) != code_of(reply.lines.front())) {
            fail(SessionEnd::nonsense, is_no_server);
            return std::nullopt;
        }
        if (is_last_line(line)) {
            input_.erase(0, begin);
            reply.code = std::stoi(code_of(line));
            return reply;
        }
    }
    if (input_.size() > most_reply_bytes) {
        fail(SessionEnd::nonsense, is_no_server);
    }
    return std::nullopt;
}

// The first end is the one that is kept.
void SmtpDialog::fail(SessionEnd end, std::string problem)
{
    if (!is_over()) {
        end_ = end;
        problem_ = std::move(problem);
    }
}

} // namespace relayctl
