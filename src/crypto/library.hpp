// OpenSSL's old algorithms, fetched once: MD4, MD5, DES and RC4 as PPTP needs them. The only folder
// that includes <openssl/*>.
#pragma once

#include <memory>

#include "core/result.hpp"

struct evp_cipher_st;
struct evp_md_st;

namespace upptpd::crypto {

/// A private library context with the default and the legacy provider, so that the system-wide
/// OpenSSL configuration neither helps nor hinders. Loaded once at start; must outlive all that was
/// made with it.
class Library {
 public:
  /// Fails with one line for the administrator when the legacy provider (MD4, DES, RC4) is missing.
  static Result<Library> load();

  Library(Library&&) noexcept;
  Library& operator=(Library&&) noexcept;
  ~Library();

  [[nodiscard]] const evp_md_st* md4() const;
  [[nodiscard]] const evp_md_st* md5() const;
  [[nodiscard]] const evp_cipher_st* des() const;
  [[nodiscard]] const evp_cipher_st* rc4() const;

 private:
  struct Fetched;
  explicit Library(std::unique_ptr<Fetched> fetched);

  std::unique_ptr<Fetched> fetched_;
};

}  // namespace upptpd::crypto
