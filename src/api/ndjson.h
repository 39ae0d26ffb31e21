#pragma once
// Many events in one request, one a line: api.md, "Events", form 4.

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "api/posting.h"
#include "io/suspended.h"

namespace posthorn::api {

/// Takes the lines as they come, many into one group of the journal, and keeps what came of each. Net thread;
/// its references outlive it.
class NdjsonIntake {
public:
    /// `traceparent` is the request's, for all of its events; may be empty.
    NdjsonIntake(engine::Engine& engine, intake::IntakeContext context, std::string traceparent)
        : engine_(engine), context_(context), traceparent_(std::move(traceparent)) {}

    /// The next piece of the body. Returns when not too many lines are on their way.
    io::Task<void> take(std::string_view piece);
    /// The body ended: its last line may lack its line end. Returns when every line is decided.
    io::Task<void> finish();
    /// The body broke off: what was taken stays taken. Returns when every line is decided; must be called before the end.
    io::Task<void> settle() { return wait_until(0); }
    /// The body is over its limit: the line under way and all behind it are refused.
    io::Task<void> refuse_rest();

    /// A result a line; 503 if there were lines and none could be taken for now.
    Answer answer() &&;

private:
    /// What comes of one line.
    struct Line final : engine::Acceptance {
        Line(NdjsonIntake& intake_in, std::size_t number_in) : intake(intake_in), number(number_in) {}
        void on_receipt(Result<engine::Receipt> receipt) override;

        NdjsonIntake& intake;
        std::size_t number;  ///< In the body, empty lines counted.
        Posting result;
    };

    void line(std::string_view text);
    void refuse_line(http::Problem problem);
    io::Task<void> accept_once(Line& line, intake::Posted posted);
    io::Task<void> wait_until(std::size_t under_way_max);

    engine::Engine& engine_;
    intake::IntakeContext context_;
    std::string traceparent_;
    std::string unfinished_;  // The start of a line whose end has not come.
    bool is_skipping_ = false;  // The line under way is too long and was refused.
    std::size_t lines_ = 0;  // Ended ones, empty ones too.
    std::deque<Line> results_;  // Without empty lines; stable in memory.
    std::size_t under_way_ = 0;
    std::size_t wanted_ = 0;
    io::Suspended<bool> decided_;  // Until no more than `wanted_` are under way.
};

}  // namespace posthorn::api
