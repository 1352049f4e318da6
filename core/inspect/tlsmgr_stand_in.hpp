// Stands in for tlsmgr(8) before one smtpd that is only tried: without a seed for its random
// numbers smtpd has no TLS, and the real tlsmgr is there only while Postfix runs. OpenSSL does not
// depend on that seed.
#pragma once

#include "core/base/file_descriptor.hpp"

#include <string>

namespace relayctl {

// Never waits: the caller polls the descriptors. Sources: tls_mgr_seed() and tls_mgr_policy() in
// tls_mgr.c, attr_vprint0() in attr_print0.c.
class TlsmgrStandIn {
public:
    // Makes a socket in a new directory below /run or /tmp, which only root can enter. announces:
    // a service says its protocol first, as from Postfix 3.6 on.
    explicit TlsmgrStandIn(bool announces);
    ~TlsmgrStandIn(); // removes both
    TlsmgrStandIn(const TlsmgrStandIn&) = delete;
    TlsmgrStandIn& operator=(const TlsmgrStandIn&) = delete;

    // Returns the value of tlsmgr_service_name by which an smtpd with this queue_directory finds
    // it. Empty if there is no socket, or no such path.
    std::string service_name(const std::string& queue_directory) const;

    // What to poll(2) for input, -1 for nothing: the socket, then the connection to it.
    int descriptor() const noexcept { return client_ ? client_.get() : socket_.get(); }
    // To be called when poll(2) has found something.
    void go_on();

private:
    void answer();

    bool announces_;
    std::string directory_; // empty if none could be made
    FileDescriptor socket_;
    FileDescriptor client_;
    std::string request_; // what came of the next one so far
};

} // namespace relayctl
