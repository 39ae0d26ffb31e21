// Times as people read them: "12 s ago", the local time, UTC on hover.

/** "0.8 ms", "12 ms", "1.2 s", "3 min 5 s"; of milliseconds. */
export function durationText(ms: number): string {
    if (!Number.isFinite(ms)) return '–';
    if (ms < 0) return `−${durationText(-ms)}`;
    if (ms < 1) return `${ms.toFixed(2)} ms`;
    if (ms < 10) return `${trimmed(ms.toFixed(1))} ms`;
    if (ms < 1000) return `${Math.round(ms)} ms`;
    const seconds = ms / 1000;
    if (seconds < 10) return `${trimmed(seconds.toFixed(1))} s`;
    if (seconds < 60) return `${Math.round(seconds)} s`;
    return spanText(ms);
}

function trimmed(text: string): string {
    return text.replace(/\.0+$/, '');
}

/** The two largest units: "3 min 5 s", "2 h", "4 d 3 h"; of milliseconds, 1 s at least. */
export function spanText(ms: number): string {
    let seconds = Math.max(1, Math.round(ms / 1000));
    const units: [string, number][] = [
        ['d', 86_400],
        ['h', 3600],
        ['min', 60],
        ['s', 1],
    ];
    const parts: string[] = [];
    for (const [name, size] of units) {
        const count = Math.floor(seconds / size);
        seconds -= count * size;
        if (count > 0) parts.push(`${count} ${name}`);
        else if (parts.length > 0) break;
        if (parts.length === 2) break;
    }
    return parts.join(' ');
}

/** The API's "12.345ms" as milliseconds; null stays null. */
export function parseMs(text: string | null | undefined): number | null {
    if (!text) return null;
    const value = Number.parseFloat(text);
    return Number.isFinite(value) ? value : null;
}

/** The API's "500ms", "30s", "2m", "1h", "3d" as milliseconds; null where it is no duration. */
export function parseDuration(text: string): number | null {
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(text.trim());
    if (!match) return null;
    const factor = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as 'ms' | 's' | 'm' | 'h' | 'd'];
    return Number(match[1]) * factor;
}

/** "12 s ago", "in 5 s", "just now"; beyond a day the date. */
export function relativeText(at: number, now: number): string {
    const ms = now - at;
    if (Math.abs(ms) < 1500) return 'just now';
    if (Math.abs(ms) >= 86_400_000) return dateText(at, now);
    const span = largestUnit(Math.abs(ms));
    return ms > 0 ? `${span} ago` : `in ${span}`;
}

function largestUnit(ms: number): string {
    const seconds = Math.round(ms / 1000);
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min`;
    return `${Math.floor(minutes / 60)} h`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** "14:03:12", local. */
export function clockText(at: number): string {
    const date = new Date(at);
    return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "24 Nov", with the year where it is another one; local. */
export function dateText(at: number, now: number): string {
    const date = new Date(at);
    const year = date.getFullYear() === new Date(now).getFullYear() ? '' : ` ${date.getFullYear()}`;
    return `${date.getDate()} ${months[date.getMonth()]}${year}`;
}

/** For a list: the clock today, else the date before it. */
export function listTime(at: number, now: number): string {
    const isToday = new Date(at).toDateString() === new Date(now).toDateString();
    return isToday ? clockText(at) : `${dateText(at, now)} ${clockText(at).slice(0, 5)}`;
}

/** For hovering: both zones, to the millisecond. */
export function fullTime(at: number): string {
    const date = new Date(at);
    const minutes = -date.getTimezoneOffset();
    const sign = minutes < 0 ? '−' : '+';
    const zone = `UTC${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
    const local = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clockText(at)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
    const utc = date.toISOString().replace('T', ' ').replace('Z', ' UTC');
    return minutes === 0 ? utc : `${utc}\n${local} ${zone}`;
}
