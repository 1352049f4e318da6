// The conversation is a state machine: each state says what the server owes us, and each reply
// leads to the next state. It goes as far as a client goes before it would send mail: greeting,
// EHLO, STARTTLS, handshake, QUIT. No certificate is shown and no mail is sent. An end of the
// connection means something else in each state (take_end()).
#include "core/inspect/smtp_look.hpp"

#include "core/base/text.hpp"
#include "core/inspect/smtp_lines.hpp"

#include <poll.h>

#include <array>
#include <utility>

namespace relayctl {

SmtpLook::SmtpLook(std::vector<SocketAddress> addresses, bool tls_first)
    : connection_(std::move(addresses))
    , tls_first_(tls_first)
{
    take_connection();
}

SmtpLook::SmtpLook(FileDescriptor connected, bool tls_first)
    : connection_(std::move(connected))
    , tls_first_(tls_first)
{
    take_connection();
    connection_.send(output_);
}

// Goes on by what has become of the connection. A refusal is certain knowledge; other failures may
// be about the way to the server.
void SmtpLook::take_connection()
{
    facts_.address = connection_.address();
    switch (connection_.state()) {
    case TcpConnection::State::connecting:
        state_ = State::connecting;
        break;
    case TcpConnection::State::connected:
        state_ = State::greeting;
        if (tls_first_) {
            begin_tls();
        }
        break;
    case TcpConnection::State::refused:
        facts_.is_refused = true;
        finish(LiveStatus::dead, "nothing listens on " + facts_.address);
        break;
    case TcpConnection::State::failed:
        finish(LiveStatus::unseen, connection_.problem());
        break;
    }
}

short SmtpLook::events() const noexcept
{
    const bool writes = state_ == State::connecting || !output_.empty();
    return static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN);
}

void SmtpLook::go_on()
{
    if (state_ == State::connecting) {
        connection_.finish_connecting();
        take_connection();
    } else if (!is_done()) {
        connection_.send(output_);
        receive();
    }
    connection_.send(output_);
}

void SmtpLook::receive()
{
    std::array<char, 8192> piece{};
    const auto received = connection_.receive(piece);
    const std::string_view bytes = received.value_or("");
    if (bytes.empty()) {
        if (received) {
            take_end();
        }
        return;
    }
    const bool is_first = total_ == 0;
    total_ += bytes.size();
    if (total_ > most_smtp_bytes) {
        finish(LiveStatus::dead, "what answers on " + facts_.address + " is no SMTP server");
    } else if (tls_ && is_first && is_reply_line(bytes.substr(0, 4))) {
        take_greeting_in_clear(std::string(trim(bytes.substr(0, bytes.find('\n')))));
    } else if (tls_) {
        take_tls_bytes(bytes);
    } else {
        input_ += bytes;
        read_replies();
    }
}

void SmtpLook::read_replies()
{
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end = 0; !is_done() && !(tls_ && state_ == State::handshake)
         && (end = input_.find('\n', begin)) != std::string::npos;) {
        lines.emplace_back(trim(std::string_view(input_).substr(begin, end - begin)));
        begin = end + 1;
        if (!is_reply_line(lines.back())) {
            finish(LiveStatus::dead, "what answers on " + facts_.address + " is no SMTP server");
        } else if (is_last_line(lines.back())) {
            input_.erase(0, begin);
            begin = 0;
            take_reply(lines);
            lines.clear();
        }
    }
    if (!is_done() && input_.size() > most_reply_bytes) {
        finish(LiveStatus::dead, "what answers on " + facts_.address + " is no SMTP server");
    }
}

void SmtpLook::take_reply(const std::vector<std::string>& lines)
{
    const int code = std::stoi(lines.front().substr(0, 3));
    switch (state_) {
    case State::greeting:
        take_greeting(code, lines.front());
        break;
    case State::ehlo:
        take_features(code, lines);
        break;
    case State::starttls:
        if (code == 220) {
            begin_tls();
        } else {
            // smtpd offers STARTTLS and refuses it with 454 if it could not set up TLS.
            facts_.tls_problem = lines.back();
            facts_.tls_is_disabled = true;
            say("QUIT", State::leaving);
        }
        break;
    case State::leaving:
        state_ = State::done;
        break;
    case State::connecting:
    case State::handshake:
    case State::done:
        break;
    }
}

void SmtpLook::take_greeting(int code, const std::string& line)
{
    facts_.greeting = line;
    if (facts_.protocol.empty() && code != 220) {
        // A limit for this client, or a list of clients, is not what others meet.
        const bool is_about_us
            = code != 421 || to_lower(line).find("too many") != std::string::npos;
        finish(is_about_us ? LiveStatus::unseen : LiveStatus::dead,
            "it answers this machine " + quote(line, 200));
    } else if (!facts_.protocol.empty()) { // TLS came first, and all is known
        say("QUIT", State::leaving);
    } else {
        say("EHLO [127.0.0.1]", State::ehlo);
    }
}

// The server greets in clear although we have begun with TLS. What we have said it takes for a
// command, so this connection is of no more use.
void SmtpLook::take_greeting_in_clear(const std::string& line)
{
    facts_.from_the_start = false;
    if (!line.starts_with("220")) {
        take_greeting(std::stoi(line.substr(0, 3)), line);
        return;
    }
    facts_.greeting = line;
    if (tls_was_tried_) {
        finish(LiveStatus::unseen, "it takes its time to greet");
        return;
    }
    tls_first_ = false;
    tls_.reset();
    output_.clear();
    connection_.connect_again();
    take_connection();
}

void SmtpLook::take_features(int code, const std::vector<std::string>& lines)
{
    if (code != 250) {
        finish(code == 421 ? LiveStatus::dead : LiveStatus::unseen,
            "it answers EHLO with " + quote(lines.front(), 200));
        return;
    }
    facts_.status = LiveStatus::alive;
    facts_.offers_tls = offers_starttls(lines);
    if (*facts_.offers_tls) {
        say("STARTTLS", State::starttls);
    } else {
        say("QUIT", State::leaving);
    }
}

void SmtpLook::try_tls()
{
    tls_was_tried_ = true;
    begin_tls();
    connection_.send(output_);
}

void SmtpLook::begin_tls()
{
    facts_.from_the_start = state_ == State::greeting;
    state_ = State::handshake;
    tls_ = std::make_unique<TlsSession>();
    output_ += tls_->take_output();
    if (const std::string rest = std::exchange(input_, {}); !rest.empty()) {
        take_tls_bytes(rest);
    }
}

void SmtpLook::take_tls_bytes(std::string_view bytes)
{
    tls_->receive(bytes);
    output_ += tls_->take_output();
    if (state_ == State::handshake && tls_->is_established()) {
        const TlsShown& shown = tls_->shown();
        facts_.status = LiveStatus::alive;
        facts_.offers_tls = true;
        facts_.protocol = shown.protocol;
        facts_.asks_for_certificate = shown.asks_for_certificate;
        facts_.authorities = shown.authorities;
        if (facts_.from_the_start) {
            state_ = State::greeting;
        } else {
            say("QUIT", State::leaving);
        }
    } else if (!tls_->problem().empty()) {
        take_end();
        return;
    }
    input_ += tls_->take_text();
    read_replies();
}

void SmtpLook::take_end()
{
    switch (state_) {
    case State::connecting:
    case State::greeting:
        finish(facts_.protocol.empty() ? LiveStatus::dead : LiveStatus::alive,
            "it closes the connection before it greets");
        break;
    case State::ehlo:
        finish(LiveStatus::dead, "it closes the connection after its greeting");
        break;
    case State::starttls:
        facts_.tls_problem = "it closes the connection instead of an answer to STARTTLS";
        state_ = State::done;
        break;
    case State::handshake:
        tls_->receive_end();
        facts_.status = LiveStatus::alive;
        facts_.tls_problem = "the TLS handshake fails: " + tls_->problem();
        // Not a byte of TLS has come, so it is no handshake that failed.
        if (is_silent()) { // it may have died as well as have dropped us
            finish(LiveStatus::dead, "it closes the connection before the TLS handshake");
        }
        state_ = State::done;
        break;
    case State::leaving:
    case State::done:
        state_ = State::done;
        break;
    }
}

void SmtpLook::say(const std::string& line, State next)
{
    state_ = next;
    output_ += bytes_of(line, tls_.get());
}

void SmtpLook::give_up(const std::string& in_time)
{
    switch (state_) {
    case State::connecting:
        finish(LiveStatus::unseen, facts_.address + " takes no connection " + in_time);
        break;
    case State::greeting:
        finish(facts_.protocol.empty() ? LiveStatus::unseen : LiveStatus::alive,
            "it does not greet " + in_time);
        break;
    case State::ehlo:
    case State::starttls:
        finish(LiveStatus::unseen, "it does not answer " + in_time);
        break;
    case State::handshake:
        finish(LiveStatus::unseen,
            is_silent() ? "it does not greet " + in_time
                        : "the TLS handshake is not over " + in_time);
        break;
    case State::leaving:
    case State::done:
        state_ = State::done;
        break;
    }
}

void SmtpLook::finish(LiveStatus status, std::string problem)
{
    facts_.status = status;
    facts_.problem = status == LiveStatus::alive ? "" : std::move(problem);
    state_ = State::done;
}

} // namespace relayctl
