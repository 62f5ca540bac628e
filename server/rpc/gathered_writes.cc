#include "server/rpc/gathered_writes.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace ampstream {
namespace {

thread_local GatheredWrites* current = nullptr;

void SetCork(int socket, int corked) { setsockopt(socket, IPPROTO_TCP, TCP_CORK, &corked, sizeof(corked)); }

}  // namespace

GatheredWrites::GatheredWrites() { current = this; }

GatheredWrites::~GatheredWrites() {
  current = nullptr;
  for (const Written& written : written_)
    if (written.corked) SetCork(written.socket, 0);
}

void GatheredWrites::OnWrite(int socket) {
  if (current != nullptr && socket >= 0) current->Add(socket);
}

void GatheredWrites::Add(int socket) {
  const auto written =
      std::find_if(written_.begin(), written_.end(), [socket](const Written& one) { return one.socket == socket; });
  if (written == written_.end()) return written_.push_back({socket, false});
  if (written->corked) return;
  written->corked = true;
  SetCork(socket, 1);
}

}  // namespace ampstream
