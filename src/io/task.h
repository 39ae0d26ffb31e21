#pragma once
// Coroutines on the net thread: the types that every asynchronous function here uses.

#include <chrono>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace posthorn::io {

namespace asio = boost::asio;

/// The concrete executor saves a virtual call and an allocation per operation.
using Executor = asio::io_context::executor_type;

template <class T>
using Task = asio::awaitable<T, Executor>;

using Tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Address = asio::ip::address;
using Endpoint = Tcp::endpoint;

/// Completion as (error_code, values...), never an exception.
inline constexpr auto as_result = asio::as_tuple_t<asio::use_awaitable_t<Executor>>{asio::use_awaitable_t<Executor>{}};

}  // namespace posthorn::io
