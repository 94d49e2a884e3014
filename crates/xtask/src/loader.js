// Where each chunk lies: its part, from which byte, to which.
const places = [];
sizes.forEach((list, part) => list.reduce((from, size) => {
    places.push([part, from, from + size]);
    return from + size;
}, 0));

// Made once for each key; what failed is tried again when it is next asked for.
const once = (make) => {
    const made = {};
    return (key) => made[key] ??= make(key).catch((error) => {
        delete made[key];
        throw error;
    });
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

// The document names one file with all chunks of its page, in their order.
const page = document.querySelector('link[href*="/page_"]')?.href.match(/page_(\w+)/)[1];
const together = new Map();
pages[page]?.reduce((from, id) => {
    const [, start, end] = places[id];
    together.set(id, [from, from + end - start]);
    return from + end - start;
}, 0);

const cut = async (name, from, to) => (await bytes(name)).subarray(from, to);
const chunk = once(async (id) => {
    const [part, from, to] = places[id];
    const alone = () => cut(`part_${part}`, from, to);
    const code = together.has(id) ? cut(`page_${page}`, ...together.get(id)).catch(alone) : alone();
    return WebAssembly.instantiate(await code, getSharedImports());
});

const load = (name) => wrapAsyncCb(() => Promise.all(pages[name].map(chunk)));
