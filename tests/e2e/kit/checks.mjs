// Runs named checks one after another, says how each ended, and ends the process with 0 or 1.
import process from 'node:process';

const checks = [];
const cleanups = [];
let seconds_default = 30;

/** Adds a check: `what` is a sentence, `body` an async function that throws when it doesn't hold. */
export function check(what, body, { seconds = seconds_default } = {}) {
    checks.push({ what, body, seconds });
}

/** A check of something that is promised and known not to be there yet. It fails once it holds, to become a check. */
export function gap(what, body, { seconds = seconds_default } = {}) {
    checks.push({ what, body, seconds, is_gap: true });
}

/** `body` runs at the end, whatever happened; the last one added runs first. */
export function at_end(body) {
    cleanups.push(body);
}

/** Runs all checks. `setup` runs before them; when it fails, none does. */
export async function run(setup) {
    let passed = 0;
    let failed = 0;
    let gaps = 0;
    const only = process.env.ONLY;
    try {
        if (setup) await in_time('setup', setup, 60);
        for (const { what, body, seconds, is_gap } of checks) {
            if (only && !what.includes(only)) continue;
            const start = Date.now();
            if (is_gap) {
                const is_there = await in_time(what, body, seconds).then(() => true, () => false);
                if (is_there) failed += 1;
                else gaps += 1;
                console.log(is_there ? `failed ${what}: this is known as a gap, but it works: make it a check` : `gap    ${what}`);
                continue;
            }
            try {
                await in_time(what, body, seconds);
                passed += 1;
                console.log(`ok     ${what} (${Date.now() - start} ms)`);
            } catch (error) {
                failed += 1;
                console.log(`failed ${what}\n${indented(error?.stack ?? String(error))}`);
            }
        }
    } catch (error) {
        failed += 1;
        console.log(`failed setup\n${indented(error?.stack ?? String(error))}`);
    }
    for (const cleanup of cleanups.reverse()) {
        try {
            await in_time('cleanup', cleanup, 30);
        } catch (error) {
            failed += 1;
            console.log(`failed at the end\n${indented(error?.stack ?? String(error))}`);
        }
    }
    console.log(`${passed} passed, ${failed} failed${gaps ? `, ${gaps} not there yet` : ''}`);
    process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

async function in_time(what, body, seconds) {
    let timer;
    const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`"${what}" was not done after ${seconds} s`)), seconds * 1000);
    });
    try {
        await Promise.race([body(), late]);
    } finally {
        clearTimeout(timer);
    }
}

function indented(text) {
    return text.split('\n').map((line) => `       ${line}`).join('\n');
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Asks `probe` until it gives something truthy, and returns that. Says what it waited for when it gives up. */
export async function until(what, probe, { seconds = 15, every = 20 } = {}) {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const found = await probe();
        if (found) return found;
        if (Date.now() > end) throw new Error(`waited ${seconds} s for ${typeof what === 'function' ? what() : what}`);
        await sleep(every);
    }
}
