#include "page/page_routes.h"

#include "page/page_answer.h"

namespace posthorn::page {

namespace {

std::optional<http::Response> answer_to(const http::Exchange& exchange) {
    PageRequest request{exchange.path(), exchange.header("Accept").value_or(""),
                        exchange.header("Accept-Encoding").value_or(""), exchange.header("If-None-Match").value_or("")};
    return page_answer(request);
}

}  // namespace

void add_page_routes(api::Router& router) {
    router.add("GET", "/", std::nullopt, [](api::Request& request) -> io::Task<api::Answer> {
        auto page = answer_to(request.exchange);
        if (!page) co_return tl::unexpected(api::not_found("The page was not built into this program."));
        co_return *std::move(page);
    });
    router.set_page(answer_to);
}

}  // namespace posthorn::page
