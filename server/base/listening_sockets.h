#ifndef AMPSTREAM_SERVER_BASE_LISTENING_SOCKETS_H_
#define AMPSTREAM_SERVER_BASE_LISTENING_SOCKETS_H_

#include <vector>

#include "server/base/host_port.h"

namespace ampstream {

// Sockets that listen on all addresses that the host has, on one port; they do not block, and are the caller's to
// close. Port 0 becomes the one that was taken. Empty: there is none to listen on, or the port is taken on one of them,
// or the machine refuses it.
std::vector<int> ListenOn(HostPort* address);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_BASE_LISTENING_SOCKETS_H_
