// Walking by keyboard along a list whose rows open a panel with an address of its own.
import { address } from './address.svelte';
import { onKey } from './keyboard';

/** j and k go to the next row and the one before, Enter opens it. Make one while a component is made. */
export class RowWalk<T> {
    /** The row that Enter would open; -1: none yet. */
    cursor = $state(-1);

    constructor(
        private rows: () => readonly T[],
        private idOf: (row: T) => string,
    ) {
        $effect(() => {
            const stops = [onKey('j', () => this.step(1)), onKey('k', () => this.step(-1)), onKey('Enter', () => this.open())];
            return () => stops.forEach((stop) => stop());
        });
    }

    /** The row whose panel is open, else the cursor's; -1: none, or it is not in the list. */
    get shownAt(): number {
        const { id } = address.place;
        return id ? this.rows().findIndex((row) => this.idOf(row) === id) : this.cursor;
    }

    private step(by: number): void {
        const at = Math.max(0, Math.min(this.rows().length - 1, this.shownAt + by));
        const row = this.rows()[at];
        if (!row) return;
        this.cursor = at;
        if (address.place.id) address.go(address.with({}, this.idOf(row)), { replace: true });
    }

    private open(): void {
        const row = this.rows()[this.cursor];
        if (row && !address.place.id) address.go(address.with({}, this.idOf(row)));
    }
}
