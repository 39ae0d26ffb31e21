// Keys that hold for the whole page. What is opened last hears Escape first: one step back, always.

type Step = () => void;
const steps: Step[] = [];
const keys = new Map<string, Step[]>();

/** While it is there, Escape does this. Gives the way to take it back. */
export function onEscape(step: Step): () => void {
    steps.push(step);
    return () => {
        const at = steps.lastIndexOf(step);
        if (at >= 0) steps.splice(at, 1);
    };
}

/** The last one to name a key has it. */
export function onKey(key: string, step: Step): () => void {
    const list = keys.get(key) ?? [];
    list.push(step);
    keys.set(key, list);
    return () => {
        const at = list.lastIndexOf(step);
        if (at >= 0) list.splice(at, 1);
    };
}

/** Whether what has the focus takes letters itself. */
function takesLetters(target: EventTarget | null): boolean {
    const element = target as HTMLElement | null;
    if (!element?.closest) return false;
    if (element.shadowRoot?.activeElement) return true;
    return element.isContentEditable || element.closest('input:not([type="checkbox"]), textarea, select') !== null;
}

export function handleKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === 'Escape') {
        const element = document.activeElement as HTMLElement | null;
        const step = steps.at(-1);
        if (takesLetters(event.target) && !element?.closest('[role="dialog"]')) element?.blur();
        else step?.();
        event.preventDefault();
        return;
    }
    if (takesLetters(event.target)) return;
    const step = keys.get(event.key)?.at(-1);
    if (!step) return;
    event.preventDefault();
    step();
}
