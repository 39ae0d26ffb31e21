// The overview's first line: is anything wrong right now? Red only for what needs a person.

export interface Signs {
    deadLastHour: number;
    retriedLastFiveMinutes: number;
    deliveredLastFiveMinutes: number;
    waiting: number;
    oldestSeconds: number | null; // How long the oldest has been due.
    brokenReceivers: number;
    pausedReceivers: number;
    findings: number; // Of the kind "bad".
}

export interface StateLine {
    mood: 'good' | 'watch' | 'act';
    text: string;
}

const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

export function stateLine(signs: Signs): StateLine {
    const act: string[] = [];
    const watch: string[] = [];
    if (signs.findings > 0) act.push(`${many(signs.findings, 'thing')} at the server ${signs.findings === 1 ? 'needs' : 'need'} a person`);
    if (signs.deadLastHour > 0) act.push(`${many(signs.deadLastHour, 'delivery', 'deliveries')} died in the last hour`);
    if (signs.brokenReceivers > 0) watch.push(`${many(signs.brokenReceivers, 'receiver')} ${signs.brokenReceivers === 1 ? 'fails' : 'fail'} and ${signs.brokenReceivers === 1 ? 'is' : 'are'} left alone for now`);
    if (signs.pausedReceivers > 0) watch.push(`${many(signs.pausedReceivers, 'receiver')} ${signs.pausedReceivers === 1 ? 'is' : 'are'} paused`);
    const tried = signs.retriedLastFiveMinutes + signs.deliveredLastFiveMinutes;
    if (tried >= 10 && signs.retriedLastFiveMinutes / tried > 0.1) watch.push(`${Math.round((100 * signs.retriedLastFiveMinutes) / tried)} % of the tries of the last five minutes failed`);
    if (signs.oldestSeconds !== null && signs.oldestSeconds > 60) watch.push('deliveries that are due wait for more than a minute');
    if (act.length > 0) return { mood: 'act', text: sentence([...act, ...watch]) };
    if (watch.length > 0) return { mood: 'watch', text: sentence(watch) };
    return { mood: 'good', text: 'All is well. What comes in goes out.' };
}

function sentence(parts: string[]): string {
    const text = parts.length > 1 ? `${parts.slice(0, -1).join(', ')}, and ${parts.at(-1)}` : (parts[0] ?? '');
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
