// What both sides sent in a run, as a capture file: GRE as it is, the control connection in TCP
// segments made for it.
#pragma once

#include <string>
#include <vector>

#include "wire.hpp"

namespace upptpd::simulation {

/// False if the file cannot be written.
bool write_pcap(const std::string& path, const std::vector<Sent>& sent);

}  // namespace upptpd::simulation
