#ifndef AMPSTREAM_SERVER_VERSION_H_
#define AMPSTREAM_SERVER_VERSION_H_

namespace ampstream {

// Of the server; CHANGELOG.md says what it brought.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_VERSION_H_
