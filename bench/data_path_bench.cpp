// What one packet costs in the data path, both ways, without system calls. ./dev bench
#include <benchmark/benchmark.h>

#include <algorithm>

#include "core/writer.hpp"
#include "session/data_path.hpp"

namespace upptpd::session {
namespace {

constexpr Ipv4Address kClient(0x0a000002);

Bytes ip_packet(std::size_t size) {
  Bytes packet(size);
  Writer writer(packet);
  writer.u16(0x4500);
  writer.u16(static_cast<std::uint16_t>(size));
  writer.zeros(8);
  writer.u32(kClient.value());
  writer.u32(0x0a000001);
  return packet;
}

struct Ends {
  crypto::Library library = crypto::Library::load().value();
  DataPath server{library};
  DataPath client{library};
  Statistics statistics;
  PacketPool pool{1};
  Packet packet = pool.take();

  Ends() {
    const Secret<16> master(std::array<std::uint8_t, 16>{1, 2, 3});
    server.encryption_up(mppe::start_keys(master, mppe::Role::server), mppe::Mode{}, mppe::Mode{});
    client.encryption_up(mppe::start_keys(master, mppe::Role::client), mppe::Mode{}, mppe::Mode{});
    server.network_up({ip::SourceFilter(kClient), 1500, {true, true}});
    client.network_up({ip::SourceFilter(kClient), 1500, {true, true}});
  }
};

void encrypt(benchmark::State& state) {
  Ends ends;
  const Bytes contents = ip_packet(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    ends.packet->assign(contents);
    benchmark::DoNotOptimize(ends.server.send(*ends.packet, ends.statistics));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void encrypt_and_decrypt(benchmark::State& state) {
  Ends ends;
  const Bytes contents = ip_packet(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    ends.packet->assign(contents);
    ends.client.send(*ends.packet, ends.statistics);
    const auto header = ppp::parse_frame_header(ends.packet->view());
    ends.packet->pop_front(header->size);
    benchmark::DoNotOptimize(ends.server.receive(*ends.packet, header->protocol, ends.statistics));
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(encrypt)->Arg(64)->Arg(1396);
BENCHMARK(encrypt_and_decrypt)->Arg(64)->Arg(1396);

}  // namespace
}  // namespace upptpd::session
