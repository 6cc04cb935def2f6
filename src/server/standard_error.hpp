// Standard error, where the log goes: whoever reads it there must not keep the server waiting.
#pragma once

namespace upptpd::server {

/// From now on a line for which there is no room is lost, and counted by observe::Log. A pipe is
/// opened anew, since others may write to it who expect to wait; where that is not allowed it stays
/// as it is. A socket, as journald's, cannot be opened anew: it is set so for all who share it,
/// which are this service's processes. Files and terminals are left alone. SIGPIPE is ignored: a
/// reader that is gone is one that reads nothing.
void never_wait_for_readers_of_standard_error();

}  // namespace upptpd::server
