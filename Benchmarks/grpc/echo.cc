// SPDX-License-Identifier: Apache-2.0
// gRPC unary over a unix socket, for Benchmarks/ipc: echo server SOCKET CPU | echo client SOCKET CPU ANSWER-BYTES SAMPLES
#include <grpcpp/grpcpp.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "echo.grpc.pb.h"

namespace {
void pin(int cpu) {
    if (cpu < 0) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

class Service final : public bench::Echo::Service {
    grpc::Status Call(grpc::ServerContext *, const bench::Ask *ask, bench::Answer *answer) override {
        answer->set_payload(std::string(ask->answer(), 'a'));
        return grpc::Status::OK;
    }
};

int serve(const std::string &socket) {
    Service service;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix:" + socket, grpc::InsecureServerCredentials());
    builder.RegisterService(&service);
    auto server = builder.BuildAndStart();
    if (!server) return 1;
    server->Wait();
    return 0;
}

int call(const std::string &socket, unsigned bytes, size_t samples) {
    auto stub = bench::Echo::NewStub(grpc::CreateChannel("unix:" + socket, grpc::InsecureChannelCredentials()));
    bench::Ask ask;
    ask.set_payload(std::string(64, 'q'));
    ask.set_answer(bytes);
    std::vector<double> times;
    for (size_t i = 0; i < samples + samples / 10 + 20; i++) {
        grpc::ClientContext context;
        context.set_wait_for_ready(true);
        bench::Answer answer;
        const auto start = std::chrono::steady_clock::now();
        const grpc::Status status = stub->Call(&context, ask, &answer);
        const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
        if (!status.ok() || answer.payload().size() != bytes) return 1;
        if (i >= samples / 10 + 20) times.push_back(time.count());
    }
    std::sort(times.begin(), times.end());
    std::printf("{\"what\":\"gRPC unary\",\"bytes\":%u,\"p50\":%.0f,\"p99\":%.0f}\n", bytes, times[times.size() / 2],
                times[times.size() * 99 / 100]);
    return 0;
}
}  // namespace

int main(int count, char **arguments) {
    if (count < 4) return 64;
    pin(std::atoi(arguments[3]));
    if (std::strcmp(arguments[1], "server") == 0) return serve(arguments[2]);
    if (count < 6) return 64;
    return call(arguments[2], static_cast<unsigned>(std::atoi(arguments[4])), static_cast<size_t>(std::atoi(arguments[5])));
}
