// Components, whom they talk to, and what must be there first.

const BOX = { width: 178, height: 54, across: 92, down: 22 };

/** The graph of an application in one place. */
function graphView(app) {
  const { data, state } = app;
  const keys = [...data.drawn.keys()];
  if (!keys.length) return el('p', { class: 'note' }, 'There is no graph: what was compared is no project, or nothing in it can differ.');
  const key = chosen(app, keys);
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
  for (const { objects } of found) {
    for (const object of objects) {
      const key = `${object.target}\n${object.application}`;
      counts.set(key, (counts.get(key) ?? 0) + 1 + (2 - Math.min(2, gravest(object.marks))) * 100);
    }
  }
  return (asked.length ? asked : keys).reduce((best, key) => ((counts.get(key) ?? 0) > (counts.get(best) ?? 0) ? key : best));
}

/** By component, how many of its objects differ, and how grave that is. */
function countsOf(data, target, application) {
  const counts = new Map();
  for (const object of data.objects) {
    if (object.target !== target || object.application !== application || !object.component) continue;
    const entry = counts.get(object.component) ?? { objects: [], level: 3 };
    entry.objects.push(object);
    entry.level = Math.min(entry.level, gravest(object.marks));
    counts.set(object.component, entry);
  }
  return counts;
}

/** Everything that is drawn: components, those of others that they talk to, and the edges between them. */
function network(components, application) {
  const nodes = new Map(components.map(component => [component.name, { id: component.name, component }]));
  const edges = [];
  for (const component of components) {
    for (const { application: other, component: name, ports } of component.connections) {
      const id = other === application || !other ? name : `${other}/${name}`;
      if (!nodes.has(id)) nodes.set(id, { id, foreign: true });
      edges.push({ from: component.name, to: id, kind: 'talks', ports });
    }
    for (const name of component.needs) {
      if (nodes.has(name)) edges.push({ from: component.name, to: name, kind: 'needs', ports: [] });
    }
  }
  return { nodes, edges };
}

/** How far each is from those that talk to nobody; an edge that closes a circle does not count. */
function ranks(nodes, edges) {
  const out = new Map([...nodes.keys()].map(id => [id, edges.filter(edge => edge.from === id).map(edge => edge.to)]));
  const found = new Map();
  const rank = (id, path) => {
    if (found.has(id)) return found.get(id);
    path.add(id);
    const below = out.get(id).filter(to => !path.has(to)).map(to => rank(to, path));
    path.delete(id);
    found.set(id, below.length ? Math.max(...below) + 1 : 0);
    return found.get(id);
  };
  nodes.forEach((_, id) => rank(id, new Set()));
  return found;
}

/** Boxes in columns: who talks stands left of whom it talks to; an edge over several columns has a place of its own in each. */
function layout(components, application) {
  const { nodes, edges } = network(components, application);
  const rank = ranks(nodes, edges);
  const most = Math.max(0, ...rank.values());
  const columns = Array.from({ length: most + 1 }, () => []);
  const joined = new Map();
  const join = (a, b) => [[a, b], [b, a]].forEach(([one, other]) => joined.set(one, [...(joined.get(one) ?? []), other]));
  const isAlone = id => !edges.some(edge => edge.from === id || edge.to === id);
  for (const node of nodes.values()) {
    node.column = isAlone(node.id) ? 0 : most - rank.get(node.id);
    node.height = BOX.height;
    columns[node.column].push(node);
  }
  for (const edge of edges) {
    const [from, to] = [nodes.get(edge.from), nodes.get(edge.to)];
    edge.by = [];
    let last = from;
    for (let column = from.column + 1; column < to.column; column++) {
      const place = { id: `${edge.from}>${edge.to}@${column}`, column, height: 6 };
      columns[column].push(place);
      edge.by.push(place);
      join(last.id, place.id);
      last = place;
    }
    join(last.id, to.id);
  }
  arrange(columns, joined);
  const heights = columns.map(column => column.reduce((sum, node) => sum + node.height + BOX.down, -BOX.down));
  const tallest = Math.max(BOX.height, ...heights);
  columns.forEach((column, x) => {
    let y = 12 + (tallest - heights[x]) / 2;
    for (const node of column) {
      [node.x, node.y] = [12 + x * (BOX.width + BOX.across), y];
      y += node.height + BOX.down;
    }
  });
  return { nodes, edges, width: 24 + columns.length * BOX.width + most * BOX.across, height: 24 + tallest };
}

/** A few sweeps bring each beside those that it is joined with. */
function arrange(columns, joined) {
  const position = new Map();
  const number = column => column.forEach((node, index) => position.set(node.id, index - (column.length - 1) / 2));
  columns.forEach(number);
  for (let sweep = 0; sweep < 8; sweep++) {
    for (const column of sweep % 2 ? columns : [...columns].reverse()) {
      const weight = new Map(column.map(node => {
        const near = (joined.get(node.id) ?? []).map(id => position.get(id));
        return [node.id, near.length ? near.reduce((sum, place) => sum + place, 0) / near.length : position.get(node.id)];
      }));
      column.sort((a, b) => weight.get(a.id) - weight.get(b.id) || (a.id < b.id ? -1 : 1));
      number(column);
    }
  }
}

/** The line of an edge, from the right side of a box to the left side of another. */
function course(from, by, to) {
  const stops = [[from.x + BOX.width, from.y + from.height / 2]];
  for (const place of by) stops.push([place.x, place.y + 3], [place.x + BOX.width, place.y + 3]);
  stops.push([to.x - 3, to.y + to.height / 2]);
  let line = `M${stops[0]}`;
  for (let index = 1; index < stops.length; index++) {
    const [[x1, y1], [x2, y2]] = [stops[index - 1], stops[index]];
    const bend = Math.max(24, Math.abs(x2 - x1) / 2);
    line += y1 === y2 ? ` L${x2},${y2}` : ` C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
  }
  return line;
}

function drawing(components, application, counts, choose) {
  const { nodes, edges, width, height } = layout(components, application);
  const lines = edges.map(({ from, to, by, kind, ports }) =>
    svg('path', { class: `edge ${kind}`, 'data-from': from, 'data-to': to, d: course(nodes.get(from), by, nodes.get(to)), 'marker-end': `url(#arrow-${kind})` },
      svg('title', {}, `${from} ${kind === 'talks' ? 'talks to' : 'needs'} ${to}${ports.length ? ` (${ports.join(', ')})` : ''}`)));
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
  side.replaceChildren(...given([
    el('h2', {}, node.id),
    el('dl', {},
      fact('type', component ? [component.type] : ['belongs to another application']),
      fact('traits', words(component?.traits)),
      fact('scopes', words(component?.scopes)),
      fact('talks to', words(component?.connections.map(to => `${to.application && to.application !== application ? `${to.application}/` : ''}${to.component}${to.ports.length ? `:${to.ports.join(',')}` : ''}`))),
      fact('needs first', words(component?.needs)),
      fact('differs', differing.map(object => el('a', { class: `entry level-edge-${gravest(object.marks)}`, href: address({ ...app.state, view: 'changes', object: object.key }) },
        summaryOf({ change: object.change, objects: [object] }))))),
    component && !differing.length && el('p', { class: 'note' }, 'Nothing of it differs here.')]));
}
