// Components, whom they talk to, and what must be there first.

const BOX = { width: 178, height: 54, across: 92, down: 22 };

/** The graph of an application in one place. */
function graphView(app) {
  const { data, state } = app;
  const keys = [...data.drawn.keys()];
  if (!keys.length) return el('p', { class: 'note' }, 'There is no graph: what was compared is no project, or nothing in it can differ.');
  const [key, isGuess] = chosen(app, keys);
  const [target, application] = key.split('\n');
  const counts = countsOf(data, target, application);
  const side = el('aside', { class: 'inspector graph-side', 'aria-live': 'polite', 'aria-label': 'Component' }, el('p', { class: 'note' }, 'Choose a component.'));
  const applications = [...new Set(keys.map(key => key.split('\n')[1]))];
  const targets = keys.filter(key => key.split('\n')[1] === application).map(key => key.split('\n')[0]);
  const choice = (label, names, value, name) => el('label', { class: 'choice' }, el('span', {}, label), el('select', { onchange: event => go({ ...state, [name]: event.target.value }) },
    names.map(name => el('option', { value: name, selected: name === value }, name || 'all'))));
  return el('div', { class: 'graph-view' },
    el('section', { class: 'graph-main' },
      el('header', { class: 'graph-head' }, el('h1', {}, application || 'The components'),
        choice('application', applications, application, 'app'), choice('in', targets, target, 'env'),
        el('ul', { class: 'legend' },
          el('li', { class: 'edge-talks' }, 'talks to'), el('li', { class: 'edge-needs' }, 'needs first'))),
      el('div', { class: 'graph-scroll', tabindex: 0, role: 'group', 'aria-label': `Components of ${application} in ${target}` },
        drawing(data.drawn.get(key), application, counts, node => inform(side, node, app, target, application, counts)))),
    side);
}

/** What is drawn: what the filters say, else where the most differs. */
function chosen({ data, state, found }, keys) {
  const asked = keys.filter(key => {
    const [target, application] = key.split('\n');
    return (!state.app || application === state.app) && (!state.env || target === state.env || target.startsWith(`${state.env}/`));
  });
  const counts = new Map();
  for (const { change, objects } of found) {
    for (const object of objects) {
      const key = `${object.target}\n${object.application}`;
      counts.set(key, (counts.get(key) ?? 0) + 1 + (2 - Math.min(2, gravest(change.marks))) * 100);
    }
  }
  return [(asked.length ? asked : keys).reduce((best, key) => ((counts.get(key) ?? 0) > (counts.get(best) ?? 0) ? key : best)), !asked.length];
}

/** By component, how many of its objects differ, and how grave that is. */
function countsOf(data, target, application) {
  const counts = new Map();
  for (const object of data.objects) {
    if (object.target !== target || object.application !== application || !object.component) continue;
    const entry = counts.get(object.component) ?? { objects: [], level: 3 };
    entry.objects.push(object);
    entry.level = Math.min(entry.level, gravest(object.change.marks));
    counts.set(object.component, entry);
  }
  return counts;
}

/** Boxes in columns: who talks stands left of whom it talks to. */
function layout(components, application) {
  const nodes = new Map(components.map(component => [component.name, { id: component.name, component, out: [] }]));
  for (const component of components) {
    const node = nodes.get(component.name);
    for (const connection of component.connections) {
      const own = connection.application === application || !connection.application;
      const id = own ? connection.component : `${connection.application}/${connection.component}`;
      if (!nodes.has(id)) nodes.set(id, { id, foreign: true, out: [] });
      node.out.push({ to: id, kind: 'talks', ports: connection.ports });
    }
    component.needs.forEach(name => nodes.has(name) && node.out.push({ to: name, kind: 'needs', ports: [] }));
  }
  const rank = new Map();
  const depth = (node, path) => {
    if (path.has(node.id)) return 0;
    if (rank.has(node.id)) return rank.get(node.id);
    path.add(node.id);
    const below = node.out.map(edge => (path.has(edge.to) ? -1 : depth(nodes.get(edge.to), path)));
    path.delete(node.id);
    rank.set(node.id, below.length ? Math.max(...below) + 1 : 0);
    return rank.get(node.id);
  };
  nodes.forEach(node => depth(node, new Set()));
  const most = Math.max(0, ...rank.values());
  const columns = Array.from({ length: most + 1 }, () => []);
  const isAlone = node => !node.out.length && ![...nodes.values()].some(other => other.out.some(edge => edge.to === node.id));
  nodes.forEach(node => columns[isAlone(node) ? 0 : most - rank.get(node.id)].push(node));
  // A few sweeps bring boxes beside those that they are joined with.
  const position = new Map();
  const number = column => column.forEach((node, index) => position.set(node.id, index - column.length / 2));
  columns.forEach(number);
  const joined = node => [...node.out.map(edge => edge.to), ...[...nodes.values()].filter(other => other.out.some(edge => edge.to === node.id)).map(other => other.id)];
  for (let sweep = 0; sweep < 6; sweep++) {
    for (const column of sweep % 2 ? columns : [...columns].reverse()) {
      const weight = new Map(column.map(node => {
        const near = joined(node).map(id => position.get(id));
        return [node.id, near.length ? near.reduce((sum, place) => sum + place, 0) / near.length : position.get(node.id)];
      }));
      column.sort((a, b) => weight.get(a.id) - weight.get(b.id) || (a.id < b.id ? -1 : 1));
      number(column);
    }
  }
  const tallest = Math.max(...columns.map(column => column.length));
  columns.forEach((column, x) => column.forEach((node, y) => {
    node.x = 12 + x * (BOX.width + BOX.across);
    node.y = 12 + (y + (tallest - column.length) / 2) * (BOX.height + BOX.down);
  }));
  return { nodes, width: 24 + columns.length * BOX.width + most * BOX.across, height: 24 + tallest * (BOX.height + BOX.down) - BOX.down };
}

function drawing(components, application, counts, choose) {
  const { nodes, width, height } = layout(components, application);
  const edges = [...nodes.values()].flatMap(node => node.out.map(edge => ({ ...edge, from: node, target: nodes.get(edge.to) })));
  const lines = edges.map(({ from, target, kind, ports }) => {
    const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, target.x, target.y + BOX.height / 2];
    const bend = Math.max(30, Math.abs(x2 - x1) / 2);
    return svg('path', { class: `edge ${kind}`, 'data-from': from.id, 'data-to': target.id, d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - 3},${y2}`, 'marker-end': `url(#arrow-${kind})` },
      svg('title', {}, `${from.id} ${kind === 'talks' ? 'talks to' : 'needs'} ${target.id}${ports.length ? ` (${ports.join(', ')})` : ''}`));
  });
  const picture = svg('svg', { class: 'graph', width, height, viewBox: `0 0 ${width} ${height}`, role: 'group' },
    svg('defs', {}, ['talks', 'needs'].map(kind => svg('marker', { id: `arrow-${kind}`, class: `arrow ${kind}`, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto' }, svg('path', { d: 'M0,0.5 L7.5,4 L0,7.5 z' })))),
    lines);
  const pick = (box, node) => {
    picture.querySelectorAll('.picked').forEach(other => other.classList.remove('picked'));
    box.classList.add('picked');
    picture.querySelectorAll('.edge').forEach(edge => edge.classList.toggle('lit', [edge.dataset.from, edge.dataset.to].includes(node.id)));
    choose(node);
  };
  for (const node of nodes.values()) {
    const count = counts.get(node.id);
    const label = `${node.id}${node.component ? `, ${node.component.type}` : ', of another application'}${count ? `, ${plural(count.objects.length, 'object differs', 'objects differ')}` : ''}`;
    const box = svg('g', {
      class: `box level-${count?.level ?? 4}${node.foreign ? ' foreign' : ''}`, transform: `translate(${node.x},${node.y})`, tabindex: 0, role: 'button', 'aria-label': label,
      onclick: () => pick(box, node), onkeydown: event => { if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); pick(box, node); } },
    },
    svg('rect', { width: BOX.width, height: BOX.height, rx: 8 }),
    count && svg('rect', { class: 'bar', width: 4, height: BOX.height - 16, x: 8, y: 8, rx: 2 }),
    svg('text', { class: 'name', x: count ? 22 : 14, y: 23 }, fitted(node.id, count ? 17 : 20)),
    svg('text', { class: 'type', x: count ? 22 : 14, y: 41 }, fitted(node.component?.type ?? 'another application', 24)),
    count && svg('text', { class: 'count', x: BOX.width - 12, y: 32, 'text-anchor': 'end' }, String(count.objects.length)));
    picture.append(box);
  }
  return picture;
}

function fitted(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Tells of a component. */
function inform(side, node, app, target, application, counts) {
  const { component } = node;
  const fact = (name, items) => items?.length > 0 && el('div', { class: 'fact' }, el('dt', {}, name), el('dd', {}, items));
  const words = names => names?.map(name => el('span', { class: 'word' }, name));
  const differing = counts.get(node.id)?.objects ?? [];
  side.replaceChildren(
    el('h2', {}, node.id),
    el('dl', {},
      fact('type', component ? [component.type] : ['belongs to another application']),
      fact('traits', words(component?.traits)),
      fact('scopes', words(component?.scopes)),
      fact('talks to', words(component?.connections.map(to => `${to.application && to.application !== application ? `${to.application}/` : ''}${to.component}${to.ports.length ? `:${to.ports.join(',')}` : ''}`))),
      fact('needs first', words(component?.needs)),
      fact('differs', differing.map(object => el('a', { class: `entry level-edge-${gravest(object.change.marks)}`, href: address({ ...app.state, view: 'changes', object: object.key }) },
        summaryOf({ change: object.change, objects: [object] }))))),
    component && !differing.length && el('p', { class: 'note' }, 'Nothing of it differs here.'));
}
