// The times of an attempt as phases on an axis. The API's times count from the start of the attempt or are lengths.
import type { Schemas } from '../api/client';
import { parseMs } from './time';

export interface Phase {
    name: 'name' | 'connect' | 'tls' | 'wait' | 'read';
    from: number; // ms from the start of the attempt
    to: number;
}

/** dns, connect and tls are lengths, one behind the other; firstByte and total count from the start. */
export function phasesOf(times: Schemas['Attempt']['times']): Phase[] {
    const phases: Phase[] = [];
    let at = 0;
    for (const [name, text] of [['name', times.dns], ['connect', times.connect], ['tls', times.tls]] as const) {
        const ms = parseMs(text);
        if (ms === null) continue;
        phases.push({ name, from: at, to: at + ms });
        at += ms;
    }
    const total = parseMs(times.total);
    const first = parseMs(times.firstByte);
    const waited = first ?? total;
    if (waited !== null && waited > at) {
        phases.push({ name: 'wait', from: at, to: waited });
        at = waited;
    }
    if (first !== null && total !== null && total > at) phases.push({ name: 'read', from: at, to: total });
    return phases;
}

export function totalOf(times: Schemas['Attempt']['times']): number {
    return parseMs(times.total) ?? phasesOf(times).at(-1)?.to ?? 0;
}
