// Writes src/styles/inter.woff2: of Inter the weights and characters that src/styles/base.css names, which is three fifths
// of the package's file.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import subsetFont from 'subset-font';

const place = (path) => new URL(path, import.meta.url);
const face = readFileSync(place('src/styles/base.css'), 'utf8').match(/@font-face \{[^}]*\}/)[0];
const [, lightest, boldest] = face.match(/font-weight: (\d+) (\d+);/).map(Number);
const characters = [...face.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/g)].flatMap(([, first, last]) => {
    const [from, to] = [first, last ?? first].map((digits) => parseInt(digits, 16));
    return Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n));
});
const whole = readFileSync(createRequire(import.meta.url).resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'));
const part = await subsetFont(whole, characters.join(''), {
    targetFormat: 'woff2',
    variationAxes: { wght: { min: lightest, max: boldest } },
});
writeFileSync(place('src/styles/inter.woff2'), part);
