#include "program/background_server.h"

#include <future>
#include <utility>

namespace posthorn::program {

Result<std::unique_ptr<BackgroundServer>> BackgroundServer::start(ServeOptions options) {
    std::promise<Result<Server*>> promise;
    auto started = promise.get_future();
    std::unique_ptr<BackgroundServer> background(new BackgroundServer());
    // run() can end before stop(), by a signal; the server then waits here for its owner, who may still call stop().
    std::promise<void> released;
    auto may_end = std::make_shared<std::future<void>>(released.get_future());
    background->release_ = std::move(released);
    background->thread_ = std::thread([options = std::move(options), promise = std::move(promise), may_end]() mutable {
        auto server = Server::make(std::move(options));
        if (!server) {
            promise.set_value(server.error());
            return;
        }
        promise.set_value(server->get());
        (*server)->run();
        may_end->wait();
    });
    auto server = started.get();
    if (!server) {
        background->thread_.join();
        return server.error();
    }
    background->server_ = *server;
    background->url_ = (*server)->url();
    return background;
}

BackgroundServer::~BackgroundServer() {
    if (!thread_.joinable()) return;
    if (server_ != nullptr) server_->stop();
    release_.set_value();
    thread_.join();
}

}  // namespace posthorn::program
