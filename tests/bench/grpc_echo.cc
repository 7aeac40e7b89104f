// A small gRPC C++ server and its load: what the unary echo is held against. Same payload, same number of callers.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "echo.grpc.pb.h"

class Service final : public bench::EchoService::Service {
    grpc::Status Echo(grpc::ServerContext *, const bench::EchoMessage *in, bench::EchoMessage *out) override {
        out->set_payload(in->payload());
        return grpc::Status::OK;
    }
};

int main(int argc, char **argv) {
    int callers = argc > 1 ? atoi(argv[1]) : 16, seconds = argc > 2 ? atoi(argv[2]) : 3, size = argc > 3 ? atoi(argv[3]) : 100;
    Service service;
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    auto server = builder.BuildAndStart();
    if (!server)
        return 1;
    auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
    std::atomic<long> calls{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < callers; i++)
        threads.emplace_back([&] {
            auto stub = bench::EchoService::NewStub(channel);
            bench::EchoMessage in, out;
            in.set_payload(std::string(size, 'x'));
            while (!stop) {
                grpc::ClientContext context;
                if (stub->Echo(&context, in, &out).ok())
                    calls++;
            }
        });
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    stop = true;
    for (auto &t : threads)
        t.join();
    printf("%.0f\n", double(calls) / seconds);
    server->Shutdown();
    return 0;
}
