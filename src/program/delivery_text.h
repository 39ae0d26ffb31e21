#pragma once
// Deliveries as the API tells them (api/delivery_json.cpp), for people.

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "base/moment.h"
#include "program/table.h"
#include "program/terminal.h"

namespace posthorn::program {

/// "✔ delivered", "✖ dead (exhausted)", with its colour.
Cell state_cell(std::string_view state, std::string_view reason);

/// The cells of `delivery list`: id, time, state, event, add-on, attempts, answer, duration.
std::vector<Cell> delivery_row(const boost::json::value& delivery, Moment now);

/// One delivery in full on stdout: facts, the request, a timeline of the attempts.
void print_delivery(const boost::json::value& delivery, const Paint& paint);

/// A line of `delivery tail`: what the stream's event `name` says.
std::string live_line(std::string_view name, const boost::json::value& data, const Paint& paint);

/// "12.345ms" of the API as "12 ms"; "1234.000ms" as "1.23 s".
std::string short_duration(std::string_view text);

}  // namespace posthorn::program
