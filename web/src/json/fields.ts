// The main fields of a sample as a form: scalars near the top, each set in the text without touching the rest.
import { parseJson, pointerOf, type JsonNode } from './parse';

export interface FormField {
    pointer: string;
    name: string; // "issue.key"
    text: string;
    kind: JsonNode['kind'];
    start: number;
    end: number;
}

/** The likeliest first: keys, names and texts a person would change. */
const wanted = /(^|\.)(key|name|summary|title|displayName|body|status|priority|value|id|version|type)$/i;
const dull = /(^|\.)(self|avatarUrls|iconUrl|timeZone|_links|_expandable|links|.*Url|.*Id)(\.|$)/;

export function formFields(text: string, max = 8): FormField[] {
    const nodes = parseJson(text);
    const fields: (FormField & { rank: number })[] = [];
    for (let i = 1; i < nodes.length && fields.length < 400; i++) {
        const node = nodes[i] as JsonNode;
        if (node.kind === 'object' || node.kind === 'list' || node.depth > 4) continue;
        const pointer = pointerOf(nodes, i);
        const name = pointer.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
        if (/\.\d+(\.|$)/.test(name) || dull.test(name) || node.text.length > 200) continue;
        const rank = (wanted.test(name) ? 0 : 20) + node.depth * 3 + (node.kind === 'string' ? 0 : 2) + fields.length * 0.05;
        fields.push({ pointer, name, text: node.kind === 'null' ? '' : node.text, kind: node.kind, start: node.start, end: node.end, rank });
    }
    return fields
        .sort((a, b) => a.rank - b.rank)
        .slice(0, max)
        .sort((a, b) => a.start - b.start);
}

/** The text with one value replaced; a number stays a number where the new text is one. */
export function setField(text: string, field: FormField, value: string): string {
    const isToken = field.kind !== 'string' && /^(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null)$/.test(value.trim());
    return text.slice(0, field.start) + (isToken ? value.trim() : JSON.stringify(value)) + text.slice(field.end);
}
