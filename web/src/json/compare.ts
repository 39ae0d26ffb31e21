// Two texts line by line, side by side: what is the same, changed, only left, only right.

export interface ComparedLine {
    kind: 'same' | 'changed' | 'left' | 'right';
    left: string | null;
    right: string | null;
    leftNumber: number; // From 1; 0: no line on this side.
    rightNumber: number;
}

/** The shortest way from left to right (Myers 1986), but the middle as a whole where they differ by more than `editsMax`. */
export function compareLines(left: string[], right: string[], editsMax = 600): ComparedLine[] {
    let head = 0;
    while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
    let tail = 0;
    while (tail < left.length - head && tail < right.length - head && left[left.length - 1 - tail] === right[right.length - 1 - tail])
        tail += 1;

    const lines: ComparedLine[] = [];
    const same = (i: number, j: number) =>
        lines.push({ kind: 'same', left: left[i] as string, right: right[j] as string, leftNumber: i + 1, rightNumber: j + 1 });
    for (let i = 0; i < head; i++) same(i, i);
    for (const run of runs(left.slice(head, left.length - tail), right.slice(head, right.length - tail), editsMax)) {
        if (run.same) {
            for (let i = 0; i < run.left; i++) same(head + run.leftAt + i, head + run.rightAt + i);
            continue;
        }
        // Lines taken away and lines put in at one place stand side by side as changes.
        for (let i = 0; i < Math.max(run.left, run.right); i++) {
            const l = i < run.left ? head + run.leftAt + i : -1;
            const r = i < run.right ? head + run.rightAt + i : -1;
            lines.push({
                kind: l >= 0 && r >= 0 ? 'changed' : l >= 0 ? 'left' : 'right',
                left: l >= 0 ? (left[l] as string) : null,
                right: r >= 0 ? (right[r] as string) : null,
                leftNumber: l + 1,
                rightNumber: r + 1,
            });
        }
    }
    for (let i = tail; i > 0; i--) same(left.length - i, right.length - i);
    return lines;
}

interface Run {
    same: boolean;
    leftAt: number;
    rightAt: number;
    left: number;
    right: number;
}

function runs(left: string[], right: string[], editsMax: number): Run[] {
    if (left.length === 0 && right.length === 0) return [];
    const whole: Run[] = [{ same: false, leftAt: 0, rightAt: 0, left: left.length, right: right.length }];
    if (left.length === 0 || right.length === 0) return whole;
    const edits = Math.min(left.length + right.length, editsMax);
    const ends = new Map<number, number>([[1, 0]]); // Diagonal -> how far to the right in `left`.
    const history: Map<number, number>[] = [];
    for (let d = 0; d <= edits; d++) {
        history.push(new Map(ends));
        for (let k = -d; k <= d; k += 2) {
            const down = k === -d || (k !== d && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1));
            let x = down ? (ends.get(k + 1) ?? 0) : (ends.get(k - 1) ?? 0) + 1;
            let y = x - k;
            while (x < left.length && y < right.length && left[x] === right[y]) {
                x += 1;
                y += 1;
            }
            ends.set(k, x);
            if (x >= left.length && y >= right.length) return walkBack(history, left.length, right.length, d);
        }
    }
    return whole;
}

function walkBack(history: Map<number, number>[], x: number, y: number, d: number): Run[] {
    const back: Run[] = [];
    const add = (same: boolean, leftAt: number, rightAt: number, l: number, r: number) => {
        const last = back.at(-1);
        if (last && last.same === same) {
            last.leftAt = leftAt;
            last.rightAt = rightAt;
            last.left += l;
            last.right += r;
        } else {
            back.push({ same, leftAt, rightAt, left: l, right: r });
        }
    };
    for (; d >= 0; d--) {
        const ends = history[d] as Map<number, number>;
        const k = x - y;
        const down = k === -d || (k !== d && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1));
        const before = down ? k + 1 : k - 1;
        const fromX = d === 0 ? 0 : (ends.get(before) ?? 0);
        const fromY = d === 0 ? 0 : fromX - before;
        const startX = d === 0 ? 0 : down ? fromX : fromX + 1;
        const startY = d === 0 ? 0 : down ? fromY + 1 : fromY;
        if (x > startX) add(true, startX, startY, x - startX, y - startY);
        if (d > 0) add(false, fromX, fromY, startX - fromX, startY - fromY);
        x = fromX;
        y = fromY;
    }
    return back.reverse();
}

/** Where two changed lines differ: what they share at the start and at the end. */
export function sharedEnds(left: string, right: string): { start: number; end: number } {
    const max = Math.min(left.length, right.length, 10_000);
    let start = 0;
    while (start < max && left[start] === right[start]) start += 1;
    let end = 0;
    while (end < max - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
    return { start, end };
}
