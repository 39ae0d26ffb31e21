#include "io/net_thread.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "io/thread_class.h"

namespace posthorn::io {

NetThread::NetThread(std::string name)
    : guard_(context_.get_executor()), thread_([this, called = name.substr(0, 15)] {
          set_thread(called.c_str(), ThreadClass::plain);
          context_.run();
      }) {}

NetThread::~NetThread() {
    stop();
    join();
}

void NetThread::finish() {
    // The guard belongs to the thread: it is not made to be reset by two at once.
    asio::post(context_, [this] { guard_.reset(); });
}

void NetThread::stop() { context_.stop(); }

void NetThread::join() {
    if (thread_.joinable()) thread_.join();
}

}  // namespace posthorn::io
