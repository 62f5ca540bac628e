#include "tests/benchmarks/compare/peer.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace ampstream {

bool IsInstalled(const Peer& peer) { return !peer.binary().empty() && access(peer.binary().c_str(), X_OK) == 0; }

std::string VersionOf(const Peer& peer) {
  const auto said = ChildProcess::Start({peer.binary(), peer.version_argument()});
  return said.ok() ? (*said)->ReadLine() : peer.name();
}

}  // namespace ampstream
