// A manifest: its lines, what of them came and went, and who set each.

/** Lines that stay, around those that do not. */
const AROUND = 3;

/** Parts of a manifest: lines that are shown, and gaps of lines that are not. */
function parts(rows, whole) {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, index) => {
    if (row.op) near.fill(1, Math.max(0, index - AROUND), index + AROUND + 1);
  });
  const found = [];
  rows.forEach((row, index) => {
    const seen = whole || near[index];
    const last = found.at(-1);
    if (last && last.seen === Boolean(seen)) last.rows.push(index);
    else found.push({ seen: Boolean(seen), rows: [index] });
  });
  // A gap of one line hides nothing.
  found.forEach(part => { if (part.rows.length < 2) part.seen = true; });
  return found;
}

/** The manifest of an object. `choose(row, index)` is told which line somebody looks at. */
class Manifest {
  constructor(rows, { whole, choose }) {
    this.rows = rows;
    this.choose = choose;
    this.numbers = numbered(rows);
    this.holder = el('div', {
      class: 'manifest', id: 'manifest', role: 'listbox', tabindex: 0, 'aria-label': 'Manifest',
      onkeydown: event => this.key(event),
      onmouseover: event => this.point(event, false), onclick: event => this.point(event, true),
      onmouseleave: () => this.show(this.cursor),
      onfocus: () => { if (this.cursor === undefined) this.move(this.first(), false); },
    });
    this.draw(whole);
  }

  draw(whole) {
    this.holder.replaceChildren(...parts(this.rows, whole).flatMap(part => (part.seen ? part.rows.map(index => this.line(index)) : [this.gap(part.rows)])));
    if (this.cursor !== undefined) this.mark(this.cursor);
  }

  line(index) {
    const row = this.rows[index];
    const owner = row.by[0]?.owner ?? 'nobody';
    const says = ['', 'new: ', 'gone: '][row.op];
    return el('div', { class: `line op-${row.op}`, id: `line-${index}`, 'data-index': index, role: 'option', 'aria-selected': 'false' },
      el('span', { class: `stripe role-${owner}`, 'aria-hidden': 'true' }),
      el('span', { class: 'number', 'aria-hidden': 'true' }, this.numbers[index]),
      el('span', { class: 'sign', 'aria-hidden': 'true' }, ['', '+', '−'][row.op]),
      el('code', {}, says && el('span', { class: 'hidden' }, says), painted(row, this.rows[this.twin(index)])));
  }

  /** Of a line that went the one that came for it, and the other way round. */
  twin(index) {
    const row = this.rows[index];
    if (!row.op || !row.path) return -1;
    for (let step = 1; step < 40; step++) {
      const at = row.op === 1 ? index - step : index + step;
      const other = this.rows[at];
      if (!other?.op) return -1;
      if (other.op !== row.op && other.path === row.path) return at;
    }
    return -1;
  }

  gap(rows) {
    const open = event => event.currentTarget.replaceWith(...rows.map(index => this.line(index)));
    return el('button', { class: 'gap', type: 'button', onclick: event => { event.stopPropagation(); open(event); } }, `${rows.length} lines that stay`);
  }

  point(event, chosen) {
    const line = event.target.closest('.line');
    if (!line) return;
    const index = Number(line.dataset.index);
    if (chosen) this.move(index);
    else this.show(index);
  }

  show(index) {
    if (index !== undefined) this.choose(this.rows[index], index, index === this.cursor);
  }

  mark(index) {
    this.holder.querySelector('[aria-selected=true]')?.setAttribute('aria-selected', 'false');
    const line = this.holder.querySelector(`#line-${index}`);
    line?.setAttribute('aria-selected', 'true');
    this.holder.setAttribute('aria-activedescendant', `line-${index}`);
    return line;
  }

  /** Puts the cursor on a line; one in a gap is brought out. */
  move(index, reveal = true) {
    if (index === undefined || index < 0) return;
    this.cursor = index;
    if (!this.holder.querySelector(`#line-${index}`)) this.draw(true);
    const line = this.mark(index);
    if (reveal) line?.scrollIntoView({ block: 'nearest' });
    this.show(index);
  }

  /** The first line that came or went; where one came for another, the one that came. */
  first() {
    const first = Math.max(0, this.rows.findIndex(row => row.op));
    return Math.max(first, this.twin(first));
  }

  /** The line of a field: that of now, if there is one. */
  of(path) {
    const at = op => this.rows.findIndex(row => (op === undefined || row.op === op) && isAt(row.path, path));
    return [1, 2, undefined].map(at).find(index => index >= 0);
  }

  /** Goes to the next or previous line that came or went. */
  jump(by) {
    for (let index = (this.cursor ?? -1) + by; index >= 0 && index < this.rows.length; index += by) {
      if (this.rows[index].op) return this.move(index);
    }
    return undefined;
  }

  key(event) {
    const lines = [...this.holder.querySelectorAll('.line')];
    const at = lines.findIndex(line => Number(line.dataset.index) === this.cursor);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 15, PageUp: at - 15, Home: 0, End: lines.length - 1 }[event.key];
    if (to === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    const line = lines[Math.max(0, Math.min(lines.length - 1, to))];
    if (line) this.move(Number(line.dataset.index));
  }
}

/** Line numbers: of the new text, and for a line that went none. */
function numbered(rows) {
  let number = 0;
  const isGone = rows.every(row => row.op === 2);
  return rows.map(row => (row.op === 2 && !isGone ? '' : String(++number)));
}

/** Whether a line shows a field or something in it. */
function isAt(path, field) {
  return path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`);
}

/** YAML in its colours; of a line that another one came for, the part that differs. */
function painted(row, twin) {
  const found = /^(\s*(?:- )*)((?:"(?:[^"\\]|\\.)*"|[^\s"#:][^:]*?):)(\s.*)?$/.exec(row.text);
  const [lead, key, value] = found ? [found[1], found[2], found[3] ?? ''] : [/^\s*(?:- )*/.exec(row.text)[0], '', row.text.replace(/^\s*(?:- )*/, '')];
  const pieces = [lead, key && el('span', { class: 'key' }, key)];
  if (twin && twin.text.startsWith(lead + key)) {
    const other = twin.text.slice((lead + key).length);
    const shortest = Math.min(value.length, other.length);
    let [from, back] = [0, 0];
    while (from < shortest && value[from] === other[from]) from++;
    while (back < shortest - from && value.at(-1 - back) === other.at(-1 - back)) back++;
    pieces.push(value.slice(0, from), el('mark', {}, value.slice(from, value.length - back)), value.slice(value.length - back));
  } else {
    pieces.push(value);
  }
  return pieces;
}
