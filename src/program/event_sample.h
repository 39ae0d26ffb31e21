#pragma once
// Sample events on their way to a server.

#include <string>

#include <boost/json/value.hpp>

#include "catalogue/sample.h"
#include "program/terminal.h"

namespace posthorn::program {

/// The envelope of api.md, form 1, that posts `sample` as an event of type `event`.
std::string envelope_of(const catalogue::Sample& sample, std::string_view event);

/// What `variable` is in the sample: from its context, else from the first pointer that holds something.
std::string value_in(const catalogue::Sample& sample, const catalogue::Variable& variable);

/// The answer to a posted event in one line.
void print_receipt(const boost::json::value& receipt, const Paint& paint);

}  // namespace posthorn::program
