// smtpd asks tlsmgr(8) for a seed and for the policy of its session cache, and sets up no TLS
// without an answer. This answers both as tlsmgr does (tls_mgr.c), from a socket in a directory of
// our own, which smtpd is led to by "../" in the name of the service.
#include "core/inspect/tlsmgr_stand_in.hpp"

#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace relayctl {

namespace {

using namespace std::string_literals;

constexpr std::string_view socket_name = "/tlsmgr";

// Returns 32 random bytes and one more, in base64.
std::string random_seed()
{
    constexpr std::string_view letters
        = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<unsigned char, 44> bytes{};
    [[maybe_unused]] const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
    std::string text;
    for (const unsigned char byte : bytes) {
        text += letters[byte % letters.size()];
    }
    return text;
}

} // namespace

TlsmgrStandIn::TlsmgrStandIn(bool announces)
    : announces_(announces)
{
    // A container may have no /run.
    for (const char* place : { "/run/relayctl-XXXXXX", "/tmp/relayctl-XXXXXX" }) {
        std::string path = place;
        if (::mkdtemp(path.data()) != nullptr) {
            directory_ = path;
            break;
        }
    }
    struct sockaddr_un address { };
    address.sun_family = AF_UNIX;
    const std::string path = directory_ + std::string(socket_name);
    std::copy(path.begin(), path.end(), address.sun_path);
    FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!directory_.empty() && fd
        && ::bind(fd.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address) == 0
        && ::listen(fd.get(), 1) == 0) {
        socket_ = std::move(fd);
    }
}

TlsmgrStandIn::~TlsmgrStandIn()
{
    if (!directory_.empty()) {
        ::unlink((directory_ + std::string(socket_name)).c_str());
        ::rmdir(directory_.c_str());
    }
}

// smtpd looks for private/NAME in its queue directory.
std::string TlsmgrStandIn::service_name(const std::string& queue_directory) const
{
    char* const found = ::realpath((queue_directory + "/private").c_str(), nullptr);
    if (!socket_ || found == nullptr) {
        return "";
    }
    const std::string real = found;
    std::free(found);
    std::string name;
    for (std::size_t i = 0; i < real.size(); ++i) {
        name += real[i] == '/' ? "../" : "";
    }
    name += directory_.substr(1) + std::string(socket_name);
    return name.size() < sizeof(sockaddr_un::sun_path) - sizeof "private/" ? name : "";
}

void TlsmgrStandIn::go_on()
{
    // One connection at a time is enough for one smtpd.
    if (!client_) {
        client_ = FileDescriptor(
            ::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (client_ && announces_) {
            const std::string words = "protocol\0tlsmgr_protocol\0\0"s;
            ::send(client_.get(), words.data(), words.size(), MSG_NOSIGNAL);
        }
        return;
    }
    std::array<char, 1024> buffer{};
    const ssize_t size = ::recv(client_.get(), buffer.data(), buffer.size(), 0);
    if (size <= 0) {
        client_.reset();
        request_.clear();
        return;
    }
    request_.append(buffer.data(), static_cast<std::size_t>(size));
    // An attribute list of Postfix ends with an empty name.
    if (request_.ends_with("\0\0"s)) {
        answer();
    }
}

void TlsmgrStandIn::answer()
{
    const auto asks_for
        = [&](const std::string& what) { return request_.starts_with("request\0"s + what + '\0'); };
    const std::string words = asks_for("seed") ? "status\0000\0seed\0"s + random_seed() + "\0\0"s
        : asks_for("policy")                   ? "status\0000\0cachable\0000\0timeout\0000\0\0"s
                                               : "";
    request_.clear();
    if (words.empty() || ::send(client_.get(), words.data(), words.size(), MSG_NOSIGNAL) < 0) {
        client_.reset(); // it keeps no sessions
    }
}

} // namespace relayctl
