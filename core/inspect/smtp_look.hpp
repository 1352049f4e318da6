// One connection to an SMTP server, as far as the TLS handshake and QUIT: what the server shows to
// anybody. It sends no certificate and no MAIL.
#pragma once

#include "core/inspect/live_facts.hpp"
#include "core/inspect/service_address.hpp"
#include "core/inspect/tcp_connection.hpp"
#include "core/x509/tls_session.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Never waits: the caller polls the descriptor, and says when time is up. What it keeps of a server
// is limited, however much that sends.
class SmtpLook {
public:
    // Begins to connect to the first of the addresses, of which there must be one. The others are
    // tried if that refuses. tls_first: TLS comes before the greeting (smtpd_tls_wrappermode).
    SmtpLook(std::vector<SocketAddress> addresses, bool tls_first);

    // Speaks with an smtpd at the other end of a socket that is connected already.
    SmtpLook(FileDescriptor connected, bool tls_first);

    bool is_done() const noexcept { return state_ == State::done; }
    // The look has seen what it came for, and waits for the server's farewell.
    bool is_leaving() const noexcept { return state_ == State::leaving; }
    int descriptor() const noexcept { return connection_.descriptor(); }
    // What to poll(2) the descriptor for.
    short events() const noexcept;
    // To be called when poll(2) has found any of these, or an error.
    void go_on();

    // The server has taken the connection and said nothing at all.
    bool is_silent() const noexcept { return state_ != State::connecting && total_ == 0; }
    // Begins TLS with a server that is silent, since it may wait for that.
    void try_tls();
    // Ends the look where it is. in_time: "within 4 seconds".
    void give_up(const std::string& in_time);

    const LiveFacts& facts() const noexcept { return facts_; }

private:
    enum class State : std::uint8_t {
        connecting,
        greeting, // the server is to say its greeting next, and so on
        ehlo,
        starttls,
        handshake,
        leaving,
        done,
    };

    void take_connection();
    void receive();
    void read_replies();
    void take_reply(const std::vector<std::string>& lines);
    void take_greeting(int code, const std::string& line);
    void take_greeting_in_clear(const std::string& line);
    void take_features(int code, const std::vector<std::string>& lines);
    void begin_tls();
    void take_tls_bytes(std::string_view bytes);
    void take_end();
    void say(const std::string& line, State next);
    void finish(LiveStatus status, std::string problem);

    TcpConnection connection_;
    bool tls_first_;
    bool tls_was_tried_ = false; // by try_tls()
    State state_ = State::connecting;
    std::unique_ptr<TlsSession> tls_; // null while the session is in clear
    std::size_t total_ = 0; // bytes received
    std::string input_; // text that is no whole reply yet
    std::string output_; // bytes to be sent
    LiveFacts facts_;
};

} // namespace relayctl
