// JSON in lines, token for token: what the raw view and the comparison show.
import type { JsonNode } from './parse';

/** One value a line, indented by two spaces. `linesMax` ends it early; the last line then says so. */
export function prettyLines(text: string, nodes: JsonNode[], linesMax = 200_000): string[] {
    const lines: string[] = [];
    const open: JsonNode[] = [];
    const token = (node: JsonNode) => text.slice(node.start, node.end);
    const key = (node: JsonNode) => {
        if (node.keyStart < 0) return '';
        const behind = text.slice(node.keyStart, node.start);
        return `${behind.slice(0, behind.lastIndexOf(':')).trimEnd()}: `;
    };
    const closeTo = (depth: number) => {
        while (open.length > depth) {
            const node = open.pop() as JsonNode;
            const isLast = isLastOf(node);
            lines.push(`${indent(node.depth)}${node.kind === 'object' ? '}' : ']'}${isLast ? '' : ','}`);
        }
    };
    const isLastOf = (node: JsonNode) => node.parent < 0 || node.index === (nodes[node.parent] as JsonNode).size - 1;
    for (const node of nodes) {
        closeTo(node.depth);
        if (lines.length >= linesMax) {
            lines.push('… more is not shown here; take the text.');
            return lines;
        }
        const comma = isLastOf(node) ? '' : ',';
        if (node.kind === 'object' || node.kind === 'list') {
            if (node.size === 0) {
                lines.push(`${indent(node.depth)}${key(node)}${node.kind === 'object' ? '{}' : '[]'}${comma}`);
            } else {
                lines.push(`${indent(node.depth)}${key(node)}${node.kind === 'object' ? '{' : '['}`);
                open.push(node);
            }
        } else {
            lines.push(`${indent(node.depth)}${key(node)}${token(node)}${comma}`);
        }
    }
    closeTo(0);
    return lines;
}

// Deep nesting would be all spaces, and quadratic.
const indent = (depth: number) => '  '.repeat(Math.min(depth, 40));
