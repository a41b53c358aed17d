// SPDX-License-Identifier: Apache-2.0
// gRPC unary over a unix socket, for Benchmarks/ipc.
//   echo server SOCKET CPU | echo client SOCKET CPU ANSWER-BYTES SAMPLES     one of each
//   echo many SOCKET CLIENTS MILLISECONDS ANSWER-BYTES                       one server process and many client processes
// many: as XuperChain's bridge has it, where the node serves system calls on one socket and each native contract is a process with a
// channel of its own to it. So the clients are processes, and the server is one.
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

#include "../transports/crowd.h"
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
    std::printf("{\"what\":\"gRPC unary\",\"bytes\":%u,\"p50\":%.0f,\"p99\":%.0f,\"samples\":%zu}\n", bytes,
                times[times.size() / 2], times[times.size() * 99 / 100], times.size());
    return 0;
}

/// A client of many: asks until it is over. Ends with its parent.
[[noreturn]] void ask(const std::string &socket, unsigned bytes, crowd *all, crowd_slot *slot) {
    auto stub = bench::Echo::NewStub(grpc::CreateChannel("unix:" + socket, grpc::InsecureChannelCredentials()));
    bench::Ask ask;
    ask.set_payload(std::string(64, 'q'));
    ask.set_answer(bytes);
    auto once = [&] {
        grpc::ClientContext context;
        context.set_wait_for_ready(true);
        bench::Answer answer;
        if (!stub->Call(&context, ask, &answer).ok() || answer.payload().size() != bytes) _exit(1);
    };
    for (int i = 0; i < 20; i++) once();
    crowd_wait(all);
    uint64_t last = crowd_now();
    while (!crowd_is_over(all)) {
        once();
        const uint64_t now = crowd_now();
        crowd_time(slot, now - last);
        crowd_count(slot, 1);
        last = now;
    }
    for (;;) pause();
}

int many(const std::string &socket, int clients, int milliseconds, unsigned bytes) {
    if (clients < 1 || clients > CROWD_MAX) return 64;
    crowd *all = crowd_new();
    // All are forked before this process has touched gRPC, which starts threads.
    std::vector<pid_t> members;
    for (int i = 0; i <= clients; i++) {
        // A client that finds no server waits a second before it tries again.
        for (int waited = 0; i == 1 && access(socket.c_str(), F_OK) != 0 && waited < 5000; waited++) usleep(1000);
        const pid_t pid = fork();
        if (pid < 0) return 1;
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (i == 0) _exit(serve(socket));
            ask(socket, bytes, all, &all->slots[i - 1]);
        }
        members.push_back(pid);
    }
    // One that fails early would be waited for in vain.
    for (int waited = 0; __atomic_load_n(&all->ready, __ATOMIC_ACQUIRE) < static_cast<uint32_t>(clients); waited++) {
        if (waited > 20000) return 1;
        usleep(1000);
    }
    crowd_figures figures = crowd_measure(all, clients, members.data(), static_cast<int>(members.size()), milliseconds);
    const double sleeps = crowd_end(members.data(), static_cast<int>(members.size()));
    uint64_t asked = 0;
    for (int i = 0; i < clients; i++) asked += all->slots[i].count + 20;
    crowd_times(all, clients, crowd_clock_cost(), &figures);
    crowd_print("gRPC unary", bytes, &figures, sleeps / static_cast<double>(asked));
    return 0;
}
}  // namespace

int main(int count, char **arguments) {
    if (count < 4) return 64;
    if (std::strcmp(arguments[1], "many") == 0) {
        if (count < 6) return 64;
        return many(arguments[2], std::atoi(arguments[3]), std::atoi(arguments[4]), static_cast<unsigned>(std::atoi(arguments[5])));
    }
    pin(std::atoi(arguments[3]));
    if (std::strcmp(arguments[1], "server") == 0) return serve(arguments[2]);
    if (count < 6) return 64;
    return call(arguments[2], static_cast<unsigned>(std::atoi(arguments[4])), static_cast<size_t>(std::atoi(arguments[5])));
}
