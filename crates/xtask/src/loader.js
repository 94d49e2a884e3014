// Where each chunk lies: its part, from which byte, to which.
const places = [];
parts.forEach((ids, part) => ids.reduce((from, id) => {
    places[id] = [part, from, from + sizes[id]];
    return from + sizes[id];
}, 0));

// Made once for each key; what failed is tried again when it is next asked for.
const once = (make) => {
    const made = {};
    const get = (key, ...more) => made[key] ??= make(key, ...more).catch((error) => {
        delete made[key];
        throw error;
    });
    return Object.assign(get, { has: (key) => key in made });
};

const fetched = async (name) => {
    const answer = await fetch(new URL(`./${name}.wasm`, import.meta.url));
    if (!answer.ok) throw Object.assign(new Error(`${name}: ${answer.status}`), { status: answer.status });
    return new Uint8Array(await answer.arrayBuffer());
};

const UPDATED = 'Tandem was updated, and what you opened is part of the new version. Reload this page now?';

// The program would end where a part is not had: it is asked for until the server is reached again, and what the server
// no longer has is of an older version than the server's.
const patiently = async (name) => {
    for (let wait = 500; ; wait = Math.min(2 * wait, 8_000)) {
        try {
            return await fetched(name);
        } catch (error) {
            if (error.status === 404) {
                if (confirm(UPDATED)) location.reload();
                return new Promise(() => {});
            }
            await new Promise((go) => setTimeout(go, wait));
        }
    }
};

const bytes = once((name) => name.startsWith('part_') ? patiently(name) : fetched(name));

const size = (ids) => ids.reduce((sum, id) => sum + sizes[id], 0);

// A file with these chunks, one behind another.
const file = (name, ids) => {
    let end = 0;
    return { name, size: size(ids), at: new Map(ids.map((id) => [id, [end, end += sizes[id]]])) };
};

// The document names the file with all chunks of its page.
const page = document.querySelector('link[href*="/page_"]')?.href.match(/page_(\w+)/)[1];
const whole = file(`page_${page}`, pages[page] ?? []);

const cut = async (name, from, to) => (await bytes(name)).subarray(from, to);
const chunk = once(async (id, later) => {
    const [part, from, to] = places[id];
    const alone = () => cut(`part_${part}`, from, to);
    const together = [whole, later].find((file) => file?.at.has(id));
    const code = together ? cut(together.name, ...together.at.get(id)).catch(alone) : alone();
    return WebAssembly.instantiate(await code, getSharedImports());
});

const load = (name) => wrapAsyncCb(() => {
    const missing = pages[name].filter((id) => !chunk.has(id));
    const had = new Set(pages[hosts[name]]);
    const later = file(`later_${name}`, pages[name].filter((id) => !had.has(id)));
    // What the parts would bring. As one file it is a fifth smaller.
    const needed = new Set(missing.map((id) => places[id][0]));
    const brought = [...needed].reduce((sum, part) => sum + (bytes.has(`part_${part}`) ? 0 : size(parts[part])), 0);
    const isWorth = missing.every((id) => later.at.has(id)) && later.size < 1.2 * brought;
    return Promise.all(pages[name].map((id) => chunk(id, isWorth ? later : undefined)));
});
