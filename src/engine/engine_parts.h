#pragma once
// What the engine keeps of its attempts; for its own files alone.

#include "engine/engine.h"

namespace posthorn::engine {

/// Until what the store had no room for, or what met another change, is tried again.
inline constexpr Millis kWriteAgain{200};

struct Engine::Outcome final : RecordWaiter {
    explicit Outcome(Engine& engine_in) : engine(engine_in) {}
    void on_decided(Result<journal::Sequence> sequence) override { engine.on_outcome(*this, sequence); }

    Engine& engine;
    model::AttemptEnded ended;
    model::EventPtr event;
};

}  // namespace posthorn::engine
