#include "core/inspect/tcp_connection.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace relayctl {

TcpConnection::TcpConnection(std::vector<SocketAddress> addresses)
    : addresses_(std::move(addresses))
{
    connect_again();
}

TcpConnection::TcpConnection(FileDescriptor connected)
    : addresses_(1)
    , socket_(std::move(connected))
    , state_(State::connected)
{
}

void TcpConnection::connect_again()
{
    const SocketAddress& address = addresses_[number_];
    state_ = State::connecting;
    socket_ = FileDescriptor(
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) {
        state_ = State::failed;
        problem_ = std::string("there is no socket for it: ") + std::strerror(errno);
        return;
    }
    const auto* const where = reinterpret_cast<const struct sockaddr*>(&address.storage);
    if (::connect(socket_.get(), where, address.size) == 0 || errno != EINPROGRESS) {
        finish_connecting();
    }
}

void TcpConnection::finish_connecting()
{
    int failed_at_once = errno; // of connect(2), which leaves no SO_ERROR then
    struct sockaddr_storage peer { };
    socklen_t peer_size = sizeof peer;
    // It only succeeds on a connected socket, which SO_ERROR alone does not tell.
    if (::getpeername(socket_.get(), reinterpret_cast<struct sockaddr*>(&peer), &peer_size) == 0) {
        state_ = State::connected;
        return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    error = error == 0 ? failed_at_once : error;
    if (number_ + 1 < addresses_.size()) {
        ++number_;
        connect_again();
    } else if (error == ECONNREFUSED) {
        // The last address decides: the others have failed before.
        state_ = State::refused;
    } else {
        state_ = State::failed;
        problem_ = address() + " cannot be connected to: " + std::strerror(error);
    }
}

std::optional<std::string_view> TcpConnection::receive(std::span<char> buffer)
{
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return std::nullopt;
    }
    return std::string_view(buffer.data(), static_cast<std::size_t>(size > 0 ? size : 0));
}

void TcpConnection::send(std::string& bytes)
{
    while (state_ == State::connected && !bytes.empty()) {
        const ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size >= 0) {
            bytes.erase(0, static_cast<std::size_t>(size));
        } else if (errno == EAGAIN || errno == EINTR) {
            return;
        } else {
            // The other side has closed. What it said before can still be received.
            bytes.clear();
        }
    }
}

} // namespace relayctl
