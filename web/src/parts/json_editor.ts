// CodeMirror for JSON. It stands in a shadow root, because only there it uses adoptedStyleSheets: a <style> element would
// not pass the page's Content-Security-Policy.
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';

import { findPointer, JsonFault, parseJson } from '../json/parse';

export interface EditorFault {
    pointer: string;
    message: string;
    severity: 'error' | 'warning';
}

export interface JsonEditor {
    setValue(text: string): void;
    setFaults(faults: EditorFault[]): void;
    jumpTo(pointer: string): void;
    destroy(): void;
}

const look = EditorView.theme({
    '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'var(--surface)', color: 'var(--ink)' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '19px' },
    '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--ink-3)', borderRight: '1px solid var(--line)' },
    '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--hover) 60%, transparent)' },
    '.cm-content': { caretColor: 'var(--ink)' },
    '.cm-cursor': { borderLeftColor: 'var(--ink)' },
    '.cm-tooltip': { backgroundColor: 'var(--surface)', color: 'var(--ink)', border: '1px solid var(--line)', borderRadius: '6px', fontFamily: 'var(--sans)' },
    '.cm-foldPlaceholder': { backgroundColor: 'var(--hover)', border: 'none', color: 'var(--ink-3)' },
});
const colours = HighlightStyle.define([
    { tag: tags.propertyName, color: 'var(--json-key)' },
    { tag: tags.string, color: 'var(--json-string)' },
    { tag: tags.number, color: 'var(--json-number)' },
    { tag: [tags.bool, tags.null], color: 'var(--json-word)' },
]);

export function makeJsonEditor(
    host: HTMLElement,
    { value, label, readonly, change }: { value: string; label: string; readonly: boolean; change: (text: string) => void },
): JsonEditor {
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const parent = document.createElement('div');
    parent.style.height = '100%';
    root.replaceChildren(parent);
    let isSetting = false;
    const view = new EditorView({
        root,
        parent,
        state: EditorState.create({
            doc: value,
            extensions: [
                lineNumbers(), foldGutter(), history(), indentOnInput(), indentUnit.of('  '), bracketMatching(), highlightActiveLine(),
                lintGutter(), json(), syntaxHighlighting(colours), look,
                keymap.of([...defaultKeymap, ...historyKeymap, ...foldKeymap]),
                EditorView.contentAttributes.of({ 'aria-label': label }),
                EditorView.updateListener.of((update) => {
                    if (update.docChanged && !isSetting) change(update.state.doc.toString());
                }),
                EditorState.readOnly.of(readonly),
            ],
        }),
    });

    const placeOf = (pointer: string): { from: number; to: number } => {
        const text = view.state.doc.toString();
        try {
            const nodes = parseJson(text);
            const node = nodes[findPointer(nodes, pointer)];
            if (!node) return { from: 0, to: Math.min(1, text.length) };
            const from = node.keyStart >= 0 ? node.keyStart : node.start;
            // A whole object would be one red block: its first line is enough.
            const isBig = node.size > 0;
            return { from, to: isBig ? Math.min(node.start + 1, text.length) : node.end };
        } catch (error) {
            const at = error instanceof JsonFault ? Math.min(error.at, text.length) : 0;
            return { from: at, to: Math.min(at + 1, text.length) };
        }
    };

    return {
        setValue(text) {
            if (text === view.state.doc.toString()) return;
            isSetting = true;
            view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
            isSetting = false;
        },
        setFaults(faults) {
            const diagnostics: Diagnostic[] = faults.map((fault) => ({ ...placeOf(fault.pointer), severity: fault.severity, message: fault.message }));
            view.dispatch(setDiagnostics(view.state, diagnostics));
        },
        jumpTo(pointer) {
            const { from, to } = placeOf(pointer);
            view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
            view.focus();
        },
        destroy() {
            view.destroy();
        },
    };
}
