// What reads each key of [network] in upptpd.toml.
#pragma once

#include "config/config.hpp"
#include "config/toml_field.hpp"

namespace upptpd::config {

void read_interface(const Field& field, Config& config);
void read_local_ip(const Field& field, Config& config);
void read_client_ips(const Field& field, Config& config);
void read_pools(const Field& field, Config& config);
void read_dns(const Field& field, Config& config);
void read_wins(const Field& field, Config& config);
void read_mtu(const Field& field, Config& config);
void read_mss_clamp(const Field& field, Config& config);
void read_proxy_arp(const Field& field, Config& config);
void read_arp_probe(const Field& field, Config& config);
void read_domain(const Field& field, Config& config);
void read_routes(const Field& field, Config& config);
void read_client_to_client(const Field& field, Config& config);
void read_client_routes(const Field& field, Config& config);

}  // namespace upptpd::config
