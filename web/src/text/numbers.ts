// Numbers as people read them: thin spaces between thousands, few digits.

const thin = '\u2009';

/** "12 345" with thin spaces. */
export function countText(value: number): string {
    if (!Number.isFinite(value)) return '–';
    const digits = String(Math.abs(Math.round(value)));
    const grouped = digits.length > 4 ? digits.replace(/\B(?=(\d{3})+$)/g, thin) : digits;
    return value < 0 ? `−${grouped}` : grouped;
}

/** "1 delivery", "3 deliveries". */
export function counted(value: number, one: string, many = `${one}s`): string {
    return `${countText(value)} ${Math.round(value) === 1 ? one : many}`;
}

/** "99.2 %"; never rounded up to 100 % or down to 0 %. */
export function shareText(part: number, whole: number): string {
    if (whole <= 0) return '–';
    const percent = (100 * part) / whole;
    if (part === whole) return '100 %';
    if (part === 0) return '0 %';
    if (percent > 99.9) return '99.9 %';
    if (percent < 0.1) return '0.1 %';
    return `${percent.toFixed(1).replace(/\.0$/, '')} %`;
}

/** "12.3 KB", powers of 1024. */
export function bytesText(bytes: number): string {
    if (bytes < 1024) return `${bytes} B`;
    let value = bytes;
    let unit = '';
    for (unit of ['KB', 'MB', 'GB', 'TB']) {
        value /= 1024;
        if (value < 1024) break;
    }
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** "0.4/s", "12/s", "3/min": of things a second. */
export function rateText(perSecond: number): string {
    if (perSecond === 0) return '0/s';
    if (perSecond >= 10) return `${countText(perSecond)}/s`;
    if (perSecond >= 0.1) return `${perSecond.toFixed(1)}/s`;
    return `${(perSecond * 60).toFixed(1)}/min`;
}
