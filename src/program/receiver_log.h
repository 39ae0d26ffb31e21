#pragma once
// A line of the log for each thing about receivers that an operator would ask about.

#include "engine/engine.h"

namespace posthorn::program {

/// Outlives the engine's work.
class ReceiverLog : public engine::Observer {
public:
    explicit ReceiverLog(engine::Engine& engine) : engine_(engine) { engine_.add_observer(*this); }

    void on_accepted(const model::Event&, std::size_t) override {}
    void on_attempt(const model::AttemptEnded&, const registry::Installation*, const model::Event&) override {}
    void on_receiver(engine::ReceiverChange change, const engine::ReceiverStatus& receiver) override;
    void on_given_up(const registry::Installation& installation) override;

private:
    engine::Engine& engine_;
};

}  // namespace posthorn::program
