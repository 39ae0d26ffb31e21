#include "program/json_print.h"

#include "wire/json.h"

namespace posthorn::program {

namespace {

class Printer {
public:
    explicit Printer(const Paint& paint) : paint_(paint) {}

    void put(wire::JsonView view) {
        switch (view.kind()) {
            case wire::JsonKind::object: return put_object(view);
            case wire::JsonKind::array: return put_array(view);
            case wire::JsonKind::string: out_ += paint_(Style::green, printable(view.raw())); return;
            case wire::JsonKind::number: out_ += paint_(Style::yellow, view.raw()); return;
            default: out_ += paint_(Style::cyan, view.raw()); return;
        }
    }
    std::string take() { return std::move(out_); }

private:
    void new_line() { out_ += "\n" + std::string(depth_ * 2, ' '); }

    void put_object(wire::JsonView view) {
        out_ += '{';
        ++depth_;
        bool is_first = true;
        for (const auto& member : view.members()) {
            if (!is_first) out_ += ',';
            is_first = false;
            new_line();
            out_ += paint_(Style::bold, "\"" + printable(member.raw_key) + "\"") + ": ";
            put(member.value);
        }
        --depth_;
        if (!is_first) new_line();
        out_ += '}';
    }

    void put_array(wire::JsonView view) {
        out_ += '[';
        ++depth_;
        bool is_first = true;
        for (const auto element : view.elements()) {
            if (!is_first) out_ += ',';
            is_first = false;
            new_line();
            put(element);
        }
        --depth_;
        if (!is_first) new_line();
        out_ += ']';
    }

    const Paint& paint_;
    std::string out_;
    std::size_t depth_ = 0;
};

}  // namespace

std::string pretty_json(std::string_view text, const Paint& paint) {
    if (!wire::check_json(text)) return printable_lines(text);
    Printer printer(paint);
    printer.put(wire::JsonView(text));
    return printer.take();
}

}  // namespace posthorn::program
