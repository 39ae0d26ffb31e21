// Faults in CodeMirror: a wavy line under each, a mark beside its line, the words on hover. @codemirror/lint does more than
// we need (panels, actions, its own tooltips), and weighs as much as the rest of the editor's looks.
import { RangeSet, RangeSetBuilder, StateEffect, StateField, type Extension } from '@codemirror/state';
import { Decoration, EditorView, gutter, GutterMarker, type DecorationSet } from '@codemirror/view';

export interface PlacedFault {
    from: number;
    to: number;
    severity: 'error' | 'warning';
    message: string;
}

class Mark extends GutterMarker {
    constructor(private fault: PlacedFault) {
        super();
    }
    override toDOM(): Node {
        const mark = document.createElement('span');
        mark.className = `fault ${this.fault.severity}`;
        mark.title = this.fault.message;
        mark.setAttribute('role', 'img');
        mark.setAttribute('aria-label', this.fault.message);
        return mark;
    }
}

export const setFaults = StateEffect.define<readonly PlacedFault[]>();

interface Shown {
    marks: DecorationSet;
    gutter: RangeSet<GutterMarker>;
}

const faults = StateField.define<Shown>({
    create: () => ({ marks: Decoration.none, gutter: RangeSet.empty }),
    update(shown, transaction) {
        let now = transaction.docChanged ? { marks: shown.marks.map(transaction.changes), gutter: shown.gutter.map(transaction.changes) } : shown;
        for (const effect of transaction.effects) {
            if (!effect.is(setFaults)) continue;
            const sorted = [...effect.value].sort((a, b) => a.from - b.from || a.to - b.to);
            const marks = new RangeSetBuilder<Decoration>();
            const beside = new RangeSetBuilder<GutterMarker>();
            let last = -1;
            for (const fault of sorted) {
                if (fault.to > fault.from) marks.add(fault.from, fault.to, Decoration.mark({ class: `cm-fault-${fault.severity}`, attributes: { title: fault.message } }));
                const line = transaction.newDoc.lineAt(fault.from).from;
                if (line !== last) beside.add(line, line, new Mark(fault));
                last = line;
            }
            now = { marks: marks.finish(), gutter: beside.finish() };
        }
        return now;
    },
    provide: (field) => EditorView.decorations.from(field, ({ marks }) => marks),
});

const look = EditorView.baseTheme({
    '.cm-faults': { width: '14px' },
    '.cm-fault-error': { textDecoration: 'underline wavy var(--dead) 1px', textUnderlineOffset: '3px' },
    '.cm-fault-warning': { textDecoration: 'underline wavy var(--retrying) 1px', textUnderlineOffset: '3px' },
    '.fault': { display: 'block', width: '8px', height: '8px', margin: '6px 3px', borderRadius: '50%', backgroundColor: 'var(--dead)' },
    '.fault.warning': { borderRadius: '2px', backgroundColor: 'var(--retrying)' },
});

export const showsFaults: Extension = [faults, gutter({ class: 'cm-faults', markers: (view) => view.state.field(faults).gutter }), look];
