// Asks for a password: twice without echo at a terminal, else one line of standard input.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace upptpd::apps {

/// Fails where nothing is entered, where the two entries differ, and for more than a line of a
/// secrets file can hold. A signal that ends the program gives the terminal its echo back first.
Result<SecretString> ask_password(const std::string& user);

}  // namespace upptpd::apps
