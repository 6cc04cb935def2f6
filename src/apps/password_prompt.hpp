// Asks for a password: without echo at a terminal, else one line of standard input or of a file.
#pragma once

#include <string>

#include "core/result.hpp"
#include "core/secret.hpp"

namespace upptpd::apps {

/// A new password is asked for twice at a terminal.
enum class Password { known, fresh };

/// Fails where nothing is entered, where the two entries differ, and for more than a line of a
/// secrets file can hold. A signal that ends the program gives the terminal its echo back first.
Result<SecretString> ask_password(const std::string& user, Password which);

/// The first line of a file. Fails as above.
Result<SecretString> password_in_file(const std::string& path);

}  // namespace upptpd::apps
