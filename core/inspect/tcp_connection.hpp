// A TCP connection to one of several addresses, which never waits: the caller polls its descriptor.
#pragma once

#include "core/base/file_descriptor.hpp"
#include "core/inspect/service_address.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relayctl {

// Owns the socket. All errors of the network are states, and no exceptions.
class TcpConnection {
public:
    enum class State : std::uint8_t {
        connecting,
        connected,
        refused, // nothing listens on any of the addresses
        failed, // it cannot be known whether something does: problem() says why
    };

    // Begins to connect to the first of the addresses, of which there must be one. The others are
    // tried in turn if that does not succeed.
    explicit TcpConnection(std::vector<SocketAddress> addresses);

    // Takes a socket that is connected already, in another way than to an address.
    explicit TcpConnection(FileDescriptor connected);

    State state() const noexcept { return state_; }
    const std::string& problem() const noexcept { return problem_; }
    const std::string& address() const noexcept { return addresses_[number_].text; }
    int descriptor() const noexcept { return socket_.get(); }

    // Learns how connecting has ended. To be called when the descriptor can be written to.
    void finish_connecting();
    // Closes the connection and begins a new one to the same address.
    void connect_again();

    // Returns the bytes that have arrived, in the buffer: none if the other side has closed. Has no
    // value if there are none yet.
    std::optional<std::string_view> receive(std::span<char> buffer);
    // Sends what can be sent now, and takes it out of the bytes. What a closed connection does not
    // take is dropped: what the other side has said before it closed can be received all the same.
    void send(std::string& bytes);

private:
    std::vector<SocketAddress> addresses_;
    std::size_t number_ = 0; // of the address
    FileDescriptor socket_;
    State state_ = State::connecting;
    std::string problem_;
};

} // namespace relayctl
