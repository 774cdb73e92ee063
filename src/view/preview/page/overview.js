// What is seen first: how much, how grave, and where.

const ROW = 34;

/** The overview of the changes that the filters leave. */
function overview(app) {
  const { data, state, found } = app;
  const objects = found.flatMap(({ objects }) => objects);
  return el('div', { class: 'overview' },
    hero(data, objects, isFiltered(state)),
    marksOf(found, state),
    el('div', { class: 'columns' },
      el('section', { class: 'panel', 'aria-labelledby': 'matrix-title' },
        el('h2', { id: 'matrix-title' }, 'Where'),
        matrix(app, objects)),
      el('section', { class: 'panel', 'aria-labelledby': 'what-title' },
        el('h2', { id: 'what-title' }, 'What'),
        gravestOf(app))));
}

function hero(data, objects, some) {
  const counts = Object.keys(WORDS).map(word => [word, objects.filter(object => object.change.change === word).length]);
  const targets = new Set(objects.map(object => object.target));
  const where = data.targets.filter(Boolean).length
    ? ` in ${targets.size} of ${plural(data.targets.length, 'environment', data.targets.some(name => name.includes('/')) ? 'environments and clusters' : 'environments')}`
    : '';
  const title = objects.length ? [el('b', {}, objects.length.toLocaleString('en')), ` ${objects.length === 1 ? 'object differs' : 'objects differ'}${where}`]
    : some ? ['Nothing that differs is left by the filters'] : ['Nothing that is rendered changes'];
  return el('header', { class: 'hero' },
    el('h1', {}, title),
    el('ul', { class: 'counts' }, counts.filter(([, count]) => count).map(([word, count]) =>
      el('li', { class: `is-${word}` }, el('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[word]), `${count.toLocaleString('en')} ${WORDS[word]}`))));
}

/** A card for each reason to look closer. */
function marksOf(found, state) {
  const counts = new Map();
  for (const mark of found.flatMap(({ objects }) => objects.flatMap(object => object.marks))) {
    const entry = counts.get(mark.name) ?? { mark, reasons: new Map(), count: 0 };
    entry.count += 1;
    entry.reasons.set(mark.reason, (entry.reasons.get(mark.reason) ?? 0) + 1);
    counts.set(mark.name, entry);
  }
  const cards = [...counts.values()].sort((a, b) => a.mark.level - b.mark.level);
  if (!cards.length) return null;
  return el('ul', { class: 'marks', 'aria-label': 'Reasons to look closer' }, cards.map(({ mark, reasons, count }) =>
    el('li', {}, el('a', { class: `mark level-${mark.level}`, href: address({ ...state, view: 'changes', object: '', field: '', mark: mark.name }) },
      el('span', { class: 'mark-name' }, mark.name), el('span', { class: 'mark-count' }, count.toLocaleString('en')),
      el('span', { class: 'mark-reason' }, [...reasons.keys()].slice(0, 3).join('; '))))));
}

/** Environments × applications. */
function matrix(app, objects) {
  const { data, state } = app;
  const cells = new Map();
  for (const object of objects) {
    const key = `${object.target}\n${object.application}`;
    const cell = cells.get(key) ?? { count: 0, level: 3, marks: new Set() };
    cell.count += 1;
    cell.level = Math.min(cell.level, gravest(object.marks));
    object.marks.forEach(mark => cell.marks.add(mark.name));
    cells.set(key, cell);
  }
  const isMeant = target => !state.env || target === state.env || target.startsWith(`${state.env}/`);
  const targets = data.targets.filter(isMeant);
  const changed = new Set(objects.map(object => object.application));
  const shownNames = data.applications.filter(name => !state.app || name === state.app);
  const names = [...shownNames.filter(name => changed.has(name)), ...shownNames.filter(name => !changed.has(name))];
  const places = new Map(data.applications.map((name, index) => [name, new Set(data.units[index])]));
  const columns = `minmax(7rem, 1.4fr) repeat(${targets.length}, minmax(3.6rem, 1fr))`;
  const head = el('div', { class: 'matrix-row matrix-head', role: 'row', 'aria-rowindex': 1, style: `grid-template-columns:${columns}` },
    el('span', { role: 'columnheader', class: 'matrix-name' }, 'application'),
    targets.map(target => el('a', { role: 'columnheader', href: address({ ...state, env: target }), title: `only ${target}` }, heading(target))));
  const body = el('div', { class: 'matrix-body', role: 'rowgroup', tabindex: 0, 'aria-label': 'applications' });
  const draw = (name, index) => el('div', { class: 'matrix-row', role: 'row', 'aria-rowindex': index + 2, style: `grid-template-columns:${columns}` },
    el('a', { role: 'rowheader', class: 'matrix-name', href: address({ ...state, view: 'changes', app: name }) }, title(name)),
    targets.map(target => square(cells.get(`${target}\n${name}`), places.get(name).has(data.targets.indexOf(target)), target, name, state)));
  const rows = new Rows(body, { height: () => ROW, draw });
  body.style.height = `${Math.min(names.length, 14) * ROW + 2}px`;
  rows.set(names);
  return el('div', { class: 'matrix', role: 'table', 'aria-label': 'objects that differ, by application and environment', 'aria-rowcount': names.length + 1, 'aria-colcount': targets.length + 1 },
    el('div', { class: 'matrix-scroll' }, head, body));
}

/** What is made once for all applications has no name of its own. */
function title(application) {
  return application.startsWith('_') ? el('i', {}, application.slice(1)) : application || 'all';
}

/** An environment, and its cluster below it. */
function heading(target) {
  const [environment, cluster] = target.split('/');
  return cluster ? [el('b', {}, environment), el('small', {}, cluster)] : el('b', {}, target || 'all');
}

function square(cell, isRendered, target, application, state) {
  if (!cell) return el('span', { role: 'cell', class: 'square none' }, isRendered ? el('span', { title: 'nothing differs' }, '·') : el('span', { class: 'hidden' }, 'not rendered'));
  const marks = [...cell.marks].join(', ');
  const label = `${application} in ${target}: ${plural(cell.count, 'object differs', 'objects differ')}${marks ? `, ${marks}` : ''}`;
  const href = address({ ...state, view: 'changes', env: target, app: application });
  return el('span', { role: 'cell', class: 'square' }, el('a', { class: `level-${cell.level}`, href, title: label, 'aria-label': label }, cell.count.toLocaleString('en')));
}

/** The first changes, the gravest first. */
function gravestOf(app) {
  const { state, found } = app;
  const first = found.slice(0, 9);
  return [
    el('ol', { class: 'what' }, first.map(entry => {
      const object = entry.objects[0];
      return el('li', {}, el('a', { class: `entry level-edge-${gravest(entry.change.marks)}`, href: address({ ...state, view: 'changes', object: object.key }) }, summaryOf(entry)));
    })),
    found.length > first.length && el('a', { class: 'more', href: address({ ...state, view: 'changes' }) }, `${plural(found.length - first.length, 'more change')}`),
  ];
}

/** A change in two lines. */
function summaryOf({ change, objects }) {
  const names = new Set(objects.map(object => object.bare));
  const what = names.size === 1 ? [...names][0] : `× ${names.size}`;
  return [
    el('span', { class: 'entry-title' },
      el('span', { class: `sign is-${change.change}`, 'aria-hidden': 'true' }, SIGNS[change.change]),
      el('span', { class: 'hidden' }, `${WORDS[change.change]}: `),
      el('span', { class: 'kind' }, change.kind), ' ', el('b', {}, what),
      change.marks.map(mark => [' ', chip(mark)])),
    el('span', { class: 'entry-text' }, gist(change, objects)),
  ];
}

/** What a change does, in a few words. */
function gist(change, objects) {
  const targets = [...new Set(objects.map(object => object.target))].filter(Boolean);
  const where = targets.length > 3 ? `${targets.length} environments and clusters` : targets.join(', ');
  const told = change.fields.filter(field => !field.hash);
  const field = told[0] ?? change.fields[0];
  const parts = [];
  if (field) {
    const name = field.path.split(/\.(?![^[]*\])/).at(-1);
    const value = field.hash ? 'another hash'
      : field.old === undefined ? `+ ${short(field.new)}` : field.new === undefined ? `− ${short(field.old)}` : `${short(field.old)} → ${short(field.new)}`;
    parts.push(`${name}: ${value}`);
    if (change.fields.length > 1) parts.push(`and ${plural(change.fields.length - 1, 'more field')}`);
  }
  if (where) parts.push(el('span', { class: 'where' }, where));
  return parts.flatMap((part, index) => (index ? [' · ', part] : [part]));
}

function short(value) {
  const text = shown(value).replace(/\s+/g, ' ').trim();
  return text.length > 42 ? `${text.slice(0, 40)}…` : text || '""';
}
