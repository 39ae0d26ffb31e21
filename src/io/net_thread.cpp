#include "io/net_thread.h"

#include "io/thread_class.h"

namespace posthorn::io {

void NetThread::start(const char* name) {
    thread_ = std::thread([this, name] {
        set_thread(name, ThreadClass::prompt);
        context_.run();
    });
}

void NetThread::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

void NetThread::end() {
    stop();
    context_.end();
}

}  // namespace posthorn::io
