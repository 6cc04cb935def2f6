#include "crypto/library.hpp"

#include <openssl/evp.h>
#include <openssl/provider.h>

#include <utility>

#include "core/owned.hpp"

namespace upptpd::crypto {
struct Library::Fetched {
  // In this order, so that what was fetched goes before the providers, and they before the context.
  Owned<OSSL_LIB_CTX, OSSL_LIB_CTX_free> context{OSSL_LIB_CTX_new()};
  Owned<OSSL_PROVIDER, OSSL_PROVIDER_unload> standard{OSSL_PROVIDER_load(context.get(), "default")};
  Owned<OSSL_PROVIDER, OSSL_PROVIDER_unload> legacy{OSSL_PROVIDER_load(context.get(), "legacy")};
  Owned<EVP_MD, EVP_MD_free> md4{EVP_MD_fetch(context.get(), "MD4", nullptr)};
  Owned<EVP_MD, EVP_MD_free> md5{EVP_MD_fetch(context.get(), "MD5", nullptr)};
  Owned<EVP_CIPHER, EVP_CIPHER_free> des{EVP_CIPHER_fetch(context.get(), "DES-ECB", nullptr)};
  Owned<EVP_CIPHER, EVP_CIPHER_free> rc4{EVP_CIPHER_fetch(context.get(), "RC4", nullptr)};

  [[nodiscard]] bool complete() const { return standard && legacy && md4 && md5 && des && rc4; }
};

Result<Library> Library::load() {
  auto fetched = std::make_unique<Fetched>();
  if (!fetched->complete()) {
    return fail(
        "OpenSSL's legacy provider is missing, and with it MD4, DES and RC4, which MS-CHAPv2 and "
        "MPPE are made of: on Debian it is in the package libssl3 (ossl-modules/legacy.so); if "
        "OPENSSL_MODULES is set, unset it");
  }
  return Library(std::move(fetched));
}

Library::Library(std::unique_ptr<Fetched> fetched) : fetched_(std::move(fetched)) {}
Library::Library(Library&&) noexcept = default;
Library& Library::operator=(Library&&) noexcept = default;
Library::~Library() = default;

const evp_md_st* Library::md4() const { return fetched_->md4.get(); }
const evp_md_st* Library::md5() const { return fetched_->md5.get(); }
const evp_cipher_st* Library::des() const { return fetched_->des.get(); }
const evp_cipher_st* Library::rc4() const { return fetched_->rc4.get(); }

}  // namespace upptpd::crypto
