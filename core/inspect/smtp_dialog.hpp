// A dialog with an SMTP server, in clear or by TLS. Each call waits for the server, and never
// beyond the given time. What is kept of a server is limited, however much that sends.
#pragma once

#include "core/base/deadline.hpp"
#include "core/inspect/live_test_facts.hpp"
#include "core/inspect/tcp_connection.hpp"
#include "core/x509/tls_session.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

struct SmtpReply {
    int code = 0; // 200 to 599
    std::vector<std::string> lines; // with their codes, without their ends

    const std::string& text() const { return lines.back(); }
};

class SmtpDialog {
public:
    // addresses: to be tried in turn; there must be one.
    explicit SmtpDialog(std::vector<SocketAddress> addresses);

    // Each returns false, or no reply, if that did not succeed until the deadline: then end() and
    // problem() say why, and the dialog is over.
    bool connect(SteadyClock::time_point deadline);
    std::optional<SmtpReply> reply(SteadyClock::time_point deadline);
    // Begins TLS. Errors: those of TlsSession.
    bool start_tls(const std::optional<TlsIdentity>& identity, const std::string& server_name,
        SteadyClock::time_point deadline);

    void say(const std::string& line);

    SessionEnd end() const noexcept { return end_; }
    const std::string& problem() const noexcept { return problem_; }
    const std::string& address() const noexcept { return connection_.address(); }
    // Returns our own address: "192.0.2.7", "2001:db8::7"; empty before the connection.
    std::string client_address() const;
    const TlsShown& tls() const noexcept;
    // The server has greeted in clear although TLS had begun, as if it did not want it at once.
    bool was_greeted_in_clear() const noexcept { return was_greeted_in_clear_; }

private:
    bool wait(SteadyClock::time_point deadline, const std::string& late);
    void take(std::string_view bytes);
    void take_end();
    std::optional<SmtpReply> next_reply();
    void fail(SessionEnd end, std::string problem);
    bool is_over() const noexcept { return end_ != SessionEnd::answered; }

    TcpConnection connection_;
    std::unique_ptr<TlsSession> tls_; // null while the session is in clear
    bool was_greeted_in_clear_ = false;
    std::size_t total_ = 0; // bytes received
    std::string input_; // text that is no whole reply yet
    std::string output_; // bytes to be sent
    SessionEnd end_ = SessionEnd::answered;
    std::string problem_;
};

} // namespace relayctl
