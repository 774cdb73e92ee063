// What the page shows. `src/view/preview/data.rs` writes it.

const LEVELS = ['grave', 'serious', 'light'];
const SIGNS = { added: '+', removed: '−', changed: '~', moved: '→' };
const WORDS = { added: 'new', removed: 'gone', changed: 'changed', moved: 'moved' };

/** A compressed document of the page. */
async function unpack(id) {
  const holder = document.getElementById(id);
  const text = holder.textContent;
  holder.remove();
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(text) : bytesOf(atob(text));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

function bytesOf(text) {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Everything that can be listed and searched, with numbers replaced by what they stand for. */
function model(raw) {
  const spots = raw.spots.map(([file, line, column, owner]) => ({ file: raw.files[file], line, column, owner: raw.owners[owner] }));
  const of = numbers => (numbers ?? []).map(number => spots[number]);
  const changes = raw.changes.map((change, number) => {
    const fields = change.fields.map(field => ({ ...field, by: of(field.by), was: of(field.was) }));
    const marks = change.marks.map(mark => raw.marks[mark]);
    const kind = raw.kinds[change.kind];
    return { number, change: change.change, kind, marks, asked: of(change.asked), fields, objects: [], search: searched(kind, marks, fields) };
  });
  const objects = raw.objects.map((object, number) => {
    const change = changes[object.change];
    const [target, application] = [raw.targets[object.target], raw.applications[object.application]];
    const key = [target, application, object.file].filter(Boolean).join('/');
    const bare = object.name.slice(object.name.indexOf('/') + 1);
    const search = `${key} ${object.name} ${object.component ?? ''}`.toLowerCase();
    const marks = object.without ? change.marks.filter((_, place) => !object.without.includes(place)) : change.marks;
    const built = { ...object, number, change, marks, target, application, key, bare, search };
    change.objects.push(built);
    return built;
  });
  return {
    ...raw, spots, changes, objects,
    byKey: new Map(objects.map(object => [object.key, object])),
    drawn: new Map(raw.drawn.map(([target, application, graph]) => [`${raw.targets[target]}\n${raw.applications[application]}`, raw.graphs[graph]])),
  };
}

/** What a change is found by, beside the names of its objects. */
function searched(kind, marks, fields) {
  const parts = [kind, ...marks.map(mark => mark.name)];
  for (const field of fields) {
    parts.push(field.path, shown(field.old), shown(field.new), ...[...field.by, ...field.was].map(place => `${place.file} ${place.owner}`));
  }
  return parts.join(' ').toLowerCase();
}

/** The lines of an object's manifest: `op` is 0 for one that stays, 1 for one that came, 2 for one that went. */
function manifest(raw, spots, number) {
  return raw.rows[number].map(row => {
    const cell = 3 * Math.floor(row / 3);
    const blame = raw.blames[raw.cells[cell + 2]];
    const border = blame.indexOf(-1);
    const by = (border < 0 ? blame : blame.slice(0, border)).map(spot => spots[spot]);
    const template = border < 0 ? undefined : spots[blame[border + 1]];
    return { op: row % 3, text: raw.texts[raw.cells[cell]], path: raw.paths[raw.cells[cell + 1]], by, template };
  });
}

/** A value on one line. */
function shown(value) {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The gravest level among marks; 3 if there are none. */
function gravest(marks) {
  return marks.reduce((least, mark) => Math.min(least, mark.level), 3);
}
