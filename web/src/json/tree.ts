// Which lines of a tree are to be seen: what is open, what a search finds.
import type { JsonNode } from './parse';

const isContainer = (node: JsonNode) => (node.kind === 'object' || node.kind === 'list') && node.size > 0;

/** Open at first: everything while it is small, else the first levels of containers that are not huge. */
export function openAtFirst(nodes: JsonNode[]): Set<number> {
    const open = new Set<number>();
    const levels = nodes.length <= 200 ? 32 : 2;
    nodes.forEach((node, i) => {
        if (isContainer(node) && node.depth < levels && (node.size <= 300 || node.depth === 0)) open.add(i);
    });
    return open;
}

/** Indices of the values to be seen, in order. */
export function visibleNodes(nodes: JsonNode[], open: ReadonlySet<number>): number[] {
    const visible: number[] = [];
    for (let i = 0; i < nodes.length; ) {
        visible.push(i);
        const node = nodes[i] as JsonNode;
        i = isContainer(node) && !open.has(i) ? node.last : i + 1;
    }
    return visible;
}

/** Values whose key or scalar holds `words`, whatever the case; at most `max`. */
export function searchNodes(nodes: JsonNode[], words: string, max = 1000): number[] {
    const wanted = words.toLowerCase();
    const found: number[] = [];
    if (!wanted) return found;
    for (let i = 0; i < nodes.length && found.length < max; i++) {
        const node = nodes[i] as JsonNode;
        if (node.key?.toLowerCase().includes(wanted) || node.text.toLowerCase().includes(wanted)) found.push(i);
    }
    return found;
}

/** Opens everything above the value, so that it can be seen. */
export function openAbove(nodes: JsonNode[], index: number, open: ReadonlySet<number>): Set<number> {
    const more = new Set(open);
    for (let parent = nodes[index]?.parent ?? -1; parent >= 0; parent = nodes[parent]?.parent ?? -1) more.add(parent);
    return more;
}
